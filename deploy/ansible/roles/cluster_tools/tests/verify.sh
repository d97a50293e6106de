#!/usr/bin/env bash
# machine: control-1
# by: a YAML reading of every document, and what each must have
set -euo pipefail
python3 - "$1/etc/kubernetes/catweb-tools" "$(dirname "${BASH_SOURCE[0]}")/.." <<'PYTHON'
import pathlib, re, sys, yaml
folder, role = map(pathlib.Path, sys.argv[1:])
values = {path.stem: yaml.safe_load(path.read_text()) for path in (folder / "values").glob("*.yml")}
releases = yaml.safe_load((role / "defaults/main.yml").read_text())["cluster_tools_releases"]
assert set(values) == {r["name"] for r in releases}, "values without a release, or the other way round"
for release in releases:
    assert re.fullmatch(r"v?\d+\.\d+\.\d+", str(release["version"])), f"{release['name']} is not pinned"
    assert isinstance(values[release["name"]], dict)

documents = [d for path in (folder / "manifests").glob("*.yml") for d in yaml.safe_load_all(path.read_text()) if d]
seen = set()
for d in documents:
    key = (d["apiVersion"], d["kind"], d["metadata"].get("namespace"), d["metadata"]["name"])
    assert key not in seen, f"{key} twice"
    seen.add(key)
namespaces = {d["metadata"]["name"] for d in documents if d["kind"] == "Namespace"}
used = {r["namespace"] for r in releases} | {d["metadata"]["namespace"] for d in documents if d["metadata"].get("namespace")}
assert used - {"kube-system"} <= namespaces, f"no namespace {used - namespaces}"
assert any(d["kind"] == "ClusterIssuer" and d["metadata"]["name"] == "letsencrypt-prod" for d in documents)
assert any(d["kind"] == "StorageClass" and d["provisioner"] == "nfs.csi.k8s.io" for d in documents)
[spinnaker] = [d for d in documents if d["kind"] == "ConfigMap" and d["metadata"]["name"] == "halyard"]
assert yaml.safe_load(spinnaker["data"]["config"])["deploymentConfigurations"][0]["providers"]["kubernetes"]["accounts"]
PYTHON
