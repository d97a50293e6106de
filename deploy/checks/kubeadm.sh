#!/usr/bin/env bash
# checks: the internal cluster's kubeadm configuration, with kubeadm itself
# runs-cold-only-with-all: "$DEPLOY/cluster/build.sh" --check
set -euo pipefail
# shellcheck source=deploy/tools.bash
source "$(dirname "${BASH_SOURCE[0]}")/../tools.bash"
# shellcheck source=deploy/cluster/versions.bash
source "$DEPLOY/cluster/versions.bash"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# From the module of the control plane, whose packages are compiled already.
build_kubeadm() {
  [[ -x $CLUSTER_BIN/kubeadm ]] && return
  say "building kubeadm $KUBERNETES_VERSION"
  "$DEPLOY/cluster/build.sh"
  mkdir "$work/source"
  cp "$CLUSTER_HOME/source/go.mod" "$CLUSTER_HOME/source/go.sum" "$work/source/"
  cd "$work/source"
  printf '//go:build tools\n\npackage tools\n\nimport _ "k8s.io/kubernetes/cmd/kubeadm"\n' >tools.go
  go mod tidy >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
  CGO_ENABLED=0 nice -n 19 go build -buildvcs=false -trimpath -ldflags "-s -w -X k8s.io/component-base/version.gitVersion=v$KUBERNETES_VERSION" \
    -o "$CLUSTER_BIN/.kubeadm" k8s.io/kubernetes/cmd/kubeadm
  mv "$CLUSTER_BIN/.kubeadm" "$CLUSTER_BIN/kubeadm"
}
with_lock "$TOOLS/.kubeadm.lock" build_kubeadm

python_tools ansible "$DEPLOY/ansible/requirements.txt"
cd "$DEPLOY/ansible"
mkdir "$work/files"
ANSIBLE_HOME=$work/ansible ANSIBLE_NOCOLOR=1 ansible-playbook tests/role.yml --connection local --extra-vars @tests/secrets.yml \
  --extra-vars "machine=control-1 role=kubernetes target_root=$work/files ansible_python_interpreter=$(command -v python3) ansible_become=false" >"$work/log" 2>&1 || { cat "$work/log" >&2; fail "the role did not run"; }
"$CLUSTER_BIN/kubeadm" config validate --config "$work/files/etc/kubernetes/catweb/kubeadm.yml"

wanted=$(sed -n 's/^kubernetes_version: //p' roles/kubernetes/defaults/main.yml)
[[ $wanted == "$KUBERNETES_VERSION" ]] || fail "role kubernetes installs $wanted, and the checks run $KUBERNETES_VERSION: they must be the same"
say "kubeadm $KUBERNETES_VERSION takes the configuration"
