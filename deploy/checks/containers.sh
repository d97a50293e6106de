#!/usr/bin/env bash
# checks: the images, built here, and the root Compose file, up with them: a mouse is caught, traded and seen
# runs-cold-only-with-all: [[ -n ${CATWEB_PROGRAMS:-} && -d $TOOLS/docker-engine/data ]] && command -v dockerd
set -euo pipefail
# shellcheck source=deploy/tools.bash
source "$(dirname "${BASH_SOURCE[0]}")/../tools.bash"

# CATWEB_PROGRAMS: a folder with release builds of cat-node, cadaver-exchange, mouse-trap and catweb; without it they are built.
go_tool docker-compose github.com/docker/compose/v2/cmd v2.40.3 github.com/docker/compose/v2
cd "$REPOSITORY"
component_is_running "$TOOLS/docker-engine" && ran_before=true || ran_before=false
line=$(deploy/images/engine.sh start)
eval "$line"
PARSE_SERVER_MASTER_KEY=$(openssl rand -hex 16)
export PARSE_SERVER_MASTER_KEY PARSE_DASHBOARD_USER_PASSWORD=$PARSE_SERVER_MASTER_KEY GRAFANA_PASSWORD=$PARSE_SERVER_MASTER_KEY

compose() {
  docker-compose --project-name catweb-check --file docker-compose.yml --file deploy/compose/substitutes/compose.yml \
    --file deploy/compose/substitutes/any-port.yml "$@"
}

work=$(mktemp -d)
finish() {
  local status=$?
  ((status == 0)) || compose logs --tail 20 >&2 || true
  compose down --volumes >/dev/null 2>&1 || true
  $ran_before || deploy/images/engine.sh stop
  rm -rf "$work"
}
trap finish EXIT

deploy/compose/substitutes/build.sh
deploy/images/build.sh ${CATWEB_PROGRAMS:+--programs "$CATWEB_PROGRAMS"}

began=$SECONDS
compose up --wait --no-build >"$work/log" 2>&1 || { cat "$work/log" >&2; fail "the root Compose file does not come up"; }
say "up and healthy in $((SECONDS - began)) s: $(compose ps --services | sort | xargs)"

address() { printf 'http://%s' "$(compose port "$1" "$2")"; }
python3 deploy/compose/walkthrough.py "$(address cat-node 1337)" "$(address cadaver-exchange 5001)" "$(address mouse-trap 5000)"

scraped() {
  curl --silent "$(address prometheus 9090)/api/v1/query?query=up" |
    python3 -c 'import json, sys; print(sum(r["value"][1] == "1" for r in json.load(sys.stdin)["data"]["result"]))'
}
for _ in {1..100}; do
  up=$(scraped)
  ((up == 3)) && break
  sleep 0.2
done
((up == 3)) || fail "Prometheus sees $up of 3 services"
status=$(curl --silent --output /dev/null --write-out '%{http_code}' --location "$(address parse-dashboard 4040)/")
[[ $status == 200 ]] || fail "Parse Dashboard answers $status"
say "Prometheus reads all three, Parse Dashboard answers. Not run here, since no image of them can be fetched: Grafana, Elasticsearch, mongo (in its place SecantusDB)"

# A stop in good order, as a roll-out does it.
for service in cat-node cadaver-exchange mouse-trap; do
  compose stop --timeout 30 "$service" >/dev/null 2>&1
  code=$(docker inspect --format '{{.State.ExitCode}}' "catweb-check-$service-1")
  [[ $code == 0 ]] || fail "$service: ended with $code on SIGTERM"
done
say "each service ends with 0 on SIGTERM"
