#!/usr/bin/env bash
# Installs the unmodified Parse PHP SDK that cat-node's tests run against it. See --help.
set -euo pipefail
# shellcheck source=scripts/component.bash
source "$(dirname "${BASH_SOURCE[0]}")/component.bash"

# The major that supports the PHP versions of today.
VERSION=2

usage() {
  cat <<EOF_USAGE
Usage: ${0##*/} install

Installs the Composer package parse/php-sdk $VERSION into the tools cache ($(tools_cache)/parse-php) once, and prints the line
to evaluate:
  eval "\$(${0##*/} install)"
It comes from Packagist and nowhere else. Where php, composer or Packagist are not to be had, nothing is printed and the test skips.
EOF_USAGE
}

# install_package FOLDER
install_package() {
  [[ -f $1/.installed ]] && return
  say "installing parse/php-sdk $VERSION into $1"
  mkdir -p "$1"
  timeout 120 composer --no-interaction --quiet --working-dir="$1" require "parse/php-sdk:^$VERSION.0" >&2 || return
  touch "$1/.installed"
}

install() {
  local folder
  require flock
  if ! command -v php >/dev/null || ! command -v composer >/dev/null; then
    say "no php with composer in PATH: the PHP SDK is not toured"
    return
  fi
  folder=$(tools_cache)/parse-php/$VERSION
  if ! with_lock "$(tools_cache)/.parse-php.lock" install_package "$folder"; then
    say "Packagist does not answer: the PHP SDK is not toured"
    return
  fi
  say "Parse PHP SDK $VERSION is in $folder"
  printf "export CATWEB_TEST_PARSE_PHP='%s'\n" "$folder"
}

case ${1:---help} in
  install) install ;;
  -h | --help) usage ;;
  *) usage >&2; fail "unknown action $1" ;;
esac
