#!/usr/bin/env bash
# checks: deploy/README.md names each of the 26 rows of the proposal, files that are there, and checks that exist
set -euo pipefail
# shellcheck source=deploy/tools.bash
source "$(dirname "${BASH_SOURCE[0]}")/../tools.bash"
cd "$DEPLOY"

rows=0 findings=0
complain() {
  say "README.md, row $1: $2"
  findings=$((findings + 1))
}

while IFS='|' read -r _ number _ where checks _; do
  number=${number// /}
  rows=$((rows + 1))
  ((number == rows)) || complain "$number" "out of order"
  # Every second piece between backquotes is a path.
  while read -r path; do
    [[ $path == *'<'* || -e $path ]] || [[ $path != */* ]] || complain "$number" "there is no $path"
  done < <(awk -v RS='\140' 'NR % 2 == 0' <<<"$where")
  read -r -a words < <(grep -oE 'deploy/check[a-z ]*' <<<"$checks")
  ((${#words[@]})) || complain "$number" "names no check"
  for check in "${words[@]:1}"; do [[ -f checks/$check.sh ]] || complain "$number" "there is no check $check"; done
done < <(grep -E '^\| [0-9]+ \|' README.md)

((rows == 26)) || complain "$rows" "is the last; there are 26"
((findings == 0)) || fail "$findings findings"
say "documents: $rows rows"
