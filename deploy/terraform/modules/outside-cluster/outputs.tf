output "members" {
  description = "Each workload as an IAM member, as modules bus and secrets take them."
  value       = local.members
}

output "credential_configuration" {
  description = "GOOGLE_APPLICATION_CREDENTIALS of a pod there (key credentials.json of the ConfigMap that the charts name): no secret in it, only where its own token is and who accepts it."
  value = jsonencode({
    universe_domain    = "googleapis.com"
    type               = "external_account"
    audience           = "//iam.googleapis.com/${google_iam_workload_identity_pool_provider.cluster.name}"
    subject_token_type = "urn:ietf:params:oauth:token-type:jwt"
    token_url          = "https://sts.googleapis.com/v1/token"
    credential_source = {
      file   = "/var/run/google/token"
      format = { type = "text" }
    }
  })
}
