"""A specimen chip built without sigillo: data groups, EF.COM, EF.SOD and two TEST certificates to ICAO 9303-12.

The keys come from a seed and the signatures are deterministic (RFC 6979): the same seed gives the same bytes.
"""

import datetime
import hashlib
import io
import pathlib
import struct

import wsq  # noqa: F401  registers WSQ with Pillow
from asn1crypto import algos, cms, core, keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from PIL import Image

import security_object
from security_object import CURVES, LdsSecurityObject

IMAGES = pathlib.Path(__file__).resolve().parents[2] / "demo" / "images"
FIRST_DAY = datetime.date(2026, 11, 1)
ECDSA = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
MRZ = "IRITAI123456780<<<<<<<<<<<<<<<8506151F3101311UTO<<<<<<<<<<<2ROSSI<<ANNA<MARIA<<<<<<<<<<<<<"


def tlv(tag, value):
    head = tag.to_bytes((tag.bit_length() + 7) // 8, "big")
    if len(value) < 0x80:
        return head + bytes([len(value)]) + value
    size = len(value).to_bytes((len(value).bit_length() + 7) // 8, "big")
    return head + bytes([0x80 | len(size)]) + size + value


def biometric_group(tag, headers_and_records, behind=b""):
    templates = b"".join(tlv(0x7F60, tlv(0xA1, header) + tlv(0x5F2E, record)) for header, record in headers_and_records)
    return tlv(tag, tlv(0x7F61, tlv(0x02, bytes([len(headers_and_records)])) + templates) + behind)


def dg2(name="p01.jpg", width=240, height=320):
    image = (IMAGES / name).read_bytes()
    information = struct.pack(">IHBBBIHHI", 32 + len(image), 0, 0, 0, 0, 0, 0, 0, 0)[:20]
    record = struct.pack(">4s4sIH", b"FAC\0", b"010\0", 14 + 32 + len(image), 1) + information
    record += struct.pack(">BBHHBBHH", 1, int(name.endswith(".jp2")), width, height, 1, 2, 0, 0) + image
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
    """A CSCA and a document signer to ICAO 9303-12, both TEST, with explicit or named curve parameters; the seed decides every byte."""

    def __init__(self, explicit, seed="selftest", last_day=datetime.date(2027, 1, 31), ds_usage=True):
        self.explicit, self.seed = explicit, seed
        self.csca_key, self.ds_key = test_key(seed, "csca"), test_key(seed, "ds")
        start, csca_end, ds_end = (datetime.datetime.combine(day, datetime.time()) for day in (FIRST_DAY, datetime.date(2040, 1, 1), last_day))
        ski = x509.SubjectKeyIdentifier.from_public_key(self.csca_key.public_key())
        aki = x509.AuthorityKeyIdentifier(ski.digest, None, None)
        country = [x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.LOCALITY_NAME, "ITA")]))]
        common = [(aki, False), (x509.SubjectAlternativeName(country), False), (x509.IssuerAlternativeName(country), False),
                  (x509.CRLDistributionPoints([x509.DistributionPoint(
                      [x509.UniformResourceIdentifier("http://pki.example.invalid/test.crl")], None, None, None)]), False)]
        self.csca = self.certificate("TEST CSCA", self.csca_key, start, csca_end, [
            (x509.BasicConstraints(True, 0), True), (key_usage(key_cert_sign=True, crl_sign=True), True), (ski, False),
            (x509.PrivateKeyUsagePeriod(start, start + datetime.timedelta(days=3 * 365)), False), *common])
        types = x509.UnrecognizedExtension(x509.ObjectIdentifier(security_object.DOCUMENT_TYPE_LIST), bytes.fromhex("3009020100310413024952"))
        use = key_usage(digital_signature=True) if ds_usage else key_usage(key_agreement=True)
        self.ds = self.certificate("TEST DS", self.ds_key, start, ds_end, [
            (use, True), (x509.SubjectKeyIdentifier.from_public_key(self.ds_key.public_key()), False),
            (x509.PrivateKeyUsagePeriod(start, min(ds_end, start + datetime.timedelta(days=90))), False), (types, False), *common])

    def certificate(self, name, key, start, end, extensions):
        issuer = x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "IT"), x509.NameAttribute(NameOID.COMMON_NAME, "TEST CSCA")])
        subject = x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "IT"), x509.NameAttribute(NameOID.COMMON_NAME, name)])
        serial = int.from_bytes(hashlib.sha256(f"{self.seed} {name}".encode()).digest()[:16], "big") >> 1
        builder = x509.CertificateBuilder(issuer, subject, key.public_key(), serial, start, end)
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        der = builder.sign(self.csca_key, hashes.SHA256(), ecdsa_deterministic=True).public_bytes(serialization.Encoding.DER)
        return with_explicit_parameters(der, self.csca_key) if self.explicit else der

    def ef_sod(self, groups, **changes):
        return tlv(0x77, security_object_for(groups, self, **changes))


def test_key(seed, name):
    number = int.from_bytes(hashlib.sha256(f"TEST key {seed} {name}".encode()).digest(), "big")
    return ec.derive_private_key(number, ec.SECP256R1())


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
    certificate["signature_value"] = signing_key.sign(body.dump(force=True), ECDSA)
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
        "signature": (signing_key or issuer.ds_key).sign(attributes.dump(), ECDSA)})
    return cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData({
        "version": "v3", "digest_algorithms": [{"algorithm": "sha256"}],
        "encap_content_info": {"content_type": content_type, "content": core.ParsableOctetString(lds)},
        "certificates": [cms.CertificateChoices("certificate", certificate)], "signer_infos": [signer]})}).dump()
