#!/usr/bin/env python3
"""Fails when the log schema (elk/) keeps what no service logs, when template and pipeline differ, when something that names a cat would be
kept, or when a line with all that must not come through comes through. Fields that services log and the schema does not list are dropped; it
tells which.

Usage: check_logs.py
"""

import json
import pathlib
import re
import sys

import yaml

from logged_fields import OF_EACH_LINE, logged

ELK = pathlib.Path(__file__).parent / "elk"
# Names that would say who, or let someone be them.
PERSONAL = re.compile(r"(^|_)(user|username|cat|hunter|owner|email|mail|ip|password|token|session|credential|authorization|position_wgs84|latitude|longitude)($|_)")
# A line with everything in it that must not come through, and what must.
LINE = {
    "timestamp": "2026-11-24T05:12:00Z",
    "level": "WARN",
    "message": "mail to tom@cats.example.org from 192.0.2.7 with r:0123456789abcdef0123456789abcdef",
    "error": "mongodb://tom:tuna@host/db refused eyJhbGciOi.eyJzdWIi.c2ln and mt_0123456789abcdefXYZ",
    "user": "tom",
    "sessionToken": "r:0123456789abcdef0123456789abcdef",
    "request_id": "7f",
    "kubernetes": {"namespace": "apps", "pod": {"name": "cat-node-1", "ip": "10.0.0.1"}},
}
KEPT = {
    "level": "WARN",
    "message": "mail to ***@*** from *.*.*.* with r:***",
    "error": "mongodb://***@host/db refused *** and mt_***",
    "request_id": "7f",
    "kubernetes": {"namespace": "apps", "pod": {"name": "cat-node-1"}},
}


def load(name: str) -> dict:
    return json.loads((ELK / name).read_text())


def leaves(properties: dict, prefix: str = "") -> set[str]:
    found: set[str] = set()
    for name, one in properties.items():
        found |= leaves(one["properties"], f"{prefix}{name}.") if "properties" in one else {prefix + name}
    return found


def piped(line: dict, pipeline: dict) -> dict:
    """What `gsub` and `remove` with `keep` of an ingest pipeline make of a line."""
    line = dict(line)
    for processor in pipeline["processors"]:
        if gsub := processor.get("gsub"):
            if gsub["field"] in line:
                line[gsub["field"]] = re.sub(gsub["pattern"], gsub["replacement"], line[gsub["field"]])
        elif remove := processor.get("remove"):
            line = kept(line, set(remove["keep"]))
    return line


def kept(line: dict, keep: set[str], prefix: str = "") -> dict:
    result = {}
    for name, value in line.items():
        path = prefix + name
        if isinstance(value, dict):
            inner = kept(value, keep, path + ".")
            result |= {name: inner} if inner else {}
        elif path in keep:
            result[name] = value
    return result


def main() -> int:
    template, pipeline = load("index-template.json"), load("ingest-pipeline.json")
    dropped = yaml.safe_load((ELK / "dropped.yaml").read_text())
    mapped = leaves(template["template"]["mappings"]["properties"])
    keep = set(next(one["remove"]["keep"] for one in pipeline["processors"] if "remove" in one))
    of_services = {name for name in mapped if not name.startswith(("kubernetes.", "@"))}
    lines = logged()
    names = set(lines) | OF_EACH_LINE
    for name in sorted(names - of_services - dropped.keys()):
        print(f"logs: {name} ({', '.join(sorted(lines.get(name, ['each line'])))}) is not listed in elk/, and so not kept")
    findings = [f"{name} is in the template and logged by nobody" for name in sorted(of_services - names)]
    findings += [f"{name} is dropped by name and logged by nobody" for name in sorted(dropped.keys() - names - {"timestamp"})]
    findings += [f"{name} is in one of template and pipeline only" for name in sorted(mapped ^ keep)]
    findings += [f"{name} would name somebody" for name in sorted(mapped) if PERSONAL.search(name)]
    findings += ["the template takes fields that it does not list"] if template["template"]["mappings"]["dynamic"] is not False else []
    through = piped(LINE, pipeline)
    findings += [f"the pipeline makes {through} of the line with everything in it"] if through != KEPT else []
    print(*findings, sep="\n", file=sys.stderr, end="\n" if findings else "")
    print(f"logs: {len(lines)} fields that services log, {len(of_services)} kept, {len(dropped)} dropped by name")
    return bool(findings)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(__doc__)
        sys.exit(sys.argv[1] not in ("-h", "--help"))
    sys.exit(main())
