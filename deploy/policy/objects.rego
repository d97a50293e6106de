# What the policies look at: all objects of a release together (conftest --combine), their pods and containers.
package main

import rego.v1

objects contains object if {
	some file in input
	object := file.contents
	object.kind
}

# {"of": the object's kind and name, "pod": its pod specification, "labels": the pod's labels, "serves": whether it runs for good}
pods contains pod if {
	some object in objects
	object.kind in {"Deployment", "StatefulSet", "DaemonSet"}
	pod := {"of": named(object), "pod": object.spec.template.spec, "labels": object.spec.template.metadata.labels, "serves": true}
}

pods contains pod if {
	some object in objects
	object.kind == "Job"
	pod := {"of": named(object), "pod": object.spec.template.spec, "labels": object.spec.template.metadata.labels, "serves": false}
}

pods contains pod if {
	some object in objects
	object.kind == "CronJob"
	template := object.spec.jobTemplate.spec.template
	pod := {"of": named(object), "pod": template.spec, "labels": template.metadata.labels, "serves": false}
}

pods contains pod if {
	some object in objects
	object.kind == "Pod"
	pod := {"of": named(object), "pod": object.spec, "labels": object.metadata.labels, "serves": false}
}

containers contains container if {
	some pod in pods
	some list in ["containers", "initContainers"]
	some one in pod.pod[list]
	container := {"of": sprintf("%s, container %s", [pod.of, one.name]), "container": one, "labels": pod.labels}
}

named(object) := sprintf("%s %s", [object.kind, object.metadata.name])

selects(selector, labels) if {
	every name, value in object.get(selector, "matchLabels", {}) { labels[name] == value }
}
