#!/usr/bin/env python3
"""Spinnaker's pipelines as code: one for each service and environment, from environments.yml.

    pipelines.py render FOLDER     writes FOLDER/SERVICE-ENVIRONMENT.json (for save.py)
    pipelines.py check             renders, and holds each to pipeline.schema.json and to what a schema cannot say
"""
import json
import pathlib
import sys

import yaml

HERE = pathlib.Path(__file__).parent
APPLICATION = "catweb"


# What anyone may ask, and answers only when the service works.
OPEN_PATHS = {"cat-node": "/parse/health", "cadaver-exchange": "/v1/markets", "mouse-trap": "/openapi.json"}


def releases_of(service, settings):
    """(release, location): mouse-trap stands in several locations, the others once."""
    if service != "mouse-trap":
        return [(service, None)]
    return [(f"{service}-{location}", location) for location in settings["locations"]]


def stages_of(service, release, location, environment, settings):
    """Stages in order; each waits for the one before it unless it says otherwise."""
    if settings["judges"]:
        yield {
            "type": "manualJudgment",
            "name": f"Release to {environment}",
            "instructions": f"{service} ${{trigger['tag']}}: it has run in {settings['from']}; its notes and figures are in order.",
            "judgmentInputs": [{"value": "yes"}, {"value": "no"}],
            "selectedStageRoles": settings["judges"],
            "propagateAuthenticationContext": True,
            "failPipeline": True,
        }
    window = settings.get("window")
    yield {
        "type": "bakeManifest",
        "name": "Render the chart",
        "templateRenderer": "HELM3",
        "outputName": release,
        "namespace": settings["namespace"],
        "inputArtifacts": [
            {"account": "repository", "id": "chart"},
            {"account": "repository", "id": "values"},
            *([{"account": "repository", "id": "location"}] if location else []),
        ],
        "helmChartFilePath": f"deploy/helm/{service}",
        "overrides": {
            "image.repository": f"{settings['images']['registry']}/{settings['images']['repository']}/{service}",
            "image.tag": "${trigger['tag']}",
            "image.digest": "${trigger['digest'] ?: ''}",
            "google.project": settings["project"],
        },
        "expectedArtifacts": [artifact("manifest", "embedded/base64", release)],
    }
    deploy = {
        "type": "deployManifest",
        "name": "Deploy",
        "account": settings["account"],
        "cloudProvider": "kubernetes",
        "source": "artifact",
        "manifestArtifactId": "manifest",
        "moniker": {"app": APPLICATION},
        "namespaceOverride": settings["namespace"],
        # Waits until the roll-out is complete: readiness, disruption budget and surge are the chart's.
        "skipExpressionEvaluation": True,
        "stageTimeoutMs": 15 * 60 * 1000,
        "failPipeline": False,
        "continuePipeline": True,
    }
    if window:
        deploy["restrictExecutionDuringTimeWindow"] = True
        deploy["restrictedExecutionWindow"] = {
            "days": window["days"],
            "whitelist": [{"startHour": window["from"], "startMin": 0, "endHour": window["to"], "endMin": 0}],
        }
    yield deploy
    yield {
        "type": "webhook",
        "name": "Ask it for its health",
        "method": "GET",
        "url": f"https://{release}-{environment}.miaou.net{OPEN_PATHS[service]}",
        "waitForCompletion": False,
        "failPipeline": False,
        "continuePipeline": True,
    }
    yield {
        "type": "undoRolloutManifest",
        "name": "Go back",
        "account": settings["account"],
        "cloudProvider": "kubernetes",
        "location": settings["namespace"],
        "manifestName": f"deployment {release}",
        "numRevisionsBack": 1,
        "stageEnabled": {
            "type": "expression",
            "expression": "${ #stage('Deploy')['status'] != 'SUCCEEDED' || #stage('Ask it for its health')['status'] != 'SUCCEEDED' }",
        },
        "failPipeline": True,
    }
    yield {
        "type": "checkPreconditions",
        "name": "Say whether it went well",
        "preconditions": [
            {"type": "stageStatus", "context": {"stageName": name, "stageStatus": "SUCCEEDED"}, "failPipeline": True}
            for name in ("Deploy", "Ask it for its health")
        ],
        "failPipeline": True,
    }


def artifact(identifier, kind, name, **more):
    return {
        "id": identifier,
        "displayName": identifier,
        "matchArtifact": {"type": kind, "name": name, **more},
        "useDefaultArtifact": False,
        "usePriorArtifact": False,
    }


