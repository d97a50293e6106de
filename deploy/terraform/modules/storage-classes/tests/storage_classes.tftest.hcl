variables {
  key_id = "key-of-disks"
  zones  = ["northamerica-northeast1-a", "northamerica-northeast1-b"]
}

run "two_data_centres" {
  command = plan

  assert {
    condition     = alltrue([for text in split("---\n", output.manifests) : yamldecode(text).parameters["replication-type"] == "regional-pd"])
    error_message = "every class writes to two data centres"
  }

  assert {
    condition     = alltrue([for text in split("---\n", output.manifests) : yamldecode(text).allowedTopologies[0].matchLabelExpressions[0].values == ["northamerica-northeast1-a", "northamerica-northeast1-b"]])
    error_message = "zones a and b"
  }

  assert {
    condition     = alltrue([for text in split("---\n", output.manifests) : yamldecode(text).parameters["disk-encryption-kms-key"] == "key-of-disks" && yamldecode(text).reclaimPolicy == "Retain"])
    error_message = "encrypted, and kept when the claim is deleted"
  }

  assert {
    condition     = length([for text in split("---\n", output.manifests) : 1 if yamldecode(text).metadata.annotations["storageclass.kubernetes.io/is-default-class"] == "true"]) == 1
    error_message = "one class is the default"
  }
}

run "refuses_one_zone" {
  command = plan

  variables {
    zones = ["northamerica-northeast1-a", "northamerica-northeast1-a"]
  }

  expect_failures = [var.zones]
}
