variable "key_id" {
  description = "The key that encrypts the disks."
  type        = string
}

variable "zones" {
  description = "The two data centres of each volume."
  type        = list(string)

  validation {
    condition     = length(distinct(var.zones)) == 2
    error_message = "A regional disk has its copies in exactly two zones."
  }
}
