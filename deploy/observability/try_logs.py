#!/usr/bin/env python3
"""Sends the line with everything in it through the log schema on a real server, and holds what is found again to what may be kept.

Usage: try_logs.py URL      an OpenSearch without password, whose own words differ a little from Elasticsearch's: no lifecycle in the template,
                            and `exclude_field` for `keep`, which knows fields of the first level only
"""

import json
import sys
import urllib.request

from check_logs import KEPT, LINE, load


def ask(method: str, url: str, body: dict | None = None) -> dict:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method, headers={"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def in_its_words(pipeline: dict) -> dict:
    translated = []
    for processor in pipeline["processors"]:
        if "remove" in processor:
            first_level = sorted({name.split(".")[0] for name in processor["remove"]["keep"]})
            translated += [{"remove": {"exclude_field": first_level}}, {"remove": {"field": "kubernetes.pod.ip", "ignore_missing": True}}]
        elif "json" in processor:
            translated.append({"json": {name: value for name, value in processor["json"].items() if name != "add_to_root_conflict_strategy"}})
        else:
            translated.append(processor)
    return {"description": pipeline["description"], "processors": translated}


def main(url: str) -> int:
    template = load("index-template.json")
    del template["template"]["settings"]["index"]["lifecycle"]
    template["template"]["settings"]["index"]["number_of_replicas"] = 0
    ask("PUT", f"{url}/_ingest/pipeline/catweb-logs", in_its_words(load("ingest-pipeline.json")))
    ask("PUT", f"{url}/_index_template/catweb-logs", template)
    # As it comes from Logstash: the service's line as a text, beside where it came from.
    line = {name: value for name, value in LINE.items() if name != "kubernetes"}
    document = {"@timestamp": "2026-11-24T05:12:00Z", "message": json.dumps(line), "kubernetes": LINE["kubernetes"]}
    # The node of the tests takes documents and simulates pipelines, but does not run them on what it takes.
    simulated = ask("POST", f"{url}/_ingest/pipeline/catweb-logs/_simulate", {"docs": [{"_source": document}]})["docs"][0]
    if "doc" not in simulated:
        print(f"the pipeline ends with {simulated}", file=sys.stderr)
        return 1
    ask("POST", f"{url}/logs-catweb-default/_doc?refresh=true&pipeline=_none", simulated["doc"]["_source"])
    query = {"query": {"term": {"request_id": "7f"}}}
    hits = ask("POST", f"{url}/logs-catweb-default/_search", query)["hits"]["hits"]
    found = hits[0]["_source"] if hits else {}
    found.pop("@timestamp", None)
    if found != KEPT:
        print(f"the line came through as {found}", file=sys.stderr)
        return 1
    print("logs: the line with everything in it came through a real server as it should")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] in ("-h", "--help"):
        print(__doc__)
        sys.exit(0 if {"-h", "--help"} & set(sys.argv) else 2)
    sys.exit(main(sys.argv[1].rstrip("/")))
