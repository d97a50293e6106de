# Images: of known registries, never a moving tag; in production by digest, so that what was scanned and signed is what runs.
package main

import rego.v1

known_registries := {"registry.miaou.net/", "northamerica-northeast1-docker.pkg.dev/", "docker.io/", "quay.io/", "docker.elastic.co/", "gcr.io/"}

moving_tags := {"latest", "main", "master", "edge", "nightly", "stable"}

deny contains msg if {
	some c in containers
	not from_known_registry(c.container.image)
	msg := sprintf("%s: the image %s is of no known registry", [c.of, c.container.image])
}

deny contains msg if {
	some c in containers
	not contains(c.container.image, "@sha256:")
	tag := tag_of(c.container.image)
	tag in moving_tags
	msg := sprintf("%s: the tag of %s moves", [c.of, c.container.image])
}

deny contains msg if {
	some c in containers
	not contains(c.container.image, "@sha256:")
	tag_of(c.container.image) == ""
	msg := sprintf("%s: the image %s has no tag and no digest", [c.of, c.container.image])
}

deny contains msg if {
	some c in containers
	c.labels["catweb.miaou.net/environment"] == "production"
	not contains(c.container.image, "@sha256:")
	msg := sprintf("%s: in production the image %s needs its digest", [c.of, c.container.image])
}

from_known_registry(image) if {
	some registry in known_registries
	startswith(image, registry)
}

tag_of(image) := tag if {
	parts := split(image, "/")
	last := parts[count(parts) - 1]
	pieces := split(last, ":")
	count(pieces) == 2
	tag := pieces[1]
} else := ""
