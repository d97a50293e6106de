output "log_bucket" {
  description = "Where all logs are."
  value       = google_logging_project_bucket_config.logs.id
}
