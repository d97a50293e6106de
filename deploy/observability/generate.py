#!/usr/bin/env python3
"""Writes what is made from slos.yaml, common-alerts.yaml and dashboards.yaml: each service's rules (deploy/helm/SERVICE/rules/) and the
dashboards (deploy/helm/monitoring/dashboards/).

Usage: generate.py [--check]     --check: write nothing, fail when a file is not what it would be
"""

import json
import pathlib
import sys

import yaml

from dashboards import dashboards
from exported_metrics import SERVICES

HERE = pathlib.Path(__file__).parent
HELM = HERE.parent / "helm"
HEAD = "# Made by deploy/observability/generate.py from {}; change that.\n"
RUNBOOKS = "https://gitlab.miaou.net/miaou/catweb/-/blob/main/docs/runbooks/"
WINDOWS = ["5m", "30m", "1h", "2h", "6h", "1d", "3d"]
# (alert, severity, long window, short window, times the budget's even pace, for)
BURNS = [
    ("ErrorBudgetBurnsFast", "page", "1h", "5m", 14.4, "2m"),
    ("ErrorBudgetBurnsFast", "page", "6h", "30m", 6, "15m"),
    ("ErrorBudgetBurnsSlowly", "ticket", "1d", "2h", 3, "1h"),
    ("ErrorBudgetBurnsSlowly", "ticket", "3d", "6h", 1, "3h"),
]


class Readable(yaml.SafeDumper):
    """Long texts as blocks, lists indented."""

    def increase_indent(self, flow=False, indentless=False):
        return super().increase_indent(flow, False)

    def ignore_aliases(self, data):
        return True


Readable.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style=">" if len(text) > 100 else None),
)


def as_yaml(source: str, content: dict) -> str:
    return HEAD.format(source) + yaml.dump(content, Dumper=Readable, sort_keys=False, width=140, allow_unicode=True)


def with_runbooks(groups: list[dict]) -> list[dict]:
    for group in groups:
        for rule in group["rules"]:
            if "alert" in rule:
                rule["annotations"]["runbook_url"] = RUNBOOKS + rule["alert"] + ".md"
    return groups


def common_rules(service: str) -> dict:
    text = (HERE / "common-alerts.yaml").read_text().replace("SERVICE", service)
    groups = with_runbooks(yaml.safe_load(text)["groups"])
    ages = ["pubsub_googleapis_com:subscription_oldest_unacked_message_age"]
    ages.append("stackdriver_pubsub_subscription_pubsub_googleapis_com_subscription_oldest_unacked_message_age")
    wanted = f'{{subscription_id=~"{service}[.].*"}}'
    groups.insert(
        0,
        {
            "name": f"{service}.backlog",
            "rules": [
                {
                    "record": "catweb:subscription_backlog_age_seconds",
                    "expr": " or ".join(f"max by (subscription_id) ({age}{wanted})" for age in ages),
                }
            ],
        },
    )
    return {"groups": groups}


def slo_rules(service: str) -> dict | None:
    groups = []
    for slo in yaml.safe_load((HERE / "slos.yaml").read_text())["slos"]:
        if slo["service"] != service:
            continue
        labels = {"slo": slo["name"], "service": service}
        ratio = [
            {
                "record": f"catweb:slo_errors:ratio_rate{window}",
                "expr": f"(({slo['bad']}) or vector(0)) / ({slo['all']} > 0)".replace("$window", window),
                "labels": labels,
            }
            for window in WINDOWS
        ]
        objective = [{"record": "catweb:slo_objective", "expr": f"vector({slo['objective'] / 100:g})", "labels": labels}]
        groups.append({"name": f"{service}.slo.{slo['name']}", "rules": ratio + objective + [burn(slo, *one) for one in BURNS]})
    return {"groups": with_runbooks(groups)} if groups else None


def burn(slo: dict, alert: str, severity: str, long: str, short: str, pace: float, patience: str) -> dict:
    most = f"{pace * (100 - slo['objective']) / 100:g}"
    which = f'{{slo="{slo["name"]}"}}'
    return {
        "alert": alert,
        "expr": f"catweb:slo_errors:ratio_rate{long}{which} > {most} and catweb:slo_errors:ratio_rate{short}{which} > {most}",
        "for": patience,
        "labels": {"severity": severity, "slo": slo["name"], "service": slo["service"], "window": long},
        "annotations": {
            "summary": f"{slo['service']} does not keep its promise {slo['name']}",
            "description": f"{slo['promise']} {{{{ $value | humanizePercentage }}}} failed over {long}; "
            f"{100 - slo['objective']:g} % may, over {30} days. At this pace the budget is gone in {30 / pace:.2g} days.",
        },
    }


def outputs() -> dict[pathlib.Path, str]:
    made = {}
    for service in SERVICES:
        rules = HELM / service / "rules"
        made[rules / "common.yaml"] = as_yaml("common-alerts.yaml", common_rules(service))
        made[rules / "slo.yaml"] = as_yaml("slos.yaml", slo_rules(service))
    for name, dashboard in dashboards(HERE / "dashboards.yaml").items():
        made[HELM / "monitoring/dashboards" / f"{name}.json"] = json.dumps(dashboard, indent=1) + "\n"
    return made


def main() -> int:
    stale = []
    for path, text in outputs().items():
        if "--check" not in sys.argv:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            stale.append(str(path))
    if stale:
        print("stale, run deploy/observability/generate.py:", *stale, file=sys.stderr)
    return bool(stale)


if __name__ == "__main__":
    if {"-h", "--help"} & set(sys.argv):
        print(__doc__)
        sys.exit()
    sys.exit(main())
