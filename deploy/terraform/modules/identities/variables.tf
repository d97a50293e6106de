variable "project_id" {
  description = "The project that the service accounts belong to."
  type        = string
}

variable "workload_pool" {
  description = "The cluster's identity pool, PROJECT.svc.id.goog."
  type        = string
}

variable "workloads" {
  description = "Each workload that calls a Google API: its namespace, its purpose, and the few roles that exist for a whole project only."
  type = map(object({
    namespace     = string
    purpose       = string
    project_roles = optional(set(string), [])
  }))

  validation {
    condition = alltrue(flatten([for workload in values(var.workloads) : [for role in workload.project_roles :
      !contains(["roles/owner", "roles/editor", "roles/viewer"], role) && !endswith(role, "admin") && !endswith(role, "Admin")
    ]]))
    error_message = "A workload gets no basic role and no administrator's role on a project."
  }
}
