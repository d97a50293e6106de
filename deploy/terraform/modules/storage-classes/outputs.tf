output "manifests" {
  description = "YAML for kubectl apply."
  value       = join("---\n", [for manifest in local.manifests : yamlencode(manifest)])
}
