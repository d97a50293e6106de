mock_provider "google" {
  override_during = plan
}

variables {
  projects         = { test = "catweb-test-example", qa = "catweb-qa-example" }
  operators_member = "group:operators@example.org"
  cluster = {
    provider     = "own"
    jurisdiction = "CA"
    location     = "Montreal"
    issuer       = "https://kubernetes.miaou.net"
    jwks         = "{\"keys\":[{\"kid\":\"1\"}]}"
    namespaces   = ["apps-test", "apps-qa", "cert-manager", "keda"]
    addresses    = ["10.10.10.1"]
  }
}

run "a_bus_for_each_environment" {
  command = plan

  assert {
    condition     = keys(output.credential_configurations) == ["qa", "test"]
    error_message = "test and qa have a project each"
  }
}

run "refuses_production" {
  command = plan

  variables {
    projects = { production = "catweb-production-example" }
  }

  expect_failures = [var.projects]
}
