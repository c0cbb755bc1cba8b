"""Writes test-vectors/sod/verify.json and lds/data-groups.json: files of the specimen chip, and tampered twins.

    make_vectors.py

Running it twice gives the same bytes.
"""

import hashlib
import pathlib
import sys

import asn1crypto
import cryptography
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from specimen import IMAGES, MRZ, Issuer, biometric_group, data_groups, dg2, dg3_finger, test_key, tlv

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "test-vectors"
sys.path.append(str(FOLDER / "replay"))

import form  # noqa: E402 (the form of a suite belongs to the vectors)

# --- EF.SOD --------------------------------------------------------------------------------------------------------

NOTES = {
    "Explicit": ("basic", "The certificates spell out their curve parameters, as ICAO 9303-12 asks."),
    "Named": ("basic", "The certificates name their curve."),
    "Groups": ("tampered", "A data group is not the one that was hashed, or was never listed."),
    "Content": ("tampered", "The signed content, its digest or its type differs."),
    "Signature": ("tampered", "The document signer did not sign this."),
    "Chain": ("tampered", "The anchor did not issue the signer's certificate, or its name is unknown."),
    "Validity": ("edge", "A certificate of the chain is not valid on this day."),
    "Usage": ("tampered", "The signer's certificate does not allow this signature, or not for this document."),
}


def flipped(content, at):
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def cases():
    """(title, flag, EF.SOD, anchors, groups, day, (stage, error) or None)."""
    groups = {name: content for name, content in data_groups().items() if name in ("DG1", "DG12")}
    one, two = Issuer(explicit=True, seed="one"), Issuer(explicit=True, seed="two")
    named, unusable = Issuer(explicit=False, seed="named"), Issuer(explicit=True, seed="unusable", ds_usage=False)
    today = "2026-11-02"
    sod = one.ef_sod(groups)
    digest = sod.index(hashlib.sha256(groups["DG1"]).digest())
    yield "explicit curve parameters", "Explicit", sod, [one.csca], groups, today, None
    yield "named curves", "Named", named.ef_sod(groups), [named.csca], groups, today, None
    yield "no data group at hand", "Explicit", sod, [one.csca], {}, today, None
    yield "the issuer among two anchors of other names", "Named", named.ef_sod(groups), [renamed(one.csca), named.csca], groups, today, None
    yield "the last day of the signer's certificate", "Validity", sod, [one.csca], {}, "2027-01-30", None
    other = {**groups, "DG1": groups["DG1"].replace(b"ANNA", b"ANJA")}
    yield "another name in DG1", "Groups", sod, [one.csca], other, today, ("sod", "seal.hash-mismatch")
    yield "a data group that is not listed", "Groups", sod, [one.csca], {"DG13": tlv(0x6D, b"x")}, today, ("sod", "seal.group-missing")
    yield "one byte of a hash", "Content", flipped(sod, digest), [one.csca], groups, today, ("sod", "seal.message-digest")
    yield "a digest of something else, properly signed", "Content", one.ef_sod(groups, break_digest=True), [one.csca], groups, today, ("sod", "seal.message-digest")
    yield "another content type, properly signed", "Content", one.ef_sod(groups, content_type="1.2.840.113549.1.7.1"), [one.csca], groups, today, ("sod", "seal.content-type")
    yield "one byte of the signature", "Signature", flipped(sod, len(sod) - 1), [one.csca], groups, today, ("sod", "seal.signature")
    yield "signed by another key", "Signature", one.ef_sod(groups, signing_key=test_key("two", "ds")), [one.csca], groups, today, ("sod", "seal.signature")
    yield "an anchor of another name", "Chain", sod, [renamed(one.csca)], groups, today, ("certificate", "seal.chain-unknown-issuer")
    yield "an anchor of the same name with another key identifier", "Chain", sod, [two.csca], groups, today, ("certificate", "seal.chain-unknown-issuer")
    yield "the anchor with another key under the same identifier", "Chain", sod, [with_key(one.csca, one, two)], groups, today, ("certificate", "seal.chain-signature")
    yield "before the certificates begin", "Validity", sod, [one.csca], groups, "2026-10-31", ("certificate", "seal.chain-not-yet-valid")
    yield "after the signer's certificate ended", "Validity", sod, [one.csca], groups, "2027-02-01", ("certificate", "seal.chain-expired")
    yield "a signer without digital signature", "Usage", unusable.ef_sod(groups), [unusable.csca], groups, today, ("certificate", "seal.signer-key-usage")
    passport = {**groups, "DG1": tlv(0x61, tlv(0x5F1F, ("IP" + MRZ[2:]).encode()))}
    yield "a document class the signer is not for", "Usage", one.ef_sod(passport), [one.csca], passport, today, ("certificate", "seal.document-type")


