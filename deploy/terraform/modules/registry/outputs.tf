output "address" {
  description = "The first part of each image's name."
  value       = "${var.region}-docker.pkg.dev/${var.project_id}/${google_artifact_registry_repository.images.repository_id}"
}

output "attestor" {
  description = "The attestor that the pipeline's signatures are filed under."
  value       = google_binary_authorization_attestor.pipeline.name
}
