#!/usr/bin/env python3
"""Catches one mouse in a running Catweb, and waits until it is a lot on the exchange and an object in cat-node.

    walkthrough.py CAT_NODE CADAVER_EXCHANGE MOUSE_TRAP      (addresses, as in http://127.0.0.1:1337; PARSE_SERVER_MASTER_KEY is needed)
"""
import json
import os
import secrets
import sys
import time
import urllib.error
import urllib.request

WITHIN_SECONDS = 60


def call(method, url, body=None, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()} | {"Content-Type": "application/json"}
    request = urllib.request.Request(url, json.dumps(body).encode() if body is not None else None, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read()
            return json.loads(text) if text else None
    except urllib.error.HTTPError as error:
        sys.exit(f"{method} {url}: {error.code} {error.read().decode()}")


def wait_for(what, ask):
    """The first answer that is not nothing."""
    deadline = time.monotonic() + WITHIN_SECONDS
    while time.monotonic() < deadline:
        if answer := ask():
            return answer
        time.sleep(0.2)
    sys.exit(f"{what}: not within {WITHIN_SECONDS} s")


def main(cat_node, cadaver_exchange, mouse_trap):
    began = time.monotonic()
    app = {"X_Parse_Application_Id": "catweb"}
    master = app | {"X_Parse_Master_Key": os.environ["PARSE_SERVER_MASTER_KEY"]}
    name = f"tom-{secrets.token_hex(4)}"

    cat = call("POST", f"{cat_node}/parse/users", {"username": name, "password": secrets.token_hex(16)}, **app)
    member = {"__op": "AddRelation", "objects": [{"__type": "Pointer", "className": "_User", "objectId": cat["objectId"]}]}
    roles = call("GET", f"{cat_node}/parse/roles?where=%7B%22name%22%3A%22royal-court%22%7D", **master)["results"]
    if roles:
        call("PUT", f"{cat_node}/parse/roles/{roles[0]['objectId']}", {"users": member}, **master)
    else:
        call("POST", f"{cat_node}/parse/roles", {"name": "royal-court", "ACL": {}, "users": member}, **master)
    token = call("POST", f"{cat_node}/token", {}, X_Parse_Session_Token=cat["sessionToken"], **app)["access_token"]

    # Whoever verifies the token has its key by an event, which may still be on its way.
    as_cat = {"Authorization": f"Bearer {token}"}
    wait_for("the keys' way to mouse-trap", lambda: knows(mouse_trap, token))
    site = f"barn-{secrets.token_hex(4)}"
    place = {"latitude": 46.8139, "longitude": -71.208}
    call("POST", f"{mouse_trap}/v1/sites", {"id": site, "name": "The barn", "jurisdiction": "CA", "position": place}, **as_cat)
    trap = call("POST", f"{mouse_trap}/v1/traps", {"site": site}, **as_cat)
    device = {"Authorization": f"Bearer {trap['credential']['secret'] if isinstance(trap.get('credential'), dict) else trap['credential']}"}
    identifier = trap["trap"]["id"] if "trap" in trap else trap["id"]
    report = {"boot": "1", "counter": 1, "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "kind": "catch", "animal": "mouse", "mass_grams": 21.5}
    capture = call("POST", f"{mouse_trap}/v1/traps/{identifier}/reports", {"reports": [report]}, **device)["reports"][0]["capture"]

    where = "%7B%22objectId%22%3A%22" + capture + "%22%7D"
    wait_for("the lot in cat-node", lambda: call("GET", f"{cat_node}/parse/classes/Lot?where={where}", **app)["results"])
    wait_for("the lot on the exchange", lambda: "mouse-prime" in json.dumps(call("GET", f"{cadaver_exchange}/v1/markets")))
    print(f"capture {capture}: caught, listed, seen in {time.monotonic() - began:.1f} s")


def knows(service, token):
    request = urllib.request.Request(f"{service}/v1/traps", headers={"Authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status == 200
    except urllib.error.HTTPError as error:
        if error.code in (401, 503):
            return False
        raise


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
