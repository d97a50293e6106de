#!/usr/bin/env python3
"""Shows that check_names.py finds what it is for."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import check_names  # noqa: E402

NAMES = check_names.Names(check_names.all_rules())
WRONG = {
    "sum(rate(http_request_total[5m]))": "no service exports http_request_total",
    'rate(http_requests_total{code="500"}[5m])': "http_requests_total has no label code",
    'exchange_commands_total{service="cat-node"}': "cat-node exports no exchange_commands_total",
    "sum by (service": "not PromQL",
}
RIGHT = [
    'sum by (service) (rate(http_requests_total{service="cat-node",pod="a"}[$__rate_interval])) > on () group_left () vector(1)',
    "histogram_quantile(0.9, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))",
    "catweb:slo_errors:ratio_rate1h",
]

for text, says in WRONG.items():
    found = NAMES.findings(text)
    assert any(finding.startswith(says) for finding in found), (text, found)
for text in RIGHT:
    assert NAMES.findings(text) == [], (text, NAMES.findings(text))
assert "the alert MiceOnStrike has no docs/runbooks/MiceOnStrike.md" in check_names.runbook_findings({"MiceOnStrike"})
print(f"names: {len(WRONG)} wrong queries found, {len(RIGHT)} right ones passed")
