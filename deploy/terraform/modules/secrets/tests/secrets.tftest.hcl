mock_provider "google" {
  override_during = plan
}

variables {
  project_id          = "catweb-test"
  key_ids             = { northamerica-northeast1 = "key-one", northamerica-northeast2 = "key-two" }
  members             = { cat-node = "serviceAccount:cat-node@example.org", operators = "group:operators@example.org" }
  secrets             = { cat-node-master-key = { purpose = "PARSE_SERVER_MASTER_KEY", readers = ["cat-node"] } }
  deletion_protection = true
}

run "two_regions_one_reader" {
  command = plan

  assert {
    condition     = google_secret_manager_secret.secrets["cat-node-master-key"].replication[0].user_managed[0].replicas[*].location == tolist(["northamerica-northeast1", "northamerica-northeast2"])
    error_message = "a copy in each Canadian region"
  }

  assert {
    condition     = keys(google_secret_manager_secret_iam_member.readers) == ["cat-node-master-key/cat-node"]
    error_message = "only the service that needs it reads it"
  }

  assert {
    condition     = google_secret_manager_secret_iam_member.writers["cat-node-master-key/operators"].role == "roles/secretmanager.secretVersionAdder"
    error_message = "operators put values in, and cannot read them"
  }
}

run "refuses_one_region" {
  command = plan

  variables {
    key_ids = { northamerica-northeast1 = "key-one" }
  }

  expect_failures = [var.key_ids]
}
