variable "project_id" {
  description = "This environment's project."
  type        = string
}

variable "pipeline_member" {
  description = "Output pipeline_member of bootstrap/."
  type        = string
}

variable "operators_member" {
  description = "The group of operators, as in group:operators@miaou.net."
  type        = string
}

variable "security_contact" {
  description = "An e-mail address for reports of misused certificates."
  type        = string
}

variable "billing_account" {
  description = "Who pays."
  type        = string
}

variable "monthly_cad" {
  description = "The budget, in Canadian dollars a month."
  type        = number
}

variable "budget_owners" {
  description = "Who hears of it."
  type        = set(string)
}

variable "foreign_images" {
  description = "Images of others that run without our signature: databases, operators, monitoring."
  type        = list(string)
  default = [
    "docker.elastic.co/*",
    "docker.io/grafana/*",
    "ghcr.io/kedacore/*",
    "quay.io/jetstack/*",
    "quay.io/mongodb/*",
  ]
}

variable "other_hosts" {
  description = "Addresses of the other environments: host name in the zone to address, from their output gateway_address."
  type        = map(string)
  default     = {}
}

variable "dns_solvers" {
  description = "Who may prove by DNS that a name of the zone is ours: output dns_solver of internal/."
  type        = map(string)
  default     = {}
}

variable "terraform_member" {
  description = "Output terraform_member of bootstrap/."
  type        = string
}

variable "rbac_group" {
  description = "The group whose member groups are known to Kubernetes RBAC; Google wants it to be called gke-security-groups@DOMAIN."
  type        = string
}
