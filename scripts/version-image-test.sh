#!/usr/bin/env bash
# Tries version-image.sh on a history and a registry of its own: a folder, which a `docker` in front of the real one reads.
set -euo pipefail

script=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/version-image.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/bin" "$work/registry" "$work/repository"
export REGISTRY=$work/registry PATH=$work/bin:$PATH
cat >"$work/bin/docker" <<'EOF_DOCKER'
#!/usr/bin/env bash
# buildx imagetools inspect --format F IMAGE:TAG | create --tag IMAGE:TAG IMAGE@DIGEST
case $3 in
  inspect) cat "$REGISTRY/${6##*:}" ;;
  create) echo "${6##*@}" >"$REGISTRY/${5##*:}" ;;
esac
EOF_DOCKER
chmod +x "$work/bin/docker"

cd "$work/repository"
git init --quiet --initial-branch main
git config user.name check
git config user.email check@example.org

# commit NAME PATH...: a commit that changes these, its id in the variable NAME.
commit() {
  local name=$1 path
  shift
  for path; do mkdir -p "$(dirname "$path")" && echo "$name" >>"$path"; done
  git add --all
  git commit --quiet --message "$name"
  printf -v "$name" '%s' "$(git rev-parse HEAD)"
}

expect() {
  local wanted=$1 version=$2 got
  "$script" mouse-trap registry.example.org/mouse-trap "$version" >"$work/log" 2>&1 && got=$(cat "$REGISTRY/$version") || got=refused
  [[ $got == "$wanted" ]] || { cat "$work/log" >&2; echo "version $version: $got instead of $wanted" >&2; exit 1; }
}

commit first mouse-trap/a cat-node/a
commit second mouse-trap/a
commit third cat-node/a docs/a
commit fourth cat-node/a
echo sha256:1 >"$REGISTRY/${first:?}"
expect refused 1.0.0 # the image is from before the last change
echo sha256:2 >"$REGISTRY/${second:?}"
expect sha256:2 1.0.1 # the service did not change in this commit, nor in the one before
echo sha256:3 >"$REGISTRY/${third:?}"
expect sha256:3 1.0.2 # a push ended there, with the same sources
commit fifth shared-events/a
expect refused 1.0.3 # a crate that it uses changed, and that commit has no image
echo sha256:5 >"$REGISTRY/${fifth:?}"
expect sha256:5 1.0.4
git clone --quiet --depth 1 "file://$work/repository" "$work/shallow"
cd "$work/shallow"
expect refused 1.0.5
echo "version-image.sh: a tag names the newest image of what the service is made of"
