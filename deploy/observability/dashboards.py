"""Turns the short form of dashboards.yaml into Grafana's dashboards: rows of equally wide panels, one data source, stable ids."""

import pathlib

import yaml

WIDTH = 24
HEIGHT = 8
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}


def dashboards(path: pathlib.Path) -> dict[str, dict]:
    return {one["uid"]: dashboard(one) for one in yaml.safe_load(path.read_text())["dashboards"]}


def dashboard(short: dict) -> dict:
    panels: list[dict] = []
    y = 0
    for row in short["rows"]:
        panels.append({"type": "row", "title": row["title"], "collapsed": False, "gridPos": position(0, y, WIDTH, 1), "panels": []})
        y += 1
        width = WIDTH // len(row["panels"])
        for place, one in enumerate(row["panels"]):
            panels.append(panel(one) | {"gridPos": position(place * width, y, width, HEIGHT)})
        y += HEIGHT
    for number, one in enumerate(panels, 1):
        one["id"] = number
    return {
        "uid": short["uid"],
        "title": short["title"],
        "description": short["description"],
        "tags": ["catweb"],
        "schemaVersion": 41,
        "version": 1,
        "editable": False,
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "timezone": "browser",
        "links": [{"type": "dashboards", "tags": ["catweb"], "title": "Catweb", "asDropdown": True, "includeVars": True}],
        "templating": {"list": [DATASOURCE_VARIABLE]},
        "annotations": {"list": []},
        "panels": panels,
    }


DATASOURCE_VARIABLE = {"type": "datasource", "name": "datasource", "label": "Prometheus", "query": "prometheus", "current": {}, "hide": 0}


def position(x: int, y: int, width: int, height: int) -> dict:
    return {"x": x, "y": y, "w": width, "h": height}


def panel(short: dict) -> dict:
    kind = short.get("kind", "timeseries")
    steps = [{"color": "green", "value": None}]
    if "red_from" in short:
        steps.append({"color": "red", "value": short["red_from"]})
    defaults = {"unit": short.get("unit", "short"), "min": 0, "thresholds": {"mode": "absolute", "steps": steps}}
    if kind == "timeseries":
        defaults["custom"] = {"lineWidth": 1, "fillOpacity": 10, "showPoints": "never"}
    options = {"legend": {"displayMode": "list", "placement": "bottom", "showLegend": True}, "tooltip": {"mode": "multi", "sort": "desc"}}
    if kind == "stat":
        options = {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}, "colorMode": "background", "textMode": "auto"}
    if kind == "table":
        options = {"showHeader": True}
    return {
        "type": kind,
        "title": short["title"],
        "description": short.get("why", ""),
        "datasource": DATASOURCE,
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": options,
        "targets": [target(number, one, kind) for number, one in enumerate(short["queries"])],
    }


def target(number: int, short: dict, kind: str) -> dict:
    return {
        "refId": chr(ord("A") + number),
        "datasource": DATASOURCE,
        "expr": short["expr"],
        "legendFormat": short.get("legend", "__auto"),
        "instant": kind in ("stat", "table"),
        "range": kind not in ("stat", "table"),
        "format": "table" if kind == "table" else "time_series",
    }
