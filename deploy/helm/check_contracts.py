#!/usr/bin/env python3
"""Holds what the charts say of a service to what the service says of itself: settings, port, subscriptions, health routes, time to stop;
and what GKE runs of others to what the internal cluster does.

Usage: check_contracts.py FOLDER      FOLDER/ENVIRONMENT/RELEASE.yaml, as `helm template` rendered them
"""

import json
import pathlib
import re
import sys
import tomllib

import yaml

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
SERVICES = ["cat-node", "cadaver-exchange", "mouse-trap"]
# How long Pub/Sub waits before it delivers again; a stop must be longer, and it must hold all of its parts.
ACK_DEADLINE = re.compile(r"ACK_DEADLINE_SECONDS: i32 = (\d+)")


def read(path: str) -> str:
    return (REPOSITORY / path).read_text()


def well_known() -> set[str]:
    """Environment names without a prefix: those of every service, and those of Google's and the TLS libraries."""
    layers = set(re.findall(r'\("([A-Z_]+)", "[a-z_.]+"\)', read("service-chassis/src/config.rs")))
    return layers | {"GOOGLE_APPLICATION_CREDENTIALS", "SSL_CERT_FILE", "SSL_CERT_DIR"}


def parse_server_options() -> set[str]:
    return set(re.findall(r"\s(PARSE_[A-Z_]+)\s", read("cat-node/src/config/parse_server/options.txt")))


class Service:
    def __init__(self, name: str):
        text = read(f"{name}/config.default.toml")
        self.name = name
        self.prefix = name.upper().replace("-", "_") + "__"
        self.defaults = tomllib.loads(text)
        # Settings without a default stand there as comments: `# emulator_host = "..."`.
        self.mentioned = set(re.findall(r"#.*?\b([a-z_]+) = ", text))
        self.names = well_known() | (parse_server_options() if name == "cat-node" else set())

    def knows(self, variable: str) -> bool:
        if not variable.startswith(self.prefix):
            return variable in self.names
        *sections, setting = variable.removeprefix(self.prefix).lower().split("__")
        inside = self.defaults
        for section in sections:
            inside = inside.get(section, {})
        return setting in inside or setting in self.mentioned


def topology(consumer: str) -> set[str]:
    subscriptions = json.loads(read("shared-events/generated/topology.json"))["subscriptions"]
    return {one["name"] for one in subscriptions if one["consumer"] == consumer and not one["name"].endswith(".dead-letter")}


def of_deployment(service: Service, deployment: dict) -> list[str]:
    pod = deployment["spec"]["template"]["spec"]
    container = pod["containers"][0]
    environment = {variable["name"]: variable.get("value") for variable in container["env"]}
    found = [f"sets {name}, which {service.name} does not know" for name in environment if not service.knows(name)]
    port = container["ports"][0]["containerPort"]
    if port != service.defaults["http"]["port"]:
        found.append(f"listens on {port}; {service.name}'s port is {service.defaults['http']['port']}")
    if not re.search(r"^    Serve,$", read(f"{service.name}/src/cli.rs"), re.M) or container["args"] != ["serve"]:
        found.append(f"is called with {container['args']}")
    routes = set(re.findall(r'\.route\("(/[a-z.]+)"', read("service-chassis/src/http/operations.rs")))
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        if container[probe]["httpGet"]["path"] not in routes:
            found.append(f"{probe} asks {container[probe]['httpGet']['path']}, which is no route")
    stop = int(environment[service.prefix + "HTTP__SHUTDOWN_DEADLINE_S"]) + int(environment[service.prefix + "RELAY__FLUSH_DEADLINE_MS"]) // 1000
    grace = pod["terminationGracePeriodSeconds"]
    if grace <= stop + container["lifecycle"]["preStop"]["sleep"]["seconds"]:
        found.append(f"is killed after {grace} s, before its stop is over")
    deadline = int(ACK_DEADLINE.search(read("shared-events/src/topology.rs"))[1])
    if grace <= deadline:
        found.append(f"is killed after {grace} s, before the ack deadline of {deadline} s")
    return found


def of_ingress(service: Service, ingress: dict) -> list[str]:
    limit = ingress["metadata"]["annotations"]["nginx.org/client-max-body-size"]
    allowed = int(limit[:-1]) * {"k": 1024, "m": 1024 * 1024}[limit[-1]]
    own = service.defaults["http"]["max_body_bytes"]
    return [f"the ingress takes {limit}, {service.name} {own} bytes"] if allowed < own else []


def of_subscriptions(service: Service, chart: pathlib.Path) -> list[str]:
    named = set(yaml.safe_load((chart / "values.yaml").read_text())["subscriptions"])
    wanted = topology(service.name)
    return [f"values.yaml names the subscriptions {sorted(named)}; the topology has {sorted(wanted)}"] if named != wanted else []


def of_platform() -> list[str]:
    """GKE and the internal cluster run the same versions of what others make, and each pinned release has its values."""
    platform = REPOSITORY / "deploy/helm/platform"
    here = {one["chart"]: one for one in yaml.safe_load((platform / "releases.yaml").read_text())["releases"]}
    internal = yaml.safe_load(read("deploy/ansible/roles/cluster_tools/defaults/main.yml"))["cluster_tools_releases"]
    found = [
        f"platform/releases.yaml has {one['chart']} {here[one['chart']]['version']}, deploy/ansible {one['version']}"
        for one in internal
        if one["chart"] in here and str(here[one["chart"]]["version"]) != str(one["version"])
    ]
    found += [f"platform: no exact version of {chart}" for chart, one in here.items() if not re.fullmatch(r"v?\d+\.\d+\.\d+", str(one["version"]))]
    return found + [f"platform: no values/{one['name']}.yaml" for one in here.values() if not (platform / f"values/{one['name']}.yaml").exists()]


def main(rendered: pathlib.Path) -> int:
    findings, seen = of_platform(), 0
    for service in map(Service, SERVICES):
        findings += [f"{service.name}: {finding}" for finding in of_subscriptions(service, REPOSITORY / "deploy/helm" / service.name)]
        for path in sorted(rendered.glob(f"*/{service.name}*.yaml")):
            for document in yaml.safe_load_all(path.read_text()):
                found = []
                if document and document["kind"] == "Deployment":
                    seen += 1
                    found = of_deployment(service, document)
                if document and document["kind"] == "Ingress":
                    found = of_ingress(service, document)
                findings += [f"{path.parent.name}/{path.stem}: {finding}" for finding in found]
    print(*findings, sep="\n", file=sys.stderr, end="\n" if findings else "")
    print(f"contracts: {seen} deployments")
    return bool(findings) or seen == 0


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] in ("-h", "--help"):
        print(__doc__)
        sys.exit(0 if {"-h", "--help"} & set(sys.argv) else 2)
    sys.exit(main(pathlib.Path(sys.argv[1])))
