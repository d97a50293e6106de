#!/usr/bin/env bash
# checks: deploy/ansible (ansible-lint, syntax, and every role run here: check mode, idempotence, and the programs that read its files)
set -euo pipefail
# shellcheck source=deploy/tools.bash
source "$(dirname "${BASH_SOURCE[0]}")/../tools.bash"

# The programs that the roles configure, which refuse what is wrong in their files.
readonly PROGRAMS=(haproxy nginx openvpn keepalived sshd visudo nft chronyd containerd ifquery age systemd-analyze)
readonly PACKAGES=(haproxy nginx-light openvpn keepalived openssh-server sudo nftables chrony containerd ifupdown2 age systemd openssl curl)

install_programs() {
  local program missing=()
  PATH=$PATH:/usr/sbin:/sbin
  for program in "${PROGRAMS[@]}"; do command -v "$program" >/dev/null || missing+=("$program"); done
  ((${#missing[@]} == 0)) && return
  ((EUID == 0)) || fail "these are missing, and only root can install them: ${missing[*]} (apt-get install ${PACKAGES[*]})"
  say "installing ${missing[*]}"
  # RUNLEVEL=1: none of them is started.
  { apt-get update -qq && env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "${PACKAGES[@]}"; } >"$work/log" 2>&1 ||
    { cat "$work/log" >&2; fail "they could not be installed"; }
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
install_programs
python_tools ansible "$DEPLOY/ansible/requirements.txt"
cd "$DEPLOY/ansible"
export ANSIBLE_HOME=$work/ansible ANSIBLE_NOCOLOR=1

ansible-playbook site.yml --syntax-check --extra-vars @tests/secrets.yml >"$work/log" 2>&1 || { cat "$work/log" >&2; fail "site.yml: not valid"; }
ansible-lint --offline --nocolor >"$work/log" 2>&1 || { cat "$work/log" >&2; fail "ansible-lint found something"; }
say "ansible-lint: nothing found (profile production)"

# Who adds a role adds its test.
for role in roles/*/; do [[ -f $role/tests/verify.sh ]] || fail "$role has no tests/verify.sh"; done
find roles -mindepth 1 -maxdepth 1 -printf '%f\n' | sort | xargs --max-args=1 --max-procs=3 tests/run-role
