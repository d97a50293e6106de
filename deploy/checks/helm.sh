#!/usr/bin/env bash
# checks: Helm charts: schemas are fresh, lint --strict, every environment renders and says of the services what they say of themselves, unit tests
set -euo pipefail
# shellcheck source=deploy/tools.bash
source "$(dirname "${BASH_SOURCE[0]}")/../tools.bash"
# shellcheck source=deploy/helm/charts.bash
source "$DEPLOY/helm/charts.bash"

use_helm
use_helm_unittest
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$DEPLOY/helm/schemas.py" --check
copy_charts "$work/charts"
render_all "$work/charts" "$work/rendered"
lint_all "$work/charts"
python_tools observability "$DEPLOY/observability/requirements.txt"
python3 "$DEPLOY/helm/check_contracts.py" "$work/rendered"
python3 "$DEPLOY/spinnaker/pipelines.py" render "$work/pipelines"
python3 "$DEPLOY/helm/check_bakes.py" "$work/pipelines" "$RENDERED_FOR"
if ! helm-unittest --strict "$work"/charts/*/ >"$work/unit-tests.log" 2>&1; then
  cat "$work/unit-tests.log"
  fail "unit tests of charts fail"
fi
grep -E '^(Charts|Tests):' "$work/unit-tests.log"
