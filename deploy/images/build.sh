#!/usr/bin/env bash
# Builds the images of this repository on this machine, without fetching any base image. See --help.
set -euo pipefail
# shellcheck source=deploy/tools.bash
source "$(dirname "${BASH_SOURCE[0]}")/../tools.bash"

readonly LARGEST_IMAGE_MIB=30
# image: the crate that it is made of, and its program
readonly IMAGES=(cat-node:cat-node:cat-node cadaver-exchange:cadaver-exchange:cadaver-exchange mouse-trap:mouse-trap:mouse-trap catweb:local-stack:catweb)

usage() {
  cat <<EOF_USAGE
Usage: ${0##*/} [--programs DIR] [--tag TAG]

Builds registry.miaou.net/miaou/{cat-node,cadaver-exchange,mouse-trap,catweb}:TAG from the last stage of each Dockerfile. Where images can be
fetched, \`docker build --file cat-node/Dockerfile .\` does the same with its own compiler; here the programs are compiled on the machine.
Each image is built twice, and fails when the two differ, when it is larger than $LARGEST_IMAGE_MIB MiB, or when its program does not run in it.

  --programs DIR   take the programs from DIR (default: cargo build --release)
  --tag TAG        default: local
EOF_USAGE
}

programs='' tag=local
while (($#)); do
  case $1 in
    --programs) programs=${2:?--programs needs a folder}; shift 2 ;;
    --tag) tag=${2:?--tag needs a name}; shift 2 ;;
    -h | --help) usage; exit ;;
    *) usage >&2; fail "unknown option $1" ;;
  esac
done

cd "$REPOSITORY"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Debian's own client: it builds with BuildKit and needs no plugin for that.
docker=$([[ -x /usr/bin/docker ]] && echo /usr/bin/docker || command -v docker) || fail "docker is needed (deploy/images/engine.sh start)"
"$docker" info >/dev/null 2>&1 || fail "no Docker engine answers: eval \"\$(deploy/images/engine.sh start)\""
export DOCKER_BUILDKIT=1 BUILDKIT_PROGRESS=plain

if [[ -z $programs ]]; then
  nice -n 10 cargo build --release --locked --package cat-node --package cadaver-exchange --package mouse-trap --package local-stack --bins
  programs=$(cargo metadata --format-version 1 --no-deps | python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')/release
fi

# The last stage of the Dockerfile as it is, but that its files come from a folder. (Docker before 25 does not know --start-interval.)
last_stage() {
  sed -n '/^FROM scratch$/,$p' "$1" | sed -e 's|^COPY --from=build \(.*\)/image-|COPY \1image-|' -e 's/ --start-interval=[^ ]*//'
}

layers_of() { "$docker" image inspect --format '{{json .RootFS.Layers}} {{json .Config}}' "$1"; }

build() {
  local name=$1 crate=$2 program=$3 context=$work/$1 image=registry.miaou.net/miaou/$1:$tag first size
  scripts/image-root.sh "$programs/$program" "$context/image-root"
  mkdir --parents "$context/image-data/data"
  touch --date @0 "$context/image-data/data"
  last_stage "$crate/Dockerfile" >"$context/Dockerfile"
  if ! grep -q '^COPY image-root /$' "$context/Dockerfile" || grep -q -- --from "$context/Dockerfile"; then
    fail "$crate/Dockerfile: its last stage is not what is expected"
  fi
  for _ in first second; do
    "$docker" build --quiet --no-cache --tag "$image" "$context" >/dev/null 2>"$work/log" || { cat "$work/log" >&2; fail "$name: not built"; }
    first=${first:-$(layers_of "$image")}
  done
  [[ $first == "$(layers_of "$image")" ]] || fail "$name: built twice from the same files, it differs"
  size=$("$docker" image inspect --format '{{.Size}}' "$image")
  ((size <= LARGEST_IMAGE_MIB * 1024 * 1024)) || fail "$name: $size bytes are more than $LARGEST_IMAGE_MIB MiB"
  "$docker" run --rm --read-only --cap-drop ALL --network none "$image" --version >"$work/version" 2>&1 || { cat "$work/version" >&2; fail "$name: its program does not run in it"; }
  [[ $("$docker" image inspect --format '{{.Config.User}}' "$image") == 65532:65532 ]] || fail "$name: it runs as someone else"
  say "$name: $(awk "BEGIN { printf \"%.1f\", $size / 1048576 }") MiB, the same twice; $(head -n 1 "$work/version")"
}

for entry in "${IMAGES[@]}"; do
  IFS=: read -r name crate program <<<"$entry"
  build "$name" "$crate" "$program"
done
