"""EF.SOD and its chain (ICAO 9303-10 4.6.2, 9303-12 7) on a DER reader of its own; only the curve comes from `cryptography`."""

import datetime
import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

import lds
from refused import Refused

HASHES = {"608648016503040204": "sha224", "608648016503040201": "sha256", "608648016503040202": "sha384", "608648016503040203": "sha512"}
ECDSA = {"2a8648ce3d040301": hashes.SHA224(), "2a8648ce3d040302": hashes.SHA256(), "2a8648ce3d040303": hashes.SHA384(), "2a8648ce3d040304": hashes.SHA512()}
SIGNED_DATA, LDS_CONTENT = "2a864886f70d010702", "678108010101"
CONTENT_TYPE, MESSAGE_DIGEST = "2a864886f70d010903", "2a864886f70d010904"
AUTHORITY_KEY, SUBJECT_KEY = "551d23", "551d0e"
BASIC_CONSTRAINTS, KEY_USAGE, DOCUMENT_TYPES = "551d13", "551d0f", "67810801010602"
KNOWN = {AUTHORITY_KEY, SUBJECT_KEY, BASIC_CONSTRAINTS, KEY_USAGE, DOCUMENT_TYPES, "551d10", "551d11", "551d12", "551d1f", "551d20", "551d25"}
EC_KEY, P256_NAME = "2a8648ce3d0201", "2a8648ce3d030107"
# prime, a, b, base point, order of P-256 (FIPS 186-4, D.1.2.3).
P256 = ("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff", "ffffffff00000001000000000000000000000000fffffffffffffffffffffffc",
        "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
        "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
        "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")


def refuse(error, stage="sod"):
    return Refused(stage, error)


class Node:
    """One DER value: tag, content, the whole encoding; children on demand."""

    def __init__(self, data, at=0):
        start = at
        if at + 2 > len(data) or data[at] & 0x1F == 0x1F:
            raise refuse("seal.der")
        self.tag, length, at = data[at], data[at + 1], at + 2
        if length & 0x80:
            octets = length & 0x7F
            size = data[at : at + octets]
            if not 1 <= octets <= 4 or len(size) < octets:
                raise refuse("seal.der")
            length, at = int.from_bytes(size, "big"), at + octets
            if size[0] == 0 or length < 0x80:
                raise refuse("seal.der-length")
        self.end = at + length
        if self.end > len(data):
            raise refuse("seal.der")
        self.content, self.raw = data[at : self.end], data[start : self.end]

    def __iter__(self):
        at = 0
        while at < len(self.content):
            child = Node(self.content, at)
            at = child.end
            yield child

    def parts(self):
        return list(self)

    def number(self):
        """A small number in its one form."""
        if self.tag != 0x02 or len(self.content) != 1:
            raise refuse("seal.der-value")
        return self.content[0]

    def integer(self):
        return int.from_bytes(self.content, "big", signed=True)

    def hex(self):
        return self.content.hex()


def whole(data):
    node = Node(data)
    if node.end != len(data):
        raise refuse("seal.der")
    return node


