#!/usr/bin/env bash
# checks: the log schema on a real OpenSearch: what must not be kept does not come through
# runs-cold-only-with-all: compgen -G "$TOOLS/opensearch-*/installed"
set -euo pipefail
# shellcheck source=deploy/tools.bash
source "$(dirname "${BASH_SOURCE[0]}")/../tools.bash"

python_tools observability "$DEPLOY/observability/requirements.txt"
work=$(mktemp -d)
finish() {
  local status=$?
  "$REPOSITORY/scripts/opensearch-for-tests.sh" stop --run-dir "$work/opensearch"
  rm -rf "$work"
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

"$REPOSITORY/scripts/opensearch-for-tests.sh" start --run-dir "$work/opensearch" >/dev/null
python3 "$DEPLOY/observability/try_logs.py" "http://127.0.0.1:$(<"$work/opensearch/port")"
