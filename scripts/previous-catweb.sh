#!/usr/bin/env bash
# Builds the catweb of an earlier commit, for the upgrade test. See --help.
set -euo pipefail
# shellcheck source=scripts/component.bash
source "$(dirname "${BASH_SOURCE[0]}")/component.bash"
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The oldest program that an upgrade must work from: the first one that drains before it stops. A release moves it on.
readonly PREVIOUS=d109531

usage() {
  cat <<'EOF'
Usage: scripts/previous-catweb.sh build [COMMIT]

Builds the program `catweb` as it was at COMMIT (without it: the one that upgrades must work from, named in this script),
keeps it in ${CATWEB_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/catweb-tools}/previous-catweb/COMMIT, and prints the line that tells
the tests where it is. A second time it only prints. What both programs have in common is compiled once, as the build shares
the target folder of the workspace (CARGO_TARGET_DIR, or target). Needs the commit in the clone: `git fetch --unshallow`.
EOF
}

build() {
  local commit
  commit=$(git rev-parse --verify --quiet "$1^{commit}") || {
    fail "this clone has no commit $1; try: git fetch --unshallow"
  }
  local place
  place=$(tools_cache)/previous-catweb/$commit
  if [[ ! -x $place/catweb ]]; then
    local source=$place/source target=${CARGO_TARGET_DIR:-$PWD/target}
    rm -rf "$source"
    mkdir -p "$source"
    git archive "$commit" | tar -x -C "$source"
    (cd "$source" && CARGO_TARGET_DIR=$target nice -n 19 cargo build --locked --quiet --package local-stack --bin catweb) >&2
    cp "$target/debug/catweb" "$place/catweb.new"
    mv "$place/catweb.new" "$place/catweb"
    rm -rf "$source"
  fi
  printf 'export CATWEB_TEST_PREVIOUS=%q\n' "$place/catweb"
}

case ${1:-} in
  build) build "${2:-$PREVIOUS}" ;;
  -h | --help) usage ;;
  *)
    usage >&2
    exit 2
    ;;
esac
