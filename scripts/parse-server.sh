#!/usr/bin/env bash
# Installs the parse-server that cat-node's differential suite compares itself with. See --help.
set -euo pipefail
# shellcheck source=scripts/component.bash
source "$(dirname "${BASH_SOURCE[0]}")/component.bash"

PARSE_SERVER_VERSION=9.10.0
# With a newer router its /batch answers nothing.
ROUTER_VERSION=2.2.0

usage() {
  cat <<EOF_USAGE
Usage: ${0##*/} install

Installs the npm package parse-server $PARSE_SERVER_VERSION into the tools cache ($(tools_cache)/parse-server) once, and prints the
line to evaluate:
  eval "\$(${0##*/} install)"
The suite starts it on the database that CATWEB_TEST_MONGODB_URI names (scripts/mongodb-for-tests.sh start).
EOF_USAGE
}

# install_package FOLDER
install_package() {
  [[ -f $1/.installed ]] && return
  say "installing parse-server $PARSE_SERVER_VERSION into $1"
  mkdir -p "$1"
  printf '{"private": true, "dependencies": {"parse-server": "%s"}, "overrides": {"router": "%s"}}\n' \
    "$PARSE_SERVER_VERSION" "$ROUTER_VERSION" >"$1/package.json"
  npm install --prefix "$1" --ignore-scripts --no-audit --no-fund --silent >&2
  touch "$1/.installed"
}

install() {
  local folder
  require node npm flock
  folder=$(tools_cache)/parse-server/$PARSE_SERVER_VERSION
  with_lock "$(tools_cache)/.parse-server.lock" install_package "$folder"
  say "parse-server $PARSE_SERVER_VERSION is in $folder"
  printf "export CATWEB_TEST_PARSE_SERVER='%s'\n" "$folder"
}

case ${1:---help} in
  install) install ;;
  -h | --help) usage ;;
  *) usage >&2; fail "unknown action $1" ;;
esac
