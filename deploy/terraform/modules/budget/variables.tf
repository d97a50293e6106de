variable "project_id" {
  description = "The project whose costs are watched."
  type        = string
}

variable "project_number" {
  description = "Its number."
  type        = string
}

variable "environment" {
  description = "staging or production."
  type        = string
}

variable "billing_account" {
  description = "Who pays, as in 012345-567890-ABCDEF."
  type        = string
}

variable "monthly_cad" {
  description = "Canadian dollars a month."
  type        = number

  validation {
    condition     = var.monthly_cad > 0 && floor(var.monthly_cad) == var.monthly_cad
    error_message = "A whole number of dollars, more than none."
  }
}

variable "owners" {
  description = "E-mail addresses that hear of it."
  type        = set(string)
}
