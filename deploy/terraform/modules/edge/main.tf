# Where the world comes in: one address, modern TLS only, and Cloud Armor in front of it.
# The Gateway names them: address `catweb`, TLS policy `catweb`, and a GCPBackendPolicy with security policy `catweb-edge`.

resource "google_compute_global_address" "gateway" {
  project = var.project_id
  name    = "catweb"
}

resource "google_compute_ssl_policy" "modern" {
  project         = var.project_id
  name            = "catweb"
  profile         = "MODERN"
  min_tls_version = "TLS_1_2"
}

locals {
  # Google's rule sets against well-known attacks. Sensitivity 1 has the fewest false alarms; a Parse query is JSON with $ operators, which
  # the higher ones take for injections.
  rule_sets = {
    100 = "sqli-v33-stable"
    101 = "xss-v33-stable"
    102 = "lfi-v33-stable"
    103 = "rce-v33-stable"
    104 = "scannerdetection-v33-stable"
    105 = "protocolattack-v33-stable"
  }
}

resource "google_compute_security_policy" "catweb" {
  project     = var.project_id
  name        = "catweb-edge"
  description = "In front of every public address of Catweb"
  type        = "CLOUD_ARMOR"

  adaptive_protection_config {
    layer_7_ddos_defense_config {
      enable          = true
      rule_visibility = "STANDARD"
    }
  }

  advanced_options_config {
    json_parsing = "STANDARD"
    log_level    = "NORMAL"
  }

  # What only the cluster asks for. The services show these on the same port as their API.
  rule {
    action      = "deny(404)"
    priority    = 10
    description = "Metrics are not for the public"

    match {
      expr {
        expression = "request.path.matches('^/metrics/?$')"
      }
    }
  }

  dynamic "rule" {
    for_each = local.rule_sets

    content {
      action      = "deny(403)"
      priority    = rule.key
      description = rule.value

      match {
        expr {
          expression = "evaluatePreconfiguredWaf('${rule.value}', {'sensitivity': 1})"
        }
      }
    }
  }

  rule {
    action      = "deny(403)"
    priority    = 110
    description = "Holes of the day in other people's software"

    match {
      expr {
        expression = "evaluatePreconfiguredExpr('cve-canary')"
      }
    }
  }

  rule {
    action      = "rate_based_ban"
    priority    = 1000
    description = "So many requests a minute from one address, then a pause"

    match {
      versioned_expr = "SRC_IPS_V1"

      config {
        src_ip_ranges = ["*"]
      }
    }

    rate_limit_options {
      conform_action   = "allow"
      exceed_action    = "deny(429)"
      enforce_on_key   = "IP"
      ban_duration_sec = 300

      rate_limit_threshold {
        count        = var.requests_per_minute
        interval_sec = 60
      }

      ban_threshold {
        count        = var.requests_per_minute * 5
        interval_sec = 60
      }
    }
  }

  rule {
    action      = "allow"
    priority    = 2147483647
    description = "Everyone else"

    match {
      versioned_expr = "SRC_IPS_V1"

      config {
        src_ip_ranges = ["*"]
      }
    }
  }
}

# The zone of all environments belongs to production; the other roots give it their addresses.
resource "google_dns_managed_zone" "catweb" {
  count         = var.zone == null ? 0 : 1
  project       = var.project_id
  name          = "catweb"
  dns_name      = "${var.zone}."
  description   = "Addresses of Catweb"
  visibility    = "public"
  force_destroy = false

  dnssec_config {
    state         = "on"
    non_existence = "nsec3"

    default_key_specs {
      algorithm  = "ecdsap256sha256"
      key_type   = "keySigning"
      key_length = 256
    }

    default_key_specs {
      algorithm  = "ecdsap256sha256"
      key_type   = "zoneSigning"
      key_length = 256
    }
  }

  cloud_logging_config {
    enable_logging = true
  }
}

resource "google_dns_record_set" "hosts" {
  for_each     = var.zone == null ? {} : merge({ for host in var.hosts : host => google_compute_global_address.gateway.address }, var.other_hosts)
  project      = var.project_id
  managed_zone = google_dns_managed_zone.catweb[0].name
  name         = "${each.key}.${var.zone}."
  type         = "A"
  ttl          = 300
  rrdatas      = [each.value]
}

# Only Let's Encrypt may issue certificates for the zone.
resource "google_dns_record_set" "caa" {
  count        = var.zone == null ? 0 : 1
  project      = var.project_id
  managed_zone = google_dns_managed_zone.catweb[0].name
  name         = "${var.zone}."
  type         = "CAA"
  ttl          = 3600
  rrdatas      = ["0 issue \"letsencrypt.org\"", "0 issuewild \"letsencrypt.org\"", "0 iodef \"mailto:${var.security_contact}\""]
}

# The internal cluster cannot be reached from outside, so its cert-manager proves by DNS that it owns its names.
resource "google_dns_managed_zone_iam_member" "solvers" {
  for_each     = var.zone == null ? {} : var.dns_solvers
  project      = var.project_id
  managed_zone = google_dns_managed_zone.catweb[0].name
  role         = "roles/dns.admin"
  member       = each.value
}
