#!/usr/bin/env python3
"""Reads the Google provider's schema out of HashiCorp's generated bindings (@cdktf/provider-google).

The bindings describe every argument, block and computed attribute of the real provider of the same version, in the jsii format.
`provider/` serves what this writes, so that `terraform validate` and `terraform test` check against the real schema without the provider itself.

    extract.py PACKAGE/.jsii OUTPUT.json [TYPE...]      (no TYPE = every resource and data source)
"""
import json
import re
import sys

PREFIX = "@cdktf/provider-google."
LINK = re.compile(r"\{@link \S+/docs/(resources|data-sources)/([a-z0-9_]+)#([a-z0-9_]+) ")
INTERNAL = {"tfResourceType", "internalValue", "fqn", "complexObjectIndex", "complexObjectIsFromSet"}


def snake(name):
    return re.sub(r"(?<!^)([A-Z])", lambda match: "_" + match.group(1).lower(), name)


def link_of(prop):
    docs = prop.get("docs", {})
    return LINK.search(docs.get("remarks", "") + " " + docs.get("summary", ""))


def argument_name(prop):
    link = link_of(prop)
    return link.group(3) if link else snake(prop["name"])


class Bindings:
    """The types of the package, and how each becomes a piece of Terraform schema."""

    def __init__(self, types):
        self.types = types

    def shape(self, jsii):
        """("attribute", type), ("block", name of its interface) for one, or ("blocks", ...) for many."""
        if "union" in jsii:
            kinds = [t for t in jsii["union"]["types"] if not t.get("fqn", "").startswith("cdktf.")]
            return self.shape(kinds[0])
        if "collection" in jsii:
            kind, inner = self.shape(jsii["collection"]["elementtype"])
            if jsii["collection"]["kind"] == "map":
                return "attribute", ["map", inner if kind == "attribute" else "string"]
            return ("blocks", inner) if kind == "block" else ("attribute", ["list", inner])
        if jsii.get("fqn", "").startswith(PREFIX):
            return "block", jsii["fqn"]
        return "attribute", {"number": "number", "boolean": "bool"}.get(jsii.get("primitive"), "string")

    def block(self, interface, above=()):
        attributes, blocks = {}, {}
        for prop in self.types[interface].get("properties", []):
            name, optional = argument_name(prop), bool(prop.get("optional"))
            kind, inner = self.shape(prop["type"])
            if kind == "attribute":
                attributes[name] = {"type": inner, "required": not optional, "optional": optional}
            elif inner not in above:
                nested = self.block(inner, above + (interface,))
                self.add_computed(nested, inner + "OutputReference")
                blocks[name] = {
                    "block": nested,
                    "min": 0 if optional else 1,
                    "max": 1 if kind == "block" else 0,
                    "nest": "single" if name == "timeouts" else "list",
                }
        return {"attrs": attributes, "blocks": blocks}

    def readable(self, class_name):
        """The properties of a resource's class that carry values of the provider."""
        for prop in self.types.get(class_name, {}).get("properties", []):
            hidden = prop.get("static") or prop.get("protected") or prop["name"].endswith("Input")
            if not hidden and prop["name"] not in INTERNAL:
                yield snake(prop["name"]), prop["type"]

    def add_computed(self, block, class_name):
        """Whatever the class shows and the configuration does not set is computed."""
        taken = {name.replace("_", "") for name in [*block["attrs"], *block["blocks"]]}
        for name, jsii in self.readable(class_name):
            if name in block["attrs"]:
                if block["attrs"][name].get("optional"):
                    block["attrs"][name]["computed"] = True
            elif name.replace("_", "") not in taken:
                block["attrs"][name] = {"type": self.computed_type(jsii), "computed": True}

    def computed_type(self, jsii):
        fqn = jsii.get("fqn", "")
        if fqn == "cdktf.StringMap":
            return ["map", "string"]
        if fqn.startswith("cdktf."):
            return "dynamic"
        if not fqn.startswith(PREFIX):
            kind, inner = self.shape(jsii)
            return inner if kind == "attribute" else "dynamic"
        element = fqn.removesuffix("List") + "OutputReference"
        if fqn.endswith("List") and element in self.types:
            return ["list", self.computed_type({"fqn": element})]
        fields = {name: self.computed_type(inner) for name, inner in self.readable(fqn)}
        return ["object", fields]

    def resource(self, config):
        block = self.block(config)
        self.add_computed(block, config.removesuffix("Config"))
        block["attrs"]["id"] = {"type": "string", "computed": True, "optional": "id" in block["attrs"]}
        return block


def meta(interface):
    return "cdktf.TerraformMetaArguments" in interface.get("interfaces", [])


def main(package, output, wanted):
    with open(package, encoding="utf-8") as file:
        bindings = Bindings(json.load(file)["types"])
    schema = {"resources": {}, "data": {}}
    for name, interface in sorted(bindings.types.items()):
        if name.endswith(".GoogleProviderConfig"):
            schema["provider"] = bindings.block(name)
            schema["provider"]["attrs"].pop("alias", None)
        elif meta(interface):
            links = [link for prop in interface.get("properties", []) if (link := link_of(prop))]
            if not links:
                continue
            kind, page = links[0].group(1, 2)
            if not wanted or "google_" + page in wanted:
                schema["data" if kind == "data-sources" else "resources"]["google_" + page] = bindings.resource(name)
    with open(output, "w", encoding="utf-8") as file:
        json.dump(schema, file)
    print(f"{len(schema['resources'])} resources, {len(schema['data'])} data sources", file=sys.stderr)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2], set(sys.argv[3:]))
