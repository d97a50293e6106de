#!/usr/bin/env bash
# Starts and stops a Docker engine of its own, where the machine runs none. See --help.
set -euo pipefail
# shellcheck source=deploy/tools.bash
source "$(dirname "${BASH_SOURCE[0]}")/../tools.bash"

usage() {
  cat <<EOF_USAGE
Usage: ${0##*/} start|stop

Runs Debian's Docker engine beside whatever else there is: its socket, its data and its log are in $engine.
\`start\` prints the line to evaluate (export DOCKER_HOST=...); it needs root, and installs the engine where it is missing.
EOF_USAGE
}

engine=$TOOLS/docker-engine
readonly READY_WITHIN_SECONDS=60

install_engine() {
  command -v dockerd >/dev/null && command -v containerd >/dev/null && command -v iptables >/dev/null && return
  say "installing Debian's Docker engine"
  { apt-get update -qq && env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
    apt-get install -y -qq --no-install-recommends docker.io containerd runc iptables; } >"$engine/apt.log" 2>&1 || { cat "$engine/apt.log" >&2; exit 1; }
}

start() {
  local deadline=$((SECONDS + READY_WITHIN_SECONDS))
  ((EUID == 0)) || fail "a Docker engine needs root"
  mkdir -p "$engine"
  PATH=$PATH:/usr/sbin:/sbin
  install_engine
  if ! component_is_running "$engine"; then
    rm -f "$engine/docker.pid"
    setsid dockerd --data-root "$engine/data" --exec-root "$engine/exec" --host "unix://$engine/docker.sock" --pidfile "$engine/docker.pid" \
      >"$engine/log" 2>&1 </dev/null &
    printf '%s %s\n' "$!" "$(start_time_of "$!")" >"$engine/pid"
  fi
  until curl --silent --fail --unix-socket "$engine/docker.sock" http://docker/_ping >/dev/null; do
    if ((SECONDS >= deadline)) || ! component_is_running "$engine"; then
      tail -n 20 "$engine/log" >&2
      fail "the engine did not start (log: $engine/log)"
    fi
    sleep 0.2
  done
  printf "export DOCKER_HOST='unix://%s/docker.sock'\n" "$engine"
}

case ${1:---help} in
  start) start ;;
  stop) stop_component "$engine" ;;
  -h | --help) usage ;;
  *) usage >&2; fail "unknown action $1" ;;
esac
