#!/usr/bin/env python3
"""Renders each chart as each of Spinnaker's pipelines does: its chart, its values files, its overrides, as an image's arrival would fill them.

Usage: check_bakes.py FOLDER KUBERNETES_VERSION      FOLDER: pipelines as `deploy/spinnaker/pipelines.py render` writes them; helm is in PATH
"""

import json
import pathlib
import subprocess
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
# What the trigger of an image holds.
TRIGGER = {"${trigger['tag']}": "qa-0123abcd", "${trigger['digest'] ?: ''}": "sha256:" + "0" * 64}


def bake(pipeline: dict, stage: dict, version: str) -> str | None:
    """What helm says against it."""
    files = {one["id"]: one["matchArtifact"]["name"] for one in pipeline["expectedArtifacts"]}
    chart, *values = [one["id"] for one in stage["inputArtifacts"]]
    command = ["helm", "template", stage["outputName"], REPOSITORY / stage["helmChartFilePath"], "--namespace", stage["namespace"]]
    command += ["--kube-version", version]
    for name in values:
        command += ["--values", REPOSITORY / files[name]]
    for name, value in stage["overrides"].items():
        command += ["--set", f"{name}={TRIGGER.get(value, value)}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return done.stderr.strip()
    deployed = next(one for one in pipeline["stages"] if one["type"] == "undoRolloutManifest")["manifestName"].split()[1]
    return None if f"kind: Deployment\nmetadata:\n  name: {deployed}\n" in done.stdout else f"it makes no deployment {deployed} to go back with"


def main(folder: pathlib.Path, version: str) -> int:
    pipelines = [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]
    findings = []
    for pipeline in pipelines:
        for stage in pipeline["stages"]:
            if stage["type"] == "bakeManifest" and (wrong := bake(pipeline, stage, version)):
                findings.append(f"{pipeline['name']}: {wrong}")
    print(*findings, sep="\n", file=sys.stderr, end="\n" if findings else "")
    print(f"bakes: {len(pipelines)} pipelines render their charts")
    return bool(findings) or not pipelines


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] in ("-h", "--help"):
        print(__doc__)
        sys.exit(0 if {"-h", "--help"} & set(sys.argv) else 2)
    sys.exit(main(pathlib.Path(sys.argv[1]), sys.argv[2]))
