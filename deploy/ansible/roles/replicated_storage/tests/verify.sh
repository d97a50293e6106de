#!/usr/bin/env bash
# machine: gluster-1
# by: systemd-analyze, keepalived -t, and a reading of the export
set -euo pipefail
root=$1
mkdir -p "$root/check"
cp "$root/etc/systemd/system/srv-gluster.mount" "$root/check/"
systemd-analyze verify "$root/check/srv-gluster.mount"
card=$(find /sys/class/net -mindepth 1 -not -name lo -printf '%f\n' | sort | head -n 1)
sed "s/^    interface .*/    interface ${card:?keepalived wants a network card}/" "$root/etc/keepalived/keepalived.conf" >"$root/keepalived.conf"
# It ends itself with a signal, whatever it found: what it wrote tells.
setsid --wait /usr/sbin/keepalived --config-test="$root/keepalived.log" --use-file "$root/keepalived.conf" || true
[[ -e $root/keepalived.log && ! -s $root/keepalived.log ]] || { cat "$root/keepalived.log"; exit 1; }
grep -q '10.10.10.2/24' "$root/etc/keepalived/keepalived.conf"
# Nobody may write but the cluster's machines.
grep -q 'Access_Type = NONE' "$root/etc/ganesha/ganesha.conf"
grep -q 'Clients = 10.10.10.10, 10.10.10.11, 10.10.10.12, 10.10.10.13, 10.10.10.14;' "$root/etc/ganesha/ganesha.conf"
[[ $(tr -cd '{' <"$root/etc/ganesha/ganesha.conf" | wc -c) == $(tr -cd '}' <"$root/etc/ganesha/ganesha.conf" | wc -c) ]]
