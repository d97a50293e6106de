#!/usr/bin/env python3
"""A laptop cannot reach production, by construction. Arguments: Compose files with everything resolved (config --format json)."""
import json
import sys

OURS = {"cat-node", "cadaver-exchange", "mouse-trap"}
NAMES_THAT_LEAD_NOWHERE = {"pubsub.googleapis.com", "metadata.google.internal"}


def findings(services):
    for name, service in services.items():
        for port in service.get("ports", []):
            if port.get("host_ip") != "127.0.0.1":
                yield f"{name}: port {port.get('published')} is open to the network"
        for volume in service.get("volumes", []):
            if volume["type"] == "bind" and not volume.get("read_only"):
                yield f"{name}: can write to {volume['source']}"
            if any(word in volume.get("source", "") for word in (".config/gcloud", ".kube", ".ssh", "docker.sock")):
                yield f"{name}: sees someone's credentials ({volume['source']})"
        if service.get("privileged") or service.get("network_mode") == "host" or service.get("pid") == "host":
            yield f"{name}: has more of the machine than a container should"
        environment = service.get("environment") or {}
        for variable, value in environment.items():
            if "miaou.net" in str(value) or "googleapis.com" in str(value):
                yield f"{name}: {variable} names an address outside"
            if variable == "GOOGLE_APPLICATION_CREDENTIALS":
                yield f"{name}: has credentials for Google"
        if name in OURS:
            if not environment.get("PUBSUB_EMULATOR_HOST", "").startswith("broker:"):
                yield f"{name}: its bus is not the broker beside it"
            if environment.get("GOOGLE_CLOUD_PROJECT") != "catweb-local":
                yield f"{name}: its project is not catweb-local"
            hosts = {entry.split("=")[0]: entry.split("=")[1] for entry in service.get("extra_hosts", [])}
            if any(hosts.get(host) != "127.0.0.1" for host in NAMES_THAT_LEAD_NOWHERE):
                yield f"{name}: could find Google's bus"
            if not service.get("read_only") or service.get("cap_drop") != ["ALL"]:
                yield f"{name}: can write to its own files, or has capabilities"
        image = service.get("image", "")
        if ":" not in image.rsplit("/", 1)[-1] or image.endswith(":latest"):
            yield f"{name}: image {image} is not pinned"


def main(paths):
    wrong, seen = [], set()
    for path in paths:
        with open(path, encoding="utf-8") as file:
            services = json.load(file)["services"]
        seen |= set(services)
        wrong += [f"{path}: {finding}" for finding in findings(services)]
    if not OURS <= seen:
        wrong.append(f"no file runs {OURS - seen}")
    # It must be able to refuse.
    bad = {"cat-node": {"image": "cat-node", "ports": [{"published": "1337"}], "environment": {"PUBSUB_EMULATOR_HOST": ""}}}
    if len(list(findings(bad))) < 6:
        wrong.append("the rules take a service that is open to all")
    print("\n".join(wrong) or f"{len(paths)} Compose files: no way to production")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
