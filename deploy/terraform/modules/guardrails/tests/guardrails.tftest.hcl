mock_provider "google" {
  override_during = plan
}

variables {
  project_id      = "catweb-test"
  region          = "northamerica-northeast1"
  allowed_regions = ["northamerica-northeast1", "northamerica-northeast2"]
  log_key_id      = "key-of-logs"
  lock_retention  = true
}

run "canada_and_no_keys" {
  command = plan

  assert {
    condition     = google_org_policy_policy.locations.spec[0].rules[0].values[0].allowed_values == tolist(["in:northamerica-northeast1-locations", "in:northamerica-northeast2-locations"])
    error_message = "nothing can be made outside Canada"
  }

  assert {
    condition     = google_org_policy_policy.switches["iam.disableServiceAccountKeyCreation"].spec[0].rules[0].enforce == "TRUE"
    error_message = "no keys of service accounts"
  }

  assert {
    condition     = contains(google_project_iam_audit_config.data["storage.googleapis.com"].audit_log_config[*].log_type, "DATA_READ")
    error_message = "reads of backups are recorded"
  }

  assert {
    condition     = google_logging_project_bucket_config.logs.locked && google_logging_project_bucket_config.logs.location == "northamerica-northeast1"
    error_message = "logs stay in Canada, and nobody deletes them"
  }
}

run "refuses_abroad" {
  command = plan

  variables {
    allowed_regions = ["us-east1"]
  }

  expect_failures = [var.allowed_regions]
}
