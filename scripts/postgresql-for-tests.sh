#!/usr/bin/env bash
# Starts and stops a PostgreSQL with PostGIS, the second database of the differential suite's parse-server. See --help.
set -euo pipefail
# shellcheck source=scripts/component.bash
source "$(dirname "${BASH_SOURCE[0]}")/component.bash"

readonly BIN=/usr/lib/postgresql/15/bin
readonly EXTENSIONS=/usr/share/postgresql/15/extension
readonly READY_WITHIN_SECONDS=30
# PostgreSQL refuses to run as root.
readonly OWNER=postgres

usage() {
  cat <<EOF_USAGE
Usage: ${0##*/} start|stop|install [--run-dir DIR] [--port PORT]

PostgreSQL 15 with PostGIS on loopback, for the tests only: parse-server runs on it where the MongoDB of the tests lacks something.

  install   install the Debian packages postgresql-15 and postgresql-15-postgis-3 if they are absent (as root)
  start     install if need be, start on an empty folder, and print the line to evaluate:  eval "\$(${0##*/} start)"
  stop      stop the one of the run folder, by its pid; its data go

  --run-dir DIR   where pid, port and log go (default: $(tools_cache)/run/postgresql)
  --port PORT     the port to listen on (default: a free one)
EOF_USAGE
}

run_dir=$(tools_cache)/run/postgresql
port=
action=

install() {
  [[ -x $BIN/postgres && -f $EXTENSIONS/postgis.control ]] && return
  ((EUID == 0)) || fail "the Debian packages postgresql-15 and postgresql-15-postgis-3 are needed; only root can install them"
  say "installing PostgreSQL 15 and PostGIS"
  apt-get update -qq >&2
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql-15 postgresql-15-postgis-3 >&2
}

# Runs a command as the user that owns the data.
as_owner() {
  if ((EUID == 0)); then
    setpriv --reuid="$OWNER" --regid="$OWNER" --init-groups "$@"
  else
    "$@"
  fi
}

# The owner must reach its data, so they cannot be below a folder of root's.
make_data() {
  data=$(mktemp -d "${TMPDIR:-/tmp}/catweb-postgresql.XXXXXX")
  ((EUID)) || chown "$OWNER" "$data"
  as_owner "$BIN/initdb" --pgdata="$data/pg" --username=postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 >/dev/null
  mkdir -p "$run_dir"
  printf '%s\n' "$data" >"$run_dir/data"
}

start() {
  local privileges=()
  if ! component_is_running "$run_dir"; then
    require python3 setpriv
    install >&2
    port=${port:-$(free_port)}
    make_data
    ((EUID)) || privileges=(setpriv --reuid="$OWNER" --regid="$OWNER" --init-groups)
    # Nothing of it outlives the tests, so nothing waits for the disk.
    start_component "$run_dir" "$port" "$READY_WITHIN_SECONDS" "${privileges[@]}" "$BIN/postgres" -D "$data/pg" -p "$port" \
      -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c full_page_writes=off -c synchronous_commit=off \
      -c max_connections=200
    "$BIN/psql" --quiet --host=127.0.0.1 --port="$port" --username=postgres --dbname=template1 --command='CREATE EXTENSION postgis' >&2
  fi
  say "PostgreSQL 15 listens on 127.0.0.1:$(<"$run_dir/port"); pid file: $run_dir/pid"
  printf "export CATWEB_TEST_POSTGRESQL_URI='postgres://postgres@127.0.0.1:%s/postgres'\n" "$(<"$run_dir/port")"
}

stop() {
  stop_component "$run_dir"
  if [[ -f $run_dir/data ]]; then
    rm -rf "$(<"$run_dir/data")" "$run_dir/data"
  fi
}

parse_component_arguments "$@"
case $action in
  start | stop | install) "$action" ;;
  -h | --help) usage ;;
  *) usage >&2; fail "unknown action $action" ;;
esac
