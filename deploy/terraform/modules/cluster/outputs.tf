output "id" {
  description = "The cluster's id."
  value       = google_container_cluster.catweb.id
}

output "name" {
  description = "Its name: gcloud container clusters get-credentials NAME --dns-endpoint --region REGION."
  value       = google_container_cluster.catweb.name
}

output "workload_pool" {
  description = "The identity pool of its Kubernetes service accounts."
  value       = "${var.project_id}.svc.id.goog"
}

output "node_service_account" {
  description = "Who nodes are, as an IAM member."
  value       = google_service_account.nodes.member
}
