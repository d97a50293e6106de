#!/usr/bin/env bash
# checks: deploy/spinnaker (every pipeline rendered, held to our JSON Schema and to what a schema cannot say)
set -euo pipefail
# shellcheck source=deploy/tools.bash
source "$(dirname "${BASH_SOURCE[0]}")/../tools.bash"

# jsonschema and PyYAML come with the file checkers.
python_tools lint "$REPOSITORY/scripts/check-files.requirements.txt"
python "$DEPLOY/spinnaker/pipelines.py" check
python "$DEPLOY/spinnaker/save_test.py" --quiet
