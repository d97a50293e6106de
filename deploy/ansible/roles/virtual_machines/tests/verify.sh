#!/usr/bin/env bash
# machine: compute-1
# by: a YAML reading of cloud-init's data
set -euo pipefail
python3 - "$1/var/lib/vz/snippets" <<'PYTHON'
import pathlib, sys, yaml
found = {path.stem: path.read_text() for path in pathlib.Path(sys.argv[1]).glob("*.yml")}
assert set(found) == {"balancer-1", "control-1", "worker-1", "arbiter-1"}, found.keys()
for name, text in found.items():
    assert text.startswith("#cloud-config\n")
    data = yaml.safe_load(text)
    assert data["hostname"] == name and not data["ssh_pwauth"] and data["disable_root"]
    assert data["users"][0]["ssh_authorized_keys"]
PYTHON
