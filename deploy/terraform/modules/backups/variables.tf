variable "project_id" {
  description = "The project that the backups belong to."
  type        = string
}

variable "environment" {
  description = "staging or production."
  type        = string
}

variable "recovery_region" {
  description = "Where backups are kept: another region than the cluster's, in the same country."
  type        = string
}

variable "cluster_id" {
  description = "The cluster that is backed up."
  type        = string
}

variable "namespaces" {
  description = "What of the cluster is backed up."
  type        = list(string)
}

variable "key_ids" {
  description = "Keys of module keys; backups and databases are used."
  type        = map(string)
}

variable "writer" {
  description = "The IAM member that adds database backups."
  type        = string
}

variable "reader" {
  description = "The IAM member that restores them."
  type        = string
}

variable "cluster_rpo_minutes" {
  description = "How much of the cluster's state may be lost, in minutes; databases have their own, shorter bound."
  type        = number
  default     = 240

  validation {
    condition     = var.cluster_rpo_minutes >= 60 && var.cluster_rpo_minutes <= 86400
    error_message = "Backup for GKE takes 60 to 86400 minutes."
  }
}

variable "retention_days" {
  description = "For so long nobody can delete a backup."
  type        = number
}

variable "kept_days" {
  description = "After so long backups are deleted: personal data is not kept for ever."
  type        = number

  validation {
    condition     = var.kept_days >= var.retention_days
    error_message = "A backup cannot be deleted before its retention is over."
  }
}

variable "lock_retention" {
  description = "Makes the retention itself irrevocable. True in production; an environment that is torn down now and then cannot have it."
  type        = bool
}
