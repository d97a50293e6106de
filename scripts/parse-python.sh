#!/usr/bin/env bash
# Installs the Python client of the Parse protocol that cat-node's tests run against it. See --help.
set -euo pipefail
# shellcheck source=scripts/component.bash
source "$(dirname "${BASH_SOURCE[0]}")/component.bash"

# The kept successor of parse_rest; it works with Python 3.
CLIENT=qs-parse-rest
VERSION=0.2.20240920

usage() {
  cat <<EOF_USAGE
Usage: ${0##*/} install

Installs the PyPI package $CLIENT $VERSION into an environment in the tools cache ($(tools_cache)/parse-python) once, and
prints the line to evaluate:
  eval "\$(${0##*/} install)"
EOF_USAGE
}

# install_package FOLDER
install_package() {
  [[ -f $1/.installed ]] && return
  say "installing $CLIENT $VERSION into $1"
  python3 -m venv "$1"
  "$1/bin/pip" install --quiet --disable-pip-version-check "$CLIENT==$VERSION" six==1.17.0 >&2
  touch "$1/.installed"
}

install() {
  local folder
  require python3 flock
  folder=$(tools_cache)/parse-python/$VERSION
  with_lock "$(tools_cache)/.parse-python.lock" install_package "$folder"
  say "$CLIENT $VERSION is in $folder"
  printf "export CATWEB_TEST_PARSE_PYTHON='%s'\n" "$folder/bin/python"
}

case ${1:---help} in
  install) install ;;
  -h | --help) usage ;;
  *) usage >&2; fail "unknown action $1" ;;
esac
