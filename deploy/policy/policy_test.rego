# Each policy bites: a good release passes, and each change of it is refused with the words of its policy.
# deploy/check holds the number of cases to the number of refusals there are.
package main

import rego.v1

test_a_good_release_passes if {
	count(deny) == 0 with input as good
}

test_each_policy_bites if {
	every name, one in cases {
		said := deny with input as json.patch(good, one.patch)
		print(name, said)
		some message in said
		contains(message, one.says)
	}
}

labels := {
	"app.kubernetes.io/name": "cat-node",
	"app.kubernetes.io/component": "server",
	"app.kubernetes.io/part-of": "catweb",
	"catweb.miaou.net/environment": "production",
}

amounts := {"cpu": "1", "memory": "1Gi", "ephemeral-storage": "1Gi"}

probe := {"httpGet": {"path": "/livez", "port": "http"}}

container := {
	"name": "cat-node",
	"image": "registry.miaou.net/miaou/cat-node@sha256:00",
	"env": [{"name": "MASTER_KEY", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "master"}}}],
	"resources": {"requests": amounts, "limits": amounts},
	"startupProbe": probe,
	"livenessProbe": probe,
	"readinessProbe": probe,
	"lifecycle": {"preStop": {"sleep": {"seconds": 5}}},
	"securityContext": {"readOnlyRootFilesystem": true, "allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}},
}

pod := {
	"automountServiceAccountToken": false,
	"terminationGracePeriodSeconds": 35,
	"securityContext": {"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}},
	"topologySpreadConstraints": [{"topologyKey": "topology.kubernetes.io/zone"}],
	"containers": [container],
	"volumes": [{"name": "work", "emptyDir": {"sizeLimit": "1Mi"}}],
}

deployment := {
	"kind": "Deployment",
	"metadata": {"name": "cat-node"},
	"spec": {
		"replicas": 2,
		"strategy": {"rollingUpdate": {"maxUnavailable": 0}},
		"template": {"metadata": {"labels": labels}, "spec": pod},
	},
}

network_policy := {
	"kind": "NetworkPolicy",
	"metadata": {"name": "cat-node"},
	"spec": {
		"podSelector": {"matchLabels": {"app.kubernetes.io/name": "cat-node"}},
		"policyTypes": ["Ingress", "Egress"],
		"ingress": [{"from": [{"podSelector": {}}], "ports": [{"port": 1337}]}],
		"egress": [{
			"to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"]}}],
			"ports": [{"port": 443}],
		}],
	},
}

budget := {
	"kind": "PodDisruptionBudget",
	"metadata": {"name": "cat-node"},
	"spec": {"selector": {"matchLabels": {"app.kubernetes.io/name": "cat-node"}}},
}

ingress := {
	"kind": "Ingress",
	"metadata": {"name": "cat-node"},
	"spec": {"tls": [{"hosts": ["a.example"]}], "rules": [{"host": "a.example", "http": {"paths": [{"path": "/parse"}]}}]},
}

route := {
	"kind": "HTTPRoute",
	"metadata": {"name": "cat-node"},
	"spec": {"rules": [{"backendRefs": [{"name": "cat-node"}], "matches": [{"path": {"value": "/parse"}}]}]},
}

service := {"kind": "Service", "metadata": {"name": "cat-node"}, "spec": {"type": "ClusterIP"}}

good := [{"path": "", "contents": object} | some object in [deployment, network_policy, budget, ingress, route, service]]

spec := "/0/contents/spec"

at_pod(path) := concat("", [spec, "/template/spec", path])

at_container(path) := at_pod(concat("", ["/containers/0", path]))

set_to(path, value) := [{"op": "add", "path": path, "value": value}]

without(path) := [{"op": "remove", "path": path}]

another(object) := [{"op": "add", "path": "/-", "value": {"path": "", "contents": object}}]

