variable "project_id" {
  description = "The project that the secrets belong to."
  type        = string
}

variable "key_ids" {
  description = "The key of each region that holds a copy."
  type        = map(string)

  validation {
    condition     = length(var.key_ids) >= 2
    error_message = "A secret is kept in two regions, so that the loss of one loses no access."
  }
}

variable "members" {
  description = "IAM members by the names that `secrets` uses."
  type        = map(string)
}

variable "secrets" {
  description = "What each secret is for, who reads it, and who may replace it."
  type = map(object({
    purpose = string
    readers = set(string)
    writers = optional(set(string), ["operators"])
  }))
}

variable "deletion_protection" {
  description = "Refuses to delete a secret until it is switched off in a change of its own."
  type        = bool
}
