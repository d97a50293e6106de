#!/usr/bin/env bash
# Snapshots of Elasticsearch into its own repository, and back. See --help.
set -euo pipefail

usage() {
  cat <<'EOF'
Usage: elasticsearch.sh backup | restore NAME | list

  backup        register the repository if need be, let every node check that it can write there, take a snapshot of all
                indices and of the cluster's state, wait for it, and fail unless every shard is in it; then remove the oldest
  restore NAME  close the indices of a snapshot and restore them; wait until they are there
  list          the snapshots, oldest first

  ELASTICSEARCH_URL   for example http://127.0.0.1:9200; ELASTICSEARCH_API_KEY when it wants one
  REPOSITORY          the repository's name (catweb)
  REPOSITORY_SETTINGS its settings as JSON, for example {"type":"gcs","settings":{"bucket":"...","client":"default"}}
  KEEP                how many are kept (14)

The bucket is encrypted by Google Cloud KMS and retained by lock (deploy/terraform/modules/backups); snapshots are incremental.
Search can always be built again from the databases, so this saves time and not data. Needs curl and jq.
EOF
}

fail() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

ask() { # METHOD PATH [BODY]
  local arguments=(--silent --show-error --fail-with-body --max-time 3600 --request "$1" --header 'Content-Type: application/json')
  [[ -n ${ELASTICSEARCH_API_KEY:-} ]] && arguments+=(--header @<(printf 'Authorization: ApiKey %s' "$ELASTICSEARCH_API_KEY"))
  [[ $# -gt 2 ]] && arguments+=(--data "$3")
  curl "${arguments[@]}" "${ELASTICSEARCH_URL:?}/$2"
}

repository=${REPOSITORY:-catweb}

names() { ask GET "_snapshot/$repository/catweb-*" | jq --raw-output '[.snapshots[] | select(.state == "SUCCESS")] | sort_by(.start_time_in_millis) | .[].snapshot'; }

backup() {
  local name answer old
  name=catweb-$(date --utc +%Y-%m-%dt%H-%M-%Sz)
  if [[ -n ${REPOSITORY_SETTINGS:-} ]]; then ask PUT "_snapshot/$repository" "$REPOSITORY_SETTINGS" >/dev/null; fi
  ask POST "_snapshot/$repository/_verify" >/dev/null
  answer=$(ask PUT "_snapshot/$repository/$name?wait_for_completion=true" '{"include_global_state":true}')
  jq --exit-status '.snapshot | .state == "SUCCESS" and .shards.failed == 0 and .shards.total == .shards.successful' >/dev/null <<<"$answer" ||
    fail "the snapshot $name is not whole: $(jq --compact-output .snapshot.failures <<<"$answer")"
  while IFS= read -r old; do ask DELETE "_snapshot/$repository/$old" >/dev/null; done < <(names | head --lines "-${KEEP:-14}")
  printf 'backed up %s: %s shards\n' "$name" "$(jq .snapshot.shards.total <<<"$answer")"
}

restore() {
  local indices
  indices=$(ask GET "_snapshot/$repository/$1" | jq --raw-output '.snapshots[0].indices | map(select(startswith(".") | not)) | join(",")')
  [[ -n $indices ]] || fail "the snapshot $1 has no indices"
  ask POST "$indices/_close?ignore_unavailable=true" >/dev/null
  ask POST "_snapshot/$repository/$1/_restore?wait_for_completion=true" "$(jq --null-input --arg indices "$indices" '{indices: $indices}')" |
    jq --exit-status '.snapshot.shards | .failed == 0' >/dev/null || fail "not every shard of $1 came back"
  printf 'restored %s: %s\n' "$1" "$indices"
}

case ${1:-} in
  backup) backup ;;
  restore) restore "${2:?which snapshot}" ;;
  list) names ;;
  -h | --help) usage ;;
  *) usage >&2; exit 2 ;;
esac
