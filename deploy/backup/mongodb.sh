#!/usr/bin/env bash
# Backs a MongoDB replica set up, sealed, and restores it. See --help.
set -euo pipefail

usage() {
  cat <<'EOF'
Usage: mongodb.sh backup | restore NAME | list

  backup        dump one moment of all databases (mongodump --oplog), seal it for AGE_RECIPIENT, store it, read it again
  restore NAME  open a backup with the key of AGE_KEY_FILE and put it in place of what is there (mongorestore --oplogReplay --drop);
                with RESTORE_UNTIL=SECONDS[:COUNT] (a BSON timestamp) replay no further than that
  list          names of the backups, oldest first (a folder only)

  MONGODB_URI    the replica set, with a user that has the role backup (or restore)
  BACKUP_TO      a folder, or gs://bucket/folder
  AGE_RECIPIENT  the public key; the machine that writes backups cannot read them
  AGE_KEY_FILE   the secret half, for restore only
  KEEP           how many a folder keeps (14)

Needs mongodump and mongorestore (MongoDB Database Tools), age, and for buckets gcloud.
EOF
}

# shellcheck source=deploy/backup/sealing.bash
source "$(dirname "${BASH_SOURCE[0]}")/sealing.bash"

backup() {
  : "${MONGODB_URI:?}" "${BACKUP_TO:?}" "${AGE_RECIPIENT:?}"
  need mongodump age
  local name
  name=mongodb-$(date --utc +%Y-%m-%dT%H-%M-%SZ).archive.gz.age
  mongodump --quiet --uri "$MONGODB_URI" --oplog --archive --gzip | age --encrypt --recipient "$AGE_RECIPIENT" --output "$work/sealed"
  [[ -s $work/sealed ]] || fail "the dump is empty"
  store "$work/sealed" "$name"
  verify "$work/sealed" "$name"
  keep_newest mongodb- "${KEEP:-14}"
  say "backed up $name ($(stat --format %s "$work/sealed") bytes), and read it again"
}

restore() {
  : "${MONGODB_URI:?}" "${BACKUP_TO:?}" "${AGE_KEY_FILE:?}"
  need mongorestore age
  fetch "$1" "$work/sealed"
  # The whole of it is opened before anything is replaced: a changed byte anywhere ends it here.
  age --decrypt --identity "$AGE_KEY_FILE" --output "$work/archive" "$work/sealed"
  gzip --test "$work/archive" || fail "$1 is not whole"
  mongorestore --quiet --uri "$MONGODB_URI" --oplogReplay ${RESTORE_UNTIL:+--oplogLimit "$RESTORE_UNTIL"} --drop --archive="$work/archive" --gzip
  say "restored $1"
}

list() {
  : "${BACKUP_TO:?}"
  find "$BACKUP_TO" -maxdepth 1 -name 'mongodb-*.age' -printf '%f\n' | sort
}

case ${1:-} in
  backup) backup ;;
  restore) restore "${2:?which backup}" ;;
  list) list ;;
  -h | --help) usage ;;
  *) usage >&2; exit 2 ;;
esac
