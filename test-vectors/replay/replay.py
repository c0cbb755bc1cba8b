#!/usr/bin/env python3
"""Replays the test vectors without sigillo: the standard library and `cryptography`.

    replay.py [DIR] [--chip COMMAND]

Walks DIR (default: the folder above), refuses unknown fields, unknown schemas, wrong counts and repeated ids, computes
every case anew, and prints for each suite how many cases come from a foreign source. Of chip sessions it judges the
cryptography (transcript.py). With --chip they run on a chip: COMMAND is started once a case, gets one line of JSON
(`profile`, `chip`, `rng`), then "RESET", an APDU in hex, or "CUT n" and an APDU in hex a line, and answers each with one
line of hex (data and status word; the ATR for RESET; nothing for CUT).

A case of our own generator that must be refused, and that this program refuses for another reason than ours gives, is counted
as refused otherwise: two strict readers may look at things in another order. What has no second implementation is counted as
skipped. Exit status 0 when no case failed, 1 otherwise. The last line is "N passed, N failed, N refused otherwise, N skipped".
"""

import argparse
import hashlib
import json
import pathlib
import shlex
import subprocess
import sys

import bac
import codec
import codes
import exchange
import journal
import lds
import life_cycle
import request
import scp03
import sod
import transcript
from refused import Refused
from schema import Invalid, Schemas

FOLDER = pathlib.Path(__file__).resolve().parent.parent
OPERATIONS = {**lds.OPERATIONS, **codec.OPERATIONS, **bac.OPERATIONS, **scp03.OPERATIONS, **sod.OPERATIONS, **journal.OPERATIONS, **request.OPERATIONS, **codes.OPERATIONS, **exchange.OPERATIONS, **life_cycle.OPERATIONS}
# These have no second implementation here: names, image headers, whole certificates and profiles, records, chip images, readers.
NO_TWIN = {"mrz.transliterate", "mrz.names", "image.read", "lds.build-dg2", "lds.build-dg3", "certificate.decode", "profile.parse", "record.parse",
           "record.lot", "record.stored", "chip-image.read", "terminal.read"}
# And this list of states is not known here: a case that is refused for it is counted as skipped.
NO_TWIN_CODES = {"lds.country"}
NOT_SUITES = {"schemas", "replay", "blobs", "keys"}


class OtherReason(Exception):
    """A case is refused as it must be, with another code than it names."""


