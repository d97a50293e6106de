variable "project_id" {
  description = "The project that the network belongs to."
  type        = string
}

variable "environment" {
  description = "staging or production."
  type        = string
}

variable "region" {
  description = "Where the nodes are."
  type        = string
}

variable "ranges" {
  description = "Private ranges of nodes, pods and services; they must not overlap those of another environment or the administrators' VPN."
  type = object({
    nodes    = string
    pods     = string
    services = string
  })

  validation {
    condition     = alltrue([for range in values(var.ranges) : can(cidrhost(range, 0))])
    error_message = "Each range is written as in 10.20.0.0/20."
  }
}
