#!/usr/bin/env python3
"""Fails when an alert or a dashboard names a metric that nothing exports or a label that the metric does not have, when an alert has
no runbook or no test, or a runbook no alert.

Usage: check_names.py
"""

import json
import pathlib
import re
import sys

import promql_parser
import yaml

from exported_metrics import exported

HERE = pathlib.Path(__file__).parent
HELM = HERE.parent / "helm"
RUNBOOKS = HERE.parents[1] / "docs/runbooks"
# What Kubernetes and Prometheus add to each series.
TARGET_LABELS = {"pod", "container", "namespace", "job", "instance", "environment", "trap_location", "cluster"}
RULE_FILES = sorted([*HELM.glob("*/rules/*.yaml"), *HELM.glob("monitoring/rules/*.yaml")])


def selectors(expression) -> list:
    """All vector selectors of a parsed expression."""
    if isinstance(expression, promql_parser.VectorSelector):
        return [expression]
    if isinstance(expression, promql_parser.MatrixSelector):
        return [expression.vector_selector]
    found = []
    for part in ("lhs", "rhs", "expr", "param"):
        inner = getattr(expression, part, None)
        if inner is not None:
            found += selectors(inner)
    for argument in getattr(expression, "args", None) or []:
        found += selectors(argument)
    return found


def parsed(text: str):
    for variable in ("$__rate_interval", "$__range", "$__interval"):
        text = text.replace(variable, "5m")
    return promql_parser.parse(text)


class Names:
    def __init__(self, rules: list[tuple[pathlib.Path, dict]]):
        self.exported = exported()
        foreign = yaml.safe_load((HERE / "foreign-metrics.yaml").read_text())
        self.foreign = {name for names in foreign.values() for name in names}
        self.recorded = {rule["record"] for _, rule in rules if "record" in rule}
        self.used_foreign: set[str] = set()

    def findings(self, text: str) -> list[str]:
        try:
            expression = parsed(text)
        except ValueError as error:
            return [f"not PromQL: {error}: {text}"]
        return [finding for selector in selectors(expression) for finding in self.of_selector(selector)]

    def of_selector(self, selector) -> list[str]:
        name = selector.name
        if name in self.foreign:
            self.used_foreign.add(name)
            return []
        if name in self.recorded:
            return []
        if name not in self.exported:
            return [f"no service exports {name}"]
        known = self.exported[name]["labels"] | TARGET_LABELS
        labels = {matcher.name for matcher in selector.matchers.matchers}
        services = [m.value for m in selector.matchers.matchers if m.name == "service" and str(m.op).endswith("Equal")]
        wrong = [f"{name} has no label {label}" for label in sorted(labels - known)]
        return wrong + [f"{service} exports no {name}" for service in services if service not in self.exported[name]["services"]]


def all_rules() -> list[tuple[pathlib.Path, dict]]:
    return [(path, rule) for path in RULE_FILES for group in yaml.safe_load(path.read_text())["groups"] for rule in group["rules"]]


def dashboard_expressions() -> list[tuple[str, str]]:
    found = []
    for path in sorted(HELM.glob("monitoring/dashboards/*.json")):
        for panel in json.loads(path.read_text())["panels"]:
            found += [(f"{path.name}: {panel['title']}", target["expr"]) for target in panel.get("targets", [])]
    return found


def runbook_findings(alerts: set[str]) -> list[str]:
    pages = {path.stem: path.read_text() for path in RUNBOOKS.glob("*.md") if path.stem != "README"}
    index = (RUNBOOKS / "README.md").read_text()
    findings = [f"the alert {alert} has no docs/runbooks/{alert}.md" for alert in sorted(alerts - pages.keys())]
    findings += [f"docs/runbooks/{page}.md is about no alert" for page in sorted(pages.keys() - alerts)]
    findings += [f"docs/runbooks/README.md does not list {alert}" for alert in sorted(alerts) if f"({alert}.md)" not in index]
    for page, text in sorted(pages.items()):
        missing = [part for part in ("## What it means", "## What to look at", "## What to do") if part not in text]
        findings += [f"docs/runbooks/{page}.md has no part {part!r}" for part in missing]
    return findings


def main() -> int:
    rules = all_rules()
    names = Names(rules)
    findings = []
    for path, rule in rules:
        where = f"{path.relative_to(HELM)}: {rule.get('alert') or rule['record']}"
        findings += [f"{where}: {finding}" for finding in names.findings(rule["expr"])]
        if "alert" in rule:
            findings += [f"{where}: no {part}" for part in ("summary", "description", "runbook_url") if part not in rule["annotations"]]
            findings += [f"{where}: severity is page or ticket"] if rule["labels"].get("severity") not in ("page", "ticket") else []
            page = re.search(r"/docs/runbooks/(\w+)\.md$", rule["annotations"].get("runbook_url", ""))
            findings += [] if page and page[1] == rule["alert"] else [f"{where}: its runbook_url is another's"]
    expressions = dashboard_expressions()
    for where, expression in expressions:
        findings += [f"{where}: {finding}" for finding in names.findings(expression)]
    alerts = {rule["alert"] for _, rule in rules if "alert" in rule}
    findings += runbook_findings(alerts)
    tests = "".join(path.read_text() for path in (HERE / "tests").glob("*.yaml"))
    findings += [f"no test of deploy/observability/tests fires {alert}" for alert in sorted(alerts) if f'alertname="{alert}"' not in tests]
    findings += [f"foreign-metrics.yaml: {name} is used nowhere" for name in sorted(names.foreign - names.used_foreign)]
    print(*findings, sep="\n", file=sys.stderr, end="\n" if findings else "")
    print(f"names: {len(rules)} rules, {len(alerts)} alerts, {len(expressions)} dashboard queries, {len(names.exported)} exported series")
    return bool(findings)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(__doc__)
        sys.exit(sys.argv[1] not in ("-h", "--help"))
    sys.exit(main())
