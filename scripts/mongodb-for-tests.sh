#!/usr/bin/env bash
# Starts and stops a MongoDB-compatible server for the tests. See --help.
set -euo pipefail
# shellcheck source=scripts/component.bash
source "$(dirname "${BASH_SOURCE[0]}")/component.bash"

SECANTUSDB_VERSION=0.7.0b3
READY_WITHIN_SECONDS=60

usage() {
  cat <<EOF
Usage: ${0##*/} start|stop|install [--run-dir DIR] [--port PORT]

A MongoDB-compatible server (SecantusDB $SECANTUSDB_VERSION, transactions and change streams) on loopback, for the tests only.
It is a tool beside the project (GPL): nothing links it and nothing ships it. It keeps its data in a folder that goes when it stops.

  install   make its Python environment in the tools cache ($(tools_cache))
  start     install if need be, start, and print the line to evaluate:  eval "\$(${0##*/} start)"
  stop      stop the one of the run folder, by its pid

  --run-dir DIR   where pid, port, log and data go (default: $(tools_cache)/run/mongodb)
  --port PORT     the port to listen on (default: a free one)

For a real MongoDB (a replica set, since transactions need one) set CATWEB_TEST_MONGODB_URI yourself instead.
EOF
}

venv=$(tools_cache)/secantus
run_dir=$(tools_cache)/run/mongodb
port=
action=

make_venv() {
  local installed
  installed=$("$venv/bin/python" -c 'from importlib.metadata import version; print(version("secantusdb"))' 2>/dev/null || true)
  [[ $installed == "$SECANTUSDB_VERSION" ]] && return
  say "installing SecantusDB $SECANTUSDB_VERSION into $venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check "secantusdb==$SECANTUSDB_VERSION"
}

install() {
  require python3 flock
  with_lock "$(tools_cache)/.secantus.lock" make_venv
}

start() {
  if ! component_is_running "$run_dir"; then
    install
    port=${port:-$(free_port)}
    rm -rf "$run_dir/data"
    start_component "$run_dir" "$port" "$READY_WITHIN_SECONDS" \
      "$venv/bin/python" "$venv/bin/secantusd-py" --host 127.0.0.1 --port "$port" --storage-path "$run_dir/data" --log-level WARNING
  fi
  say "SecantusDB $SECANTUSDB_VERSION listens on 127.0.0.1:$(<"$run_dir/port"); pid file: $run_dir/pid"
  printf "export CATWEB_TEST_MONGODB_URI='mongodb://127.0.0.1:%s/?directConnection=true'\n" "$(<"$run_dir/port")"
}

stop() {
  stop_component "$run_dir"
  rm -rf "$run_dir/data"
}

parse_component_arguments "$@"
case $action in
  start | stop | install) "$action" ;;
  -h | --help) usage ;;
  *) usage >&2; fail "unknown action $action" ;;
esac
