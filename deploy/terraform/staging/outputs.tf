output "platform" {
  description = "Everything that charts, pipelines and people need to know of this environment."
  value       = module.platform
}

output "storage_classes" {
  description = "terraform output -raw storage_classes | kubectl apply -f -"
  value       = module.platform.storage_classes
}
