# One environment on Google Cloud, whole: what staging and production are made of. A root gives it names and sizes, nothing else.

data "google_project" "this" {
  project_id = var.project_id
}

locals {
  topology = jsondecode(file("${path.module}/../../../../shared-events/generated/topology.json"))
  services = toset(["cat-node", "cadaver-exchange", "mouse-trap"])

  # Everyone who calls a Google API from inside the cluster. The name is both the Kubernetes service account's and Google's.
  workloads = merge(
    { for service in local.services : service => { namespace = "apps", purpose = "The service ${service}", project_roles = ["roles/monitoring.viewer"] } },
    {
      backup-writer = { namespace = "backup", purpose = "Adds backups of databases; cannot read or delete them" }
      backup-reader = { namespace = "backup", purpose = "Restores databases" }
      keda-operator = { namespace = "keda", purpose = "Reads the age of the backlog, to scale consumers", project_roles = ["roles/monitoring.viewer"] }
    },
  )

  hosts = toset([for service in local.services : "${service}-${var.environment}"])
}

module "guardrails" {
  source             = "../guardrails"
  project_id         = var.project_id
  region             = var.region
  allowed_regions    = [var.region, var.recovery_region]
  log_key_id         = module.keys.ids["logs"]
  log_retention_days = var.log_retention_days
  lock_retention     = var.lock_retention
}

module "network" {
  source      = "../network"
  project_id  = var.project_id
  environment = var.environment
  region      = var.region
  ranges      = var.ranges
}

module "keys" {
  source          = "../keys"
  project_id      = var.project_id
  project_number  = data.google_project.this.number
  region          = var.region
  recovery_region = var.recovery_region
}

module "cluster" {
  source              = "../cluster"
  project_id          = var.project_id
  environment         = var.environment
  region              = var.region
  network_id          = module.network.network_id
  subnetwork_id       = module.network.subnetwork_id
  key_ids             = module.keys.ids
  release_channel     = var.release_channel
  terraform_member    = var.terraform_member
  rbac_group          = var.rbac_group
  deletion_protection = var.deletion_protection
}

module "registry" {
  source         = "../registry"
  project_id     = var.project_id
  region         = var.region
  key_id         = module.keys.ids["registry"]
  image_signing  = module.keys.image_signing
  readers        = { nodes = module.cluster.node_service_account }
  writers        = { pipeline = var.pipeline_member }
  foreign_images = var.foreign_images
}

module "identities" {
  source        = "../identities"
  project_id    = var.project_id
  workload_pool = module.cluster.workload_pool
  workloads     = local.workloads
}

module "bus" {
  source         = "../bus"
  project_id     = var.project_id
  project_number = data.google_project.this.number
  topology       = local.topology
  key_id         = module.keys.ids["bus"]
  members        = merge(module.identities.members, { operators = var.operators_member })
}

module "secrets" {
  source              = "../secrets"
  project_id          = var.project_id
  key_ids             = { (var.region) = module.keys.ids["secrets"], (var.recovery_region) = module.keys.ids["secrets-recovery"] }
  members             = merge(module.identities.members, { operators = var.operators_member })
  deletion_protection = var.deletion_protection

  secrets = merge(
    { for service in local.services : "${service}-database-url" => { purpose = "DATABASE_URL of ${service}", readers = [service] } },
    {
      cat-node-master-key = { purpose = "PARSE_SERVER_MASTER_KEY", readers = ["cat-node"] }
      backup-recipient    = { purpose = "The public half of the key that backups are encrypted with", readers = ["backup-writer"] }
      backup-identity     = { purpose = "The private half; only a restore reads it", readers = ["backup-reader"] }
    },
  )
}

module "backups" {
  source          = "../backups"
  project_id      = var.project_id
  environment     = var.environment
  recovery_region = var.recovery_region
  cluster_id      = module.cluster.id
  namespaces      = ["apps", "databases", "backup"]
  key_ids         = module.keys.ids
  writer          = module.identities.members["backup-writer"]
  reader          = module.identities.members["backup-reader"]
  retention_days  = var.backup_retention_days
  kept_days       = var.backup_kept_days
  lock_retention  = var.lock_retention
}

module "storage_classes" {
  source = "../storage-classes"
  key_id = module.keys.ids["disks"]
  zones  = ["${var.region}-a", "${var.region}-b"]
}

module "edge" {
  source           = "../edge"
  project_id       = var.project_id
  zone             = var.zone
  hosts            = local.hosts
  other_hosts      = var.other_hosts
  dns_solvers      = var.dns_solvers
  security_contact = var.security_contact
}

module "budget" {
  source          = "../budget"
  project_id      = var.project_id
  project_number  = data.google_project.this.number
  environment     = var.environment
  billing_account = var.billing_account
  monthly_cad     = var.monthly_cad
  owners          = var.budget_owners
}
