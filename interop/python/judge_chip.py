"""Judges the files read from one chip, with none of sigillo's code: asn1crypto, cryptography, Pillow and wsq only.

    judge_chip.py FOLDER [FOLDER ...] CSCA.der [--now 2026-11-02]

Each FOLDER holds the raw files as read: EF.COM.bin, EF.SOD.bin, DG1.bin, DG2.bin, DG3.bin ... CSCA.der is the only trust
anchor. Prints for each FOLDER {"passed": .., "failed": .., "not_run": .., "checks": [{"name", "outcome", "detail"}], "facts": {}};
exit status 0 when no check of any failed, 1 otherwise, 2 for a wrong call.

A data group that the SOD lists and the folder lacks fails, except DG3 and DG4: they are behind Terminal Authentication,
and are reported as not run.
"""

import argparse
import datetime
import json
import pathlib
import sys

import biometrics
import security_object
from tlv import Refused, children, only

PROTECTED = {3, 4}
GROUP_TAGS = {0x61: 1, 0x75: 2, 0x63: 3, 0x76: 4, 0x65: 5, 0x66: 6, 0x67: 7, 0x68: 8, 0x69: 9, 0x6A: 10, 0x6B: 11, 0x6C: 12,
              0x6D: 13, 0x6E: 14, 0x6F: 15, 0x70: 16}


class Judgement:
    """The named checks of one chip, in the order they were made."""

    def __init__(self):
        self.checks, self.facts = [], {}

    def check(self, name, test, *arguments):
        """Runs one check: it passes with what it returns, fails with what it raises."""
        try:
            result = test(*arguments)
        except Exception as fault:  # whatever a hostile file provokes is a refusal
            self.checks.append({"name": name, "outcome": "failed", "detail": f"{type(fault).__name__}: {fault}"})
            return None
        self.checks.append({"name": name, "outcome": "passed", "detail": result if isinstance(result, str) else ""})
        return result

    def not_run(self, name, why):
        self.checks.append({"name": name, "outcome": "not-run", "detail": why})

    def report(self):
        count = {outcome: sum(c["outcome"] == outcome for c in self.checks) for outcome in ("passed", "failed", "not-run")}
        return {"passed": count["passed"], "failed": count["failed"], "not_run": count["not-run"], "checks": self.checks, "facts": self.facts}


def judge(files, csca, now):
    """`files` maps names like "EF.SOD" and "DG1" to bytes; `csca` is DER; `now` a date."""
    judgement = Judgement()
    com = judgement.check("com.structure", ef_com, files.get("EF.COM", b""))
    sod = security_object.judge(judgement, files.get("EF.SOD", b""), csca, now)
    if sod is not None:
        judgement.facts["groups"] = sorted(sod.hashes)
        hashes(judgement, files, sod)
        if com is not None:
            judgement.check("com.lists-the-groups-of-the-sod", same, com["groups"], sorted(sod.hashes))
            judgement.check("com.lds-version-of-the-sod", same, com["lds_version"], sod.lds_version)
    mrz = judgement.check("dg1.mrz", dg1, files.get("DG1", b""))
    if mrz is not None:
        judgement.facts["mrz"] = mrz
        if sod is not None:
            judgement.check("certificate.document-type", has_type, sod.document_types, mrz[0][:2].rstrip("<"))
    face = judgement.check("dg2.face", biometrics.face, files.get("DG2", b""))
    judgement.facts["portrait"] = face
    if "DG3" in files:
        judgement.facts["fingers"] = judgement.check("dg3.fingers", biometrics.fingers, files["DG3"])
    else:
        judgement.not_run("dg3.fingers", "no DG3 was given")
    for number, tag in ((11, 0x6B), (12, 0x6C)):
        if f"DG{number}" in files:
            judgement.check(f"dg{number}.tag-list", tag_list, files[f"DG{number}"], tag)
    if "DG14" in files:
        judgement.facts["security_infos"] = judgement.check("dg14.security-infos", security_object.security_infos, files["DG14"])
    return judgement.report()


def hashes(judgement, files, sod):
    for number in sorted(sod.hashes):
        name = f"DG{number}"
        if name in files:
            judgement.check(f"sod.hash-dg{number}", same_digest, sod.digest(files[name]), sod.hashes[number])
        elif number in PROTECTED:
            judgement.not_run(f"sod.hash-dg{number}", "readable only after Terminal Authentication; not given")
        else:
            judgement.check(f"sod.hash-dg{number}", absent, name)
    for name in files:
        if name.startswith("DG") and int(name[2:]) not in sod.hashes:
            judgement.check(f"sod.lists-dg{name[2:]}", unlisted, name)


def same(left, right):
    if left != right:
        raise Refused(f"{left} is not {right}")


def same_digest(computed, listed):
    if computed != listed:
        raise Refused(f"computed {computed.hex()}, the SOD lists {listed.hex()}")


