mock_provider "google" {
  override_during = plan
}

variables {
  project_id     = "catweb-test"
  region         = "northamerica-northeast1"
  key_id         = "key-of-the-registry"
  image_signing  = { key_id = "key", version_id = "key/1", public_key = "PEM" }
  readers        = { nodes = "serviceAccount:nodes@example.org" }
  writers        = { pipeline = "serviceAccount:pipeline@example.org" }
  foreign_images = ["quay.io/jetstack/*"]
}

run "only_signed_images" {
  command = plan

  assert {
    condition     = google_binary_authorization_policy.cluster.default_admission_rule[0].evaluation_mode == "REQUIRE_ATTESTATION" && google_binary_authorization_policy.cluster.default_admission_rule[0].enforcement_mode == "ENFORCED_BLOCK_AND_AUDIT_LOG"
    error_message = "what nobody signed must not run"
  }

  assert {
    condition     = google_artifact_registry_repository.images.docker_config[0].immutable_tags && google_artifact_registry_repository.images.kms_key_name == "key-of-the-registry"
    error_message = "tags never move; images are encrypted with our key"
  }

  assert {
    condition     = google_binary_authorization_attestor.pipeline.attestation_authority_note[0].public_keys[0].id == "//cloudkms.googleapis.com/v1/key/1"
    error_message = "the attestor knows the pipeline's key"
  }
}

run "the_pipeline_may_attest" {
  command = plan

  assert {
    condition     = google_kms_crypto_key_iam_member.signers["pipeline"].role == "roles/cloudkms.signerVerifier" && google_container_analysis_note_iam_member.signers["pipeline"].role == "roles/containeranalysis.notes.attacher"
    error_message = "who pushes also signs and attests"
  }
}

run "refuses_to_let_everything_in" {
  command = plan

  variables {
    foreign_images = ["*"]
  }

  expect_failures = [var.foreign_images]
}
