#!/usr/bin/env python3
"""Saves rendered pipelines in Spinnaker, over its API (Gate): save.py URL FOLDER. A pipeline that is there already keeps its id.

In the environment: SPINNAKER_CERTIFICATE and SPINNAKER_KEY, files with the client certificate that Gate knows the pipeline by (an https URL
needs them), and SPINNAKER_CA, the file of the authority that signed Gate's own.
"""
import json
import os
import pathlib
import ssl
import sys
import urllib.error
import urllib.parse
import urllib.request

TIMEOUT_S = 30


def connection(url):
    if not url.startswith("https://"):
        return None
    context = ssl.create_default_context(cafile=os.environ.get("SPINNAKER_CA"))
    context.load_cert_chain(os.environ["SPINNAKER_CERTIFICATE"], os.environ["SPINNAKER_KEY"])
    return context


def call(gate, context, path, body=None):
    request = urllib.request.Request(gate + path, data=body and json.dumps(body).encode(), headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=TIMEOUT_S, context=context) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def id_of(gate, context, pipeline):
    """Gate answers 404, or nothing, for a name that it does not know."""
    path = f"/applications/{urllib.parse.quote(pipeline['application'])}/pipelineConfigs/{urllib.parse.quote(pipeline['name'])}"
    try:
        return (call(gate, context, path) or {}).get("id")
    except urllib.error.HTTPError as refusal:
        if refusal.code == 404:
            return None
        raise


def main(gate, folder):
    gate = gate.rstrip("/")
    context = connection(gate)
    files = sorted(pathlib.Path(folder).glob("*.json"))
    for file in files:
        pipeline = json.loads(file.read_text(encoding="utf-8"))
        known = id_of(gate, context, pipeline)
        call(gate, context, "/pipelines", {**pipeline, "id": known} if known else pipeline)
        print(f"{pipeline['name']}: {'renewed' if known else 'new'}")
    return 0 if files else 1


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2]))
