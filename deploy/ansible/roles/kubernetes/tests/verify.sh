#!/usr/bin/env bash
# machine: control-1
# by: a YAML reading; `deploy/check kubeadm` hands it to kubeadm and the API server's own decoder
set -euo pipefail
python3 - "$1/etc/kubernetes/catweb" <<'PYTHON'
import base64, pathlib, sys, yaml
folder = pathlib.Path(sys.argv[1])
documents = {d["kind"]: d for d in yaml.safe_load_all((folder / "kubeadm.yml").read_text())}
assert documents["ClusterConfiguration"]["controlPlaneEndpoint"] == "10.10.10.1:6443", "the balancers' address"
arguments = {a["name"]: a["value"] for a in documents["ClusterConfiguration"]["apiServer"]["extraArgs"]}
for name in ("encryption-provider-config", "audit-policy-file", "admission-control-config-file"):
    assert (folder / pathlib.Path(arguments[name]).name).exists(), name
encryption = yaml.safe_load((folder / "encryption.yml").read_text())
secret = encryption["resources"][0]["providers"][0]["secretbox"]["keys"][0]["secret"]
assert len(base64.b64decode(secret)) == 32
assert (folder / "encryption.yml").stat().st_mode & 0o77 == 0
PYTHON
