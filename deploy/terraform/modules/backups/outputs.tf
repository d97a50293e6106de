output "database_bucket" {
  description = "Where database backups go."
  value       = google_storage_bucket.databases.name
}

output "restore_plan" {
  description = "gcloud beta container backup-restore restores create NAME --restore-plan this."
  value       = google_gke_backup_restore_plan.cluster.id
}