def pipeline(service, release, location, environment, settings):
    stages = list(stages_of(service, release, location, environment, settings))
    for number, stage in enumerate(stages):
        stage["refId"] = str(number + 1)
        stage["requisiteStageRefIds"] = [str(number)] if number else []
    images = settings["images"]
    return {
        "application": APPLICATION,
        "name": f"{release}-{environment}",
        "index": 0,
        # One roll-out at a time; a newer image waits, and the ones in between are left out.
        "limitConcurrent": True,
        "keepWaitingPipelines": False,
        "disabled": False,
        "expectedArtifacts": [
            artifact("chart", "git/repo", "https://gitlab.miaou.net/miaou/catweb.git", artifactAccount="repository"),
            artifact("values", "gitlab/file", f"deploy/helm/{service}/environments/{environment}.yaml", artifactAccount="repository"),
            *location_values(service, location),
        ],
        # The pipeline's job `deploy` gives a tested, scanned and signed image this tag; nothing else does.
        "triggers": [
            {
                "type": "docker",
                "enabled": True,
                "account": images["account"],
                "registry": images["registry"],
                "repository": f"{images['repository']}/{service}",
                "organization": images["repository"],
                "tag": f"^{environment}-[0-9a-f]{{8,40}}$",
            }
        ],
        "notifications": [
            {"type": "email", "address": "operators@miaou.net", "level": "pipeline", "when": ["pipeline.failed"]}
        ],
        "roles": settings["judges"],
        "stages": stages,
    }


def location_values(service, location):
    path = f"deploy/helm/{service}/locations/{location}.yaml"
    return [artifact("location", "gitlab/file", path, artifactAccount="repository")] if location else []


def render():
    data = yaml.safe_load((HERE / "environments.yml").read_text(encoding="utf-8"))
    return data, {
        f"{release}-{environment}": pipeline(service, release, location, environment, settings)
        for service in data["services"]
        for environment, settings in data["environments"].items()
        for release, location in releases_of(service, settings)
    }


def findings(data, pipelines):
    """What is wrong beyond the schema."""
    order = list(data["environments"])
    for environment, settings in data["environments"].items():
        before = order[: order.index(environment)]
        if environment != order[0] and settings.get("from") not in before[-1:]:
            yield f"{environment}: images come from the environment before it, {before[-1]}"
        if environment in ("staging", "production") and not settings["judges"]:
            yield f"{environment}: nobody decides"
        if environment == "production" and "window" not in settings:
            yield "production: it could change while everyone sleeps"
    accounts = {e: s["account"] for e, s in data["environments"].items()}
    if accounts["production"] in (accounts[e] for e in order if e != "production"):
        yield "production shares an account with another environment"
    for name, made in pipelines.items():
        references = [stage["refId"] for stage in made["stages"]]
        for stage in made["stages"]:
            for wanted in stage["requisiteStageRefIds"]:
                if wanted not in references or int(wanted) >= int(stage["refId"]):
                    yield f"{name}: stage {stage['name']} waits for {wanted}, which does not come before it"
        types = [stage["type"] for stage in made["stages"]]
        if types.index("deployManifest") > types.index("undoRolloutManifest"):
            yield f"{name}: goes back before it goes"
        for wanted in made["expectedArtifacts"]:
            path = wanted["matchArtifact"]["name"]
            if wanted["matchArtifact"]["type"] == "gitlab/file" and not (HERE.parents[1] / path).is_file():
                yield f"{name}: there is no {path}"


def check():
    from jsonschema import Draft202012Validator

    schema = json.loads((HERE / "pipeline.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    data, pipelines = render()
    wrong = [
        f"{name}: {error.json_path}: {error.message}" for name, made in pipelines.items() for error in validator.iter_errors(made)
    ]
    wrong += findings(data, pipelines)
    # The schema must be able to refuse.
    bad = json.loads(json.dumps(pipelines["cat-node-production"]))
    bad["stages"] = [stage for stage in bad["stages"] if stage["type"] != "manualJudgment"]
    bad["triggers"][0]["tag"] = ".*"
    if not list(validator.iter_errors(bad)):
        wrong.append("pipeline.schema.json takes a production pipeline that nobody judges and any image starts")
    print("\n".join(wrong) or f"{len(pipelines)} pipelines: nothing found")
    return 1 if wrong else 0


def main(arguments):
    if arguments == ["check"]:
        return check()
    if len(arguments) == 2 and arguments[0] == "render":
        folder = pathlib.Path(arguments[1])
        folder.mkdir(parents=True, exist_ok=True)
        for name, made in render()[1].items():
            (folder / f"{name}.json").write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")
        return 0
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
