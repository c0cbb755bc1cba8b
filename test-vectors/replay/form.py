"""The one text of a suite: two blanks, fields in the order of the envelope, names inside notes, inputs and outputs sorted."""

import json


def sorted_names(value):
    if isinstance(value, dict):
        return {name: sorted_names(value[name]) for name in sorted(value)}
    return [sorted_names(item) for item in value] if isinstance(value, list) else value


def text(document):
    """The same as `cargo xtask vectors fmt` writes."""
    document = {**document, "notes": {flag: document["notes"][flag] for flag in sorted(document["notes"])}}
    groups = []
    for group in document["groups"]:
        cases = []
        for case in group["cases"]:
            expect = {name: sorted_names(value) if name == "output" else value for name, value in case["expect"].items()}
            cases.append({name: sorted_names(value) if name == "input" else value for name, value in {**case, "expect": expect}.items()})
        groups.append({**group, "cases": cases})
    return json.dumps({**document, "groups": groups}, indent=2, ensure_ascii=False) + "\n"