def renamed(certificate):
    """Another common name of the same length: the signature no longer matters, the name is looked for first."""
    return certificate.replace(b"TEST CSCA", b"TEST CSCB")


def with_key(certificate, owner, other):
    """The certificate of `owner` with the key of `other` inside; its own signature is wrong then, but an anchor is trusted as it stands."""
    own_point, other_point = (key.csca_key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint) for key in (owner, other))
    return certificate.replace(own_point, other_point)


def as_bytes(content):
    """Short ones as hexadecimal; long ones go to blobs/."""
    if len(content) <= 256:
        return content.hex()
    name = hashlib.sha256(content).hexdigest()
    (FOLDER / "blobs").mkdir(exist_ok=True)
    (FOLDER / "blobs" / name).write_bytes(content)
    return {"sha256": name, "length": len(content)}


# --- Data groups ---------------------------------------------------------------------------------------------------

GROUP_NOTES = {
    "Holder": ("basic", "DG1, DG11, DG12: texts."),
    "Face": ("basic", "DG2: a CBEFF template around an ISO/IEC 19794-5 record; JPEG or JPEG 2000."),
    "Fingers": ("basic", "DG3: one template a finger around an ISO/IEC 19794-4 record; without fingers a random object."),
    "Keys": ("basic", "DG14: a SET of SecurityInfo, kept as it stands."),
    "RecordHeader": ("malformed", "A length or a count in a biometric record is not what is there."),
    "Format": ("malformed", "The CBEFF header announces another format."),
    "TagList": ("malformed", "The list at the start is not what follows."),
    "Tlv": ("malformed", "Not exactly one data object with the right tag."),
    "WrongDigit": ("tampered", "A check digit of the MRZ is wrong."),
}


def group_cases():
    """(title, flag, file, content, output or error)."""
    one = tlv(0x61, tlv(0x5F1F, MRZ.encode()))
    yield "a residence permit", "Holder", "DG1", one, {"mrz": MRZ}
    eleven = [("5f0e", "ROSSI<<ANNA MARIA".encode()), ("5f10", b"RSSNNM85H55H501S"), ("5f11", "München".encode())]
    content = listed(0x6B, eleven)
    yield "name, personal number, place of birth", "Holder", "DG11", content, fields(eleven)
    twelve = [("5f19", b"Questura di Napoli"), ("5f26", b"20261102"), ("5f1b", b"PERM. UNICO LAVORO")]
    yield "authority, date of issue, remarks", "Holder", "DG12", listed(0x6C, twelve), fields(twelve)
    infos = bytes.fromhex("3114" + "3012" + "060a04007f00070202030202" + "020101" + "020101")  # version 1, key 1
    yield "one ChipAuthenticationInfo", "Keys", "DG14", tlv(0x6E, infos), {"security_infos": infos.hex()}
    yield "a JPEG portrait", "Face", "DG2", dg2(), {"format": "jpeg", **picture("p01.jpg", (240, 320))}
    yield "a JPEG 2000 portrait", "Face", "DG2", dg2("p06.jp2"), {"format": "jpeg-2000", **picture("p06.jp2", (240, 320))}
    right, left = dg3_finger("f01-right-index.wsq", 2), dg3_finger("f01-left-index.wsq", 7)
    prints = [{"position": 2, **picture("f01-right-index.wsq", (384, 440))}, {"position": 7, **picture("f01-left-index.wsq", (384, 440))}]
    yield "two fingers", "Fingers", "DG3", biometric_group(0x63, [right, left]), {"fingers": prints}
    yield "one finger", "Fingers", "DG3", biometric_group(0x63, [left]), {"fingers": prints[1:]}
    yield "no finger", "Fingers", "DG3", biometric_group(0x63, [], tlv(0x53, bytes(range(8)))), {"fingers": [], "random": bytes(range(8)).hex()}
    yield "one digit of the MRZ", "WrongDigit", "DG1", one.replace(b"8506151", b"8506152"), "lds.check-digit"
    yield "DG1 under DG2's tag", "Tlv", "DG1", b"\x75" + one[1:], "lds.tag-unexpected"
    yield "a byte behind DG1", "Tlv", "DG1", one + b"\0", "lds.trailing-bytes"
    yield "DG1 one byte short", "Tlv", "DG1", one[:-1], "lds.truncated"
    yield "the list of DG12 names another tag", "TagList", "DG12", listed(0x6C, twelve).replace(b"\x5f\x26\x5f\x1b", b"\x5f\x1b\x5f\x26"), "lds.not-canonical"
    header, record = right
    shorter = record[:8] + (len(record) - 1).to_bytes(6, "big") + record[14:]
    yield "a finger record that says it is shorter", "RecordHeader", "DG3", biometric_group(0x63, [(header, shorter)]), "lds.length"
    yield "a finger record of another format", "RecordHeader", "DG3", biometric_group(0x63, [(header, b"FIX" + record[3:])]), "lds.record-header"
    yield "a face record of another version", "RecordHeader", "DG2", dg2().replace(b"FAC\x00010\x00", b"FAC\x00020\x00"), "lds.record-header"
    yield "a face in DG3", "Format", "DG3", biometric_group(0x63, [(header.replace(b"\x88\x02\x00\x07", b"\x88\x02\x00\x08"), record)]), "lds.biometric-format"


