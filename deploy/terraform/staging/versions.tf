terraform {
  required_version = ">= 1.11"
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 6.50"
    }
  }

  # State is in a bucket that bootstrap/ made (versioned, encrypted, Canadian); Google Cloud Storage locks it while someone changes it.
  # terraform init -backend-config=bucket=PROJECT-terraform-state
  backend "gcs" {
    prefix = "staging"
  }
}

provider "google" {
  project = var.project_id
  region  = "northamerica-northeast1"

  default_labels = {
    application = "catweb"
    environment = "staging"
  }
}
