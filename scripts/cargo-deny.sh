#!/usr/bin/env bash
# Runs a pinned cargo-deny, built once into the tools cache. See --help.
set -euo pipefail
# shellcheck source=scripts/component.bash
source "$(dirname "${BASH_SOURCE[0]}")/component.bash"

CARGO_DENY_VERSION=0.20.2

usage() {
  cat <<EOF
Usage: ${0##*/} install | ARGUMENTS...

  install        build cargo-deny $CARGO_DENY_VERSION into the tools cache ($(tools_cache)/cargo-deny) once
  ARGUMENTS...   run it, for example: ${0##*/} check bans licenses sources
EOF
}

root=$(tools_cache)/cargo-deny/$CARGO_DENY_VERSION

build() {
  [[ -x $root/bin/cargo-deny ]] && return
  say "building cargo-deny $CARGO_DENY_VERSION into $root (once: some minutes)"
  # Its own profile: it runs for a second, so build time counts, not speed.
  CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_LTO=false CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_TARGET_DIR="$root/target" \
    cargo install --locked --quiet --root "$root" --version "$CARGO_DENY_VERSION" cargo-deny
  rm -rf "$root/target"
}

case ${1:---help} in
  -h | --help) usage ;;
  install) with_lock "$(tools_cache)/.cargo-deny.lock" build ;;
  *)
    with_lock "$(tools_cache)/.cargo-deny.lock" build
    exec "$root/bin/cargo-deny" "$@"
    ;;
esac
