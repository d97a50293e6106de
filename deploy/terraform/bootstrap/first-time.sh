#!/usr/bin/env bash
# Makes an empty Google Cloud project ready for Terraform: services, state bucket, the pipeline's identity. See --help.
set -euo pipefail

if (($# != 2)) || [[ $1 == --help ]]; then
  cat <<EOF
Usage: ${0##*/} PROJECT VARIABLES.tfvars

Once per project, by an owner of it who is logged in (gcloud auth application-default login). Applies this folder, moves its state into the
bucket that it made, and lets Google make those of its service accounts that encrypt with our keys. Run again, it changes nothing.
EOF
  [[ ${1:-} == --help ]]
  exit
fi

project=$1
variables=$(realpath "$2")
cd "$(dirname "${BASH_SOURCE[0]}")"

# The very first API calls need these two; the rest is switched on by main.tf.
gcloud services enable cloudresourcemanager.googleapis.com serviceusage.googleapis.com --project "$project"

bucket=$project-terraform-state

keep_state_in_bucket() {
  cat >backend_override.tf <<EOF
terraform {
  backend "gcs" {
    bucket = "$bucket"
    prefix = "bootstrap"
  }
}
EOF
}

if gcloud storage buckets describe "gs://$bucket" --project "$project" >/dev/null 2>&1; then
  keep_state_in_bucket
  terraform init -reconfigure
  terraform apply -var-file="$variables"
else
  rm -f backend_override.tf
  terraform init
  terraform apply -var-file="$variables"
  keep_state_in_bucket
  terraform init -migrate-state -force-copy
  rm -f terraform.tfstate terraform.tfstate.backup
fi

# Google makes these accounts on first use; module keys grants to them before that.
for service in pubsub secretmanager artifactregistry gkebackup container; do
  gcloud beta services identity create --service "$service.googleapis.com" --project "$project"
done
