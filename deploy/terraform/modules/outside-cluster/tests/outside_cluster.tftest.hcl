mock_provider "google" {
  override_during = plan

  mock_resource "google_iam_workload_identity_pool" {
    defaults = { name = "projects/42/locations/global/workloadIdentityPools/second" }
  }

  mock_resource "google_iam_workload_identity_pool_provider" {
    defaults = { name = "projects/42/locations/global/workloadIdentityPools/second/providers/kubernetes" }
  }
}

variables {
  project_id = "catweb-test"
  workloads  = { cat-node = "apps", backup-reader = "backup" }
  cluster = {
    name         = "second"
    provider     = "ovh"
    jurisdiction = "CA"
    location     = "Beauharnois"
    issuer       = "https://kubernetes.second.example.org"
    jwks         = "{\"keys\":[{\"kid\":\"1\"}]}"
    namespaces   = ["apps", "backup"]
    addresses    = ["192.0.2.1"]
  }
}

run "trusted_without_a_key" {
  command = plan

  variables {
    restore = { bucket = "backups", reader = "backup-reader" }
  }

  assert {
    condition     = output.members["cat-node"] == "principal://iam.googleapis.com/projects/42/locations/global/workloadIdentityPools/second/subject/system:serviceaccount:apps:cat-node"
    error_message = "exactly the Kubernetes service account apps/cat-node"
  }

  assert {
    condition     = google_iam_workload_identity_pool_provider.cluster.oidc[0].allowed_audiences[0] == "catweb-internal-cluster"
    error_message = "tokens made for others are refused"
  }

  assert {
    condition     = strcontains(google_iam_workload_identity_pool_provider.cluster.attribute_condition, "[\"apps\",\"backup\"]")
    error_message = "only the named namespaces"
  }

  assert {
    condition     = jsondecode(output.credential_configuration).type == "external_account" && !strcontains(output.credential_configuration, "private_key")
    error_message = "the configuration holds no secret"
  }

  assert {
    condition     = google_storage_bucket_iam_member.restore[0].role == "roles/storage.objectViewer"
    error_message = "a place to recover to reads backups and no more"
  }
}

run "refuses_another_country" {
  command = plan

  variables {
    cluster = {
      name = "second", provider = "aws", jurisdiction = "US", location = "us-east-1", issuer = "https://oidc.example.org"
      jwks = "{\"keys\":[{\"kid\":\"1\"}]}", namespaces = ["apps"], addresses = []
    }
  }

  expect_failures = [var.cluster]
}

run "refuses_kube_system" {
  command = plan

  variables {
    cluster = {
      name = "second", provider = "ovh", jurisdiction = "CA", location = "Beauharnois", issuer = "https://oidc.example.org"
      jwks = "{\"keys\":[{\"kid\":\"1\"}]}", namespaces = ["kube-system"], addresses = []
    }
  }

  expect_failures = [var.cluster]
}
