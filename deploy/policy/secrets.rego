# Secrets: referred to, never held, in no object and no value.
package main

import rego.v1

secret_names := `(?i)(password|passwd|secret|master_key|private_key|access_key|api_key|token|credential)`

deny contains msg if {
	some object in objects
	object.kind == "Secret"
	msg := sprintf("%s: the charts hold no secrets; refer to one that exists", [named(object)])
}

deny contains msg if {
	some c in containers
	some variable in c.container.env
	regex.match(secret_names, variable.name)
	variable.value
	not startswith(variable.value, "/")
	msg := sprintf("%s: %s is a value here; take it from a Secret", [c.of, variable.name])
}

deny contains msg if {
	some object in objects
	walk(object, [_, value])
	is_string(value)
	regex.match(`[a-z0-9+]+://[^/@\s]+:[^/@\s]+@`, value)
	msg := sprintf("%s: an address with a password in it", [named(object)])
}

deny contains msg if {
	some object in objects
	walk(object, [_, value])
	is_string(value)
	regex.match(`-----BEGIN [A-Z ]*PRIVATE KEY-----|"private_key"|AKIA[0-9A-Z]{16}|AIza[0-9A-Za-z_-]{35}`, value)
	msg := sprintf("%s: a key", [named(object)])
}
