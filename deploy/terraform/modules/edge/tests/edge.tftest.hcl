mock_provider "google" {
  override_during = plan
}

variables {
  project_id       = "catweb-test"
  hosts            = ["cat-node-staging"]
  security_contact = "security@example.org"
}

run "armour" {
  command = plan

  assert {
    condition     = length([for rule in google_compute_security_policy.catweb.rule : rule if rule.action == "deny(403)"]) >= 6
    error_message = "Google's rule sets are on"
  }

  assert {
    condition     = length([for rule in google_compute_security_policy.catweb.rule : rule if rule.action == "rate_based_ban"]) == 1
    error_message = "floods are slowed down"
  }

  assert {
    condition     = anytrue([for rule in google_compute_security_policy.catweb.rule : rule.priority == 10 && startswith(rule.action, "deny")])
    error_message = "metrics are not public"
  }

  assert {
    condition     = google_compute_ssl_policy.modern.min_tls_version == "TLS_1_2"
    error_message = "no old TLS"
  }

  assert {
    condition     = length(google_dns_managed_zone.catweb) == 0
    error_message = "the zone is held in one environment only"
  }
}

run "zone" {
  command = plan

  variables {
    zone        = "miaou.net"
    hosts       = ["cat-node-production"]
    other_hosts = { cat-node-staging = "192.0.2.10" }
    dns_solvers = { internal = "principal://example" }
  }

  assert {
    condition     = google_dns_managed_zone.catweb[0].dnssec_config[0].state == "on"
    error_message = "the zone is signed"
  }

  assert {
    condition     = google_dns_record_set.hosts["cat-node-staging"].rrdatas == tolist(["192.0.2.10"]) && google_dns_record_set.hosts["cat-node-production"].name == "cat-node-production.miaou.net."
    error_message = "<app>-<environment>.miaou.net leads to its environment"
  }

  assert {
    condition     = strcontains(google_dns_record_set.caa[0].rrdatas[0], "letsencrypt.org")
    error_message = "only Let's Encrypt issues certificates"
  }
}
