# Production: what is written is kept, for the time that was promised, whoever wants otherwise.

module "platform" {
  source = "../modules/platform"

  project_id  = var.project_id
  environment = "production"
  ranges      = { nodes = "10.40.0.0/20", pods = "10.44.0.0/14", services = "10.48.0.0/20" }

  release_channel     = "STABLE"
  deletion_protection = true
  lock_retention      = true

  backup_retention_days = 35
  backup_kept_days      = 90
  log_retention_days    = 400

  zone        = "miaou.net"
  other_hosts = var.other_hosts
  dns_solvers = var.dns_solvers

  pipeline_member  = var.pipeline_member
  terraform_member = var.terraform_member
  rbac_group       = var.rbac_group
  operators_member = var.operators_member
  foreign_images   = var.foreign_images
  security_contact = var.security_contact

  billing_account = var.billing_account
  monthly_cad     = var.monthly_cad
  budget_owners   = var.budget_owners
}
