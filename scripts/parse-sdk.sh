#!/usr/bin/env bash
# Installs the unmodified Parse JavaScript SDK that cat-node's tests run against it. See --help.
set -euo pipefail
# shellcheck source=scripts/component.bash
source "$(dirname "${BASH_SOURCE[0]}")/component.bash"

PARSE_VERSION=8.6.2

usage() {
  cat <<EOF
Usage: ${0##*/} install

Installs the npm package parse $PARSE_VERSION into the tools cache ($(tools_cache)/parse-sdk) once, and prints the line to evaluate:
  eval "\$(${0##*/} install)"
EOF
}

folder=$(tools_cache)/parse-sdk/$PARSE_VERSION

install_package() {
  [[ -f $folder/node_modules/parse/package.json ]] && return
  say "installing parse $PARSE_VERSION into $folder"
  mkdir -p "$folder"
  npm install --prefix "$folder" --ignore-scripts --no-audit --no-fund --silent "parse@$PARSE_VERSION" >&2
}

# The oldest Node.js that parse 8 supports.
node_is_recent_enough() {
  node -e 'const [major, minor] = process.versions.node.split(".").map(Number); process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1)'
}

install() {
  require node npm flock
  node_is_recent_enough || fail "parse $PARSE_VERSION needs Node.js 20.19 or newer; this is $(node --version)"
  with_lock "$(tools_cache)/.parse-sdk.lock" install_package
  say "Parse JavaScript SDK $PARSE_VERSION is in $folder"
  printf "export CATWEB_TEST_PARSE_SDK='%s'\n" "$folder"
}

case ${1:---help} in
  install) install ;;
  -h | --help) usage ;;
  *) usage >&2; fail "unknown action $1" ;;
esac
