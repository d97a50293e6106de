# Keys that encrypt what is stored, one per purpose, so that one can be disabled without the others: in the region of the cluster, and in
# the other Canadian region for what is kept there. And the key that signs images. None ever leaves Google's key management.

locals {
  regions = toset([var.region, var.recovery_region])

  # Which service account of Google's uses which key.
  users = {
    bus       = "serviceAccount:service-${var.project_number}@gcp-sa-pubsub.iam.gserviceaccount.com"
    cluster   = "serviceAccount:service-${var.project_number}@container-engine-robot.iam.gserviceaccount.com"
    disks     = "serviceAccount:service-${var.project_number}@compute-system.iam.gserviceaccount.com"
    registry  = "serviceAccount:service-${var.project_number}@gcp-sa-artifactregistry.iam.gserviceaccount.com"
    secrets   = "serviceAccount:service-${var.project_number}@gcp-sa-secretmanager.iam.gserviceaccount.com"
    backups   = "serviceAccount:service-${var.project_number}@gcp-sa-gkebackup.iam.gserviceaccount.com"
    databases = data.google_storage_project_service_account.this.member
    logs      = "serviceAccount:${data.google_logging_project_cmek_settings.this.service_account_id}"
  }

  # Where each purpose is; backups and databases are kept in the other region; secrets are in both.
  everything = merge(
    { for purpose in ["bus", "cluster", "disks", "registry", "secrets", "logs"] : purpose => var.region },
    { for purpose in ["backups", "databases"] : purpose => var.recovery_region },
    { secrets-recovery = var.recovery_region },
  )
  places = { for purpose, region in local.everything : purpose => region if contains(var.purposes, trimsuffix(purpose, "-recovery")) }
}

# Asking for these two makes them, where the project has not used storage or logging yet.
data "google_storage_project_service_account" "this" {
  project = var.project_id
}

data "google_logging_project_cmek_settings" "this" {
  project = var.project_id
}

resource "google_kms_key_ring" "catweb" {
  for_each = local.regions
  project  = var.project_id
  name     = "catweb"
  location = each.key
}

resource "google_kms_crypto_key" "storage" {
  for_each                   = local.places
  name                       = each.key
  key_ring                   = google_kms_key_ring.catweb[each.value].id
  purpose                    = "ENCRYPT_DECRYPT"
  rotation_period            = var.rotation_period
  destroy_scheduled_duration = "${30 * 24 * 3600}s"

  version_template {
    algorithm        = "GOOGLE_SYMMETRIC_ENCRYPTION"
    protection_level = "HSM"
  }

  # A destroyed key is destroyed data.
  lifecycle {
    prevent_destroy = true
  }
}

resource "google_kms_crypto_key_iam_member" "storage" {
  for_each      = local.places
  crypto_key_id = google_kms_crypto_key.storage[each.key].id
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = local.users[trimsuffix(each.key, "-recovery")]
}

# Signs images: cosign in the pipeline, and the attestation that the cluster asks for.
resource "google_kms_crypto_key" "images" {
  name                       = "images"
  key_ring                   = google_kms_key_ring.catweb[var.region].id
  purpose                    = "ASYMMETRIC_SIGN"
  destroy_scheduled_duration = "${30 * 24 * 3600}s"

  version_template {
    algorithm        = "EC_SIGN_P256_SHA256"
    protection_level = "HSM"
  }

  lifecycle {
    prevent_destroy = true
  }
}

data "google_kms_crypto_key_version" "images" {
  crypto_key = google_kms_crypto_key.images.id
}
