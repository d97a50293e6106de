#!/usr/bin/env python3
"""Holds that each job's image provides the programs that its script calls. Arguments: pipelines with everything included.

Scripts are parsed by shfmt, which has to be in PATH; a script of the repository that a job calls is followed, as far as its functions are
called. What an image provides stands here, since none of them can be fetched where this runs.
"""
import json
import pathlib
import re
import subprocess
import sys

import yaml

from pipeline_rules import Loader, jobs_of

BUILTINS = set(". : [ break cd command echo eval exec exit export false fi hash local mapfile printf pwd read readonly return set shift source test trap true type umask unset wait declare".split())
POSIX = set("awk basename cat chmod cmp cp cut date dirname env find grep head kill ls mkdir mktemp mv rm sed sh sleep sort tail tee touch tr uniq wc xargs".split())
BUSYBOX, DEBIAN = POSIX | {"wget"}, POSIX | {"apt-get", "bash", "dpkg-deb", "flock", "nice"}
# A part of the image's name: what is in it beside the shell's own.
IMAGES = {
    "rust:": DEBIAN | {"bash", "cargo", "curl", "git", "rustup"},
    "docker:": BUSYBOX | {"apk", "docker"},
    "python:3.13-trixie": DEBIAN | {"curl", "git", "pip", "python", "python3"},
    "python:3.13-slim": DEBIAN | {"pip", "python", "python3"},
    "cosign:": BUSYBOX | {"cosign"},
    "google-cloud-cli:": DEBIAN | {"gcloud", "python3"},
    "syft:": BUSYBOX | {"syft"},
    "grype:": BUSYBOX | {"grype"},
    "sonar-scanner-cli:": POSIX | {"bash", "sonar-scanner"},
    "terraform:": BUSYBOX | {"git", "terraform"},
}
# What these call is more than can be followed; what they need of the machine is said in their own words.
ASKED_FOR = {
    ".ci/run": {"cargo", "cmake", "flock", "git", "go", "java", "node", "npm", "openssl", "python3"},
    "deploy/check": {"bash", "cargo", "docker", "flock", "git", "go", "npm", "openssl", "python3", "rsync"},
}
# Programs of packages that are not called as the package is.
PACKAGES = {"default-jre-headless": {"java"}, "docker.io": {"docker"}, "golang-go": {"go"}, "nodejs": {"node"}}
INSTALLERS = {("apt-get", "install"), ("apk", "add")}
# Functions of deploy/tools.bash and what they put into PATH.
PUT_INTO_PATH = {"go_tool": 1, "debian_tool": 2}
FROM_PYTHON = {"python", "yamllint", "shellcheck", "hadolint", "check-jsonschema", "gitlab-ci-local"}


def parsed(text):
    run = subprocess.run(["shfmt", "--to-json"], input=text, capture_output=True, text=True, check=False)
    if run.returncode:
        raise ValueError(run.stderr.strip())
    return json.loads(run.stdout)


def literal(word):
    """The word's text when no expansion is in it."""
    parts = [p for part in word.get("Parts", []) for p in (part["Parts"] if part.get("Type") == "DblQuoted" and part.get("Parts") else [part])]
    return "".join(p.get("Value", "") for p in parts) if parts and all(p["Type"] in ("Lit", "SglQuoted") for p in parts) else None


def calls_in(node, functions, asked):
    """Each call's words, outside of functions, which are put aside by name; what an `if` tries first is asked for, not relied on."""
    if isinstance(node, list):
        for item in node:
            yield from calls_in(item, functions, asked)
    elif isinstance(node, dict):
        if node.get("Type") == "FuncDecl":
            functions[node["Name"]["Value"]] = node["Body"]
            return
        if node.get("Type") == "IfClause":
            asked |= {words[0] for words in calls_in(node["Cond"], {}, set())}
        if node.get("Type") == "CallExpr" and node.get("Args"):
            yield [literal(word) for word in node["Args"]]
        for value in node.values():
            yield from calls_in(value, functions, asked)


def sourced(words, script):
    """The repository's file that `source "$(dirname ...)/NAME"` means: no literal, so told from the line above it for shellcheck."""
    return script and words[0] in ("source", ".") and re.findall(r"# shellcheck source=(\S+)", script)


def programs_of(text, name, seen):
    """Every program that the text calls, and all that it provides for itself."""
    functions, asked, wanted, provided, queue = {}, set(), set(), set(), []
    sources = [text]
    while sources:
        body = sources.pop()
        for words in calls_in(parsed(body), functions, asked):
            queue.append(words)
            for path in sourced(words, body) or []:
                if path not in seen:
                    seen.add(path)
                    sources.append(pathlib.Path(path).read_text(encoding="utf-8"))
    called = set()
    while queue:
        words = queue.pop()
        program = words[0]
        if program is None:
            continue
        arguments = [word for word in words[1:] if word]
        if program in PUT_INTO_PATH:
            provided.add(words[PUT_INTO_PATH[program]])
        if program == "python_tools":
            provided |= FROM_PYTHON
        if (program, next(iter(arguments), None)) in INSTALLERS:
            for package in arguments[1:]:
                provided |= PACKAGES.get(package, {package})
        if program in ("nice", "timeout", "env", "with_lock"):
            inner = [word for word in arguments if not re.match(r"-|\d|.*=|/", word)]
            queue.extend([inner[:]] if inner else [])
        if program in functions:
            if program not in called:
                called.add(program)
                queue.extend(calls_in(functions[program], functions, asked))
        elif program in ASKED_FOR:
            wanted |= ASKED_FOR[program]
        elif "/" in program and pathlib.Path(program).is_file():
            if program not in seen:
                seen.add(program)
                more, own = programs_of(pathlib.Path(program).read_text(encoding="utf-8"), program, seen)
                wanted |= {"bash"} | more
                provided |= own
        elif "/" in program:
            continue
        else:
            wanted.add(program)
    return wanted - asked - BUILTINS | ({"bash"} if name.endswith(".sh") else set()), provided


def findings(pipeline):
    for name, job in jobs_of(pipeline).items():
        lines = [line for key in ("before_script", "script", "after_script") for line in job.get(key) or []]
        if not lines:
            continue
        image = job.get("image")
        image = image["name"] if isinstance(image, dict) else image
        provides = next((programs for part, programs in IMAGES.items() if image and part in image), None)
        if provides is None:
            yield f"{name}: nobody has said here what image {image} provides"
            continue
        wanted, provided = programs_of("\n".join(lines), name, set())
        for program in sorted(wanted - provides - provided):
            yield f"{name}: calls {program}, which image {image} has not got"


def main(paths):
    wrong, jobs = [], 0
    for path in paths:
        pipeline = yaml.load(pathlib.Path(path).read_text(encoding="utf-8"), Loader)
        jobs += len(jobs_of(pipeline))
        wrong += [f"{path}: {finding}" for finding in findings(pipeline)]
    print("\n".join(wrong) or f"programs: each of {jobs} jobs finds in its image what it calls")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