cases := {
	"foreign registry": {"patch": set_to(at_container("/image"), "ghcr.example/x@sha256:00"), "says": "is of no known registry"},
	"moving tag": {"patch": set_to(at_container("/image"), "registry.miaou.net/miaou/cat-node:latest"), "says": "moves"},
	"no tag": {"patch": set_to(at_container("/image"), "registry.miaou.net/miaou/cat-node"), "says": "no tag and no digest"},
	"production by tag": {"patch": set_to(at_container("/image"), "registry.miaou.net/miaou/cat-node:v1"), "says": "needs its digest"},
	"root user": {"patch": set_to(at_pod("/securityContext/runAsNonRoot"), false), "says": "runAsNonRoot"},
	"no seccomp": {"patch": without(at_pod("/securityContext/seccompProfile")), "says": "seccomp"},
	"a token": {"patch": without(at_pod("/automountServiceAccountToken")), "says": "token of the API server"},
	"host network": {"patch": set_to(at_pod("/hostNetwork"), true), "says": "hostNetwork is on"},
	"host path": {"patch": set_to(at_pod("/volumes/0"), {"name": "x", "hostPath": {"path": "/"}}), "says": "folder of the node"},
	"endless volume": {"patch": set_to(at_pod("/volumes/0/emptyDir"), {"medium": ""}), "says": "has no limit"},
	"writable root": {"patch": set_to(at_container("/securityContext/readOnlyRootFilesystem"), false), "says": "root can be written"},
	"escalation": {"patch": without(at_container("/securityContext/allowPrivilegeEscalation")), "says": "gain privileges"},
	"capabilities": {"patch": set_to(at_container("/securityContext/capabilities/drop"), ["NET_RAW"]), "says": "keeps capabilities"},
	"no limit": {"patch": without(at_container("/resources/limits/memory")), "says": "no limits of memory"},
	"no probe": {"patch": without(at_container("/readinessProbe")), "says": "no readinessProbe"},
	"hasty": {"patch": without(at_container("/lifecycle")), "says": "no preStop"},
	"short grace": {"patch": set_to(at_pod("/terminationGracePeriodSeconds"), 10), "says": "ack deadline"},
	"one zone": {"patch": set_to(at_pod("/topologySpreadConstraints"), []), "says": "not spread over zones"},
	"no budget": {"patch": without("/2"), "says": "no PodDisruptionBudget"},
	"budget for one": {"patch": set_to(concat("", [spec, "/replicas"]), 1), "says": "blocks every drain"},
	"gap": {"patch": without(concat("", [spec, "/strategy"])), "says": "takes replicas away"},
	"no policy": {"patch": without("/1"), "says": "denies it Egress by default"},
	"from everyone": {"patch": set_to("/1/contents/spec/ingress/0/from", []), "says": "is for everyone"},
	"every port": {"patch": without("/1/contents/spec/egress/0/ports"), "says": "is for every port"},
	"from the world": {
		"patch": set_to("/1/contents/spec/ingress/0/from/0", {"ipBlock": {"cidr": "0.0.0.0/0"}}),
		"says": "open to every address",
	},
	"into private networks": {"patch": without("/1/contents/spec/egress/0/to/0/ipBlock/except/0"), "says": "into private networks"},
	"load balancer": {"patch": set_to("/5/contents/spec/type", "LoadBalancer"), "says": "open without TLS"},
	"no certificate": {"patch": without("/3/contents/spec/tls/0"), "says": "has no certificate"},
	"metrics by ingress": {"patch": set_to("/3/contents/spec/rules/0/http/paths/0/path", "/metrics"), "says": "Ingress cat-node: shows /metrics"},
	"all by route": {"patch": without("/4/contents/spec/rules/0/matches"), "says": "HTTPRoute cat-node: shows /"},
	"held secret": {"patch": another({"kind": "Secret", "metadata": {"name": "x"}}), "says": "hold no secrets"},
	"secret value": {"patch": set_to(at_container("/env/0"), {"name": "MASTER_KEY", "value": "nine-lives"}), "says": "is a value here"},
	"password in address": {
		"patch": set_to(at_container("/env/0"), {"name": "URL", "value": "mongodb://tom:tuna@host/db"}),
		"says": "address with a password",
	},
	"key": {"patch": set_to(at_container("/env/0"), {"name": "X", "value": "-----BEGIN PRIVATE KEY-----"}), "says": "a key"},
}
