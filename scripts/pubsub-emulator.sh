#!/usr/bin/env bash
# Starts and stops Google's own Pub/Sub emulator for the tests. See --help.
set -euo pipefail
# shellcheck source=scripts/component.bash
source "$(dirname "${BASH_SOURCE[0]}")/component.bash"

READY_WITHIN_SECONDS=90

usage() {
  cat <<EOF
Usage: ${0##*/} start|stop|find [--run-dir DIR] [--port PORT]

Google's Pub/Sub emulator (of the gcloud SDK, with Java) on loopback, for the tests that compare the embedded broker with it.

  find      print the emulator's jar; exit status 3 where there is none
  start     start it and print the line to evaluate:  eval "\$(${0##*/} start)"
  stop      stop the one of the run folder, by its pid

  --run-dir DIR   where pid, port and log go (default: $(tools_cache)/run/pubsub)
  --port PORT     the port to listen on (default: a free one)

Where it is looked for: \$CATWEB_PUBSUB_EMULATOR_JAR, then the SDK that \`gcloud\` belongs to, then the usual places of the SDK.
It comes with the SDK's component 'pubsub-emulator' (Debian package google-cloud-cli-pubsub-emulator).
EOF
}

run_dir=$(tools_cache)/run/pubsub
port=
action=

sdk_folders() {
  local gcloud
  if gcloud=$(command -v gcloud); then
    dirname "$(dirname "$(readlink -f "$gcloud")")"
  fi
  printf '%s\n' /usr/lib/google-cloud-sdk /usr/share/google-cloud-sdk /opt/google-cloud-sdk "$HOME/google-cloud-sdk"
}

emulator_jar() {
  local folder jar
  if [[ -n ${CATWEB_PUBSUB_EMULATOR_JAR:-} ]]; then
    printf '%s\n' "$CATWEB_PUBSUB_EMULATOR_JAR"
    return
  fi
  while read -r folder; do
    for jar in "$folder"/platform/pubsub-emulator/lib/cloud-pubsub-emulator-*-all.jar; do
      if [[ -f $jar ]]; then
        printf '%s\n' "$jar"
        return
      fi
    done
  done < <(sdk_folders)
  return 3
}

find_jar() {
  if ! emulator_jar; then
    say "no Pub/Sub emulator found: install the gcloud SDK's component 'pubsub-emulator' or set CATWEB_PUBSUB_EMULATOR_JAR"
    exit 3
  fi
}

start() {
  local jar
  jar=$(find_jar)
  if ! component_is_running "$run_dir"; then
    require java python3
    port=${port:-$(free_port)}
    start_component "$run_dir" "$port" "$READY_WITHIN_SECONDS" java -Xmx256m -jar "$jar" --host=127.0.0.1 --port="$port"
  fi
  say "Google's Pub/Sub emulator (${jar##*/}) listens on 127.0.0.1:$(<"$run_dir/port"); pid file: $run_dir/pid"
  printf "export CATWEB_TEST_PUBSUB='127.0.0.1:%s'\n" "$(<"$run_dir/port")"
}

parse_component_arguments "$@"
case $action in
  find) find_jar ;;
  start) start ;;
  stop) stop_component "$run_dir" ;;
  -h | --help) usage ;;
  *) usage >&2; fail "unknown action $action" ;;
esac
