variable "project_id" {
  description = "The Google project whose bus the cluster uses."
  type        = string
}

variable "cluster" {
  description = <<-TEXT
    What any module that makes a cluster in another cloud must put out (its interface): a name, whose it is, the jurisdiction and the
    place its data are in, the issuer and public keys of its service account tokens (`kubectl get --raw /openid/v1/jwks`), the namespaces
    whose service accounts are trusted, and the addresses of its gateway.
  TEXT
  type = object({
    name         = string
    provider     = string
    jurisdiction = string
    location     = string
    issuer       = string
    jwks         = string
    namespaces   = list(string)
    addresses    = list(string)
  })

  validation {
    condition     = var.cluster.jurisdiction == "CA"
    error_message = "Catweb's data are under Canadian law: a cluster elsewhere cannot hold them."
  }

  validation {
    condition     = startswith(var.cluster.issuer, "https://")
    error_message = "The issuer is an https address."
  }

  validation {
    condition     = can(jsondecode(var.cluster.jwks).keys[0].kid)
    error_message = "jwks is the JSON of the cluster's public keys."
  }

  validation {
    condition     = length(var.cluster.namespaces) > 0 && !contains(var.cluster.namespaces, "kube-system")
    error_message = "Name the namespaces whose service accounts are trusted; kube-system is not one of them."
  }
}

variable "audience" {
  description = "Whom the cluster's tokens must be made for; value google.federation.audience of the charts."
  type        = string
  default     = "catweb-internal-cluster"
}

variable "workloads" {
  description = "The namespace of each workload (Kubernetes service account) that gets an IAM member."
  type        = map(string)
}

variable "registry" {
  description = "The repository that the cluster pulls from and the workload that pulls; null when it has a registry of its own."
  type = object({
    location   = string
    repository = string
    puller     = string
  })
  default = null
}

variable "restore" {
  description = "The bucket of backups and the workload that restores from it; null when the cluster is no place to recover to."
  type = object({
    bucket = string
    reader = string
  })
  default = null
}
