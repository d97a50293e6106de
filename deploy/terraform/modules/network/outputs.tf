output "network_id" {
  description = "The network's id."
  value       = google_compute_network.catweb.id
}

output "subnetwork_id" {
  description = "The nodes' subnetwork."
  value       = google_compute_subnetwork.nodes.id
}

output "nat_addresses" {
  description = "The addresses that all outgoing traffic comes from."
  value       = google_compute_address.nat[*].address
}
