#!/usr/bin/env bash
# machine: compute-1
# by: a reading of its rules
set -euo pipefail
root=$1
python3 - "$root/etc/pve/firewall/cluster.fw" <<'PYTHON'
import configparser, sys
# The format is an INI file whose lines may lack a value.
parser = configparser.RawConfigParser(allow_no_value=True, delimiters=(":",))
parser.read(sys.argv[1])
assert parser["OPTIONS"]["policy_in"] == "DROP" and parser["OPTIONS"]["enable"] == "1"
assert set(parser["IPSET management"]) == {"10.10.10.0/24", "10.10.11.0/24"}, "only the private network and the VPN"
accepted = [rule for rule in parser["RULES"] if rule.startswith("in accept")]
assert len(accepted) == 1 and "+management" in accepted[0], "no port is open to the public"
PYTHON
for n in 0 1 2 3; do grep -q "^10.10.10.20$n " "$root/etc/hosts"; done
