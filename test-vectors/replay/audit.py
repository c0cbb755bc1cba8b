#!/usr/bin/env python3
"""Verifies an export of `sigillo audit export` without sigillo: the standard library and `cryptography`.

    audit.py EXPORT [--checkpoints DIR|FILE]… [--public-key FILE]… [--json]

Follows the chain of trace.jsonl, holds it against the checkpoints of the export and those that were kept elsewhere, and verifies the signed
request behind each change (ledger.py). Public keys of the checkpoints come from the export unless they are given: give those that were
handed over before. Exit status 0 if nothing is wrong, 1 otherwise, with the first fault and the checkpoint to which the trace is complete.
"""

import argparse
import json
import pathlib
import sys

from cryptography.hazmat.primitives import serialization

import journal
from ledger import Ledger
from refused import Refused


def lines(path):
    with path.open(encoding="utf-8") as file:
        yield from file


def kept(paths):
    """The checkpoints of files, and of the files of folders."""
    for path in paths:
        files = sorted(file for file in path.iterdir() if file.suffix in {".json", ".jsonl"}) if path.is_dir() else [path]
        for file in files:
            yield from map(journal.decoded, lines(file))


def public_key(path):
    octets = path.read_bytes()
    load = serialization.load_pem_public_key if octets.startswith(b"-----") else serialization.load_der_public_key
    return journal.known_key(load(octets).public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo))


def verdict(folder, elsewhere, keys):
    keys = dict(map(public_key, keys or sorted(folder.glob("checkpoint-key-*.pem"))))
    checkpoints = [*kept([folder / "checkpoints.jsonl"]), *kept(elsewhere)]
    ledger = Ledger(folder / "requests.jsonl", folder / "acts.json")
    found, refused, wrong = journal.audit(map(json.loads, lines(folder / "trace.jsonl")), checkpoints, keys, ledger.follow)
    faults = [fault for fault in (refused, wrong) if fault]
    return {**found, "requests": ledger.count, "faults": [{"code": fault.error, "at": fault.at} for fault in faults]}


def text(found):
    for fault in found["faults"]:
        yield f"WRONG: {fault['code']} at {fault['at']}"
    yield f"{found['head']['seq']} entries in order, head {found['head']['hash']}; {found['requests']} signed requests verified"
    secured = found["secured"]
    if secured:
        behind = f"; behind it {found['unsecured']} more, of which a tail could be missing" if found["unsecured"] else ""
        yield f"complete to checkpoint {secured['number']}, entry {secured['seq']}{behind}"
    elif found["faults"]:
        yield "no checkpoint is reached before that"
    else:
        yield "no checkpoint speaks for it: a tail that was cut off would not be missed"


def main():
    parser = argparse.ArgumentParser(description="Verify an exported trace without sigillo.")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--checkpoints", type=pathlib.Path, action="append", default=[], metavar="DIR|FILE")
    parser.add_argument("--public-key", type=pathlib.Path, action="append", default=[], metavar="FILE")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    try:
        found = verdict(arguments.folder, arguments.checkpoints, arguments.public_key)
    except Refused as refused:
        sys.exit(f"audit.py: {refused.error}")
    print(json.dumps(found) if arguments.json else "\n".join(text(found)))
    sys.exit(1 if found["faults"] else 0)


if __name__ == "__main__":
    main()
