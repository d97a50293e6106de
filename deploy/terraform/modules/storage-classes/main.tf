# Kubernetes storage classes whose every volume is written to disks in two data centres before a write is answered, and encrypted with our
# key. Kubernetes objects, so kubectl applies them: terraform output -raw storage_classes | kubectl apply -f -

locals {
  classes = {
    # For databases and search engines, as their charts name it.
    catweb-replicated = { type = "pd-balanced", default = true }
    # For MongoDB's journal and Elasticsearch under load.
    catweb-replicated-fast = { type = "pd-ssd", default = false }
  }

  manifests = [for name, class in local.classes : {
    apiVersion = "storage.k8s.io/v1"
    kind       = "StorageClass"
    metadata = {
      name        = name
      annotations = { "storageclass.kubernetes.io/is-default-class" = tostring(class.default) }
    }
    provisioner = "pd.csi.storage.gke.io"
    parameters = {
      type                    = class.type
      replication-type        = "regional-pd"
      disk-encryption-kms-key = var.key_id
    }
    # A claim deleted by mistake leaves its disk behind.
    reclaimPolicy        = "Retain"
    allowVolumeExpansion = true
    volumeBindingMode    = "WaitForFirstConsumer"
    allowedTopologies = [{
      matchLabelExpressions = [{ key = "topology.gke.io/zone", values = var.zones }]
    }]
  }]
}
