# The network: every pod under a policy that denies both ways by default; nothing open to the world but named paths over TLS.
package main

import rego.v1

private_networks := {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"}

inner_paths := {"/", "/metrics", "/livez", "/readyz", "/health"}

deny contains msg if {
	some p in pods
	some direction in ["Ingress", "Egress"]
	not denies_by_default(p, direction)
	msg := sprintf("%s: no NetworkPolicy denies it %s by default", [p.of, direction])
}

deny contains msg if {
	some policy in objects
	policy.kind == "NetworkPolicy"
	some direction, peers in {"ingress": "from", "egress": "to"}
	some rule in policy.spec[direction]
	count(object.get(rule, peers, [])) == 0
	msg := sprintf("%s: a rule of %s is for everyone", [named(policy), direction])
}

deny contains msg if {
	some policy in objects
	policy.kind == "NetworkPolicy"
	some direction in ["ingress", "egress"]
	some rule in policy.spec[direction]
	count(object.get(rule, "ports", [])) == 0
	msg := sprintf("%s: a rule of %s is for every port", [named(policy), direction])
}

deny contains msg if {
	some policy in objects
	policy.kind == "NetworkPolicy"
	some rule in policy.spec.ingress
	some peer in rule.from
	peer.ipBlock.cidr == "0.0.0.0/0"
	msg := sprintf("%s: open to every address", [named(policy)])
}

deny contains msg if {
	some policy in objects
	policy.kind == "NetworkPolicy"
	some rule in policy.spec.egress
	some peer in rule.to
	peer.ipBlock.cidr == "0.0.0.0/0"
	missing := private_networks - {network | some network in object.get(peer.ipBlock, "except", [])}
	count(missing) > 0
	msg := sprintf("%s: the way to the internet leads into private networks, too: %v", [named(policy), missing])
}

deny contains msg if {
	some service in objects
	service.kind == "Service"
	service.spec.type in {"LoadBalancer", "NodePort"}
	msg := sprintf("%s: open without TLS (%s); use a route", [named(service), service.spec.type])
}

deny contains msg if {
	some ingress in objects
	ingress.kind == "Ingress"
	covered := {host | some tls in ingress.spec.tls; some host in tls.hosts}
	some rule in ingress.spec.rules
	not rule.host in covered
	msg := sprintf("%s: the host %s has no certificate", [named(ingress), object.get(rule, "host", "*")])
}

deny contains msg if {
	some ingress in objects
	ingress.kind == "Ingress"
	some rule in ingress.spec.rules
	some path in rule.http.paths
	path.path in inner_paths
	msg := sprintf("%s: shows %s to the world", [named(ingress), path.path])
}

deny contains msg if {
	some route in objects
	route.kind == "HTTPRoute"
	some rule in route.spec.rules
	rule.backendRefs
	paths := {object.get(match, ["path", "value"], "/") | some match in object.get(rule, "matches", [{}])}
	some path in paths & inner_paths
	msg := sprintf("%s: shows %s to the world", [named(route), path])
}

denies_by_default(p, direction) if {
	some policy in objects
	policy.kind == "NetworkPolicy"
	direction in policy.spec.policyTypes
	selects(policy.spec.podSelector, p.labels)
}
