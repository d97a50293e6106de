#!/usr/bin/env bash
# Gives a service's newest image a version as a second name. See --help.
set -euo pipefail

if (($# != 3)) || [[ $1 == --help ]]; then
  cat <<EOF_USAGE
Usage: ${0##*/} SERVICE IMAGE VERSION

Run in the commit that the version names. An image has the commit it was built from as its tag, and there is one only where the service, or what
it is made of, changed. So this walks from HEAD back, along first parents, to the newest commit with an image, and tags that image VERSION,
by digest. It goes no further than the commit that changed the service last: an image of before that is another program.

Needs git with the whole history (GIT_DEPTH: 0), and docker with buildx, logged in to the registry.
EOF_USAGE
  [[ ${1:-} == --help ]]
  exit
fi

service=$1 image=$2 version=$3
# The same as the parent pipeline's `changes` for a service: deploy/checks/pipeline_rules.py holds the two together.
readonly MADE_OF=("$service" shared-events service-chassis 'Cargo.*' rust-toolchain.toml .ci/gitlab scripts)

cd "$(git rev-parse --show-toplevel)"
[[ -d $service ]] || { echo "there is no service $service" >&2; exit 1; }
[[ $(git rev-parse --is-shallow-repository) == false ]] || { echo "the history is cut off: set GIT_DEPTH to 0" >&2; exit 1; }
changed_last=$(git rev-list --first-parent --max-count 1 HEAD -- "${MADE_OF[@]}")

digest_of() { docker buildx imagetools inspect --format '{{.Manifest.Digest}}' "$1" 2>/dev/null; }

while read -r commit; do
  if digest=$(digest_of "$image:$commit"); then
    docker buildx imagetools create --tag "$image:$version" "$image@$digest"
    echo "$image:$version is $digest, built from ${commit:0:12}"
    exit
  fi
  [[ $commit != "$changed_last" ]] || break
done < <(git rev-list --first-parent HEAD)

echo "$service: no image since ${changed_last:0:12} changed it: run the pipeline of that commit, or of a later one, first" >&2
exit 1
