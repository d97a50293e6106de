#!/usr/bin/env bash
# checks: alert rules and their unit tests (promtool), dashboards, runbooks, the log schema, and that all of them name only what services export and log
set -euo pipefail
# shellcheck source=deploy/tools.bash
source "$(dirname "${BASH_SOURCE[0]}")/../tools.bash"

debian_tool prometheus promtool
python_tools observability "$DEPLOY/observability/requirements.txt"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

quietly() {
  "$@" >"$work/log" 2>&1 || { cat "$work/log"; fail "$*"; }
}

python3 "$DEPLOY/observability/generate.py" --check
rules=("$DEPLOY"/helm/*/rules/*.yaml)
tests=("$DEPLOY"/observability/tests/*.yaml)
quietly promtool check rules "${rules[@]}"
quietly promtool test rules "${tests[@]}"
say "promtool: ${#rules[@]} rule files, $(cat "${tests[@]}" | grep -c '^  - name:') unit tests"
python3 "$DEPLOY/observability/check_names.py"
python3 "$DEPLOY/observability/tests/names_bite.py"
python3 "$DEPLOY/observability/check_logs.py"
