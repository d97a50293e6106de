# The interface of an environment: a root for another cloud puts out the same names, so that charts and pipelines need not know where they are.

output "cluster" {
  description = "Its name and place."
  value       = { name = module.cluster.name, region = var.region }
}

output "registry" {
  description = "The first part of each image's name."
  value       = module.registry.address
}

output "gateway_address" {
  description = "Where the hosts of this environment lead."
  value       = module.edge.address
}

output "service_accounts" {
  description = "The value of iam.gke.io/gcp-service-account for each workload."
  value       = module.identities.emails
}

output "secrets" {
  description = "Names of the secrets that people must fill."
  value       = module.secrets.names
}

output "backup_bucket" {
  description = "Where database backups go."
  value       = module.backups.database_bucket
}

output "restore_plan" {
  description = "The plan that `gcloud beta container backup-restore restores create` takes."
  value       = module.backups.restore_plan
}

output "storage_classes" {
  description = "YAML for kubectl apply."
  value       = module.storage_classes.manifests
}

output "image_signing_key" {
  description = "cosign sign --key gcpkms://this."
  value       = module.keys.image_signing.version_id
}

output "name_servers" {
  description = "For the registrar of the zone."
  value       = module.edge.name_servers
}
