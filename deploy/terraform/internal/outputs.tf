output "credential_configurations" {
  description = "ConfigMap google-identity, key credentials.json, of each environment's namespace."
  value       = { for environment, cluster in module.cluster : environment => cluster.credential_configuration }
}

output "dns_solver" {
  description = "Variable dns_solvers of production/: the internal cluster's cert-manager."
  value       = { for environment, cluster in module.cluster : environment => cluster.members["cert-manager"] }
}
