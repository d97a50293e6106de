#!/usr/bin/env bash
# Builds the provider that knows the Google provider's schema, into the tools cache. See --help.
set -euo pipefail
# shellcheck source=deploy/tools.bash
source "$(dirname "${BASH_SOURCE[0]}")/../../tools.bash"

# The bindings that were generated from version 6.50.0 of the real provider.
readonly BINDINGS=@cdktf/provider-google@16.12.1
here=$DEPLOY/terraform/schema
home=$TOOLS/terraform-schema

if [[ ${1:-} == -h || ${1:-} == --help ]]; then
  cat <<EOF_USAGE
Usage: ${0##*/}

The Google provider itself comes from a registry that not every machine reaches. Its schema is also in $BINDINGS (npm), and that
is all that validation and tests with a mocked provider need. Prints the path of a Terraform CLI configuration (TF_CLI_CONFIG_FILE) that
puts it in the provider's place; everything is kept in $home.
EOF_USAGE
  exit
fi

build() {
  local stamp work
  stamp=$(cat "$here/extract.py" "$here"/provider/* <(echo "$BINDINGS") | sha256sum)
  [[ -f $home/stamp && $(<"$home/stamp") == "$stamp" ]] && return
  require npm go python3 tar
  say "building the schema of the Google provider"
  mkdir -p "$home/plugins"
  work=$(mktemp -d)
  (cd "$work" && npm pack --silent "$BINDINGS" >/dev/null && tar xzf ./*.tgz package/.jsii)
  python3 "$here/extract.py" "$work/package/.jsii" "$home/plugins/terraform-provider-google.json"
  (cd "$here/provider" && CGO_ENABLED=0 nice -n 10 go build -trimpath -buildvcs=false -o "$home/plugins/terraform-provider-google" .)
  cat >"$home/terraformrc" <<EOF_RC
disable_checkpoint = true
provider_installation {
  dev_overrides { "hashicorp/google" = "$home/plugins" }
  direct {}
}
EOF_RC
  printf '%s\n' "$stamp" >"$home/stamp"
  rm -rf "$work"
}

with_lock "$TOOLS/.terraform-schema.lock" build
printf '%s\n' "$home/terraformrc"
