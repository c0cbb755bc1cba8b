"""The part of JSON Schema 2020-12 that schemas/ uses, on the standard library alone."""

import json
import pathlib
import re


class Invalid(ValueError):
    """A document that its schema refuses."""


class Schemas:
    """The schema files of one folder, by name."""

    def __init__(self, folder):
        self.folder, self.loaded = pathlib.Path(folder), {}

    def check(self, name, document):
        """Refuses a document that `name`.schema.json does not allow."""
        self._check(document, self._file(f"{name}.schema.json"), f"{name}.schema.json", "$")

    def has(self, name):
        return re.fullmatch(r"[a-z0-9_]+\.v[0-9]+", name) is not None and (self.folder / f"{name}.schema.json").exists()

    def _file(self, name):
        if name not in self.loaded:
            self.loaded[name] = json.loads((self.folder / name).read_text(encoding="utf-8"))
        return self.loaded[name]

    def _resolve(self, reference, base):
        name, _, pointer = reference.partition("#")
        base = name or base
        target = self._file(base)
        for step in pointer.strip("/").split("/") if pointer.strip("/") else []:
            target = target[step]
        return target, base

    def _matches(self, value, schema, base):
        try:
            self._check(value, schema, base, "$")
        except Invalid:
            return False
        return True

    def _check(self, value, schema, base, at):
        if schema is True:
            return
        if schema is False:
            raise Invalid(f"{at}: nothing is allowed here")
        unknown = set(schema) - KEYWORDS
        if unknown:
            raise Invalid(f"{base}: keywords {sorted(unknown)} are not known to this validator")
        if "$ref" in schema:
            target, file = self._resolve(schema["$ref"], base)
            self._check(value, target, file, at)
        if "type" in schema and not any(TYPES[name](value) for name in listed(schema["type"])):
            raise Invalid(f"{at}: not of type {schema['type']}")
        if "const" in schema and value != schema["const"]:
            raise Invalid(f"{at}: not {schema['const']!r}")
        if "enum" in schema and value not in schema["enum"]:
            raise Invalid(f"{at}: not one of {schema['enum']}")
        if isinstance(value, str):
            self._check_text(value, schema, at)
        if TYPES["number"](value) and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
            raise Invalid(f"{at}: out of range")
        if isinstance(value, list):
            if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
                raise Invalid(f"{at}: {len(value)} items")
            for index, item in enumerate(value):
                self._check(item, schema.get("items", True), base, f"{at}[{index}]")
        if isinstance(value, dict):
            self._check_members(value, schema, base, at)
        for part in schema.get("allOf", []):
            self._check(value, part, base, at)
        if "anyOf" in schema and not any(self._matches(value, part, base) for part in schema["anyOf"]):
            raise Invalid(f"{at}: none of the forms allowed here")
        if "if" in schema:
            branch = "then" if self._matches(value, schema["if"], base) else "else"
            self._check(value, schema.get(branch, True), base, at)

    def _check_text(self, value, schema, at):
        if "pattern" in schema and not re.search(schema["pattern"], value):
            raise Invalid(f"{at}: does not match {schema['pattern']}")
        if len(value) < schema.get("minLength", 0):
            raise Invalid(f"{at}: too short")

    def _check_members(self, value, schema, base, at):
        missing = [name for name in schema.get("required", []) if name not in value]
        if missing:
            raise Invalid(f"{at}: {missing} missing")
        properties = schema.get("properties", {})
        for name, member in value.items():
            if "propertyNames" in schema:
                self._check(name, schema["propertyNames"], base, f"{at}: name {name}")
            if name not in properties and schema.get("additionalProperties", True) is False:
                raise Invalid(f"{at}: unknown field {name!r}")
            self._check(member, properties.get(name, schema.get("additionalProperties", True)), base, f"{at}.{name}")


def listed(value):
    return value if isinstance(value, list) else [value]


TYPES = {
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "string": lambda v: isinstance(v, str),
    "integer": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "number": lambda v: isinstance(v, (int, float)) and not isinstance(v, bool),
    "boolean": lambda v: isinstance(v, bool),
    "null": lambda v: v is None,
}
KEYWORDS = {"$schema", "$id", "$defs", "$ref", "title", "description", "type", "const", "enum", "pattern", "minLength", "minimum", "maximum",
            "minItems", "maxItems", "items", "required", "properties", "additionalProperties", "propertyNames", "allOf", "anyOf", "if", "then", "else"}
