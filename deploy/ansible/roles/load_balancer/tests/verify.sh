#!/usr/bin/env bash
# machine: balancer-1
# by: haproxy -c, keepalived -t
set -euo pipefail
root=$1
"$(command -v haproxy || echo /usr/sbin/haproxy)" -c -f "$root/etc/haproxy/haproxy.cfg"
grep -c '^    server control-' "$root/etc/haproxy/haproxy.cfg" | grep -x 3
card=$(find /sys/class/net -mindepth 1 -not -name lo -printf '%f\n' | sort | head -n 1)
sed "s/^    interface .*/    interface ${card:?keepalived wants a network card}/" "$root/etc/keepalived/keepalived.conf" >"$root/keepalived.conf"
# It ends itself with a signal, whatever it found: what it wrote tells.
setsid --wait /usr/sbin/keepalived --config-test="$root/keepalived.log" --use-file "$root/keepalived.conf" || true
[[ -e $root/keepalived.log && ! -s $root/keepalived.log ]] || { cat "$root/keepalived.log"; exit 1; }
