#!/usr/bin/env python3
"""Which metrics the services export, read from where their code declares them.

Usage: exported_metrics.py      prints `name service[,service] label[,label]` a line
"""

import pathlib
import re
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
SERVICES = ["cat-node", "cadaver-exchange", "mouse-trap"]
# Crates whose metrics every service has.
SHARED = ["service-chassis", "shared-events"]
# What the registry adds to each metric (service_chassis::metrics::Metrics::new).
OF_ALL = {"service"}
# Of prometheus::process_collector, which declares its names in its own crate.
PROCESS = """process_cpu_seconds_total process_open_fds process_max_fds process_virtual_memory_bytes
process_resident_memory_bytes process_start_time_seconds process_threads""".split()

DECLARED = re.compile(
    r'\b(?P<kind>\w*Opts|Int(?:Counter|Gauge)|Counter|Gauge|opts!|histogram_opts!)(?:::new)?\(\s*"(?P<name>[a-z_:][a-z0-9_:]*)"', re.S
)
# The labels of a `...Vec` follow its options; the text of a declaration is short.
LABELS = re.compile(r'&\[((?:\s*"[a-z_]+"\s*,?)+)\]')
DECLARATION_CHARACTERS = 500


def without_tests(text: str) -> str:
    return text.split("#[cfg(test)]")[0]


def labels_of(text: str) -> set[str]:
    following = DECLARED.search(text, 1)
    found = LABELS.search(text[: following.start() if following else DECLARATION_CHARACTERS])
    return set(re.findall(r'"([a-z_]+)"', found.group(1))) if found else set()


def labels_of_vectors(text: str, start: int) -> set[str]:
    """The labels of the declaration at `start`: behind it, or, where options have a name, behind that name."""
    named = re.search(r"let (?:mut )?(\w+) = $", text[:start].rstrip() + " ")
    if named:
        used = re.search(rf"\w+Vec::new\(\s*{named.group(1)}\s*,\s*(&\[[^\]]*\])", text)
        if used:
            return set(re.findall(r'"([a-z_]+)"', used.group(1)))
    return labels_of(text[start : start + DECLARATION_CHARACTERS])


def exported() -> dict[str, dict[str, set[str]]]:
    """metric -> {"services": ..., "labels": ...}; histograms by the names of their series."""
    metrics: dict[str, dict[str, set[str]]] = {}

    def add(name: str, services: list[str], labels: set[str]) -> None:
        entry = metrics.setdefault(name, {"services": set(), "labels": set(OF_ALL)})
        entry["services"] |= set(services)
        entry["labels"] |= labels

    for crate in SHARED + SERVICES:
        services = SERVICES if crate in SHARED else [crate]
        for path in sorted((REPOSITORY / crate / "src").rglob("*.rs")):
            text = without_tests(path.read_text())
            for found in DECLARED.finditer(text):
                if "prometheus" not in text:
                    continue
                labels = labels_of_vectors(text, found.start())
                if "istogram" in found["kind"]:
                    add(found["name"] + "_bucket", services, labels | {"le"})
                    add(found["name"] + "_sum", services, labels)
                    add(found["name"] + "_count", services, labels)
                else:
                    add(found["name"], services, labels)
    for name in PROCESS:
        add(name, SERVICES, set())
    return metrics


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(__doc__)
        sys.exit(sys.argv[1] not in ("-h", "--help"))
    for metric, entry in sorted(exported().items()):
        print(metric, ",".join(sorted(entry["services"])), ",".join(sorted(entry["labels"])))
