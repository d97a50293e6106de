# What serves for good: probes, a stop in good order, replicas apart, a disruption budget exactly when there is more than one replica.
package main

import rego.v1

# Pub/Sub's ack deadline: a batch under way is finished or handed back before the process is killed.
least_grace_seconds := 31

deny contains msg if {
	some p in pods
	p.serves
	some container in p.pod.containers
	some probe in ["startupProbe", "livenessProbe", "readinessProbe"]
	not container[probe]
	msg := sprintf("%s, container %s: no %s", [p.of, container.name, probe])
}

deny contains msg if {
	some p in catweb_pods
	some container in p.pod.containers
	not container.lifecycle.preStop
	msg := sprintf("%s, container %s: it leaves while requests still come (no preStop)", [p.of, container.name])
}

deny contains msg if {
	some p in catweb_pods
	object.get(p.pod, "terminationGracePeriodSeconds", 30) < least_grace_seconds
	msg := sprintf("%s: it is killed before Pub/Sub's ack deadline is over", [p.of])
}

deny contains msg if {
	some p in catweb_pods
	not spreads_over_zones(p.pod)
	msg := sprintf("%s: its replicas are not spread over zones", [p.of])
}

deny contains msg if {
	some workload in replicated
	not has_budget(workload)
	msg := sprintf("%s: more than one replica and no PodDisruptionBudget", [named(workload)])
}

deny contains msg if {
	some workload in objects
	workload.kind == "Deployment"
	not is_replicated(workload)
	has_budget(workload)
	msg := sprintf("%s: a PodDisruptionBudget for one replica blocks every drain", [named(workload)])
}

deny contains msg if {
	some workload in replicated
	workload.kind == "Deployment"
	unavailable := object.get(workload.spec, ["strategy", "rollingUpdate", "maxUnavailable"], "25%")
	unavailable != 0
	msg := sprintf("%s: a roll-out takes replicas away before new ones are ready", [named(workload)])
}

catweb_pods contains p if {
	some p in pods
	p.serves
	p.labels["app.kubernetes.io/part-of"] == "catweb"
	p.labels["app.kubernetes.io/component"] == "server"
}

spreads_over_zones(pod) if {
	some constraint in pod.topologySpreadConstraints
	constraint.topologyKey == "topology.kubernetes.io/zone"
}

replicated contains workload if {
	some workload in objects
	workload.kind in {"Deployment", "StatefulSet"}
	is_replicated(workload)
}

is_replicated(workload) if workload.spec.replicas > 1

is_replicated(workload) if {
	some scaler in objects
	scaler.kind == "HorizontalPodAutoscaler"
	scaler.spec.scaleTargetRef.name == workload.metadata.name
	scaler.spec.minReplicas > 1
}

is_replicated(workload) if {
	some scaler in objects
	scaler.kind == "ScaledObject"
	scaler.spec.scaleTargetRef.name == workload.metadata.name
	scaler.spec.minReplicaCount > 1
}

has_budget(workload) if {
	some budget in objects
	budget.kind == "PodDisruptionBudget"
	selects(budget.spec.selector, workload.spec.template.metadata.labels)
}
