#!/usr/bin/env python3
"""Rules for our own pipelines that GitLab does not hold anyone to. Arguments: pipelines with everything included (gitlab-ci-local --preview)."""
import pathlib
import re
import sys

import yaml

SERVICE_STAGES = ["review", "build", "test", "image", "scan", "sign", "deploy"]
BY_HAND_IN_PRODUCTION = {"build", "promote", "apply", "spinnaker"}
# What scripts/version-image.sh takes a service to be made of, beside its own folder.
VERSION_LOOKS_AT = re.search(r'MADE_OF=\("\$service" (.*)\)', pathlib.Path("scripts/version-image.sh").read_text(encoding="utf-8"))[1].replace("'", "").split()
SECRET = re.compile(r"(password|token|secret|private_key)\s*[:=]\s*['\"]?[A-Za-z0-9+/]{12,}", re.IGNORECASE)


class Loader(yaml.SafeLoader):
    """Knows GitLab's tag for references, whose lists it keeps."""


Loader.add_constructor("!reference", lambda loader, node: loader.construct_sequence(node))


def jobs_of(pipeline):
    keywords = {"stages", "variables", "default", "workflow", "include"}
    return {name: job for name, job in pipeline.items() if name not in keywords and not name.startswith(".") and isinstance(job, dict)}


def for_production(job):
    """The rules that decide a job in the branch production, up to the first that matches."""
    for rule in job.get("rules") or []:
        condition = rule.get("if", "") if isinstance(rule, dict) else ""
        if "production" in condition or "$CI_COMMIT_BRANCH" == condition.strip() or not condition:
            return rule
    return None


def images_of(job):
    image = job.get("image")
    names = [image["name"] if isinstance(image, dict) else image] if image else []
    return names + [s if isinstance(s, str) else s["name"] for s in job.get("services") or []]


def changes_of(job):
    return [path for rule in job.get("rules") or [] for path in rule.get("changes") or []]


def findings(path, pipeline, text):
    jobs = jobs_of(pipeline)
    if SECRET.search(text):
        yield "something in it looks like a secret"
    for name, job in jobs.items():
        for image in images_of(job):
            if ":" not in image or image.endswith(":latest"):
                yield f"{name}: image {image} is not pinned"
        if name in BY_HAND_IN_PRODUCTION and (rule := for_production(job)) and rule.get("when") != "manual":
            yield f"{name}: in production nobody has to begin it"
        if job.get("stage") == "deploy" and name != "version":
            if not job.get("resource_group") or not job.get("environment"):
                yield f"{name}: deploys without an environment, or two at a time"
            if job.get("interruptible") is not False:
                yield f"{name}: a newer pipeline could stop a deployment half-way"
    if path.endswith("root.yml"):
        for name in ("cat-node", "cadaver-exchange", "mouse-trap"):
            if "trigger" not in jobs.get(name, {}):
                yield f"{name} has no pipeline of its own"
            elif (made_of := sorted(re.sub(r"/\*.*$", "", c) for c in changes_of(jobs[name]))) != sorted([name, *VERSION_LOOKS_AT]):
                yield f"{name}: begins for changes of {made_of}, and scripts/version-image.sh looks at others"
    else:
        if pipeline.get("stages", [])[-7:] != SERVICE_STAGES and [s for s in pipeline.get("stages", []) if s not in (".pre", ".post")] != SERVICE_STAGES:
            yield f"its stages are {pipeline.get('stages')}"
        for wanted in ("review", "dependencies", "audit", "sonarqube", "build", "test", "container", "sbom", "scan", "sign", "deploy", "promote", "admit", "version"):
            if wanted not in jobs:
                yield f"it has no job {wanted}"


def main(paths):
    wrong = []
    for path in paths:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        wrong += [f"{path}: {finding}" for finding in findings(path, yaml.load(text, Loader), text)]
    print("\n".join(wrong) or f"rules: nothing found in {len(paths)} pipelines")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
