# A regional Autopilot cluster: Google runs nodes in all zones of the region, patches them, and charges for what pods ask for.

resource "google_service_account" "nodes" {
  project      = var.project_id
  account_id   = "gke-nodes"
  display_name = "Nodes of the cluster: logs, metrics, images; nothing else"
}

resource "google_project_iam_member" "nodes" {
  for_each = toset(["roles/container.defaultNodeServiceAccount"])
  project  = var.project_id
  role     = each.key
  member   = google_service_account.nodes.member
}

# Whoever makes a cluster with these nodes must be allowed to act as them.
resource "google_service_account_iam_member" "terraform" {
  service_account_id = google_service_account.nodes.name
  role               = "roles/iam.serviceAccountUser"
  member             = var.terraform_member
}

resource "google_container_cluster" "catweb" {
  #checkov:skip=CKV_GCP_12: Autopilot runs Dataplane V2, which always enforces network policies
  #checkov:skip=CKV_GCP_20: the control plane has no address that networks could be allowed to reach
  #checkov:skip=CKV_GCP_61: flow logs are on in module network; Autopilot sets intranode visibility itself
  #checkov:skip=CKV_GCP_69: Autopilot always has the metadata server
  project             = var.project_id
  name                = "catweb-${var.environment}"
  location            = var.region
  enable_autopilot    = true
  deletion_protection = var.deletion_protection

  network         = var.network_id
  subnetwork      = var.subnetwork_id
  networking_mode = "VPC_NATIVE"

  ip_allocation_policy {
    cluster_secondary_range_name  = "pods"
    services_secondary_range_name = "services"
  }

  private_cluster_config {
    enable_private_nodes = true
  }

  # kubectl comes through the DNS endpoint, where IAM decides; there is no address to reach the API by.
  control_plane_endpoints_config {
    dns_endpoint_config {
      allow_external_traffic = true
    }

    ip_endpoints_config {
      enabled = false
    }
  }

  master_auth {
    client_certificate_config {
      issue_client_certificate = false
    }
  }

  rbac_binding_config {
    enable_insecure_binding_system_authenticated   = false
    enable_insecure_binding_system_unauthenticated = false
  }

  # Who may do what inside the cluster is decided for groups, which are members of this one.
  authenticator_groups_config {
    security_group = var.rbac_group
  }

  # Kubernetes secrets are encrypted with our key before etcd sees them.
  database_encryption {
    state    = "ENCRYPTED"
    key_name = var.key_ids.cluster
  }

  cluster_autoscaling {
    auto_provisioning_defaults {
      service_account   = google_service_account.nodes.email
      boot_disk_kms_key = var.key_ids.disks
      oauth_scopes      = ["https://www.googleapis.com/auth/cloud-platform"]
    }
  }

  release_channel {
    channel = var.release_channel
  }

  maintenance_policy {
    recurring_window {
      start_time = "2026-01-01T06:00:00Z"
      end_time   = "2026-01-01T12:00:00Z"
      recurrence = "FREQ=WEEKLY;BYDAY=TU,WE,TH"
    }
  }

  workload_identity_config {
    workload_pool = "${var.project_id}.svc.id.goog"
  }

  binary_authorization {
    evaluation_mode = "PROJECT_SINGLETON_POLICY_ENFORCE"
  }

  security_posture_config {
    mode               = "BASIC"
    vulnerability_mode = "VULNERABILITY_BASIC"
  }

  gateway_api_config {
    channel = "CHANNEL_STANDARD"
  }

  secret_manager_config {
    enabled = true
  }

  addons_config {
    gke_backup_agent_config {
      enabled = true
    }

    gcp_filestore_csi_driver_config {
      enabled = false
    }
  }

  cost_management_config {
    enabled = true
  }

  logging_config {
    enable_components = ["SYSTEM_COMPONENTS", "APISERVER", "CONTROLLER_MANAGER", "SCHEDULER", "WORKLOADS"]
  }

  monitoring_config {
    enable_components = ["SYSTEM_COMPONENTS", "APISERVER", "STORAGE", "POD", "DEPLOYMENT", "STATEFULSET", "HPA"]

    managed_prometheus {
      enabled = true
    }
  }

  resource_labels = { environment = var.environment }

  depends_on = [google_project_iam_member.nodes, google_service_account_iam_member.terraform]
}