def absent(name):
    raise Refused(f"the SOD lists {name}, and the folder has no such file")


def unlisted(name):
    raise Refused(f"{name} is in the folder, and the SOD does not list it")


def has_type(types, document_class):
    if document_class not in types:
        raise Refused(f"the signer's certificate is for {types}, the MRZ says {document_class!r}")
    return f"{document_class} among {types}"


# --- EF.COM, DG1, DG11, DG12 ---------------------------------------------------------------------------------------


def ef_com(content):
    """60 { 5F01 LDS version, 5F36 Unicode version, 5C tags } (ICAO 9303-10, 4.6.1)."""
    fields = children(only(content, 0x60))
    if [tag for tag, _ in fields] != [0x5F01, 0x5F36, 0x5C]:
        raise Refused(f"tags {[hex(tag) for tag, _ in fields]}")
    version, unicode_version, tags = (value for _, value in fields)
    if len(version) != 4 or not version.isdigit() or len(unicode_version) != 6 or not unicode_version.isdigit():
        raise Refused("a version is not 4 (LDS) or 6 (Unicode) digits")
    groups = [GROUP_TAGS[tag] for tag in tags]
    if len(set(groups)) != len(groups):
        raise Refused("a tag is listed twice")
    return {"lds_version": version.decode(), "groups": sorted(groups)}


def dg1(content):
    """61 { 5F1F TD1 }: ninety characters, every check digit recomputed (ICAO 9303-5, 4.2)."""
    ((tag, value),) = children(only(content, 0x61))
    if tag != 0x5F1F or len(value) != 90:
        raise Refused(f"tag {tag:x}, {len(value)} characters")
    text = value.decode("ascii")
    if set(text) - set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<"):
        raise Refused("a character that no MRZ has")
    one, two, three = text[:30], text[30:60], text[60:]
    if one[0] not in "ACI" or one[1] == "V":
        raise Refused(f"document code {one[:2]}")
    number, digit = one[5:14], one[14]
    if digit == "<":
        extension = one[15:].split("<")[0]
        number, digit = number + extension[:-1], extension[-1:]
    for name, field, expected in (
        ("document number", number, digit),
        ("date of birth", two[0:6], two[6]),
        ("date of expiry", two[8:14], two[14]),
        ("composite", one[5:30] + two[0:7] + two[8:15] + two[18:29], two[29]),
    ):
        if check_digit(field) != expected:
            raise Refused(f"check digit of the {name}: {expected}, computed {check_digit(field)}")
    if two[7] not in "MF<":
        raise Refused(f"sex {two[7]}")
    if three[0] == "<" or "<<<" in three.rstrip("<"):
        raise Refused("the names line has no primary identifier, or three fillers inside a name")
    return [one, two, three]


def check_digit(field):
    """Weights 7, 3, 1 over the field's characters; 0-9, A=10 ... Z=35, < = 0; modulo 10 (ICAO 9303-3, 4.9)."""
    return str(sum((0 if c == "<" else int(c, 36)) * (7, 3, 1)[i % 3] for i, c in enumerate(field)) % 10)


def tag_list(content, outer):
    """DG11 and DG12 begin with 5C, which lists what follows, in order (ICAO 9303-10, 4.7.11 and 4.7.12)."""
    fields = children(only(content, outer))
    if not fields or fields[0][0] != 0x5C:
        raise Refused("no tag list at the start")
    listed, raw = [], fields[0][1]
    while raw:
        length = 2 if raw[0] & 0x1F == 0x1F else 1
        listed.append(int.from_bytes(raw[:length], "big"))
        raw = raw[length:]
    present = [tag for tag, _ in fields[1:]]
    if listed != present:
        raise Refused(f"listed {[f'{t:x}' for t in listed]}, present {[f'{t:x}' for t in present]}")
    return " ".join(f"{tag:x}" for tag in listed)


# --- Call ----------------------------------------------------------------------------------------------------------


def main():
    parser = argparse.ArgumentParser(description="Judge the files read from one chip, without sigillo's code.")
    parser.add_argument("folders", type=pathlib.Path, nargs="+", metavar="folder")
    parser.add_argument("csca", type=pathlib.Path, help="the country signing certificate, DER")
    parser.add_argument("--now", type=datetime.date.fromisoformat, default=datetime.date(2026, 11, 2))
    arguments = parser.parse_args()
    failed = 0
    for folder in arguments.folders:
        files = {path.name.removesuffix(".bin"): path.read_bytes() for path in sorted(folder.glob("*.bin"))}
        if "EF.SOD" not in files:
            parser.error(f"{folder} holds no EF.SOD.bin")
        report = judge(files, arguments.csca.read_bytes(), arguments.now)
        failed += report["failed"]
        json.dump(report, sys.stdout, indent=2, ensure_ascii=False)
        print()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
