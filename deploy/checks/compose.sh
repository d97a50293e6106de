#!/usr/bin/env bash
# checks: every Compose file (docker compose config), and that none can reach production
set -euo pipefail
# shellcheck source=deploy/tools.bash
source "$(dirname "${BASH_SOURCE[0]}")/../tools.bash"

go_tool docker-compose github.com/docker/compose/v2/cmd v2.40.3 github.com/docker/compose/v2
python_tools lint "$REPOSITORY/scripts/check-files.requirements.txt"
cd "$REPOSITORY"
export PARSE_SERVER_MASTER_KEY=checked PARSE_DASHBOARD_USER_PASSWORD=checked GRAFANA_PASSWORD=checked

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for file in docker-compose.yml */docker-compose.yml; do
  docker-compose --file "$file" config --format json >"$work/$(dirname "$file" | tr . _).json"
done
docker-compose --file docker-compose.yml --file deploy/compose/substitutes/compose.yml --file deploy/compose/substitutes/any-port.yml config --quiet
# Without the secrets that it asks for it does not start: it has no defaults for them.
for secret in PARSE_SERVER_MASTER_KEY PARSE_DASHBOARD_USER_PASSWORD GRAFANA_PASSWORD; do
  ! env --unset="$secret" docker-compose --file docker-compose.yml config --quiet 2>/dev/null || fail "docker-compose.yml has a default for $secret"
done
python "$DEPLOY/checks/compose_rules.py" "$work"/*.json
