mock_provider "google" {
  override_during = plan
}

variables {
  project_id  = "catweb-test"
  environment = "staging"
  region      = "northamerica-northeast1"
  ranges      = { nodes = "10.30.0.0/20", pods = "10.32.0.0/14", services = "10.36.0.0/20" }
}

run "private" {
  command = plan

  assert {
    condition     = google_compute_subnetwork.nodes.private_ip_google_access && !google_compute_network.catweb.auto_create_subnetworks
    error_message = "one subnetwork of ours, with a private way to Google's APIs"
  }

  assert {
    condition     = google_compute_firewall.deny_ingress.direction == "INGRESS" && google_compute_firewall.deny_ingress.deny[0].protocol == "all"
    error_message = "nothing comes in unless a rule lets it"
  }

  assert {
    condition     = google_dns_record_set.google["googleapis"].rrdatas == tolist(["199.36.153.8", "199.36.153.9", "199.36.153.10", "199.36.153.11"])
    error_message = "the addresses that the charts' network policies allow"
  }
}

run "refuses_what_is_no_range" {
  command = plan

  variables {
    ranges = { nodes = "10.30.0.0", pods = "10.32.0.0/14", services = "10.36.0.0/20" }
  }

  expect_failures = [var.ranges]
}
