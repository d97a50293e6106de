output "members" {
  description = "Each workload as an IAM member."
  value       = { for name, account in google_service_account.workloads : name => account.member }
}

output "emails" {
  description = "The value of the annotation iam.gke.io/gcp-service-account of each workload's Kubernetes service account."
  value       = { for name, account in google_service_account.workloads : name => account.email }
}
