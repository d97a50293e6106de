# What holds for the whole project, whatever else someone creates in it: where data may be, no keys of service accounts, and a record of
# who looked at what. (bootstrap/ switches on the services that all this needs.)

# Nothing can be created outside Canada, by anyone.
resource "google_org_policy_policy" "locations" {
  name   = "projects/${var.project_id}/policies/gcp.resourceLocations"
  parent = "projects/${var.project_id}"

  spec {
    rules {
      values {
        allowed_values = [for region in var.allowed_regions : "in:${region}-locations"]
      }
    }
  }
}

resource "google_org_policy_policy" "switches" {
  for_each = toset([
    "iam.disableServiceAccountKeyCreation",
    "iam.disableServiceAccountKeyUpload",
    "storage.publicAccessPrevention",
    "storage.uniformBucketLevelAccess",
    "compute.requireOsLogin",
    "compute.skipDefaultNetworkCreation",
  ])
  name   = "projects/${var.project_id}/policies/${each.key}"
  parent = "projects/${var.project_id}"

  spec {
    rules {
      enforce = "TRUE"
    }
  }
}

# Hunting performance is protected data: reads of it are recorded too, not only changes.
resource "google_project_iam_audit_config" "data" {
  for_each = toset(["cloudkms.googleapis.com", "pubsub.googleapis.com", "secretmanager.googleapis.com", "storage.googleapis.com"])
  project  = var.project_id
  service  = each.key

  audit_log_config {
    log_type = "ADMIN_READ"
  }

  audit_log_config {
    log_type = "DATA_READ"
  }

  audit_log_config {
    log_type = "DATA_WRITE"
  }
}

# The default bucket of logs is global; this one is in Canada, under our key, and takes its place.
resource "google_logging_project_bucket_config" "logs" {
  project        = var.project_id
  location       = var.region
  bucket_id      = "catweb"
  description    = "All logs of the project"
  retention_days = var.log_retention_days
  locked         = var.lock_retention

  cmek_settings {
    kms_key_name = var.log_key_id
  }
}

resource "google_logging_project_sink" "default" {
  project                = var.project_id
  name                   = "catweb"
  destination            = "logging.googleapis.com/${google_logging_project_bucket_config.logs.id}"
  unique_writer_identity = true
}
