# Through the grants, so that whoever uses a key waits until it may.
output "ids" {
  description = "Id of the key of each purpose: bus, cluster, disks, registry, secrets, secrets-recovery, logs, backups, databases."
  value       = { for purpose, grant in google_kms_crypto_key_iam_member.storage : purpose => grant.crypto_key_id }
}

output "image_signing" {
  description = "The key that signs images: its id, the version in use, and its public half."
  value = {
    key_id     = google_kms_crypto_key.images.id
    version_id = data.google_kms_crypto_key_version.images.id
    public_key = try(data.google_kms_crypto_key_version.images.public_key[0].pem, "")
  }
}
