#!/usr/bin/env bash
# Snapshots of all Pub/Sub subscriptions at one moment, and back. See --help.
set -euo pipefail

usage() {
  cat <<'EOF'
Usage: pubsub.sh backup | restore STAMP | list

  backup          a snapshot of every subscription: what it has not acknowledged now, and all that is published from now on, can be
                  received again for seven days; snapshots that are older are Google's to forget
  restore STAMP   seek every subscription to its snapshot of that moment; what comes again has its effect once
  list            the moments there are

  GOOGLE_CLOUD_PROJECT   the project
  PUBSUB_EMULATOR_HOST   host:port of a local broker, spoken to without credentials; otherwise Pub/Sub, with gcloud's own

Restore databases first, to a moment at or after the snapshots': a consumer that has forgotten what it had acknowledged gets it again
only if the snapshot is older. Needs curl and jq, and for Google gcloud.
EOF
}

fail() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

project=projects/${GOOGLE_CLOUD_PROJECT:-}
if [[ -n ${PUBSUB_EMULATOR_HOST:-} ]]; then root=http://$PUBSUB_EMULATOR_HOST/v1; else root=https://pubsub.googleapis.com/v1; fi

ask() { # METHOD PATH [BODY]
  local arguments=(--silent --show-error --fail-with-body --max-time 60 --request "$1" --header 'Content-Type: application/json')
  [[ -z ${PUBSUB_EMULATOR_HOST:-} ]] && arguments+=(--header @<(printf 'Authorization: Bearer %s' "$(gcloud auth print-access-token)"))
  [[ $# -gt 2 ]] && arguments+=(--data "$3")
  curl "${arguments[@]}" "$root/$2"
}

# All of a list, page by page, as lines.
all() { # KIND FIELD
  local page='' answer
  while :; do
    answer=$(ask GET "$project/$1?pageSize=500${page:+&pageToken=$page}")
    jq --raw-output ".$1[]?.$2" <<<"$answer"
    page=$(jq --raw-output '.nextPageToken // ""' <<<"$answer")
    [[ -n $page ]] || return 0
  done
}

backup() {
  local stamp subscription count=0
  stamp=$(date --utc +%Y%m%dt%H%M%Sz)
  for subscription in $(all subscriptions name); do
    ask PUT "$project/snapshots/catweb-$stamp-${subscription##*/}" "$(jq --null-input --arg it "$subscription" '{subscription: $it}')" >/dev/null
    count=$((count + 1))
  done
  ((count)) || fail "$project has no subscriptions"
  [[ $(all snapshots name | grep --count "/catweb-$stamp-") == "$count" ]] || fail "not every snapshot of $stamp is there"
  printf 'backed up %s: %s subscriptions\n' "$stamp" "$count"
}

restore() {
  local snapshot count=0
  for snapshot in $(all snapshots name | grep "/catweb-$1-"); do
    ask POST "$project/subscriptions/${snapshot##*"/catweb-$1-"}:seek" "$(jq --null-input --arg it "$snapshot" '{snapshot: $it}')" >/dev/null
    count=$((count + 1))
  done
  ((count)) || fail "there are no snapshots of $1"
  printf 'restored %s: %s subscriptions\n' "$1" "$count"
}

list() { all snapshots name | sed --quiet --regexp-extended 's|.*/catweb-([0-9]{8}t[0-9]{6}z)-.*|\1|p' | sort --unique; }

[[ ${1:-} == -h || ${1:-} == --help ]] || : "${GOOGLE_CLOUD_PROJECT:?}"
case ${1:-} in
  backup) backup ;;
  restore) restore "${2:?of which moment}" ;;
  list) list ;;
  -h | --help) usage ;;
  *) usage >&2; exit 2 ;;
esac
