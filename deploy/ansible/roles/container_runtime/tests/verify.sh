#!/usr/bin/env bash
# machine: worker-1
# by: containerd config dump
set -euo pipefail
root=$1
containerd --config "$root/etc/containerd/config.toml" config dump >"$root/dump"
grep -q 'SystemdCgroup = true' "$root/dump"
