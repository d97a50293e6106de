# What Google must know of a Kubernetes cluster that it does not run, so that Catweb's services there use the bus, the registry and the
# backups with no key in any file: the cluster's own service accounts are trusted (Workload Identity Federation). The internal cluster of
# test and qa is such a cluster, and so is one in a second cloud.

resource "google_iam_workload_identity_pool" "cluster" {
  project                   = var.project_id
  workload_identity_pool_id = var.cluster.name
  display_name              = var.cluster.name
  description               = "Service accounts of the Kubernetes cluster ${var.cluster.name} at ${var.cluster.provider}"
}

resource "google_iam_workload_identity_pool_provider" "cluster" {
  project                            = var.project_id
  workload_identity_pool_id          = google_iam_workload_identity_pool.cluster.workload_identity_pool_id
  workload_identity_pool_provider_id = "kubernetes"

  attribute_mapping = {
    "google.subject"            = "assertion.sub"
    "attribute.namespace"       = "assertion['kubernetes.io']['namespace']"
    "attribute.service_account" = "assertion['kubernetes.io']['serviceaccount']['name']"
  }
  attribute_condition = "assertion['kubernetes.io']['namespace'] in ${jsonencode(var.cluster.namespaces)}"

  oidc {
    issuer_uri = var.cluster.issuer
    # The keys themselves, since Google cannot ask an API server that no one outside the VPN can reach.
    jwks_json         = var.cluster.jwks
    allowed_audiences = [var.audience]
  }
}

locals {
  pool = "principal://iam.googleapis.com/${google_iam_workload_identity_pool.cluster.name}/subject"
  members = { for name, namespace in var.workloads :
    name => "${local.pool}/system:serviceaccount:${namespace}:${name}"
  }
}

resource "google_artifact_registry_repository_iam_member" "pull" {
  count      = var.registry == null ? 0 : 1
  project    = var.project_id
  location   = var.registry.location
  repository = var.registry.repository
  role       = "roles/artifactregistry.reader"
  member     = local.members[var.registry.puller]
}

# A cluster that takes over needs the backups, to read.
resource "google_storage_bucket_iam_member" "restore" {
  count  = var.restore == null ? 0 : 1
  bucket = var.restore.bucket
  role   = "roles/storage.objectViewer"
  member = local.members[var.restore.reader]
}