class Suite:
    """One JSON file: its cases, and what became of them."""

    def __init__(self, path, folder, schemas):
        self.path, self.folder = path, folder
        self.name = str(path.relative_to(folder))
        self.document = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=unique)
        if not schemas.has(str(self.document.get("schema"))):
            raise Invalid(f"{self.name}: unknown schema {self.document.get('schema')!r}")
        schemas.check(self.document["schema"], self.document)
        self.cases = [(group, case) for group in self.document["groups"] for case in group["cases"]]
        self.check_envelope()
        self.failures, self.passed, self.skipped, self.otherwise = [], 0, 0, 0

    def blobs(self, value):
        """The names of all blobs below a value."""
        if isinstance(value, dict):
            if set(value) == {"sha256", "length"}:
                return {value["sha256"]}
            value = list(value.values())
        return set().union(*map(self.blobs, value)) if isinstance(value, list) else set()

    def check_envelope(self):
        if self.document["count"] != len(self.cases):
            raise Invalid(f"{self.name}: count {self.document['count']}, {len(self.cases)} cases")
        if self.document["suite"] != self.path.stem:
            raise Invalid(f"{self.name}: suite {self.document['suite']!r}")
        ids = [case["id"] for _group, case in self.cases]
        if len(set(ids)) < len(ids) or any(not i.startswith(self.document["suite"] + "/") for i in ids):
            raise Invalid(f"{self.name}: an id is repeated, or is of another suite")
        flags = {flag for _group, case in self.cases for flag in case["flags"]}
        if flags != set(self.document["notes"]):
            raise Invalid(f"{self.name}: flags and notes differ: {sorted(flags ^ set(self.document['notes']))}")

    def foreign(self):
        return sum(group["source"]["method"] != "own-generator" for group, _case in self.cases)

    def run(self, chip):
        for group, case in self.cases:
            if "withdrawn" in case:
                continue
            if case.get("op") in NO_TWIN or case["expect"].get("error") in NO_TWIN_CODES:
                self.skipped += 1
                continue
            try:
                if "steps" in case and chip is None:
                    problem, judged = transcript.problem(case)
                    if not problem and not judged:
                        self.skipped += 1
                        continue
                else:
                    problem = self.session(group, case, chip) if "steps" in case else self.computed(case)
            except OtherReason as reason:
                if group["source"]["method"] == "own-generator":
                    self.otherwise += 1
                    continue
                problem = str(reason)
            except Exception as fault:  # a crash of the replayer is a failed case, not the end of the walk
                problem = f"{type(fault).__name__}: {fault}"
            if problem:
                self.failures.append(f"{case['id']} ({case['title']}): {problem}")
            else:
                self.passed += 1
        if not self.foreign() and "no_foreign_source" not in self.document:
            self.failures.append(f"{self.name}: no case of a foreign source, and no reason for it")

    def computed(self, case):
        if "machine" in case:
            return life_cycle.problem(case)
        expected = case["expect"]
        try:
            output = OPERATIONS[case["op"]](self.resolved(case["input"]))
        except Refused as refused:
            if expected["result"] == "accept":
                return f"refused: {refused}"
            wanted = (expected["stage"], expected["error"], expected.get("at", refused.at))
            if refused.at is None or (refused.stage, refused.error) != wanted[:2]:
                wanted = (*wanted[:2], refused.at)
            if wanted != (refused.stage, refused.error, refused.at):
                raise OtherReason(f"refused otherwise: {refused}")
            return None
        if expected["result"] == "reject":
            return "accepted"
        return None if output == expected["output"] else f"computed {output}"

    def resolved(self, value):
        """Blobs and `content`-like hex become bytes; the rest stays as it stands."""
        if isinstance(value, dict) and set(value) == {"sha256", "length"}:
            content = (self.folder / "blobs" / value["sha256"]).read_bytes()
            if len(content) != value["length"] or hashlib.sha256(content).hexdigest() != value["sha256"]:
                raise ValueError(f"blob {value['sha256']} is damaged")
            return content
        if isinstance(value, dict):
            return {name: self.octets(member) if name in BYTES else self.resolved(member) for name, member in value.items()}
        if isinstance(value, list):
            return [self.resolved(item) for item in value]
        return value

    def octets(self, value):
        if isinstance(value, list):
            return [self.octets(item) for item in value]
        return bytes.fromhex(value) if isinstance(value, str) else self.resolved(value)

    @staticmethod
    def session(group, case, chip):
        process = subprocess.Popen(shlex.split(chip), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        with process:
            def ask(line):
                process.stdin.write(line + "\n")
                process.stdin.flush()
                return process.stdout.readline().strip().lower()

            process.stdin.write(json.dumps({"profile": group["profile"], "chip": case["chip"], "rng": case["rng"]}) + "\n")
            for number, step in enumerate(case["steps"], start=1):
                if step["do"] == "reset":
                    ask("RESET")
                    continue
                if step["do"] == "cut":
                    if ask(f"CUT {step['point']} {step['command']}"):
                        return f"step {number}: an answer after the cut"
                    continue
                answer = ask(step["command"])
                if answer != step["response"] + step["sw"]:
                    return f"step {number}: {answer}"
        return None


# Input fields that are whole files or certificates: hex or a blob, handed over as bytes.
BYTES = {"content", "ef_sod", "trust"}


def unique(pairs):
    names = [name for name, _value in pairs]
    if len(set(names)) < len(names):
        raise Invalid("a field stands twice")
    return dict(pairs)


def suites(folder, schemas):
    for path in sorted(folder.rglob("*.json")):
        if path.relative_to(folder).parts[0] not in NOT_SUITES:
            yield Suite(path, folder, schemas)


def main():
    parser = argparse.ArgumentParser(description="Replay sigillo's test vectors without sigillo.")
    parser.add_argument("folder", type=pathlib.Path, nargs="?", default=FOLDER)
    parser.add_argument("--chip", help="a program that is the chip of the chip sessions")
    arguments = parser.parse_args()
    passed = failed = otherwise = skipped = 0
    try:
        found = list(suites(arguments.folder.resolve(), Schemas(arguments.folder / "schemas")))
    except (Invalid, ValueError) as fault:
        sys.exit(f"replay.py: {fault}")
    if not found:
        sys.exit("replay.py: no suite found")
    stored = {path.name for path in (arguments.folder / "blobs").glob("*")}
    named = set().union(*(suite.blobs(suite.document["groups"]) for suite in found))
    if stored != named:
        sys.exit(f"replay.py: blobs that no case names, or that are missing: {sorted(stored ^ named)}")
    print(f"{'suite':32} {'passed':>7} {'failed':>7} {'other':>7} {'skipped':>7} {'foreign':>8}")
    for suite in found:
        suite.run(arguments.chip)
        failures = len(suite.failures)
        print(f"{suite.name:32} {suite.passed:7} {failures:7} {suite.otherwise:7} {suite.skipped:7} {suite.foreign() / len(suite.cases):8.0%}")
        for line in suite.failures:
            print(f"    {line}")
        passed, failed, skipped = passed + suite.passed, failed + failures, skipped + suite.skipped
        otherwise += suite.otherwise
    print(f"{passed} passed, {failed} failed, {otherwise} refused otherwise, {skipped} skipped")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
