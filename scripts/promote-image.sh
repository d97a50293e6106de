#!/usr/bin/env bash
# Copies an image to an environment's own registry, by digest, and attests there that the pipeline made it. See --help.
set -euo pipefail

if (($# != 3)) || [[ $1 == --help ]]; then
  cat <<EOF
Usage: ${0##*/} IMAGE@sha256:DIGEST REGISTRY/NAME TAG

Needs crane, cosign and gcloud, and in the environment COSIGN_KEY (gcpkms://...: an address, not a key), ATTESTOR and ATTESTOR_KEY_VERSION of
Binary Authorization. The signature is checked before anything is copied; the digest is the same afterwards, or it fails.
EOF
  [[ ${1:-} == --help ]]
  exit
fi

from=$1 to=$2 tag=$3
digest=${from##*@}
[[ $digest == sha256:* ]] || { echo "name the image by its digest, not $from" >&2; exit 1; }

cosign verify --key "$COSIGN_KEY" "$from" >/dev/null
crane copy "$from" "$to:$tag"
[[ $(crane digest "$to:$tag") == "$digest" ]] || { echo "$to:$tag is not $digest" >&2; exit 1; }
cosign copy --only sign,att "$from" "$to" --force
gcloud container binauthz attestations sign-and-create --artifact-url "$to@$digest" --attestor "$ATTESTOR" --keyversion "$ATTESTOR_KEY_VERSION"
echo "$to:$tag is $digest"
