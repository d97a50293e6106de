variable "project_id" {
  description = "The project that the registry belongs to."
  type        = string
}

variable "region" {
  description = "Where images are stored."
  type        = string
}

variable "key_id" {
  description = "The key that encrypts them."
  type        = string
}

variable "image_signing" {
  description = "Output image_signing of module keys."
  type = object({
    key_id     = string
    version_id = string
    public_key = string
  })
}

variable "kept_versions" {
  description = "So many versions of an image are kept whatever their age: what can be rolled back to."
  type        = number
  default     = 20
}

variable "readers" {
  description = "IAM members that pull, under names of our own."
  type        = map(string)
}

variable "writers" {
  description = "IAM members that push and sign, under names of our own: the pipeline."
  type        = map(string)
}

variable "foreign_images" {
  description = "Patterns of images that run without our signature."
  type        = list(string)

  validation {
    condition     = !anytrue([for pattern in var.foreign_images : contains(["*", "**"], pattern)])
    error_message = "A pattern that lets everything in is no policy."
  }
}
