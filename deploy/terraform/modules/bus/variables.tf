variable "project_id" {
  description = "The project that the topics belong to."
  type        = string
}

variable "project_number" {
  description = "Its number, which is in the name of Pub/Sub's own service account."
  type        = string
}

variable "topology" {
  description = "shared-events/generated/topology.json, decoded. Never written by hand: a test of shared-events fails when it is stale."
  type = object({
    allowed_regions = list(string)
    topics = list(object({
      name     = string
      producer = string
    }))
    subscriptions = list(object({
      name                      = string
      topic                     = string
      consumer                  = string
      filter                    = optional(string, "")
      enable_message_ordering   = optional(bool, false)
      ack_deadline_seconds      = number
      message_retention_seconds = number
      retry = optional(object({
        minimum_backoff_seconds = number
        maximum_backoff_seconds = number
      }))
      dead_letter = optional(object({
        topic                 = string
        max_delivery_attempts = number
      }))
    }))
  })

  validation {
    condition     = alltrue([for region in var.topology.allowed_regions : startswith(region, "northamerica-northeast")]) && length(var.topology.allowed_regions) > 0
    error_message = "Messages stay in Canada: every allowed region is a northamerica-northeast one."
  }

  validation {
    condition     = alltrue([for s in var.topology.subscriptions : contains(var.topology.topics[*].name, s.topic)])
    error_message = "A subscription names a topic that is not in the topology."
  }
}

variable "key_id" {
  description = "The key that encrypts messages."
  type        = string
}

variable "members" {
  description = "The IAM member of each producer and consumer that the topology names, and of `operators`, who read dead letters."
  type        = map(string)
}

variable "replay_seconds" {
  description = "How far back a subscription can seek: at least as old as the oldest backup that one would restore."
  type        = number
  default     = 604800
}