class Certificate:
    def __init__(self, node):
        self.raw = node.raw
        self.body, algorithm, signature = node.parts()
        self.algorithm, self.signature = algorithm.parts()[0].hex(), signature.content[1:]
        parts = [part for part in self.body if part.tag != 0xA0]
        self.serial, self.inner_algorithm, self.issuer, validity, self.subject, self.key = parts[:6]
        self.not_before, self.not_after = (moment(end) for end in validity)
        self.extensions, self.unknown_critical = {}, False
        for part in parts[6:]:
            if part.tag == 0xA3:
                for extension in part.parts()[0]:
                    fields = extension.parts()
                    self.extensions[fields[0].hex()] = fields[-1].content
                    if len(fields) == 3 and fields[0].hex() not in KNOWN:
                        self.unknown_critical = True
        usage = self.extensions.get(KEY_USAGE)
        if usage is not None and (len(usage) < 4 or usage[0] != 0x03):
            raise refuse("seal.extension", "certificate")
        if self.not_after < self.not_before:
            raise refuse("seal.period", "certificate")

    def public_key(self):
        algorithm, bits = self.key.parts()
        name, parameters = algorithm.parts()
        if name.hex() != EC_KEY:
            raise refuse("seal.public-key", "certificate")
        if parameters.tag == 0x06:
            known = parameters.hex() == P256_NAME
        else:
            _version, field, curve, base, order = parameters.parts()[:5]
            a, b = curve.parts()[:2]
            prime = field.parts()[1]
            known = (f"{prime.integer():064x}", a.hex(), b.hex(), base.hex(), f"{order.integer():064x}") == P256
        if not known:
            raise refuse("seal.public-key", "certificate")
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), bits.content[1:])

    def is_authority(self):
        value = self.extensions.get(BASIC_CONSTRAINTS)
        return value is not None and any(part.tag == 1 and part.content == b"\xff" for part in whole(value))

    def may(self, bit):
        value = self.extensions.get(KEY_USAGE)
        return value is not None and bool(whole(value).content[1] & (0x80 >> bit))

    def document_types(self):
        value = self.extensions.get(DOCUMENT_TYPES)
        return None if value is None else [entry.content.decode("ascii") for entry in whole(value).parts()[1]]


def moment(node):
    text = node.content.decode("ascii")
    if node.tag == 0x17:
        text = ("19" if text[:2] >= "50" else "20") + text
    return datetime.datetime.strptime(text, "%Y%m%d%H%M%SZ")


def verify(key, algorithm, signature, message, error, stage):
    if algorithm not in ECDSA:
        raise refuse("seal.signature-algorithm", stage)
    try:
        key.verify(signature, message, ec.ECDSA(ECDSA[algorithm]))
    except InvalidSignature:
        raise refuse(error, stage) from None


def signed_data(ef_sod):
    if len(ef_sod) > 0xFFFF:
        raise refuse("seal.too-large")
    outer = whole(ef_sod)
    if outer.tag != 0x77:
        raise refuse("seal.der")
    name, holder = whole(outer.content).parts()
    if name.hex() != SIGNED_DATA:
        raise refuse("seal.not-signed-data")
    (signed,) = holder.parts()
    version, digests, content, *rest = signed.parts()
    if version.number() != 3:
        raise refuse("seal.cms-version")
    content_type, octets = content.parts()
    if content_type.hex() != LDS_CONTENT:
        raise refuse("seal.content-type")
    signers = rest[-1].parts()
    if len(signers) != 1:
        raise refuse("seal.signer-count")
    certificates = [Certificate(node) for part in rest[:-1] if part.tag == 0xA0 for node in part]
    return [algorithm.parts()[0].hex() for algorithm in digests], octets.parts()[0].content, certificates, signers[0]


def security_object(content):
    version, algorithm, listed, *info = whole(content).parts()
    name = HASHES.get(algorithm.parts()[0].hex())
    if name is None:
        raise refuse("seal.hash-algorithm")
    if version.number() != (1 if info else 0):
        raise refuse("seal.lds-version")
    values = {}
    for entry in listed:
        number, value = entry.parts()
        if not 1 <= number.number() <= 16:
            raise refuse("seal.group-number")
        if number.number() in values:
            raise refuse("seal.group-duplicate")
        if len(value.content) != hashlib.new(name).digest_size:
            raise refuse("seal.hash-length")
        values[number.number()] = value.content
    if not 2 <= len(values) <= 16:
        raise refuse("seal.group-count")
    if not info:
        return name, values, "0107"
    lds_version = info[0].parts()[0].content.decode("latin-1")
    if len(lds_version) != 4 or not lds_version.isdigit():
        raise refuse("seal.der-value")
    if lds_version < "0108":
        raise refuse("seal.lds-version")
    return name, values, lds_version


