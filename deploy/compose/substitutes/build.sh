#!/usr/bin/env bash
# Builds images that stand in for those of others, on machines that can fetch none. See --help.
set -euo pipefail
# shellcheck source=deploy/tools.bash
source "$(dirname "${BASH_SOURCE[0]}")/../../tools.bash"

usage() {
  cat <<EOF_USAGE
Usage: ${0##*/}

For the root docker-compose.yml with deploy/compose/substitutes/compose.yml over it:

  catweb-substitute/mongodb          SecantusDB, a MongoDB-compatible server (a tool for tests: it is never shipped)
  catweb-substitute/parse-dashboard  the real Parse Dashboard, from npm
  catweb-substitute/prometheus       the real Prometheus, from Debian

Each is on a Debian made by debootstrap. What is there already is not built again.
EOF_USAGE
}
case ${1:-} in '') ;; -h | --help) usage; exit ;; *) usage >&2; fail "unknown option $1" ;; esac

docker=$([[ -x /usr/bin/docker ]] && echo /usr/bin/docker || command -v docker) || fail "docker is needed (deploy/images/engine.sh start)"
"$docker" info >/dev/null 2>&1 || fail "no Docker engine answers: eval \"\$(deploy/images/engine.sh start)\""
export DOCKER_BUILDKIT=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
there_is() { "$docker" image inspect "$1" >/dev/null 2>&1; }

debian() {
  there_is catweb-substitute/debian && return
  say "making a Debian"
  command -v debootstrap >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends debootstrap >/dev/null; }
  debootstrap --variant=minbase --include=python3,ca-certificates,libstdc++6,libatomic1 bookworm "$work/debian" >"$work/log" 2>&1 || { tail -n 20 "$work/log" >&2; exit 1; }
  tar -C "$work/debian" -c . | "$docker" import - catweb-substitute/debian >/dev/null
}

# image NAME: builds the folder $work/NAME, whose Dockerfile comes from the input.
image() {
  cat >"$work/$1/Dockerfile"
  "$docker" build --quiet --tag "catweb-substitute/$1" "$work/$1" >/dev/null
  say "catweb-substitute/$1"
}

mongodb() {
  there_is catweb-substitute/mongodb && return
  "$REPOSITORY/scripts/mongodb-for-tests.sh" install
  mkdir -p "$work/mongodb"
  # Packages of the same Python version; their compiled parts come with what they need.
  cp -r "$TOOLS"/secantus/lib/python3.11/site-packages "$work/mongodb/packages"
  cp "$TOOLS/secantus/bin/secantusd-py" "$work/mongodb/"
  image mongodb <<'EOF'
FROM catweb-substitute/debian
COPY packages /packages
COPY secantusd-py /usr/local/bin/secantusd-py
ENV PYTHONPATH=/packages
VOLUME /data/db
HEALTHCHECK --interval=2s --timeout=5s --retries=30 CMD ["python3", "-c", "import pymongo; pymongo.MongoClient('mongodb://127.0.0.1:27017/?directConnection=true', serverSelectionTimeoutMS=2000).admin.command('ping')"]
ENTRYPOINT ["python3", "/usr/local/bin/secantusd-py", "--host", "0.0.0.0", "--port", "27017", "--storage-path", "/data/db", "--log-level", "WARNING"]
EOF
}

parse_dashboard() {
  local packages
  there_is catweb-substitute/parse-dashboard && return
  "$REPOSITORY/scripts/parse-dashboard.sh" install >/dev/null
  packages=$(find "$TOOLS/parse-dashboard" -mindepth 2 -maxdepth 2 -name node_modules | sort | tail -n 1)
  mkdir -p "$work/parse-dashboard"
  cp -r "$packages" "$work/parse-dashboard/node_modules"
  cp "$(node -p process.execPath)" "$work/parse-dashboard/node"
  image parse-dashboard <<'EOF'
FROM catweb-substitute/debian
COPY node /usr/local/bin/node
COPY node_modules /dashboard/node_modules
WORKDIR /dashboard
ENTRYPOINT ["node", "node_modules/parse-dashboard/bin/parse-dashboard"]
EOF
}

prometheus_server() {
  there_is catweb-substitute/prometheus && return
  debian_tool prometheus prometheus
  mkdir -p "$work/prometheus"
  cp "$(command -v prometheus)" "$work/prometheus/prometheus"
  image prometheus <<'EOF'
FROM catweb-substitute/debian
COPY prometheus /usr/local/bin/prometheus
VOLUME /prometheus
ENTRYPOINT ["/usr/local/bin/prometheus"]
EOF
}

debian
mongodb
parse_dashboard
prometheus_server
