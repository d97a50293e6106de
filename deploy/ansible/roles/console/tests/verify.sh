#!/usr/bin/env bash
# machine: gateway-1
# by: nginx -t
set -euo pipefail
root=$1
cat >"$root/nginx.conf" <<EOF
pid $root/nginx.pid;
error_log stderr;
events {}
http { access_log off; include $root/etc/nginx/conf.d/*.conf; }
EOF
/usr/sbin/nginx -t -c "$root/nginx.conf"
# And it refuses whoever does not come from the private network.
/usr/sbin/nginx -c "$root/nginx.conf"
trap 'kill "$(cat "$root/nginx.pid")"' EXIT
[[ $(curl --silent --insecure --output /dev/null --write-out '%{http_code}' --unix-socket "$root/console.sock" https://proxmox.miaou.net/) == 403 ]]
