output "address" {
  description = "The gateway's address."
  value       = google_compute_global_address.gateway.address
}

output "security_policy" {
  description = "The name that a GCPBackendPolicy gives."
  value       = google_compute_security_policy.catweb.name
}

output "name_servers" {
  description = "What the registrar of the zone must name."
  value       = flatten(google_dns_managed_zone.catweb[*].name_servers)
}
