#!/usr/bin/env python3
"""Judges the replayer: damaged copies of the folder must fail, and `jsonschema` must agree with the small validator.

Needs the package `jsonschema` (scripts/setup test). The last line is "N passed, N failed".
"""

import copy
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import jsonschema
import referencing

FOLDER = pathlib.Path(__file__).resolve().parent.parent
REPLAY = pathlib.Path(__file__).with_name("replay.py")


def damages():
    """(title, suite, change to its document, words that the replayer must say)."""
    yield "unknown field in the envelope", "channel/bac.json", lambda d: d.update(extra=1), "unknown field 'extra'"
    yield "unknown field in an input", "channel/bac.json", lambda d: first(d)["input"].update(extra="00"), "unknown field 'extra'"
    yield "unknown field in an output", "channel/bac.json", lambda d: first(d)["expect"]["output"].update(extra="00"), "unknown field 'extra'"
    yield "unknown schema", "channel/bac.json", lambda d: d.update(schema="channel.v9"), "unknown schema"
    yield "unknown operation", "channel/bac.json", lambda d: first(d).update(op="bac.guess"), "not one of"
    yield "wrong count", "mrz/td1.json", lambda d: d.update(count=d["count"] + 1), "count"
    yield "an id twice", "mrz/td1.json", lambda d: first(d).update(id=d["groups"][0]["cases"][1]["id"]), "repeated"
    yield "an id of another suite", "mrz/td1.json", lambda d: first(d).update(id="td2/0001"), "another suite"
    yield "a flag without a note", "mrz/td1.json", lambda d: first(d).update(flags=["Nowhere"]), "flags and notes differ"
    yield "a refusal without a code", "channel/scp03.json", lambda d: last(d)["expect"].pop("error"), "missing"
    yield "one digit of an output", "keydiv/chip-keys.json", lambda d: first(d)["expect"]["output"].update(key="00" * 16), "1 failed"
    yield "another code", "channel/scp03.json", lambda d: last(d)["expect"].update(error="scp03.padding"), "1 failed"
    yield "another entry number", "journal/trace.json", lambda d: last(d)["expect"].update(at=1), "1 failed"
    yield "a refused case said to be accepted", "lds/com.json", lambda d: last(d).update(expect={"result": "accept", "output": {"mrz": "<" * 90}}), "1 failed"
    yield "no foreign source left", "keydiv/chip-keys.json", lambda d: [g["source"].update(method="own-generator") for g in d["groups"]], "no case of a foreign source"


def first(document):
    return document["groups"][0]["cases"][0]


def last(document):
    return document["groups"][-1]["cases"][-1]


def replay(folder):
    result = subprocess.run([sys.executable, REPLAY, folder], capture_output=True, text=True)
    return result.returncode, result.stdout + result.stderr


def registry():
    schemas = {path.name: json.loads(path.read_text()) for path in (FOLDER / "schemas").glob("*.schema.json")}
    resources = [(name, referencing.Resource.from_contents(schema)) for name, schema in schemas.items()]
    return schemas, referencing.Registry().with_resources(resources)


def main():
    outcomes = []

    def report(title, right, detail=""):
        outcomes.append(right)
        print(f"{'ok  ' if right else 'FAIL'} {title}" + ("" if right else f": {detail}"))

    code, output = replay(FOLDER)
    report("the folder as it is", code == 0, output)
    with tempfile.TemporaryDirectory() as temporary:
        for number, (title, name, change, words) in enumerate(damages()):
            folder = pathlib.Path(temporary) / str(number)
            shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("replay", "__pycache__"))
            document = json.loads((folder / name).read_text())
            change(document)
            (folder / name).write_text(json.dumps(document))
            code, output = replay(folder)
            report(title, code == 1 and words in output, output)
        folder = pathlib.Path(temporary) / "blobs"
        shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("replay", "__pycache__"))
        (folder / "blobs" / ("0" * 64)).write_bytes(b"")
        code, output = replay(folder)
        report("a blob that no case names", code == 1 and "no case names" in output, output)
        (folder / "blobs" / ("0" * 64)).unlink()
        blob = sorted((folder / "blobs").iterdir())[0]
        blob.write_bytes(blob.read_bytes()[:-1] + b"\0")
        code, output = replay(folder)
        report("a damaged blob", code == 1 and "is damaged" in output, output)
    schemas, found = registry()
    for name, schema in schemas.items():
        jsonschema.Draft202012Validator.check_schema(schema)
    for path in sorted(FOLDER.rglob("*.json")):
        if path.parent.name in ("schemas", "keys", "blobs"):
            continue
        document = json.loads(path.read_text())
        validator = jsonschema.Draft202012Validator(schemas[f"{document['schema']}.schema.json"], registry=found)
        errors = [error.message for error in validator.iter_errors(document)]
        broken = copy.deepcopy(document)
        first(broken)["surplus"] = 1
        report(f"jsonschema on {path.relative_to(FOLDER)}", not errors and not validator.is_valid(broken), errors)
    print(f"{sum(outcomes)} passed, {len(outcomes) - sum(outcomes)} failed")
    sys.exit(0 if all(outcomes) else 1)


if __name__ == "__main__":
    main()
