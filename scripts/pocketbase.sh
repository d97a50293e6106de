#!/usr/bin/env bash
# Builds the PocketBase that cat-node's bench compares itself with. See --help.
set -euo pipefail
# shellcheck source=scripts/component.bash
source "$(dirname "${BASH_SOURCE[0]}")/component.bash"

POCKETBASE_VERSION=v0.36.8
MODULE=github.com/pocketbase/pocketbase

usage() {
  cat <<EOF
Usage: ${0##*/} install

Builds PocketBase $POCKETBASE_VERSION (its examples/base, the program that its releases are) from the Go module proxy into the tools cache
($(tools_cache)/pocketbase) once, and prints the line to evaluate:
  eval "\$(${0##*/} install)"
EOF
}

# build FOLDER
build() {
  [[ -x $1/pocketbase ]] && return
  say "building PocketBase $POCKETBASE_VERSION into $1"
  mkdir -p "$1"
  (
    cd "$1"
    [[ -f go.mod ]] || go mod init catweb-tools/pocketbase 2>/dev/null
    go get "$MODULE/examples/base@$POCKETBASE_VERSION" 2>/dev/null
    CGO_ENABLED=0 go build -o pocketbase "$MODULE/examples/base"
  )
}

install() {
  local folder
  require go flock
  folder=$(tools_cache)/pocketbase/$POCKETBASE_VERSION
  with_lock "$(tools_cache)/.pocketbase.lock" build "$folder"
  say "PocketBase $POCKETBASE_VERSION is in $folder"
  printf "export CATWEB_BENCH_POCKETBASE='%s'\n" "$folder/pocketbase"
}

case ${1:---help} in
  install) install ;;
  -h | --help) usage ;;
  *) usage >&2; fail "unknown action $1" ;;
esac
