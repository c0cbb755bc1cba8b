"""Judges the judge: a small chip built here (no code of sigillo) passes, and each tampered twin fails at its own check.

    judge_selftest.py

Prints one line a case and, at the end, "N passed, N failed".
"""

import datetime
import hashlib
import io
import pathlib
import struct
import sys

from asn1crypto import algos, cms, core, keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from PIL import Image

import judge_chip
import security_object
from security_object import CURVES, LdsSecurityObject

IMAGES = pathlib.Path(__file__).resolve().parents[2] / "demo" / "images"
NOW = datetime.date(2026, 11, 2)
MRZ = "IRITAI123456780<<<<<<<<<<<<<<<8506151F3101311UTO<<<<<<<<<<<2ROSSI<<ANNA<MARIA<<<<<<<<<<<<<"


# --- A chip --------------------------------------------------------------------------------------------------------


def tlv(tag, value):
    head = tag.to_bytes((tag.bit_length() + 7) // 8, "big")
    if len(value) < 0x80:
        return head + bytes([len(value)]) + value
    size = len(value).to_bytes((len(value).bit_length() + 7) // 8, "big")
    return head + bytes([0x80 | len(size)]) + size + value


def biometric_group(tag, headers_and_records, behind=b""):
    templates = b"".join(tlv(0x7F60, tlv(0xA1, header) + tlv(0x5F2E, record)) for header, record in headers_and_records)
    return tlv(tag, tlv(0x7F61, tlv(0x02, bytes([len(headers_and_records)])) + templates) + behind)


def dg2(width=240, height=320):
    image = (IMAGES / "p01.jpg").read_bytes()
    information = struct.pack(">IHBBBIHHI", 32 + len(image), 0, 0, 0, 0, 0, 0, 0, 0)[:20]
    record = struct.pack(">4s4sIH", b"FAC\0", b"010\0", 14 + 32 + len(image), 1) + information
    record += struct.pack(">BBHHBBHH", 1, 0, width, height, 1, 2, 0, 0) + image
    return biometric_group(0x75, [(tlv(0x81, b"\x02") + tlv(0x87, b"\x01\x01") + tlv(0x88, b"\x00\x08"), record)])


def dg3_finger(name, position):
    image = (IMAGES / name).read_bytes()
    width, height = Image.open(io.BytesIO(image)).size
    record = b"FIR\0" + b"010\0" + (46 + len(image)).to_bytes(6, "big") + struct.pack(">HHBBHHHHBBH", 0, 31, 1, 1, 500, 500, 500, 500, 8, 2, 0)
    record += struct.pack(">IBBBBBHHB", 14 + len(image), position, 1, 1, 254, 0, width, height, 0) + image
    header = tlv(0x81, b"\x08") + tlv(0x82, bytes([{2: 0x09, 7: 0x0A}[position]])) + tlv(0x87, b"\x01\x01") + tlv(0x88, b"\x00\x07")
    return header, record


def dg3():
    return biometric_group(0x63, [dg3_finger("f01-right-index.wsq", 2), dg3_finger("f01-left-index.wsq", 7)])


def data_groups():
    return {"DG1": tlv(0x61, tlv(0x5F1F, MRZ.encode())), "DG2": dg2(), "DG3": dg3(),
            "DG12": tlv(0x6C, tlv(0x5C, b"\x5f\x19") + tlv(0x5F19, b"TEST"))}


def ef_com(tags=b"\x61\x75\x63\x6c"):
    return tlv(0x60, tlv(0x5F01, b"0108") + tlv(0x5F36, b"040000") + tlv(0x5C, tags))


class Issuer:
    """A CSCA and a document signer, both TEST, with explicit or named curve parameters."""

    def __init__(self, explicit, last_day=datetime.date(2027, 1, 31), ds_usage=True):
        self.explicit = explicit
        self.csca_key, self.ds_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        start = datetime.datetime(2026, 11, 1)
        ski = x509.SubjectKeyIdentifier.from_public_key(self.csca_key.public_key())
        self.csca = self.certificate("TEST CSCA", self.csca_key, start, datetime.datetime(2040, 1, 1), [
            (x509.BasicConstraints(True, 0), True), (key_usage(key_cert_sign=True, crl_sign=True), True), (ski, False)])
        types = x509.UnrecognizedExtension(x509.ObjectIdentifier(security_object.DOCUMENT_TYPE_LIST), bytes.fromhex("3009020100310413024952"))
        use = key_usage(digital_signature=True) if ds_usage else key_usage(key_agreement=True)
        self.ds = self.certificate("TEST DS", self.ds_key, start, datetime.datetime.combine(last_day, datetime.time()), [
            (use, True), (x509.AuthorityKeyIdentifier(ski.digest, None, None), False), (types, False)])

    def certificate(self, name, key, start, end, extensions):
        issuer = x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "IT"), x509.NameAttribute(NameOID.COMMON_NAME, "TEST CSCA")])
        subject = x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "IT"), x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number(), start, end)
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        der = builder.sign(self.csca_key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
        return with_explicit_parameters(der, self.csca_key) if self.explicit else der

    def ef_sod(self, groups, **changes):
        return tlv(0x77, security_object_for(groups, self, **changes))


def key_usage(**on):
    names = ["digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign",
             "encipher_only", "decipher_only"]
    return x509.KeyUsage(**{name: on.get(name, False) for name in names})


def with_explicit_parameters(der, signing_key):
    """The same certificate with its curve spelled out, signed again."""
    certificate = asn1_x509.Certificate.load(der)
    _curve, prime, b, x, y, order = CURVES["P-256"]
    parameters = keys.SpecifiedECDomain({
        "version": "ecdpVer1",
        "field_id": {"field_type": "prime_field", "parameters": prime},
        "curve": {"a": (prime - 3).to_bytes(32, "big"), "b": b.to_bytes(32, "big")},
        "base": b"\x04" + x.to_bytes(32, "big") + y.to_bytes(32, "big"), "order": order, "cofactor": 1})
    body = certificate["tbs_certificate"]
    body["subject_public_key_info"]["algorithm"]["parameters"] = keys.ECDomainParameters("specified", parameters)
    certificate["signature_value"] = signing_key.sign(body.dump(force=True), ec.ECDSA(hashes.SHA256()))
    return certificate.dump(force=True)


class BareAlgorithm(core.Sequence):
    """asn1crypto's own type adds NULL parameters, which ICAO 9303-10 forbids here."""

    _fields = [("algorithm", algos.DigestAlgorithmId)]


class BareLdsSecurityObject(LdsSecurityObject):
    _fields = [LdsSecurityObject._fields[0], ("hash_algorithm", BareAlgorithm), *LdsSecurityObject._fields[2:]]


def security_object_for(groups, issuer, content_type=security_object.LDS_SECURITY_OBJECT, signing_key=None, break_digest=False):
    lds = BareLdsSecurityObject({
        "version": 1, "hash_algorithm": {"algorithm": "sha256"},
        "hashes": [{"number": int(name[2:]), "value": hashlib.sha256(content).digest()}
                   for name, content in sorted(groups.items(), key=lambda group: int(group[0][2:]))],
        "lds_version_info": {"lds_version": "0108", "unicode_version": "040000"}}).dump()
    digest = hashlib.sha256(lds + (b"x" if break_digest else b"")).digest()
    attributes = cms.CMSAttributes([
        cms.CMSAttribute({"type": "content_type", "values": [content_type]}),
        cms.CMSAttribute({"type": "message_digest", "values": [digest]})])
    certificate = asn1_x509.Certificate.load(issuer.ds)
    algorithm = algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"})
    signer = cms.SignerInfo({
        "version": "v1",
        "sid": cms.SignerIdentifier("issuer_and_serial_number",
                                    cms.IssuerAndSerialNumber({"issuer": certificate.issuer, "serial_number": certificate.serial_number})),
        "digest_algorithm": {"algorithm": "sha256"}, "signed_attrs": attributes, "signature_algorithm": algorithm,
        "signature": (signing_key or issuer.ds_key).sign(attributes.dump(), ec.ECDSA(hashes.SHA256()))})
    return cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData({
        "version": "v3", "digest_algorithms": [{"algorithm": "sha256"}],
        "encap_content_info": {"content_type": content_type, "content": core.ParsableOctetString(lds)},
        "certificates": [cms.CertificateChoices("certificate", certificate)], "signer_infos": [signer]})}).dump()


# --- Cases ---------------------------------------------------------------------------------------------------------


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
    yield "another key signed", chip(explicit, signing_key=ec.generate_private_key(ec.SECP256R1())), explicit.csca, NOW, "sod.signature"
    yield "another content type", chip(explicit, content_type="1.2.840.113549.1.7.1"), explicit.csca, NOW, "sod.content"
    yield "message digest of something else", chip(explicit, break_digest=True), explicit.csca, NOW, "sod.signed-attributes"
    yield "another country's anchor", good, named.csca, NOW, "certificate.signature"
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
