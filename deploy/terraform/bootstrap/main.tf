# Once per project, by a person who owns it: the services that are on, the bucket of Terraform's state, and who the pipeline is. Everything
# else is made by the pipeline. first-time.sh beside this runs it, since its own state has to move into the bucket that it makes.

resource "google_project_service" "services" {
  for_each = toset([
    "artifactregistry.googleapis.com",
    "billingbudgets.googleapis.com",
    "binaryauthorization.googleapis.com",
    "cloudkms.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "compute.googleapis.com",
    "container.googleapis.com",
    "containeranalysis.googleapis.com",
    "containerscanning.googleapis.com",
    "dns.googleapis.com",
    "gkebackup.googleapis.com",
    "iam.googleapis.com",
    "iamcredentials.googleapis.com",
    "logging.googleapis.com",
    "monitoring.googleapis.com",
    "orgpolicy.googleapis.com",
    "pubsub.googleapis.com",
    "secretmanager.googleapis.com",
    "storage.googleapis.com",
    "sts.googleapis.com",
  ])
  project            = var.project_id
  service            = each.key
  disable_on_destroy = false
}

resource "google_kms_key_ring" "state" {
  project    = var.project_id
  name       = "terraform"
  location   = var.region
  depends_on = [google_project_service.services]
}

resource "google_kms_crypto_key" "state" {
  name            = "state"
  key_ring        = google_kms_key_ring.state.id
  rotation_period = "7776000s" # 90 days

  lifecycle {
    prevent_destroy = true
  }
}

data "google_storage_project_service_account" "this" {
  project    = var.project_id
  depends_on = [google_project_service.services]
}

resource "google_kms_crypto_key_iam_member" "state" {
  crypto_key_id = google_kms_crypto_key.state.id
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = data.google_storage_project_service_account.this.member
}

# Cloud Storage locks the state while someone changes it, and keeps every earlier version of it.
resource "google_storage_bucket" "state" {
  #checkov:skip=CKV_GCP_62: reads and writes of it are in the audit log of storage, which module guardrails switches on
  project                     = var.project_id
  name                        = "${var.project_id}-terraform-state"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false

  versioning {
    enabled = true
  }

  encryption {
    default_kms_key_name = google_kms_crypto_key_iam_member.state.crypto_key_id
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      num_newer_versions = 50
      with_state         = "ARCHIVED"
    }
  }
}

# The pipeline: GitLab's own tokens, from protected branches and tags of this project only. There is no key to steal.
resource "google_iam_workload_identity_pool" "gitlab" {
  project                   = var.project_id
  workload_identity_pool_id = "gitlab"
  display_name              = "GitLab"
  depends_on                = [google_project_service.services]
}

resource "google_iam_workload_identity_pool_provider" "gitlab" {
  project                            = var.project_id
  workload_identity_pool_id          = google_iam_workload_identity_pool.gitlab.workload_identity_pool_id
  workload_identity_pool_provider_id = "gitlab"

  attribute_mapping = {
    "google.subject"        = "assertion.sub"
    "attribute.project"     = "assertion.project_path"
    "attribute.environment" = "assertion.environment"
  }
  attribute_condition = join(" && ", [
    "assertion.project_path in ${jsonencode(var.gitlab.projects)}",
    "assertion.ref_protected == 'true'",
    "assertion.environment_protected == 'true'",
    "assertion.environment == '${var.environment}'",
  ])

  oidc {
    issuer_uri        = var.gitlab.url
    jwks_json         = var.gitlab.jwks
    allowed_audiences = [var.gitlab.url]
  }
}

resource "google_service_account" "terraform" {
  project      = var.project_id
  account_id   = "terraform"
  display_name = "Applies deploy/terraform from the infrastructure pipeline"
  depends_on   = [google_project_service.services]
}

resource "google_service_account_iam_member" "terraform" {
  service_account_id = google_service_account.terraform.name
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.gitlab.name}/attribute.project/${var.gitlab.infrastructure_project}"
}

resource "google_project_iam_member" "terraform" {
  #checkov:skip=CKV_GCP_49: it makes the service accounts of everyone else; only a protected branch can be this one
  #checkov:skip=CKV_GCP_117: the same
  for_each = toset([
    "roles/artifactregistry.admin",
    "roles/binaryauthorization.policyAdmin",
    "roles/cloudkms.admin",
    "roles/compute.networkAdmin",
    "roles/compute.securityAdmin",
    "roles/container.admin",
    "roles/dns.admin",
    "roles/gkebackup.admin",
    "roles/iam.serviceAccountAdmin",
    "roles/iam.workloadIdentityPoolAdmin",
    "roles/logging.configWriter",
    "roles/monitoring.editor",
    "roles/pubsub.admin",
    "roles/resourcemanager.projectIamAdmin",
    "roles/secretmanager.admin",
    "roles/storage.admin",
  ])
  project = var.project_id
  role    = each.key
  member  = google_service_account.terraform.member
}
