variable "project_id" {
  description = "The project that the keys belong to."
  type        = string
}

variable "project_number" {
  description = "Its number, which is in the names of Google's service accounts."
  type        = string
}

variable "region" {
  description = "Where the cluster is."
  type        = string
}

variable "recovery_region" {
  description = "Where backups are kept."
  type        = string
}

variable "rotation_period" {
  description = "How long a key encrypts before the next version does, in seconds, as in 7776000s (90 days)."
  type        = string
  default     = "7776000s"

  validation {
    condition     = can(regex("^[0-9]+s$", var.rotation_period)) && try(tonumber(trimsuffix(var.rotation_period, "s")) <= 7776000, false)
    error_message = "Keys are rotated at least every 90 days."
  }
}

variable "purposes" {
  description = "What is encrypted here; an environment without a cluster of Google's needs fewer keys."
  type        = set(string)
  default     = ["bus", "cluster", "disks", "registry", "secrets", "logs", "backups", "databases"]
}
