variable "project_id" {
  description = "An empty project with billing."
  type        = string
}

variable "environment" {
  description = "Which GitLab environment's jobs are the pipeline of this project."
  type        = string

  validation {
    condition     = contains(["test", "qa", "staging", "production"], var.environment)
    error_message = "test, qa, staging or production."
  }
}

variable "region" {
  description = "Where the state is kept."
  type        = string
  default     = "northamerica-northeast1"

  validation {
    condition     = startswith(var.region, "northamerica-northeast")
    error_message = "State holds names of everything: it stays in Canada too."
  }
}

variable "gitlab" {
  description = "GitLab's address, its public keys (GET /oauth/discovery/keys; Google cannot ask a GitLab behind the VPN), the projects whose pipelines deploy, and the one that applies Terraform."
  type = object({
    url                    = string
    jwks                   = string
    projects               = list(string)
    infrastructure_project = string
  })

  validation {
    condition     = startswith(var.gitlab.url, "https://") && can(jsondecode(var.gitlab.jwks).keys)
    error_message = "An https address, and the JSON of GitLab's public keys."
  }
}
