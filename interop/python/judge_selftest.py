"""Judges the judge: the specimen chip passes, and each tampered twin fails at its own check.

    judge_selftest.py

Prints one line a case and, at the end, "N passed, N failed".
"""

import datetime
import hashlib
import sys

import judge_chip
from specimen import MRZ, Issuer, biometric_group, data_groups, dg2, dg3_finger, ef_com, test_key, tlv

NOW = datetime.date(2026, 11, 2)


def chip(issuer, groups=None, com=None, **sod_changes):
    groups = groups or data_groups()
    return {**groups, "EF.COM": com or ef_com(), "EF.SOD": issuer.ef_sod(groups, **sod_changes)}


def flipped(content, at):
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def cases():
    """(title, files, CSCA, day, the check that must fail or None)."""
    named, explicit = Issuer(explicit=False), Issuer(explicit=True)
    good = chip(explicit)
    yield "named curves", chip(named), named.csca, NOW, None
    yield "explicit parameters", good, explicit.csca, NOW, None
    yield "DG3 behind terminal authentication", {k: v for k, v in good.items() if k != "DG3"}, explicit.csca, NOW, None
    no_fingers = {**data_groups(), "DG3": biometric_group(0x63, [], tlv(0x53, bytes(range(8))))}
    yield "no fingers", chip(explicit, no_fingers), explicit.csca, NOW, None

    yield "one byte of the portrait", {**good, "DG2": flipped(good["DG2"], 9000)}, explicit.csca, NOW, "sod.hash-dg2"
    yield "one byte of a finger", {**good, "DG3": flipped(good["DG3"], 9000)}, explicit.csca, NOW, "sod.hash-dg3"
    yield "another holder", {**good, "DG1": good["DG1"].replace(b"ANNA", b"ANJA")}, explicit.csca, NOW, "sod.hash-dg1"
    yield "a data group missing", {k: v for k, v in good.items() if k != "DG12"}, explicit.csca, NOW, "sod.hash-dg12"
    yield "a data group too many", {**good, "DG13": tlv(0x6D, b"x")}, explicit.csca, NOW, "sod.lists-dg13"
    sod = good["EF.SOD"]
    yield "one byte of a hash in EF.SOD", {**good, "EF.SOD": flipped(sod, sod.index(hashlib.sha256(good["DG1"]).digest()))}, explicit.csca, NOW, "sod.signed-attributes"
    yield "one byte of the signature", {**good, "EF.SOD": flipped(sod, len(sod) - 1)}, explicit.csca, NOW, "sod.signature"
    yield "a byte behind EF.SOD", {**good, "EF.SOD": sod + b"\0"}, explicit.csca, NOW, "sod.structure"
    yield "another key signed", chip(explicit, signing_key=test_key("another", "ds")), explicit.csca, NOW, "sod.signature"
    yield "another content type", chip(explicit, content_type="1.2.840.113549.1.7.1"), explicit.csca, NOW, "sod.content"
    yield "message digest of something else", chip(explicit, break_digest=True), explicit.csca, NOW, "sod.signed-attributes"
    yield "the same name with another key as anchor", good, Issuer(explicit=True, seed="another").csca, NOW, "certificate.signature"
    yield "one byte of the anchor", good, flipped(explicit.csca, len(explicit.csca) - 1), NOW, "csca.self-signed"
    yield "an expired signer", good, explicit.csca, datetime.date(2027, 2, 1), "certificate.validity"
    wrong_use = Issuer(explicit=True, ds_usage=False)
    yield "a signer that may not sign", chip(wrong_use), wrong_use.csca, NOW, "certificate.usage"
    yield "EF.COM forgets a group", chip(explicit, com=ef_com(b"\x61\x75\x63")), explicit.csca, NOW, "com.lists-the-groups-of-the-sod"
    wrong_digit = {**data_groups(), "DG1": tlv(0x61, tlv(0x5F1F, MRZ.replace("8506151", "8506152").encode()))}
    yield "a wrong check digit, properly signed", chip(explicit, wrong_digit), explicit.csca, NOW, "dg1.mrz"
    wrong_class = {**data_groups(), "DG1": tlv(0x61, tlv(0x5F1F, ("IP" + MRZ[2:]).encode()))}
    yield "a document class that is not the signer's", chip(explicit, wrong_class), explicit.csca, NOW, "certificate.document-type"
    wrong_size = {**data_groups(), "DG2": dg2(height=319)}
    yield "a portrait of another size, properly signed", chip(explicit, wrong_size), explicit.csca, NOW, "dg2.face"
    header, record = dg3_finger("f01-right-index.wsq", 2)
    swapped = {**data_groups(), "DG3": biometric_group(0x63, [(header.replace(b"\x82\x01\x09", b"\x82\x01\x0a"), record)])}
    yield "the left hand's header on a right finger", chip(explicit, swapped), explicit.csca, NOW, "dg3.fingers"
    silent = {**data_groups(), "DG3": biometric_group(0x63, [])}
    yield "no fingers and no random object", chip(explicit, silent), explicit.csca, NOW, "dg3.fingers"
    wrong_list = {**data_groups(), "DG12": tlv(0x6C, tlv(0x5C, b"\x5f\x26") + tlv(0x5F19, b"TEST"))}
    yield "a tag list that lies", chip(explicit, wrong_list), explicit.csca, NOW, "dg12.tag-list"


def main():
    passed = failed = 0
    for title, files, csca, day, expected in cases():
        report = judge_chip.judge(files, csca, day)
        refused = [check["name"] for check in report["checks"] if check["outcome"] == "failed"]
        right = not refused if expected is None else expected in refused
        passed, failed = passed + right, failed + (not right)
        print(f"{'ok  ' if right else 'FAIL'} {title}: {', '.join(refused) or 'accepted'}")
        if not right:
            for check in report["checks"]:
                print("      ", check)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
