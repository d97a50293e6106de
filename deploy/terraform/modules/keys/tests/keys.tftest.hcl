mock_provider "google" {
  override_during = plan
}

variables {
  project_id      = "catweb-test"
  project_number  = "42"
  region          = "northamerica-northeast1"
  recovery_region = "northamerica-northeast2"
}

run "keys" {
  command = plan

  assert {
    condition     = alltrue([for key in google_kms_crypto_key.storage : key.rotation_period == "7776000s" && key.version_template[0].protection_level == "HSM"])
    error_message = "every key is in hardware and rotates every 90 days"
  }

  assert {
    condition     = length(google_kms_crypto_key.storage) == 9 && length(google_kms_crypto_key_iam_member.storage) == 9
    error_message = "one key for each purpose, and one user for each key"
  }

  assert {
    condition     = google_kms_crypto_key_iam_member.storage["bus"].member == "serviceAccount:service-42@gcp-sa-pubsub.iam.gserviceaccount.com"
    error_message = "the bus's key is for Pub/Sub"
  }

  assert {
    condition     = google_kms_crypto_key.images.purpose == "ASYMMETRIC_SIGN" && google_kms_crypto_key.images.version_template[0].algorithm == "EC_SIGN_P256_SHA256"
    error_message = "images are signed with a key that cosign and Binary Authorization both know"
  }
}

run "fewer_purposes_fewer_keys" {
  command = plan

  variables {
    purposes = ["bus"]
  }

  assert {
    condition     = keys(google_kms_crypto_key.storage) == ["bus"]
    error_message = "only the bus's key"
  }
}

run "refuses_slow_rotation" {
  command = plan

  variables {
    rotation_period = "31536000s"
  }

  expect_failures = [var.rotation_period]
}
