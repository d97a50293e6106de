# Where this environment's images come from. The pipeline copies an image here, by digest, once it has passed; a tag never moves.

resource "google_artifact_registry_repository" "images" {
  project       = var.project_id
  location      = var.region
  repository_id = "miaou"
  description   = "Signed images of Catweb's services"
  format        = "DOCKER"
  kms_key_name  = var.key_id

  docker_config {
    immutable_tags = true
  }

  vulnerability_scanning_config {
    enablement_config = "INHERITED"
  }

  cleanup_policies {
    id     = "keep-the-last-versions"
    action = "KEEP"

    most_recent_versions {
      keep_count = var.kept_versions
    }
  }

  cleanup_policies {
    id     = "delete-old"
    action = "DELETE"

    condition {
      older_than = "${180 * 24 * 3600}s"
    }
  }
}

resource "google_artifact_registry_repository_iam_member" "readers" {
  for_each   = var.readers
  project    = var.project_id
  location   = var.region
  repository = google_artifact_registry_repository.images.repository_id
  role       = "roles/artifactregistry.reader"
  member     = each.value
}

resource "google_artifact_registry_repository_iam_member" "writers" {
  for_each   = var.writers
  project    = var.project_id
  location   = var.region
  repository = google_artifact_registry_repository.images.repository_id
  role       = "roles/artifactregistry.writer"
  member     = each.value
}

# The cluster runs what the pipeline signed, and Google's own images; nothing else, whoever asks.
resource "google_container_analysis_note" "pipeline" {
  project = var.project_id
  name    = "catweb-pipeline"

  attestation_authority {
    hint {
      human_readable_name = "Built, tested, scanned and signed by Catweb's pipeline"
    }
  }
}

resource "google_binary_authorization_attestor" "pipeline" {
  project = var.project_id
  name    = "catweb-pipeline"

  attestation_authority_note {
    note_reference = google_container_analysis_note.pipeline.name

    public_keys {
      id = "//cloudkms.googleapis.com/v1/${var.image_signing.version_id}"

      pkix_public_key {
        public_key_pem      = var.image_signing.public_key
        signature_algorithm = "ECDSA_P256_SHA256"
      }
    }
  }
}

resource "google_binary_authorization_policy" "cluster" {
  project                       = var.project_id
  global_policy_evaluation_mode = "ENABLE"

  default_admission_rule {
    evaluation_mode         = "REQUIRE_ATTESTATION"
    enforcement_mode        = "ENFORCED_BLOCK_AND_AUDIT_LOG"
    require_attestations_by = [google_binary_authorization_attestor.pipeline.name]
  }

  # Operators and databases of others, named one by one in the root; by digest in their charts.
  dynamic "admission_whitelist_patterns" {
    for_each = var.foreign_images

    content {
      name_pattern = admission_whitelist_patterns.value
    }
  }
}

# What it takes to attest: to see the attestor, to attach to its note, to write occurrences, and to sign.
resource "google_binary_authorization_attestor_iam_member" "signers" {
  for_each = var.writers
  project  = var.project_id
  attestor = google_binary_authorization_attestor.pipeline.name
  role     = "roles/binaryauthorization.attestorsVerifier"
  member   = each.value
}

resource "google_container_analysis_note_iam_member" "signers" {
  for_each = var.writers
  project  = var.project_id
  note     = google_container_analysis_note.pipeline.name
  role     = "roles/containeranalysis.notes.attacher"
  member   = each.value
}

resource "google_project_iam_member" "signers" {
  for_each = var.writers
  project  = var.project_id
  role     = "roles/containeranalysis.occurrences.editor"
  member   = each.value
}

resource "google_kms_crypto_key_iam_member" "signers" {
  for_each      = var.writers
  crypto_key_id = var.image_signing.key_id
  role          = "roles/cloudkms.signerVerifier"
  member        = each.value
}
