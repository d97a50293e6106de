#!/usr/bin/env python3
"""Which fields the services' log lines have, read from the calls of `tracing` in their code.

Usage: logged_fields.py      prints `field path[,path]` a line
"""

import pathlib
import re
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
CRATES = ["service-chassis", "shared-events", "cat-node", "cadaver-exchange", "mouse-trap"]
CALL = re.compile(r"\b(?:tracing::)?(?:trace|debug|info|warn|error|event|(?:trace|debug|info|warn|error)_span)!\(|#\[(?:tracing::)?instrument\(.*?fields\(")
FIELD = re.compile(r"^[%?]?([a-z_][a-z0-9_]*)(?:\s*=(?!=).*)?$", re.S)
# What tracing-subscriber's JSON format writes itself.
OF_EACH_LINE = {"timestamp", "level", "target", "message", "span", "spans"}


def arguments(text: str, start: int) -> list[str]:
    """The arguments of a call whose parenthesis opened just before `start`."""
    depth, found, begin, quoted, place = 0, [], start, False, start
    while place < len(text):
        one = text[place]
        if quoted:
            if one == "\\":
                place += 1
            elif one == '"':
                quoted = False
        elif one == '"':
            quoted = True
        elif one in "([{":
            depth += 1
        elif one in ")]}" and depth == 0:
            return [*found, text[begin:place]]
        elif one in ")]}":
            depth -= 1
        elif one == "," and depth == 0:
            found.append(text[begin:place])
            begin = place + 1
        place += 1
    return found


def fields_of(text: str, start: int) -> list[str]:
    """Fields stand before the message; what follows it are parts of the message."""
    found = []
    for argument in map(str.strip, arguments(text, start)):
        if argument.startswith('"'):
            break
        named = FIELD.match(argument)
        if named and not argument.startswith(("target:", "parent:")):
            found.append(named[1])
    return found


def logged() -> dict[str, set[str]]:
    fields: dict[str, set[str]] = {}
    for crate in CRATES:
        for path in sorted((REPOSITORY / crate / "src").rglob("*.rs")):
            text = path.read_text().split("#[cfg(test)]")[0]
            for call in CALL.finditer(text):
                for name in fields_of(text, call.end()):
                    fields.setdefault(name, set()).add(str(path.relative_to(REPOSITORY)))
    return fields


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(__doc__)
        sys.exit(sys.argv[1] not in ("-h", "--help"))
    for name, paths in sorted(logged().items()):
        print(name, ",".join(sorted(paths)))
