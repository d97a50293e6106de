#!/usr/bin/env bash
# machine: gateway-1
# by: openvpn, which starts with it and lets a client of the same role in; openssl
set -euo pipefail
root=$1
pki=$root/etc/openvpn/pki
openssl verify -CAfile "$pki/ca.crt" -purpose sslserver "$pki/issued/server.crt"
openssl verify -CAfile "$pki/ca.crt" -purpose sslclient "$pki/issued/operator.crt"
openssl crl -in "$root/etc/openvpn/server/crl.pem" -noout
port=$(python3 -c 'import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')

# Agreeing on keys takes no network device, no other user and no addresses: one server and one client, from one point to another.
quiet=(--dev null --ifconfig-noexec --route-noexec --verb 3)
sed -e '/^user/d; /^group/d; /^topology/d; /^server /d; /^push/d; /^dev /d; /^port/d; /^verify-client-cert/d; /^keepalive/d; /^explicit/d' "$root/etc/openvpn/server/catweb.conf" >"$root/server.conf"
openvpn --config "$root/server.conf" "${quiet[@]}" --local 127.0.0.1 --port "$port" --tls-server >"$root/server.log" 2>&1 &
server=$!
sed -e '/^remote vpn/d; /^dev /d' "$root/etc/openvpn/clients/operator.ovpn" >"$root/client.ovpn"
openvpn --config "$root/client.ovpn" "${quiet[@]}" --remote 127.0.0.1 "$port" >"$root/client.log" 2>&1 &
client=$!
trap 'kill "$server" "$client" 2>/dev/null || true' EXIT
for _ in {1..100}; do
  grep -q 'Peer Connection Initiated' "$root/client.log" && grep -q 'Peer Connection Initiated' "$root/server.log" && exit
  kill -0 "$server" "$client" || break
  sleep 0.1
done
cat "$root/server.log" "$root/client.log"
exit 1
