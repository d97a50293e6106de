mock_provider "google" {
  override_during = plan

  mock_resource "google_iam_workload_identity_pool" {
    defaults = { name = "projects/42/locations/global/workloadIdentityPools/gitlab" }
  }
}

variables {
  project_id  = "catweb-staging-example"
  environment = "staging"
  gitlab = {
    url                    = "https://gitlab.miaou.net"
    jwks                   = "{\"keys\":[]}"
    projects               = ["miaou/catweb"]
    infrastructure_project = "miaou/infrastructure"
  }
}

run "state_and_pipeline" {
  command = plan

  assert {
    condition     = google_storage_bucket.state.versioning[0].enabled && google_storage_bucket.state.location == "northamerica-northeast1"
    error_message = "every earlier state is kept, in Canada"
  }

  assert {
    condition     = strcontains(google_iam_workload_identity_pool_provider.gitlab.attribute_condition, "ref_protected == 'true'") && strcontains(google_iam_workload_identity_pool_provider.gitlab.attribute_condition, "environment == 'staging'")
    error_message = "only protected branches, for their own environment"
  }

  assert {
    condition     = endswith(output.pipeline_member, "attribute.environment/staging")
    error_message = "the pipeline is who deploys to this environment"
  }
}

run "refuses_state_abroad" {
  command = plan

  variables {
    region = "europe-west1"
  }

  expect_failures = [var.region]
}
