#!/usr/bin/env bash
# machine: compute-1
# by: ifquery
set -euo pipefail
file=$1/etc/network/interfaces.d/vrack
[[ $(/usr/sbin/ifquery --interfaces "$file" --list | sort | xargs) == 'eno2 vmbr1' ]]
bridge=$(/usr/sbin/ifquery --interfaces "$file" vmbr1)
[[ $bridge == *'address 10.10.10.200/24'* && $bridge == *'bridge-ports eno2'* ]]
