variable "project_id" {
  description = "The project that the cluster belongs to."
  type        = string
}

variable "environment" {
  description = "staging or production."
  type        = string
}

variable "region" {
  description = "A region, never a zone: control plane and nodes survive the loss of a data centre."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]$", var.region))
    error_message = "The cluster is regional: name a region such as northamerica-northeast1."
  }
}

variable "network_id" {
  description = "The private network."
  type        = string
}

variable "subnetwork_id" {
  description = "The nodes' subnetwork, with secondary ranges pods and services."
  type        = string
}

variable "key_ids" {
  description = "Keys of module keys; cluster and disks are used."
  type        = map(string)
}

variable "release_channel" {
  description = "REGULAR in staging sees a version before STABLE in production does."
  type        = string

  validation {
    condition     = contains(["REGULAR", "STABLE"], var.release_channel)
    error_message = "REGULAR or STABLE."
  }
}

variable "deletion_protection" {
  description = "Refuses to destroy the cluster until it is switched off in a change of its own."
  type        = bool
}

variable "terraform_member" {
  description = "Output terraform_member of bootstrap/."
  type        = string
}

variable "rbac_group" {
  description = "The group whose member groups are known to Kubernetes RBAC; Google wants it to be called gke-security-groups@DOMAIN."
  type        = string

  validation {
    condition     = startswith(var.rbac_group, "gke-security-groups@")
    error_message = "gke-security-groups@DOMAIN."
  }
}
