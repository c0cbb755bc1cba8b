"""EF.SOD and its chain (ICAO 9303-10 4.6.2, 9303-12 7) on readers of its own; only the arithmetic comes from `cryptography`."""

import datetime
import hashlib

from cryptography.exceptions import UnsupportedAlgorithm

import ber
import lds
import signatures
from refused import Refused

SIGNED_DATA, LDS_CONTENT = "2a864886f70d010702", "678108010101"
CONTENT_TYPE, MESSAGE_DIGEST = "2a864886f70d010903", "2a864886f70d010904"
AUTHORITY_KEY, SUBJECT_KEY = "551d23", "551d0e"
BASIC_CONSTRAINTS, KEY_USAGE, DOCUMENT_TYPES = "551d13", "551d0f", "67810801010602"
KNOWN = {AUTHORITY_KEY, SUBJECT_KEY, BASIC_CONSTRAINTS, KEY_USAGE, DOCUMENT_TYPES, "551d10", "551d11", "551d12", "551d1f", "551d20", "551d25"}
IRREGULARITIES = ["ber", "cms-version", "digest-algorithm-unlisted", "issuer-encoded-otherwise", "attributes-missing", "attributes-unsorted", "signature-algorithm-of-key"]
SIGNED_VERSIONS, SIGNER_VERSIONS = {1, 3, 4, 5}, {1, 3}


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
        self.algorithm, self.signature = algorithm, signature.content[1:]
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
        try:
            return signatures.public_key(self.key)
        except (signatures.Unknown, ValueError, UnsupportedAlgorithm):
            raise refuse("seal.public-key", "certificate") from None

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


def verify(key, scheme, signature, message, error, stage):
    try:
        signatures.verify(key, scheme, message, signature)
    except signatures.Wrong:
        raise refuse(error, stage) from None


def scheme(node, stage, digest=None):
    try:
        return signatures.algorithm(node, digest)
    except (signatures.Unknown, ValueError, IndexError):
        raise refuse("seal.signature-algorithm", stage) from None


def hash_name(node):
    name = signatures.DIGESTS.get(node.parts()[0].hex())
    if name is None:
        raise refuse("seal.hash-algorithm")
    return name


def taken(name, policy, stage="sod"):
    if name in ("sha1", "sha224") and name not in policy:
        raise refuse("seal.algorithm-retired", stage)


def read(ef_sod):
    if len(ef_sod) > 0xFFFF:
        raise refuse("seal.too-large")
    outer = whole(ef_sod)
    if outer.tag != 0x77:
        raise refuse("seal.der")
    content_info, irregular = whole(outer.content), set()
    name, holder = content_info.parts()
    if name.hex() != SIGNED_DATA:
        raise refuse("seal.not-signed-data")
    (signed,) = holder.parts()
    version, digests, content, *rest = signed.parts()
    if version.number() not in SIGNED_VERSIONS:
        raise refuse("seal.cms-version")
    if version.number() != 3:
        irregular.add("cms-version")
    content_type, octets = content.parts()
    if content_type.hex() != LDS_CONTENT:
        raise refuse("seal.content-type")
    (octets,) = octets.parts()
    if octets.tag != 0x04:
        raise refuse("seal.der")
    signers = rest[-1].parts()
    if len(signers) != 1:
        raise refuse("seal.signer-count")
    certificates = [Certificate(node) for part in rest[:-1] if part.tag == 0xA0 for node in part]
    return [hash_name(algorithm) for algorithm in digests], octets.content, certificates, signers[0], irregular


def message(ef_sod):
    """The signed data; a message that is no DER is read as its DER, and anything else that was wrong with it stays so."""
    try:
        return read(ef_sod)
    except Refused as refused:
        der = ber.to_der(ef_sod)
        if der is None or der == ef_sod:
            raise
        try:
            found = read(der)
        except ValueError:
            raise refused from None
        found[-1].add("ber")
        return found


def security_object(content):
    version, algorithm, listed, *info = whole(content).parts()
    name = hash_name(algorithm)
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


