mock_provider "google" {
  override_during = plan
}

variables {
  project_id    = "catweb-test"
  workload_pool = "catweb-test.svc.id.goog"
  workloads     = { cat-node = { namespace = "apps", purpose = "The service" } }
}

run "one_identity_for_one_workload" {
  command = plan

  assert {
    condition     = google_service_account_iam_member.workloads["cat-node"].member == "serviceAccount:catweb-test.svc.id.goog[apps/cat-node]"
    error_message = "only the Kubernetes service account of the same name"
  }

  assert {
    condition     = length(google_project_iam_member.workloads) == 0
    error_message = "nothing on the whole project unless asked for"
  }
}

run "refuses_administrators" {
  command = plan

  variables {
    workloads = { cat-node = { namespace = "apps", purpose = "Too much", project_roles = ["roles/pubsub.admin"] } }
  }

  expect_failures = [var.workloads]
}

run "refuses_editors" {
  command = plan

  variables {
    workloads = { cat-node = { namespace = "apps", purpose = "Too much", project_roles = ["roles/editor"] } }
  }

  expect_failures = [var.workloads]
}
