# Ransomware with the credentials of the cluster must not reach these.
mock_provider "google" {
  override_during = plan
}

variables {
  project_id      = "catweb-test"
  environment     = "production"
  recovery_region = "northamerica-northeast2"
  cluster_id      = "cluster"
  namespaces      = ["apps", "databases"]
  key_ids         = { backups = "key-of-backups", databases = "key-of-databases" }
  writer          = "serviceAccount:backup-writer@example.org"
  reader          = "serviceAccount:backup-reader@example.org"
  retention_days  = 35
  kept_days       = 90
  lock_retention  = true
}

run "locked_and_elsewhere" {
  command = plan

  assert {
    condition     = google_storage_bucket.databases.location == "northamerica-northeast2"
    error_message = "backups are in the other region"
  }

  assert {
    condition     = google_storage_bucket.databases.retention_policy[0].is_locked && google_storage_bucket.databases.retention_policy[0].retention_period == 35 * 86400
    error_message = "nobody can delete a backup for 35 days"
  }

  assert {
    condition     = google_storage_bucket.databases.public_access_prevention == "enforced" && google_storage_bucket.databases.uniform_bucket_level_access && !google_storage_bucket.databases.force_destroy
    error_message = "never public, never thrown away with its content"
  }

  assert {
    condition     = google_storage_bucket.databases.encryption[0].default_kms_key_name == "key-of-databases"
    error_message = "encrypted with our key"
  }

  assert {
    condition     = google_storage_bucket_iam_member.writer.role == "roles/storage.objectCreator" && google_storage_bucket_iam_member.reader.role == "roles/storage.objectViewer"
    error_message = "who writes cannot read or delete; who reads cannot write"
  }

  assert {
    condition     = google_gke_backup_backup_plan.cluster.retention_policy[0].locked && google_gke_backup_backup_plan.cluster.retention_policy[0].backup_delete_lock_days == 35
    error_message = "the cluster's backups are locked too"
  }

  assert {
    condition     = google_gke_backup_backup_plan.cluster.backup_config[0].include_volume_data && google_gke_backup_backup_plan.cluster.backup_config[0].encryption_key[0].gcp_kms_encryption_key == "key-of-backups"
    error_message = "volumes are in it, encrypted"
  }

  assert {
    condition     = google_gke_backup_restore_plan.cluster.restore_config[0].volume_data_restore_policy == "RESTORE_VOLUME_DATA_FROM_BACKUP"
    error_message = "a restore brings the data back"
  }
}

run "refuses_to_delete_what_is_locked" {
  command = plan

  variables {
    kept_days = 7
  }

  expect_failures = [var.kept_days]
}
