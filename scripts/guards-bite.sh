#!/usr/bin/env bash
# Shows that cat-node's hostile tests bite: each guard of the list is switched off in turn, and its test has to fail. See --help.
set -euo pipefail
# shellcheck source=scripts/component.bash
source "$(dirname "${BASH_SOURCE[0]}")/component.bash"

list=cat-node/tests/guards.json
# Far beyond what a test takes, on a busy machine too.
TEST_SECONDS=300

usage() {
  cat <<EOF
Usage: ${0##*/} [--only TEXT] [--list]

$list names guards of cat-node: where each is in the source, what switches it off, and which test must then fail. In a
worktree of HEAD of its own, this builds cat-node once per guard with that guard off, and runs that one test. It has to fail by an
assertion in the tests; a test that passes, hangs or does not compile is a failure of this script. Before, with all guards on, all of
these tests have to pass. At the end comes a table.

  --only TEXT   only guards whose theme, text, file or test has TEXT in it; several: those of each
  --list        print the guards and end

The worktree and what is built for it are in a temporary folder, which is removed. With CARGO_TARGET_DIR set they are there: then nothing
else may be built there meanwhile, and at the end what was built with a guard off is removed. A guard takes about a minute: this is not
for every push, but for a release, and for whenever a guard or its test changes.
EOF
}

only=() just_list=false
while (($#)); do
  case $1 in
    --only) only+=("${2:?--only needs a text}"); shift 2 ;;
    --list) just_list=true; shift ;;
    -h | --help) usage; exit ;;
    *) usage >&2; fail "unknown option $1" ;;
  esac
done

require cargo flock git python3 timeout
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# chosen FOLDER: the numbers of the guards, with theme, guard, file and test, one guard a line.
chosen() {
  python3 - "$1/$list" "${only[@]}" <<'EOF'
import json, sys
with open(sys.argv[1], encoding="utf-8") as file:
    guards = json.load(file)
for number, guard in enumerate(guards):
    shown = [guard[name] for name in ("theme", "guard", "file", "test")]
    text = " ".join(shown).lower()
    if len(sys.argv) == 2 or any(only.lower() in text for only in sys.argv[2:]):
        print(number, *shown, sep="\t")
EOF
}

# switch_off NUMBER: replaces the one place of the guard in the worktree.
switch_off() {
  python3 - "$tree" "$list" "$1" <<'EOF'
import json, pathlib, sys
tree, listed, number = pathlib.Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
guard = json.loads((tree / listed).read_text(encoding="utf-8"))[number]
path = tree / guard["file"]
source = path.read_text(encoding="utf-8")
if source.count(guard["find"]) != 1:
    sys.exit(f"{guard['file']}: what to find is there {source.count(guard['find'])} times, not once")
path.write_text(source.replace(guard["find"], guard["replace"]), encoding="utf-8")
EOF
}

if "$just_list"; then
  chosen "$repository" | cut -f2- | column -t -s $'\t'
  exit
fi

is_own_target=false
if [[ -z ${CARGO_TARGET_DIR:-} ]]; then
  CARGO_TARGET_DIR=$(mktemp -d -t guards-bite.XXXXXX)
  is_own_target=true
fi
# Symbols for debuggers would double the time of each build.
export CARGO_TARGET_DIR CARGO_INCREMENTAL=1 CARGO_PROFILE_DEV_DEBUG=false CARGO_TERM_COLOR=never RUST_BACKTRACE=0
work=$CARGO_TARGET_DIR/guards-bite
tree=$work/tree
mkdir -p "$work"
exec 9>"$work/lock"
flock --nonblock 9 || fail "another run uses $work"

remove_tree() {
  [[ ! -e $tree ]] || git -C "$repository" worktree remove --force "$tree"
}
clean_up() {
  remove_tree || true
  if "$is_own_target"; then
    rm -rf "$CARGO_TARGET_DIR"
  else
    # Cargo does not tell one worktree's packages from another's: nobody may find a cat-node without a guard.
    (cd "$repository" && cargo clean --quiet --package cat-node --package service-chassis --package shared-events) || true
  fi
}
trap clean_up EXIT
remove_tree
git -C "$repository" worktree add --quiet --detach "$tree" HEAD
mapfile -t guards < <(chosen "$tree")
((${#guards[@]})) || fail "no guard has any of these in it: ${only[*]}"

build() { (cd "$tree" && cargo test --quiet --package cat-node --test it --no-run); }
run_tests() { (cd "$tree" && timeout "$TEST_SECONDS" cargo test --quiet --package cat-node --test it -- --exact "$@" 9>&-); }

# bites NUMBER TEST: whether the test fails without the guard; leaves why, or why not, in $verdict.
bites() {
  local log=$work/log status=0 place
  switch_off "$1"
  if ! build &>"$log"; then
    verdict="does not compile: $(grep -m1 '^error' "$log" || true)"
    return 1
  fi
  run_tests "$2" &>"$log" || status=$?
  place=$(grep -m1 -A1 -E "^thread '.*' .*panicked at cat-node/tests/it/" "$log" | sed -E 's/.*panicked at //' | paste -sd ' ' || true)
  case $status in
    0) verdict="the test passes"; return 1 ;;
    124) verdict="the test hangs"; return 1 ;;
  esac
  if [[ -z $place ]] || ! grep -qE "^test result: FAILED. 0 passed; 1 failed" "$log"; then
    verdict="no assertion fails: $(tail -n 1 "$log")"
    return 1
  fi
  verdict=$place
}

say "building with all guards on"
build 2>&1 | grep -E '^error' >&2 || [[ ${PIPESTATUS[0]} == 0 ]] || fail "it does not build"
mapfile -t tests < <(printf '%s\n' "${guards[@]}" | cut -f5 | sort -u)
TEST_SECONDS=3600 run_tests "${tests[@]}" >"$work/log" 2>&1 || { cat "$work/log" >&2; fail "with all guards on, not all tests pass"; }
grep -q "^test result: ok. ${#tests[@]} passed" "$work/log" || fail "not each of the ${#tests[@]} tests exists"
say "with all guards on, all ${#tests[@]} tests pass; switching off ${#guards[@]} guards, one after the other"

table=$work/table toothless=0
: >"$table"
for line in "${guards[@]}"; do
  IFS=$'\t' read -r number theme guard file test <<<"$line"
  started=$SECONDS
  result=bites
  bites "$number" "$test" || { result=TOOTHLESS; toothless=$((toothless + 1)); }
  git -C "$tree" checkout --quiet -- "$file"
  printf '%s\t%s\t%s\t%s s\t%s\n' "$result" "$theme" "$guard" $((SECONDS - started)) "$test" >>"$table"
  say "$result: $theme: $guard ($((SECONDS - started)) s): ${verdict:0:160}"
done

column -t -s $'\t' "$table"
say "$((${#guards[@]} - toothless)) of ${#guards[@]} guards are seen to be off, in $((SECONDS / 60)) min"
((toothless == 0))
