#!/usr/bin/env bash
# Checks every file that is not Rust: shell, YAML, Dockerfiles, Compose files and pipelines. See --help.
set -euo pipefail
# shellcheck source=scripts/component.bash
source "$(dirname "${BASH_SOURCE[0]}")/component.bash"

usage() {
  cat <<EOF
Usage: ${0##*/}

Runs shellcheck, yamllint, hadolint, and the published JSON schemas of Compose and GitLab CI over the files of the repository.
The tools live in a Python environment in the tools cache ($(tools_cache)/lint); the first run installs it.
EOF
}

case ${1:-} in
  '') ;;
  -h | --help) usage; exit ;;
  *) usage >&2; fail "unknown option $1" ;;
esac

require python3 git flock
cd "$(dirname "${BASH_SOURCE[0]}")/.."
tools=$(tools_cache)/lint
requirements=scripts/check-files.requirements.txt

install_tools() {
  cmp -s "$requirements" "$tools/requirements.txt" && return
  say "installing the file checkers into $tools"
  python3 -m venv "$tools"
  "$tools/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements"
  cp "$requirements" "$tools/requirements.txt"
}
with_lock "$(tools_cache)/.lint.lock" install_tools

# Tracked and new files alike, so that a check before the commit sees what the commit will hold.
repository_files() {
  git ls-files --cached --others --exclude-standard -- "$@"
}

check() {
  local name=$1 files
  shift
  mapfile -t files < <(repository_files "${patterns[@]}")
  ((${#files[@]})) || fail "$name: no file matches ${patterns[*]}"
  "$@" "${files[@]}"
  say "$name: ${#files[@]} files"
}

patterns=('*.sh' '*.bash' .ci/run .ci/smoke/run deploy/check)
check shellcheck "$tools/bin/shellcheck" --external-sources
patterns=('*.yml' '*.yaml')
check yamllint "$tools/bin/yamllint" --strict --config-file scripts/check-files.yamllint
patterns=('*Dockerfile')
check hadolint "$tools/bin/hadolint" --failure-threshold info
patterns=('*docker-compose.yml')
check compose "$tools/bin/check-jsonschema" --quiet --builtin-schema vendor.compose-spec
patterns=('*.gitlab-ci.yml')
check gitlab-ci "$tools/bin/check-jsonschema" --quiet --builtin-schema vendor.gitlab-ci --data-transform gitlab-ci

# The Compose program itself also resolves includes and variables; where it is absent the schema has to do.
if docker compose version >/dev/null 2>&1; then
  for file in docker-compose.yml */docker-compose.yml; do
    PARSE_SERVER_MASTER_KEY=checked PARSE_DASHBOARD_USER_PASSWORD=checked GRAFANA_PASSWORD=checked docker compose --file "$file" config --quiet
  done
fi
