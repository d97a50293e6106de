#!/usr/bin/env bash
# machine: control-1
# by: systemd-analyze, and a run of the program with a stand-in for etcdctl whose snapshot age decrypts
set -euo pipefail
root=$1
mkdir -p "$root/bin" "$root/etc/kubernetes/pki/etcd" "$root/etc/kubernetes/catweb"
echo certificate >"$root/etc/kubernetes/pki/ca.crt"
age-keygen -o "$root/identity" 2>/dev/null
sed -i "s/--recipient age1q*/--recipient $(age-keygen -y "$root/identity")/" "$root/usr/local/sbin/etcd-snapshot"
cat >"$root/bin/etcdctl" <<'EOF'
#!/bin/bash
# etcdctl snapshot save FILE ...
echo "etcd was here" >"$3"
EOF
chmod +x "$root/bin/etcdctl"
for _ in {1..2}; do
  rm -f "$root"/var/backups/etcd/*
  PATH=$root/bin:$PATH "$root/usr/local/sbin/etcd-snapshot"
done
mkdir "$root/restored"
age --decrypt --identity "$root/identity" "$root"/var/backups/etcd/*.tar.age | tar --extract --directory "$root/restored"
grep -x 'etcd was here' "$root/restored/etcd.db"
grep -x certificate "$root/restored/pki/ca.crt"
[[ -z $(find "$root/var/backups/etcd" -name '.work*') ]]
mkdir -p "$root/check"
cp "$root"/etc/systemd/system/etcd-snapshot.* "$root/check/"
systemd-analyze verify "$root/check/etcd-snapshot.timer"
