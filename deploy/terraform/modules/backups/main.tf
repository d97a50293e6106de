# Copies that survive the cluster, the region, and whoever has stolen the cluster's credentials: they are kept in the other Canadian region,
# under keys of that region; nobody can delete or overwrite them before their time is over, not even an owner of the project.

resource "google_storage_bucket" "databases" {
  project                     = var.project_id
  name                        = "${var.project_id}-database-backups"
  location                    = var.recovery_region
  storage_class               = "STANDARD"
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false

  retention_policy {
    retention_period = var.retention_days * 24 * 3600
    is_locked        = var.lock_retention
  }

  versioning {
    enabled = true
  }

  soft_delete_policy {
    retention_duration_seconds = 30 * 24 * 3600
  }

  encryption {
    default_kms_key_name = var.key_ids.databases
  }

  logging {
    log_bucket        = google_storage_bucket.access_logs.name
    log_object_prefix = "database-backups"
  }

  lifecycle_rule {
    action {
      type          = "SetStorageClass"
      storage_class = "NEARLINE"
    }
    condition {
      age = 7
    }
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      age = var.kept_days
    }
  }
}

# Who read or wrote a backup. It holds no backup itself, and logging into itself would never end.
resource "google_storage_bucket" "access_logs" {
  #checkov:skip=CKV_GCP_62: the bucket of access logs
  project                     = var.project_id
  name                        = "${var.project_id}-backup-access-logs"
  location                    = var.recovery_region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false

  retention_policy {
    retention_period = var.kept_days * 24 * 3600
    is_locked        = var.lock_retention
  }

  versioning {
    enabled = true
  }

  encryption {
    default_kms_key_name = var.key_ids.databases
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      age = var.kept_days + 1
    }
  }
}

resource "google_storage_bucket_iam_member" "access_log_writer" {
  bucket = google_storage_bucket.access_logs.name
  role   = "roles/storage.objectCreator"
  member = "group:cloud-storage-analytics@google.com"
}

# The job that writes backups can add, and neither read, overwrite nor delete.
resource "google_storage_bucket_iam_member" "writer" {
  bucket = google_storage_bucket.databases.name
  role   = "roles/storage.objectCreator"
  member = var.writer
}

resource "google_storage_bucket_iam_member" "reader" {
  bucket = google_storage_bucket.databases.name
  role   = "roles/storage.objectViewer"
  member = var.reader
}

# Everything Kubernetes holds: objects, secrets and volumes of the named namespaces.
resource "google_gke_backup_backup_plan" "cluster" {
  project  = var.project_id
  name     = "catweb-${var.environment}"
  cluster  = var.cluster_id
  location = var.recovery_region

  backup_config {
    include_volume_data = true
    include_secrets     = true

    selected_namespaces {
      namespaces = var.namespaces
    }

    encryption_key {
      gcp_kms_encryption_key = var.key_ids.backups
    }
  }

  backup_schedule {
    rpo_config {
      target_rpo_minutes = var.cluster_rpo_minutes
    }
  }

  retention_policy {
    backup_delete_lock_days = min(var.retention_days, 90)
    backup_retain_days      = var.kept_days
    locked                  = var.lock_retention
  }
}

resource "google_gke_backup_restore_plan" "cluster" {
  project     = var.project_id
  name        = "catweb-${var.environment}"
  cluster     = var.cluster_id
  location    = var.recovery_region
  backup_plan = google_gke_backup_backup_plan.cluster.id

  restore_config {
    namespaced_resource_restore_mode = "FAIL_ON_CONFLICT"
    volume_data_restore_policy       = "RESTORE_VOLUME_DATA_FROM_BACKUP"
    cluster_resource_conflict_policy = "USE_EXISTING_VERSION"

    selected_namespaces {
      namespaces = var.namespaces
    }

    cluster_resource_restore_scope {
      no_group_kinds = true
    }
  }
}
