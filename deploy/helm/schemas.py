#!/usr/bin/env python3
"""Puts each service chart's values.schema.json together: what all share (catweb-service/schema/common.json) and the chart's own part.

Usage: schemas.py [--check]     --check: write nothing, fail when one is not what its parts make
"""

import json
import pathlib
import sys

HERE = pathlib.Path(__file__).parent
CHARTS = ["cat-node", "cadaver-exchange", "mouse-trap"]


def schema_of(chart: str) -> str:
    common = json.loads((HERE / "catweb-service/schema/common.json").read_text())
    own = json.loads((HERE / chart / "schema/own.json").read_text())
    common["title"] = f"Values of the chart {chart}"
    common["required"] += own["required"]
    common["properties"] |= own["properties"]
    return json.dumps(common, indent=2) + "\n"


def main() -> int:
    stale = []
    for chart in CHARTS:
        path = HERE / chart / "values.schema.json"
        text = schema_of(chart)
        if "--check" not in sys.argv:
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            stale.append(str(path))
    if stale:
        print("stale, run deploy/helm/schemas.py:", *stale, file=sys.stderr)
    return bool(stale)


if __name__ == "__main__":
    if {"-h", "--help"} & set(sys.argv):
        print(__doc__)
        sys.exit()
    sys.exit(main())
