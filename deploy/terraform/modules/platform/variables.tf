variable "project_id" {
  description = "An empty Google Cloud project of this environment's own; bootstrap/ has been applied to it."
  type        = string
}

variable "environment" {
  description = "staging or production."
  type        = string

  validation {
    condition     = contains(["staging", "production"], var.environment)
    error_message = "staging or production; test and qa are on the internal cluster (root internal)."
  }
}

variable "region" {
  description = "Where Catweb runs."
  type        = string
  default     = "northamerica-northeast1"

  validation {
    condition     = startswith(var.region, "northamerica-northeast")
    error_message = "Catweb runs in Canada."
  }
}

variable "recovery_region" {
  description = "Where its backups are: the other Canadian region."
  type        = string
  default     = "northamerica-northeast2"

  validation {
    condition     = startswith(var.recovery_region, "northamerica-northeast") && var.recovery_region != var.region
    error_message = "Backups are in Canada too, and not where the originals are."
  }
}

variable "ranges" {
  description = "Private ranges of nodes, pods and services."
  type = object({
    nodes    = string
    pods     = string
    services = string
  })
}

variable "release_channel" {
  description = "REGULAR or STABLE."
  type        = string
}

variable "pipeline_member" {
  description = "Output pipeline_member of bootstrap/: who pushes and signs images."
  type        = string
}

variable "operators_member" {
  description = "The group of people who read dead letters and put secrets in, as in group:operators@miaou.net."
  type        = string

  validation {
    condition     = startswith(var.operators_member, "group:")
    error_message = "A group, never one person."
  }
}

variable "foreign_images" {
  description = "Images of others that run without our signature."
  type        = list(string)
}

variable "zone" {
  description = "The DNS zone in the environment that holds it; null elsewhere."
  type        = string
  default     = null
}

variable "other_hosts" {
  description = "Addresses of the other environments, where the zone is held."
  type        = map(string)
  default     = {}
}

variable "dns_solvers" {
  description = "Who may prove by DNS that a name of the zone is ours, where the zone is held."
  type        = map(string)
  default     = {}
}

variable "security_contact" {
  description = "An e-mail address for reports of misused certificates."
  type        = string
}

variable "billing_account" {
  description = "Who pays."
  type        = string
}

variable "monthly_cad" {
  description = "The budget, in Canadian dollars a month."
  type        = number
}

variable "budget_owners" {
  description = "Who hears of it."
  type        = set(string)
}

variable "backup_retention_days" {
  description = "For so long nobody can delete a backup."
  type        = number
}

variable "backup_kept_days" {
  description = "After so long backups are deleted."
  type        = number
}

variable "log_retention_days" {
  description = "How long logs are kept."
  type        = number
  default     = 400
}

variable "lock_retention" {
  description = "Makes both retentions irrevocable."
  type        = bool
}

variable "deletion_protection" {
  description = "Refuses to destroy cluster and secrets."
  type        = bool
}

variable "terraform_member" {
  description = "Output terraform_member of bootstrap/."
  type        = string
}

variable "rbac_group" {
  description = "The group whose member groups are known to Kubernetes RBAC; Google wants it to be called gke-security-groups@DOMAIN."
  type        = string
}
