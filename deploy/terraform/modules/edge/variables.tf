variable "project_id" {
  description = "The project that addresses and zone belong to."
  type        = string
}

variable "zone" {
  description = "The DNS zone, as in miaou.net, in the one environment that holds it; null elsewhere."
  type        = string
  default     = null
}

variable "hosts" {
  description = "Names in the zone that lead to this environment's gateway."
  type        = set(string)
}

variable "other_hosts" {
  description = "Names in the zone that lead to other environments, with their addresses."
  type        = map(string)
  default     = {}
}

variable "security_contact" {
  description = "Where certificate authorities report violations of the zone's policy."
  type        = string
}

variable "requests_per_minute" {
  description = "How much one address may ask for; a household behind one address, not a crowd."
  type        = number
  default     = 1200
}

variable "dns_solvers" {
  description = "IAM members that may write to the zone to prove that it is ours, under names of our own."
  type        = map(string)
  default     = {}
}
