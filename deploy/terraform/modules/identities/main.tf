# Who is who: one service account per service and per task, each usable only by the Kubernetes service account of the same name
# (Workload Identity), and none with a key. What each may do is granted where the thing is: topics in module bus, secrets in module secrets.

resource "google_service_account" "workloads" {
  for_each     = var.workloads
  project      = var.project_id
  account_id   = each.key
  display_name = each.value.purpose
}

resource "google_service_account_iam_member" "workloads" {
  for_each           = var.workloads
  service_account_id = google_service_account.workloads[each.key].name
  role               = "roles/iam.workloadIdentityUser"
  member             = "serviceAccount:${var.workload_pool}[${each.value.namespace}/${each.key}]"
}

locals {
  project_roles = merge([for name, workload in var.workloads : { for role in workload.project_roles : "${name}/${role}" => { name = name, role = role } }]...)
}

resource "google_project_iam_member" "workloads" {
  for_each = local.project_roles
  project  = var.project_id
  role     = each.value.role
  member   = google_service_account.workloads[each.value.name].member
}
