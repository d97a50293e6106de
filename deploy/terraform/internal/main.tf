# test and qa: their cluster is our own (deploy/ansible), their bus is Google's, a project each, so that topics keep their names.

locals {
  topology = jsondecode(file("${path.module}/../../../shared-events/generated/topology.json"))
  services = ["cat-node", "cadaver-exchange", "mouse-trap"]
  # On the one internal cluster each environment has namespaces of its own.
  workloads = { for environment in keys(var.projects) : environment => merge(
    { for service in local.services : service => "apps-${environment}" },
    { cert-manager = "cert-manager", keda-operator = "keda" },
  ) }
}

data "google_project" "environments" {
  for_each   = var.projects
  project_id = each.value
}

module "cluster" {
  for_each   = var.projects
  source     = "../modules/outside-cluster"
  project_id = each.value
  cluster    = merge(var.cluster, { name = "catweb-internal-${each.key}" })
  workloads  = local.workloads[each.key]
}

module "keys" {
  for_each        = var.projects
  source          = "../modules/keys"
  project_id      = each.value
  project_number  = data.google_project.environments[each.key].number
  region          = "northamerica-northeast1"
  recovery_region = "northamerica-northeast2"
  purposes        = ["bus"]
}

module "bus" {
  for_each       = var.projects
  source         = "../modules/bus"
  project_id     = each.value
  project_number = data.google_project.environments[each.key].number
  topology       = local.topology
  key_id         = module.keys[each.key].ids["bus"]
  members        = merge(module.cluster[each.key].members, { operators = var.operators_member })
}
