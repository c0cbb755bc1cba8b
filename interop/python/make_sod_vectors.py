"""Writes test-vectors/sod/verify.json: EF.SODs of the specimen chip, made by asn1crypto and cryptography, and tampered twins.

    make_sod_vectors.py

Running it twice gives the same bytes.
"""

import hashlib
import json
import pathlib

import asn1crypto
import cryptography
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from specimen import Issuer, MRZ, data_groups, test_key, tlv

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "test-vectors"
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


def main():
    listed = []
    for number, (title, flag, sod, anchors, groups, now, refusal) in enumerate(cases(), start=1):
        if refusal is None:
            output = {"hash_algorithm": "sha256", "lds_version": "0108", "groups": [1, 12], "digest": hashlib.sha256(sod).hexdigest()}
            expect = {"result": "accept", "output": output}
        else:
            expect = {"result": "reject", "stage": refusal[0], "error": refusal[1]}
        listed.append({"id": f"verify/{number:04}", "title": title, "flags": [flag], "op": "sod.verify", "input": {
            "ef_sod": as_bytes(sod), "trust": [as_bytes(anchor) for anchor in anchors],
            "groups": [{"number": int(name[2:]), "content": as_bytes(content)} for name, content in groups.items()], "now": now}, "expect": expect})
    document = {
        "schema": "sod_verify.v1", "suite": "verify",
        "citations": [{"doc": "icao-9303-10", "edition": "8", "clause": "4.6.2"}, {"doc": "icao-9303-11", "edition": "8", "clause": "5.1"},
                      {"doc": "icao-9303-12", "edition": "8", "clause": "7.1"}],
        "notes": {flag: {"kind": kind, "why": why} for flag, (kind, why) in NOTES.items()}, "count": len(listed),
        "groups": [{"source": {"method": "independent-implementation", "tool": "Python asn1crypto and cryptography",
                               "version": f"{asn1crypto.__version__} and {cryptography.__version__}", "command": "interop/python/make_sod_vectors.py"},
                    "cases": listed}]}
    suite = FOLDER / "sod" / "verify.json"
    suite.parent.mkdir(exist_ok=True)
    before, after = (suite.read_text(encoding="utf-8") if suite.exists() else ""), json.dumps(listed)
    for blob in (FOLDER / "blobs").iterdir():
        if blob.name in before and blob.name not in after:
            blob.unlink()
    suite.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"sod/verify.json: {len(listed)} cases")


if __name__ == "__main__":
    main()
