#!/usr/bin/env bash
# Copies the workspace without its code, for the layer of an image that holds only compiled dependencies. See --help.
set -euo pipefail

if (($# != 2)) || [[ $1 == --help ]]; then
  cat <<EOF
Usage: ${0##*/} WORKSPACE DESTINATION

Writes to DESTINATION the manifests and the lock file of WORKSPACE, and an empty program in place of every target's root file.
Its bytes change only when a dependency or a target does, so an image layer built from it is used again for every other change.
EOF
  [[ ${1:-} == --help ]]
  exit
fi

mkdir -p "$2"
destination=$(cd "$2" && pwd)
cd "$1"

cp Cargo.lock "$destination/"
find . -mindepth 1 \( -name target -o -name '.*' -o -name node_modules \) -prune \
  -o -name Cargo.toml -exec cp --parents {} "$destination/" \;

target_roots=(src/lib.rs src/main.rs src/bin/*.rs build.rs benches/*.rs tests/*.rs tests/*/main.rs examples/*.rs)
find "$destination" -mindepth 2 -name Cargo.toml -printf '%P\n' | while read -r manifest; do
  member=$(dirname "$manifest")
  for pattern in "${target_roots[@]}"; do
    for root in "$member"/$pattern; do
      [[ -f $root ]] || continue
      mkdir -p "$destination/$(dirname "$root")"
      echo 'fn main() {}' >"$destination/$root"
    done
  done
done