def signature(digests, content, certificates, signer):
    """The one signer's certificate, after its signature over the signed attributes was found right."""
    version, sid, digest, attributes, algorithm, value = signer.parts()[:6]
    if version.number() != 1:
        raise refuse("seal.cms-version")
    issuer, serial = sid.parts()
    found = [c for c in certificates if c.issuer.raw == issuer.raw and c.serial.raw == serial.raw]
    if not found:
        raise refuse("seal.signer-certificate")
    digest_name = digest.parts()[0].hex()
    if any(name not in HASHES for name in [digest_name, *digests]):
        raise refuse("seal.hash-algorithm")
    if digest_name not in digests:
        raise refuse("seal.hash-algorithm-mismatch")
    if attributes.tag != 0xA0:
        raise refuse("seal.signed-attributes")
    named = {}
    for attribute in attributes:
        kind, values = attribute.parts()
        if kind.hex() in named:
            raise refuse("seal.signed-attributes")
        named[kind.hex()] = values.parts()[0]
    if CONTENT_TYPE not in named or MESSAGE_DIGEST not in named:
        raise refuse("seal.signed-attributes")
    if named[CONTENT_TYPE].hex() != LDS_CONTENT:
        raise refuse("seal.content-type")
    if named[MESSAGE_DIGEST].content != hashlib.new(HASHES[digest_name], content).digest():
        raise refuse("seal.message-digest")
    verify(found[0].public_key(), algorithm.parts()[0].hex(), value.content, b"\x31" + attributes.raw[1:], "seal.signature", "sod")
    return found[0]


def names(certificate, issuer):
    """The issuer's name, and its key identifier where both certificates carry one."""
    wanted, own = certificate.extensions.get(AUTHORITY_KEY), issuer.extensions.get(SUBJECT_KEY)
    identifiers = [part.content for part in whole(wanted) if part.tag == 0x80] if wanted else []
    return issuer.subject.raw == certificate.issuer.raw and (not identifiers or own is None or whole(own).content == identifiers[0])


def chain(certificate, trust, now):
    issuers = [anchor for anchor in map(Certificate, map(whole, trust)) if names(certificate, anchor)]
    if not issuers:
        raise refuse("seal.chain-unknown-issuer", "certificate")
    issuer = issuers[0]
    if certificate.unknown_critical or issuer.unknown_critical:
        raise refuse("seal.critical-extension", "certificate")
    if not issuer.is_authority():
        raise refuse("seal.issuer-not-authority", "certificate")
    if not issuer.may(5):
        raise refuse("seal.issuer-key-usage", "certificate")
    verify(issuer.public_key(), certificate.algorithm, certificate.signature, certificate.body.raw, "seal.chain-signature", "certificate")
    day = datetime.datetime.fromisoformat(now)
    for link in (certificate, issuer):
        if day.date() < link.not_before.date():
            raise refuse("seal.chain-not-yet-valid", "certificate")
        if day.date() > link.not_after.date():
            raise refuse("seal.chain-expired", "certificate")
    if certificate.is_authority():
        raise refuse("seal.signer-is-authority", "certificate")
    if not certificate.may(0):
        raise refuse("seal.signer-key-usage", "certificate")


def op_verify(given):
    digests, content, certificates, signer = signed_data(given["ef_sod"])
    certificate = signature(digests, content, certificates, signer)
    chain(certificate, given["trust"], given["now"])
    name, values, lds_version = security_object(content)
    for group in given["groups"]:
        number, whole_file = group["number"], group["content"]
        if number not in values:
            raise refuse("seal.group-missing")
        if hashlib.new(name, whole_file).digest() != values[number]:
            raise refuse("seal.hash-mismatch")
        if number == 1:
            document_class = lds.dg1(whole_file)["mrz"][:2].rstrip("<")
            types = certificate.document_types()
            if types is not None and document_class not in types:
                raise refuse("seal.document-type", "certificate")
    return {"hash_algorithm": name, "lds_version": lds_version, "groups": sorted(values), "digest": hashlib.sha256(given["ef_sod"]).hexdigest()}


OPERATIONS = {"sod.verify": op_verify}
