# Starting, awaiting and stopping one real test component on loopback; sourced by the scripts beside it.
# A component's run folder holds `pid`, `port` and `log`. Nothing here ends a process other than by the pid that it wrote itself.
# shellcheck shell=bash

tools_cache() {
  printf '%s\n' "${CATWEB_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/catweb-tools}"
}

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "${0##*/}: $*"
  exit 1
}

require() {
  local program
  for program in "$@"; do
    command -v "$program" >/dev/null || fail "$program is needed and was not found in PATH"
  done
}

# The command line of a script that starts one component: sets its `action`, `run_dir` and `port`.
# shellcheck disable=SC2034 # the script reads them
parse_component_arguments() {
  action=${1:---help}
  shift || true
  while (($#)); do
    case $1 in
      --run-dir) run_dir=${2:?--run-dir needs a folder}; shift 2 ;;
      --port) port=${2:?--port needs a number}; shift 2 ;;
      *) usage >&2; fail "unknown option $1" ;;
    esac
  done
}

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# Holds the lock while the command runs, so that two scripts do not install the same tool into the same folder at once.
with_lock() {
  local lock=$1
  shift
  mkdir -p "$(dirname "$lock")"
  (
    if ! flock --nonblock 9; then
      say "waiting for another run that installs the same (lock: $lock)"
      flock 9
    fi
    "$@"
  ) 9>"$lock"
}

# A pid alone may have been given to a stranger since: the start time that goes with it has not.
start_time_of() {
  awk '{ sub(/^.*\) /, ""); print $20 }' "/proc/$1/stat" 2>/dev/null
}

component_is_running() {
  local run_dir=$1 pid started
  [[ -f $run_dir/pid ]] || return 1
  read -r pid started <"$run_dir/pid"
  [[ -n $started && $(start_time_of "$pid") == "$started" ]]
}

# start_component RUN_DIR PORT SECONDS COMMAND...: answers once the port is open.
start_component() {
  local run_dir=$1 port=$2 patience_seconds=$3 pid
  shift 3
  mkdir -p "$run_dir"
  setsid "$@" >"$run_dir/log" 2>&1 </dev/null &
  pid=$!
  printf '%s %s\n' "$pid" "$(start_time_of "$pid")" >"$run_dir/pid"
  printf '%s\n' "$port" >"$run_dir/port"
  await_port "$run_dir" "$port" "$patience_seconds"
}

await_port() {
  local run_dir=$1 port=$2 deadline=$((SECONDS + $3))
  until (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
    if ! component_is_running "$run_dir"; then
      tail -n 20 "$run_dir/log" >&2
      fail "it ended before it listened on port $port (log: $run_dir/log)"
    fi
    if ((SECONDS >= deadline)); then
      tail -n 20 "$run_dir/log" >&2
      stop_component "$run_dir"
      fail "it did not listen on port $port within $3 s (log: $run_dir/log)"
    fi
    sleep 0.1
  done
}

stop_component() {
  local run_dir=$1 pid deadline
  if component_is_running "$run_dir"; then
    read -r pid _ <"$run_dir/pid"
    kill -TERM "$pid"
    deadline=$((SECONDS + 10))
    while component_is_running "$run_dir"; do
      if ((SECONDS >= deadline)); then
        kill -KILL "$pid" 2>/dev/null || true
        break
      fi
      sleep 0.1
    done
  fi
  rm -f "$run_dir/pid" "$run_dir/port"
}
