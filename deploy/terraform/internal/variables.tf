variable "projects" {
  description = "The project of test and that of qa."
  type        = map(string)

  validation {
    condition     = alltrue([for environment in keys(var.projects) : contains(["test", "qa"], environment)])
    error_message = "test and qa; staging and production have roots of their own."
  }
}

variable "cluster" {
  description = "What deploy/ansible puts out of the internal cluster; see variable cluster of module outside-cluster."
  type = object({
    provider     = string
    jurisdiction = string
    location     = string
    issuer       = string
    jwks         = string
    namespaces   = list(string)
    addresses    = list(string)
  })
}

variable "operators_member" {
  description = "The group of operators."
  type        = string
}