def signature(digests, content, certificates, signer, irregular, policy):
    """The one signer's certificate, after its signature was found right."""
    version, sid, digest, *rest = signer.parts()
    attributes = rest.pop(0) if rest[0].tag == 0xA0 else None
    algorithm, value = rest[:2]
    if version.number() not in SIGNER_VERSIONS:
        raise refuse("seal.cms-version")
    if version.number() != (3 if sid.tag == 0x80 else 1):
        irregular.add("cms-version")
    digest_name = hash_name(digest)
    if digest_name not in digests:
        irregular.add("digest-algorithm-unlisted")
    octets, orders = (None, [content]) if attributes is None else attributed(attributes)
    how = scheme(algorithm, "sod", digest_name)
    if algorithm.parts()[0].hex() == signatures.EC_KEY:
        irregular.add("signature-algorithm-of-key")
    if how[1] != digest_name:
        raise refuse("seal.hash-algorithm-mismatch")
    found = [c for c in certificates if named_by(sid, c)]
    if not found and sid.tag == 0x30:
        issuer, serial = sid.parts()
        found = [c for c in certificates if c.serial.raw == serial.raw and folded(c.issuer) == folded(issuer)]
        irregular.add("issuer-encoded-otherwise")
    if not found:
        raise refuse("seal.signer-certificate")
    lds_hash = security_object(content)[0]
    for name in (lds_hash, digest_name, how[1]):
        taken(name, policy)
    if octets is None:
        irregular.add("attributes-missing")
    elif octets != hashlib.new(digest_name, content).digest():
        raise refuse("seal.message-digest")
    if len(orders) == 2:
        irregular.add("attributes-unsorted")
    key = found[0].public_key()
    for order in orders:
        try:
            signatures.verify(key, how, order, value.content)
            return found[0]
        except signatures.Wrong:
            continue
    raise refuse("seal.signature")


def named_by(sid, certificate):
    """Whether the signer is named by issuer and serial number, or by the key identifier, of this certificate."""
    if sid.tag == 0x80:
        own = certificate.extensions.get(SUBJECT_KEY)
        return own is not None and whole(own).content == sid.content
    issuer, serial = sid.parts()
    return certificate.issuer.raw == issuer.raw and certificate.serial.raw == serial.raw


def folded(name):
    """A name without the types and the case of its texts."""
    return [[pair.parts()[0].hex(), pair.parts()[1].content.lower()] for relative in name for pair in relative]


def attributed(attributes):
    """The message digest, and the octets that may have been signed: the SET OF in DER's order, then as it came."""
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
    members = [attribute.raw for attribute in attributes]
    orders = [ber.encode(0x31, b"".join(sorted(members))), ber.encode(0x31, b"".join(members))]
    return named[MESSAGE_DIGEST].content, orders[: 1 if orders[0] == orders[1] else 2]


def names(certificate, issuer):
    """The issuer's name, and its key identifier where both certificates carry one."""
    wanted, own = certificate.extensions.get(AUTHORITY_KEY), issuer.extensions.get(SUBJECT_KEY)
    identifiers = [part.content for part in whole(wanted) if part.tag == 0x80] if wanted else []
    return issuer.subject.raw == certificate.issuer.raw and (not identifiers or own is None or whole(own).content == identifiers[0])


def chain(certificate, trust, now, policy):
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
    how = scheme(certificate.algorithm, "certificate")
    verify(issuer.public_key(), how, certificate.signature, certificate.body.raw, "seal.chain-signature", "certificate")
    taken(how[1], policy)
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
    digests, content, certificates, signer, irregular = message(given["ef_sod"])
    policy = given.get("old_algorithms", [])
    certificate = signature(digests, content, certificates, signer, irregular, policy)
    chain(certificate, given["trust"], given["now"], policy)
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
    output = {"hash_algorithm": name, "lds_version": lds_version, "groups": sorted(values), "digest": hashlib.sha256(given["ef_sod"]).hexdigest()}
    return output | ({"irregularities": sorted(irregular, key=IRREGULARITIES.index)} if irregular else {})


OPERATIONS = {"sod.verify": op_verify}
