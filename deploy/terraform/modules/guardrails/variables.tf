variable "project_id" {
  description = "The project that is guarded."
  type        = string
}

variable "region" {
  description = "Where its logs are kept."
  type        = string
}

variable "allowed_regions" {
  description = "Where anything may be created."
  type        = list(string)

  validation {
    condition     = alltrue([for region in var.allowed_regions : startswith(region, "northamerica-northeast")])
    error_message = "Data stay in Canada: every allowed region is a northamerica-northeast one."
  }
}

variable "log_key_id" {
  description = "The key that encrypts logs."
  type        = string
}

variable "log_retention_days" {
  description = "How long logs are kept."
  type        = number
  default     = 400
}

variable "lock_retention" {
  description = "Makes that irrevocable: an intruder cannot delete the traces."
  type        = bool
}