def listed(tag, members):
    tags = b"".join(bytes.fromhex(name) for name, _value in members)
    return tlv(tag, tlv(0x5C, tags) + b"".join(tlv(int(name, 16), value) for name, value in members))


def fields(members):
    return {"fields": [{"tag": name, "value": value.hex()} for name, value in members]}


def picture(name, size):
    content = (IMAGES / name).read_bytes()
    return {"width": size[0], "height": size[1], "image_length": len(content), "image_sha256": hashlib.sha256(content).hexdigest()}


# --- Files ---------------------------------------------------------------------------------------------------------


def security_object_suite():
    cases_of_suite = []
    for title, flag, sod, anchors, groups, now, refusal in cases():
        given = {"ef_sod": as_bytes(sod), "trust": [as_bytes(anchor) for anchor in anchors],
                 "groups": [{"number": int(name[2:]), "content": as_bytes(content)} for name, content in groups.items()], "now": now}
        output = {"hash_algorithm": "sha256", "lds_version": "0108", "groups": [1, 12], "digest": hashlib.sha256(sod).hexdigest()}
        cases_of_suite.append((title, flag, "sod.verify", given, output if refusal is None else refusal))
    citations = [{"doc": "icao-9303-10", "edition": "8", "clause": "4.6.2"}, {"doc": "icao-9303-11", "edition": "8", "clause": "5.1"},
                 {"doc": "icao-9303-12", "edition": "8", "clause": "7.1"}]
    write("sod/verify.json", "sod_verify.v1", citations, NOTES, cases_of_suite)


def data_group_suite():
    cases_of_suite = [(title, flag, "lds.decode", {"file": file, "content": as_bytes(content)}, ("lds", output) if isinstance(output, str) else output)
                      for title, flag, file, content, output in group_cases()]
    citations = [{"doc": "icao-9303-10", "edition": "8", "clause": "4.7"}, {"doc": "iso-19794-4", "edition": "2005", "clause": "8"},
                 {"doc": "iso-19794-5", "edition": "2005", "clause": "5"}]
    write("lds/data-groups.json", "lds_codec.v1", citations, GROUP_NOTES, cases_of_suite)


def write(name, schema, citations, notes, cases_of_suite):
    path = FOLDER / name
    entries = []
    for number, (title, flag, operation, given, outcome) in enumerate(cases_of_suite, start=1):
        accepted = isinstance(outcome, dict)
        expect = {"result": "accept", "output": outcome} if accepted else {"result": "reject", "stage": outcome[0], "error": outcome[1]}
        entries.append({"id": f"{path.stem}/{number:04}", "title": title, "flags": [flag], "op": operation, "input": given, "expect": expect})
    source = {"method": "independent-implementation", "tool": "Python asn1crypto and cryptography (specimen.py)",
              "version": f"{asn1crypto.__version__} and {cryptography.__version__}", "command": "interop/python/make_vectors.py"}
    document = {"schema": schema, "suite": path.stem, "citations": citations,
                "notes": {flag: {"kind": kind, "why": why} for flag, (kind, why) in notes.items()}, "count": len(entries),
                "groups": [{"source": source, "cases": entries}]}
    path.parent.mkdir(exist_ok=True)
    before, after = (path.read_text(encoding="utf-8") if path.exists() else ""), form.text(document)
    path.write_text(after, encoding="utf-8")
    for blob in (FOLDER / "blobs").iterdir():
        if blob.name in before and blob.name not in after:
            blob.unlink()
    print(f"{name}: {len(entries)} cases")


def main():
    security_object_suite()
    data_group_suite()


if __name__ == "__main__":
    main()
