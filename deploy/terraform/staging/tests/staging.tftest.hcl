# The whole environment, planned against the provider's schema with an empty cloud behind it.
mock_provider "google" {
  override_during = plan

  mock_resource "google_kms_crypto_key" {
    defaults = { id = "projects/example/locations/northamerica-northeast1/keyRings/catweb/cryptoKeys/example" }
  }
}

variables {
  project_id       = "catweb-staging-example"
  pipeline_member  = "principalSet://example/attribute.environment/staging"
  terraform_member = "serviceAccount:terraform@example.org"
  rbac_group       = "gke-security-groups@example.org"
  operators_member = "group:operators@example.org"
  security_contact = "security@example.org"
  billing_account  = "000000-000000-000000"
  monthly_cad      = 500
  budget_owners    = ["operators@example.org"]
}

run "everything" {
  command = plan

  assert {
    condition     = output.platform.cluster == { name = "catweb-staging", region = "northamerica-northeast1" }
    error_message = "the cluster of this environment, in Canada"
  }

  assert {
    condition     = toset(keys(output.platform.service_accounts)) == toset(["cat-node", "cadaver-exchange", "mouse-trap", "backup-writer", "backup-reader", "keda-operator"])
    error_message = "one identity for each workload"
  }

  assert {
    condition     = output.platform.registry == "northamerica-northeast1-docker.pkg.dev/catweb-staging-example/miaou"
    error_message = "images come from this environment's own registry"
  }

  assert {
    condition     = strcontains(output.storage_classes, "regional-pd")
    error_message = "volumes are in two data centres"
  }
}

