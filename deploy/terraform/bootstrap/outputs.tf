output "state_bucket" {
  description = "terraform init -backend-config=bucket=this"
  value       = google_storage_bucket.state.name
}

output "pipeline_member" {
  description = "Who the deploying pipeline is; variable of the root of this environment."
  value       = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.gitlab.name}/attribute.environment/${var.environment}"
}

output "terraform_member" {
  description = "Whom the infrastructure pipeline acts as; variable of the root of this environment."
  value       = google_service_account.terraform.member
}
