#!/usr/bin/env bash
# checks: backups of the stores: sealing and reading again, Pub/Sub snapshots on the broker, and that age opens what catweb wrote
set -euo pipefail
# shellcheck source=deploy/tools.bash
source "$(dirname "${BASH_SOURCE[0]}")/../tools.bash"

go_tool age filippo.io/age/cmd/age v1.2.1
go_tool age-keygen filippo.io/age/cmd/age-keygen v1.2.1
require curl jq
cd "$REPOSITORY"

place=$(mktemp -d)
broker=
finish() {
  if [[ -n $broker ]]; then kill "$broker"; fi
  rm -rf "$place"
}
trap finish EXIT

for script in deploy/backup/*.sh; do "$script" --help >/dev/null; done

# What the scripts share, on a folder: a copy that was changed is noticed, the oldest go.
(
  export BACKUP_TO=$place/folder
  # shellcheck source=deploy/backup/sealing.bash
  source deploy/backup/sealing.bash
  age-keygen --output "$place/key" 2>/dev/null
  for day in 1 2 3; do
    age --encrypt --recipient "$(age-keygen -y "$place/key")" --output "$place/sealed" deploy/README.md
    store "$place/sealed" "mongodb-$day.age"
    verify "$place/sealed" "mongodb-$day.age"
  done
  printf x >>"$place/folder/mongodb-3.age"
  ! (verify "$place/sealed" mongodb-3.age) 2>/dev/null || { echo "a changed backup was not noticed" >&2; exit 1; }
  keep_newest mongodb- 2
  [[ $(find "$place/folder" -type f | wc -l) == 2 && ! -e $place/folder/mongodb-1.age ]] || { echo "the wrong backups were removed" >&2; exit 1; }
)

catweb=${CARGO_TARGET_DIR:-target}/debug/catweb
if [[ ! -x $catweb ]]; then
  echo "backup: left out what needs $catweb (cargo build): Pub/Sub snapshots, and age on what catweb wrote"
  exit
fi
port=$(free_port)
"$catweb" broker --port "$port" --data-dir "$place/data/broker" >"$place/broker.log" 2>&1 &
broker=$!
export PUBSUB_EMULATOR_HOST=127.0.0.1:$port GOOGLE_CLOUD_PROJECT=catweb-check
"$catweb" topology apply >/dev/null
deploy/backup/pubsub.sh backup
stamp=$(deploy/backup/pubsub.sh list)
deploy/backup/pubsub.sh restore "$stamp"

"$catweb" backup --data-dir "$place/data" --backups "$place/backups" --backup-key "$place/catweb-key" >/dev/null
for sealed in "$place"/backups/*/files/*.age; do age --decrypt --identity "$place/catweb-key" --output /dev/null "$sealed"; done
echo "backup: age opens what catweb sealed; Pub/Sub snapshots of $stamp were taken and sought"
