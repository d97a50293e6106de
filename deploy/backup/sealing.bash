# shellcheck shell=bash
# What the backup scripts share: sealing with age, storing, and reading again what was stored. Sourced, never run.

fail() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }
say() { printf '%s %s\n' "$(date --utc +%Y-%m-%dT%H:%M:%SZ)" "$*" >&2; }

need() {
  local tool
  for tool in "$@"; do command -v "$tool" >/dev/null || fail "$tool is not installed"; done
}

# The place of backups is a folder or a bucket (gs://...). A bucket keeps what it has by its retention lock.
store() { # FILE NAME
  case $BACKUP_TO in
    gs://*) gcloud storage cp --quiet "$1" "${BACKUP_TO%/}/$2" ;;
    *) mkdir -p "$BACKUP_TO" && cp "$1" "$BACKUP_TO/$2.partial" && sync "$BACKUP_TO/$2.partial" && mv "$BACKUP_TO/$2.partial" "$BACKUP_TO/$2" ;;
  esac
}

fetch() { # NAME FILE
  case $BACKUP_TO in
    gs://*) gcloud storage cp --quiet "${BACKUP_TO%/}/$1" "$2" ;;
    *) cp "$BACKUP_TO/$1" "$2" ;;
  esac
}

# Reads the stored copy again: it must be, byte for byte, what was written.
verify() { # FILE NAME
  local again=$work/again
  fetch "$2" "$again"
  cmp --silent "$1" "$again" || fail "$2 is stored otherwise than it was written"
  rm "$again"
}

# Folders only: a bucket has a lifecycle rule (deploy/terraform/modules/backups).
keep_newest() { # PREFIX COUNT
  [[ $BACKUP_TO == gs://* ]] && return
  local old
  while IFS= read -r old; do rm -- "$BACKUP_TO/$old"; done < <(cd "$BACKUP_TO" && find . -maxdepth 1 -type f -name "$1*.age" -printf '%f\n' | sort --reverse | tail -n "+$(($2 + 1))")
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
