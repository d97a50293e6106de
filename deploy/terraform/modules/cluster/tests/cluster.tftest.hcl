# Autopilot, regional, private, encrypted; only what was signed runs.
mock_provider "google" {
  override_during = plan
}

variables {
  project_id          = "catweb-test"
  environment         = "staging"
  region              = "northamerica-northeast1"
  network_id          = "network"
  subnetwork_id       = "nodes"
  key_ids             = { cluster = "key-of-the-cluster", disks = "key-of-disks" }
  release_channel     = "STABLE"
  deletion_protection = true
  terraform_member    = "serviceAccount:terraform@example.org"
  rbac_group          = "gke-security-groups@example.org"
}

run "cluster" {
  command = plan

  assert {
    condition     = google_container_cluster.catweb.enable_autopilot && google_container_cluster.catweb.location == "northamerica-northeast1"
    error_message = "an Autopilot cluster of the region"
  }

  assert {
    condition     = google_container_cluster.catweb.private_cluster_config[0].enable_private_nodes && !google_container_cluster.catweb.control_plane_endpoints_config[0].ip_endpoints_config[0].enabled
    error_message = "nodes are private, and the control plane has no address"
  }

  assert {
    condition     = google_container_cluster.catweb.database_encryption[0].state == "ENCRYPTED" && google_container_cluster.catweb.database_encryption[0].key_name == "key-of-the-cluster"
    error_message = "Kubernetes secrets are encrypted with our key"
  }

  assert {
    condition     = google_container_cluster.catweb.cluster_autoscaling[0].auto_provisioning_defaults[0].boot_disk_kms_key == "key-of-disks"
    error_message = "nodes' disks are encrypted with our key"
  }

  assert {
    condition     = google_container_cluster.catweb.workload_identity_config[0].workload_pool == "catweb-test.svc.id.goog"
    error_message = "pods are who their service account is"
  }

  assert {
    condition     = google_container_cluster.catweb.binary_authorization[0].evaluation_mode == "PROJECT_SINGLETON_POLICY_ENFORCE"
    error_message = "only signed images run"
  }

  assert {
    condition     = google_container_cluster.catweb.addons_config[0].gke_backup_agent_config[0].enabled
    error_message = "the cluster can be backed up"
  }

  assert {
    condition     = keys(google_project_iam_member.nodes) == ["roles/container.defaultNodeServiceAccount"]
    error_message = "nodes may do what nodes do, and nothing else"
  }
}

run "refuses_a_zone" {
  command = plan

  variables {
    region = "northamerica-northeast1-a"
  }

  expect_failures = [var.region]
}

run "refuses_the_rapid_channel" {
  command = plan

  variables {
    release_channel = "RAPID"
  }

  expect_failures = [var.release_channel]
}
