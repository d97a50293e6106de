#!/usr/bin/env bash
# checks: shell, YAML, Dockerfiles, Compose and pipeline files, wherever they are (shellcheck, yamllint, hadolint, JSON schemas)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
scripts/check-files.sh
