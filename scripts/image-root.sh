#!/usr/bin/env bash
# Collects the files of an image that holds one program and nothing else. See --help.
set -euo pipefail

if (($# != 2)) || [[ $1 == --help ]]; then
  cat <<EOF
Usage: ${0##*/} PROGRAM DESTINATION

Writes to DESTINATION what PROGRAM needs to run in an image made FROM scratch: the program, the shared libraries that it names, the
certificate authorities, a user without rights, and an empty /tmp. No shell, no package manager. All times are SOURCE_DATE_EPOCH
(0 when unset), so that the same program gives the same layer.
EOF
  [[ ${1:-} == --help ]]
  exit
fi

program=$1
root=$2
readonly USER_ID=65532

mkdir -p "$root/usr/local/bin" "$root/etc/ssl/certs" "$root/tmp"
cp "$program" "$root/usr/local/bin/"
strip --strip-unneeded "$root/usr/local/bin/$(basename "$program")"

# Where the loader looks for them by itself: a path of its own for each would need a cache file.
ldd "$program" | grep -oE '/[^ ]+' | sort -u | while read -r library; do
  mkdir -p "$root$(dirname "$library")"
  cp --dereference "$library" "$root$library"
done
# The C library loads these by name when it looks up hosts.
for library in libnss_dns.so.2 libnss_files.so.2 libresolv.so.2; do
  found=$(find /lib /usr/lib -name "$library" 2>/dev/null | head -n 1)
  [[ -z $found ]] || { mkdir -p "$root$(dirname "$found")"; cp --dereference "$found" "$root$found"; }
done

cp --dereference /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
printf 'nonroot:x:%s:%s::/data:/nonexistent\n' "$USER_ID" "$USER_ID" >"$root/etc/passwd"
printf 'nonroot:x:%s:\n' "$USER_ID" >"$root/etc/group"
printf 'hosts: files dns\n' >"$root/etc/nsswitch.conf"
chmod 1777 "$root/tmp"
find "$root" -exec touch --no-dereference --date "@${SOURCE_DATE_EPOCH:-0}" {} +
