# A private network: nodes have no public address and reach out through one NAT, whose every refusal is logged.

resource "google_compute_network" "catweb" {
  project                 = var.project_id
  name                    = "catweb-${var.environment}"
  auto_create_subnetworks = false
  routing_mode            = "REGIONAL"
}

resource "google_compute_subnetwork" "nodes" {
  project                  = var.project_id
  name                     = "nodes"
  region                   = var.region
  network                  = google_compute_network.catweb.id
  ip_cidr_range            = var.ranges.nodes
  private_ip_google_access = true

  secondary_ip_range {
    range_name    = "pods"
    ip_cidr_range = var.ranges.pods
  }

  secondary_ip_range {
    range_name    = "services"
    ip_cidr_range = var.ranges.services
  }

  log_config {
    aggregation_interval = "INTERVAL_10_MIN"
    flow_sampling        = 0.5
    metadata             = "INCLUDE_ALL_METADATA"
  }
}

resource "google_compute_router" "catweb" {
  project = var.project_id
  name    = "catweb"
  region  = var.region
  network = google_compute_network.catweb.id
}

# Fixed addresses, so that what stands outside (a mail relay, another cloud's MongoDB) can let exactly these in.
resource "google_compute_address" "nat" {
  count   = 2
  project = var.project_id
  name    = "nat-${count.index}"
  region  = var.region
}

resource "google_compute_router_nat" "catweb" {
  project                            = var.project_id
  name                               = "catweb"
  region                             = var.region
  router                             = google_compute_router.catweb.name
  nat_ip_allocate_option             = "MANUAL_ONLY"
  nat_ips                            = google_compute_address.nat[*].self_link
  source_subnetwork_ip_ranges_to_nat = "ALL_SUBNETWORKS_ALL_IP_RANGES"

  log_config {
    enable = true
    filter = "ERRORS_ONLY"
  }
}

# The network starts with nothing let in; GKE adds the rules of its own load balancers.
resource "google_compute_firewall" "deny_ingress" {
  project       = var.project_id
  name          = "deny-all-ingress"
  network       = google_compute_network.catweb.id
  direction     = "INGRESS"
  priority      = 65534
  source_ranges = ["0.0.0.0/0"]

  deny {
    protocol = "all"
  }

  log_config {
    metadata = "INCLUDE_ALL_METADATA"
  }
}

# Google's APIs have one private address here, so that pods may be forbidden every other: what the charts' network policies count on.
locals {
  google_apis = { range = "199.36.153.8/30", addresses = [for n in range(4) : cidrhost("199.36.153.8/30", n)] }
  api_zones   = { googleapis = "googleapis.com.", registry = "pkg.dev." }
}

resource "google_dns_managed_zone" "google" {
  for_each    = local.api_zones
  project     = var.project_id
  name        = "private-${each.key}"
  dns_name    = each.value
  description = "Google's APIs by their private address"
  visibility  = "private"

  private_visibility_config {
    networks {
      network_url = google_compute_network.catweb.id
    }
  }
}

resource "google_dns_record_set" "google" {
  for_each     = local.api_zones
  project      = var.project_id
  managed_zone = google_dns_managed_zone.google[each.key].name
  name         = each.key == "googleapis" ? "private.googleapis.com." : each.value
  type         = "A"
  ttl          = 300
  rrdatas      = local.google_apis.addresses
}

resource "google_dns_record_set" "every_google_api" {
  for_each     = local.api_zones
  project      = var.project_id
  managed_zone = google_dns_managed_zone.google[each.key].name
  name         = "*.${each.value}"
  type         = "CNAME"
  ttl          = 300
  rrdatas      = [google_dns_record_set.google[each.key].name]
}

resource "google_compute_route" "google" {
  project          = var.project_id
  name             = "private-google-apis"
  network          = google_compute_network.catweb.id
  dest_range       = local.google_apis.range
  next_hop_gateway = "default-internet-gateway"
}
