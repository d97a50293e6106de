#!/usr/bin/env bash
# Installs Parse Dashboard and a browser for it, for cat-node's test of it. See --help.
set -euo pipefail
# shellcheck source=scripts/component.bash
source "$(dirname "${BASH_SOURCE[0]}")/component.bash"

DASHBOARD_VERSION=9.2.0
PLAYWRIGHT_VERSION=1.65.1

usage() {
  cat <<EOF_USAGE
Usage: ${0##*/} install

Installs the npm packages parse-dashboard $DASHBOARD_VERSION and playwright-core $PLAYWRIGHT_VERSION into the tools cache
($(tools_cache)/parse-dashboard) once, and prints the lines to evaluate:
  eval "\$(${0##*/} install)"
The browser is Debian's chromium, from PATH or from CATWEB_CHROMIUM; without it nothing is printed and the test skips.
EOF_USAGE
}

# install_packages FOLDER
install_packages() {
  [[ -f $1/.installed ]] && return
  say "installing parse-dashboard $DASHBOARD_VERSION into $1"
  mkdir -p "$1"
  npm install --prefix "$1" --ignore-scripts --no-audit --no-fund --silent \
    "parse-dashboard@$DASHBOARD_VERSION" "playwright-core@$PLAYWRIGHT_VERSION" >&2
  touch "$1/.installed"
}

install() {
  local folder browser
  require node npm flock
  browser=${CATWEB_CHROMIUM:-$(command -v chromium || true)}
  if [[ -z $browser ]]; then
    say "no chromium in PATH: Parse Dashboard is not tested"
    return
  fi
  folder=$(tools_cache)/parse-dashboard/$DASHBOARD_VERSION
  with_lock "$(tools_cache)/.parse-dashboard.lock" install_packages "$folder"
  say "Parse Dashboard $DASHBOARD_VERSION is in $folder"
  printf "export CATWEB_TEST_PARSE_DASHBOARD='%s'\n" "$folder"
  printf "export CATWEB_CHROMIUM='%s'\n" "$browser"
}

case ${1:---help} in
  install) install ;;
  -h | --help) usage ;;
  *) usage >&2; fail "unknown action $1" ;;
esac
