#!/usr/bin/env bash
# Puts the log schema into an Elasticsearch: lifecycle, ingest pipeline, index template. See --help.
set -euo pipefail

usage() {
  cat <<END
Usage: ${0##*/} URL [--ca FILE]

URL is Elasticsearch's, for example https://logs-es-http.logs.svc:9200. User and password come from ELASTIC_USER and ELASTIC_PASSWORD;
they are handed to curl on standard input, never on its command line. Running it again changes what has changed.
END
}

url=${1:---help}
case $url in -h | --help) usage; exit ;; esac
shift
ca=()
if [[ ${1:-} == --ca ]]; then ca=(--cacert "${2:?--ca needs a file}"); fi
: "${ELASTIC_USER:?}" "${ELASTIC_PASSWORD:?}"
here=$(dirname "${BASH_SOURCE[0]}")

put() {
  printf 'user = "%s:%s"\n' "$ELASTIC_USER" "$ELASTIC_PASSWORD" \
    | curl --config - --fail-with-body --silent --show-error "${ca[@]}" --request PUT --header 'content-type: application/json' \
      --data-binary "@$here/$2" "$url/$1"
  printf '  %s\n' "$1"
}

put _ilm/policy/catweb-logs lifecycle.json
put _ingest/pipeline/catweb-logs ingest-pipeline.json
put _index_template/catweb-logs index-template.json
