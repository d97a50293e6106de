#!/usr/bin/env bash
# Installs the unmodified Parse JavaScript SDKs that cat-node's tests run against it. See --help.
set -euo pipefail
# shellcheck source=scripts/component.bash
source "$(dirname "${BASH_SOURCE[0]}")/component.bash"

# The tests say which versions they are a tour of.
MANIFEST=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/cat-node/tests/js/package.json

usage() {
  cat <<EOF_USAGE
Usage: ${0##*/} install

Installs the npm package parse, in each of the versions of cat-node/tests/js/package.json, into the tools cache
($(tools_cache)/parse-sdk) once, and prints the line to evaluate:
  eval "\$(${0##*/} install)"
EOF_USAGE
}

# install_package VERSION FOLDER
install_package() {
  [[ -f $2/node_modules/parse/package.json ]] && return
  say "installing parse $1 into $2"
  mkdir -p "$2"
  npm install --prefix "$2" --ignore-scripts --no-audit --no-fund --silent "parse@$1" >&2
}

# The oldest Node.js that parse 8 supports.
node_is_recent_enough() {
  node -e 'const [major, minor] = process.versions.node.split(".").map(Number); process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1)'
}

install() {
  local version versions folder folders=()
  require node npm flock
  node_is_recent_enough || fail "parse needs Node.js 20.19 or newer; this is $(node --version)"
  versions=$(node --print 'require(process.argv[1]).toured.join("\n")' "$MANIFEST")
  for version in $versions; do
    folder=$(tools_cache)/parse-sdk/$version
    with_lock "$(tools_cache)/.parse-sdk.lock" install_package "$version" "$folder"
    say "Parse JavaScript SDK $version is in $folder"
    folders+=("$folder")
  done
  printf "export CATWEB_TEST_PARSE_SDK='%s'\n" "$(IFS=:; echo "${folders[*]}")"
}

case ${1:---help} in
  install) install ;;
  -h | --help) usage ;;
  *) usage >&2; fail "unknown action $1" ;;
esac
