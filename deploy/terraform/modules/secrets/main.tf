# The places where secrets are kept, replicated over both Canadian regions. Their values are put in by people or by `rotate`, never by
# Terraform: a value in a state file is a leaked value.

locals {
  readers = merge([for name, secret in var.secrets : { for reader in secret.readers : "${name}/${reader}" => { secret = name, reader = reader } }]...)
  writers = merge([for name, secret in var.secrets : { for writer in secret.writers : "${name}/${writer}" => { secret = name, writer = writer } }]...)
}

resource "google_secret_manager_secret" "secrets" {
  for_each            = var.secrets
  project             = var.project_id
  secret_id           = each.key
  deletion_protection = var.deletion_protection
  version_destroy_ttl = "${30 * 24 * 3600}s"
  annotations         = { purpose = each.value.purpose }

  replication {
    user_managed {
      dynamic "replicas" {
        for_each = var.key_ids

        content {
          location = replicas.key

          customer_managed_encryption {
            kms_key_name = replicas.value
          }
        }
      }
    }
  }
}

resource "google_secret_manager_secret_iam_member" "readers" {
  for_each  = local.readers
  project   = var.project_id
  secret_id = google_secret_manager_secret.secrets[each.value.secret].secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = var.members[each.value.reader]
}

# May add a new version, and not read the old ones.
resource "google_secret_manager_secret_iam_member" "writers" {
  for_each  = local.writers
  project   = var.project_id
  secret_id = google_secret_manager_secret.secrets[each.value.secret].secret_id
  role      = "roles/secretmanager.secretVersionAdder"
  member    = var.members[each.value.writer]
}
