output "names" {
  description = "The full name of each secret, as the cluster's Secret Manager driver wants it."
  value       = { for name, secret in google_secret_manager_secret.secrets : name => secret.name }
}
