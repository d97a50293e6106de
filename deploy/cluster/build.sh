#!/usr/bin/env bash
# Builds a real Kubernetes control plane from the Go module proxy into the tools cache. See --help.
set -euo pipefail
# shellcheck source=deploy/tools.bash
source "$(dirname "${BASH_SOURCE[0]}")/../tools.bash"
# shellcheck source=deploy/cluster/versions.bash
source "$DEPLOY/cluster/versions.bash"

usage() {
  cat <<END
Usage: ${0##*/} [--check]

Builds ${CLUSTER_PROGRAMS[*]} of Kubernetes $KUBERNETES_VERSION into $CLUSTER_BIN.
On a cold machine with two cores that takes 15 to 40 minutes; afterwards it is there for good. (deploy/checks/cluster.sh builds etcd and kwok.)

  --check   build nothing; succeed when all of them are there
END
}

is_complete() {
  local program
  for program in "${CLUSTER_PROGRAMS[@]}"; do [[ -x $CLUSTER_BIN/$program ]] || return 1; done
}

# k8s.io/kubernetes points its staging modules at its own folders: a module outside has to name the published ones.
make_module() {
  local source staging
  mkdir -p "$CLUSTER_HOME/source"
  cd "$CLUSTER_HOME/source"
  printf 'module example.org/control-plane\ngo 1.25.0\nrequire k8s.io/kubernetes v%s\n' "$KUBERNETES_VERSION" >go.mod
  source=$(go mod download -json "k8s.io/kubernetes@v$KUBERNETES_VERSION" | python3 -c 'import json, sys; print(json.load(sys.stdin)["Dir"])')
  sed -i "s/^go .*/$(grep -E '^go ' "$source/go.mod")/" go.mod
  grep -oE '^\s+k8s.io/[a-z-]+ => ' "$source/go.mod" | awk '{print $1}' | sort -u | while read -r staging; do
    printf 'replace %s => %s v0.%s\n' "$staging" "$staging" "${KUBERNETES_VERSION#1.}"
  done >>go.mod
  {
    printf '//go:build tools\n\npackage tools\n\nimport (\n'
    printf '\t_ "k8s.io/kubernetes/cmd/%s"\n' "${CLUSTER_PROGRAMS[@]}"
    printf ')\n'
  } >tools.go
  go mod tidy >"$CLUSTER_HOME/tidy.log" 2>&1 || { cat "$CLUSTER_HOME/tidy.log" >&2; exit 1; }
}

build_programs() {
  local program package version_flags
  is_complete && return
  require go python3
  make_module
  version_flags=$(printf -- '-X %s/version.gitVersion=v%s -X %s/version.gitMajor=1 -X %s/version.gitMinor=%s ' \
    k8s.io/component-base "$KUBERNETES_VERSION" k8s.io/component-base k8s.io/component-base "$(cut -d. -f2 <<<"$KUBERNETES_VERSION")")
  version_flags+="-X k8s.io/client-go/pkg/version.gitVersion=v$KUBERNETES_VERSION"
  mkdir -p "$CLUSTER_BIN"
  for program in "${CLUSTER_PROGRAMS[@]}"; do
    [[ -x $CLUSTER_BIN/$program ]] && continue
    say "building $program $KUBERNETES_VERSION"
    package=k8s.io/kubernetes/cmd/$program
    CGO_ENABLED=0 nice -n 19 go build -buildvcs=false -trimpath -ldflags "-s -w $version_flags" -o "$CLUSTER_BIN/.$program" "$package"
    mv "$CLUSTER_BIN/.$program" "$CLUSTER_BIN/$program"
  done
}

case ${1:-} in
  '') with_lock "$TOOLS/.cluster.lock" build_programs ;;
  --check) is_complete ;;
  -h | --help) usage ;;
  *) usage >&2; fail "unknown option $1" ;;
esac
