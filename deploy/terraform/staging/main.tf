# Staging: production in small. Nothing in it is irrevocable, so that it can be torn down and built again.

module "platform" {
  source = "../modules/platform"

  project_id  = var.project_id
  environment = "staging"
  ranges      = { nodes = "10.30.0.0/20", pods = "10.32.0.0/14", services = "10.36.0.0/20" }

  release_channel     = "REGULAR"
  deletion_protection = false
  lock_retention      = false

  backup_retention_days = 1
  backup_kept_days      = 14
  log_retention_days    = 30

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
