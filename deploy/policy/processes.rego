# Processes: unprivileged, on a root that they cannot write, within limits, without a token of the API server.
package main

import rego.v1

deny contains msg if {
	some p in pods
	not p.pod.securityContext.runAsNonRoot
	msg := sprintf("%s: runAsNonRoot is not true", [p.of])
}

deny contains msg if {
	some p in pods
	object.get(p.pod, ["securityContext", "seccompProfile", "type"], "") != "RuntimeDefault"
	msg := sprintf("%s: the seccomp profile is not RuntimeDefault", [p.of])
}

deny contains msg if {
	some p in pods
	not needs_token(p)
	object.get(p.pod, "automountServiceAccountToken", true) != false
	msg := sprintf("%s: it gets a token of the API server that it does not need", [p.of])
}

deny contains msg if {
	some p in pods
	some switch in ["hostNetwork", "hostPID", "hostIPC"]
	p.pod[switch] == true
	msg := sprintf("%s: %s is on", [p.of, switch])
}

deny contains msg if {
	some p in pods
	some volume in p.pod.volumes
	volume.hostPath
	msg := sprintf("%s: the volume %s is a folder of the node", [p.of, volume.name])
}

deny contains msg if {
	some p in pods
	some volume in p.pod.volumes
	volume.emptyDir
	not volume.emptyDir.sizeLimit
	msg := sprintf("%s: the volume %s has no limit", [p.of, volume.name])
}

deny contains msg if {
	some c in containers
	object.get(c.container, ["securityContext", "readOnlyRootFilesystem"], false) != true
	msg := sprintf("%s: its root can be written", [c.of])
}

deny contains msg if {
	some c in containers
	object.get(c.container, ["securityContext", "allowPrivilegeEscalation"], true) != false
	msg := sprintf("%s: it may gain privileges", [c.of])
}

deny contains msg if {
	some c in containers
	not "ALL" in object.get(c.container, ["securityContext", "capabilities", "drop"], [])
	msg := sprintf("%s: it keeps capabilities", [c.of])
}

deny contains msg if {
	some c in containers
	some kind in ["requests", "limits"]
	some resource in ["cpu", "memory", "ephemeral-storage"]
	object.get(c.container, ["resources", kind, resource], "") == ""
	msg := sprintf("%s: no %s of %s", [c.of, kind, resource])
}

# An annotation of the pod's labels would be lost on the way; who watches the API server says so here.
needs_token(p) if p.labels["catweb.miaou.net/api-access"] == "true"
