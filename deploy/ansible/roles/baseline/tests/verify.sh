#!/usr/bin/env bash
# machine: balancer-1
# by: sshd -t, visudo, nft, chronyd
set -euo pipefail
root=$1
ssh-keygen -q -t ed25519 -N '' -f "$root/key"
mkdir -p /run/sshd
{ cat "$root"/etc/ssh/sshd_config.d/*.conf; echo "HostKey $root/key"; } >"$root/sshd_config"
"$(command -v sshd || echo /usr/sbin/sshd)" -t -f "$root/sshd_config"
ssh-keygen -l -f "$root/etc/ssh/authorized_keys.d/operator" || grep -q '^ssh-ed25519 ' "$root/etc/ssh/authorized_keys.d/operator"
/usr/sbin/visudo --check --strict --file="$root/etc/sudoers.d/catweb"
grep -q 'policy drop' "$root/etc/nftables.conf"
# Even a check asks the kernel, which a container may not.
if /usr/sbin/nft list tables >/dev/null 2>&1; then /usr/sbin/nft --check --file "$root/etc/nftables.conf"; else echo "nft may not ask the kernel here"; fi
/usr/sbin/chronyd -p -f "$root/etc/chrony/conf.d/catweb.conf"
