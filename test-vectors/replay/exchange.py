"""Messages of partners by `cryptography`: AES-256-GCM, AES key wrap, X9.63 and ECDH are its own; the CMS around them is read here."""

import datetime
import hashlib
import json

from cryptography import x509
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sod import Node, refuse

AUTH_ENVELOPED, SIGNED_DATA, DATA = "2a864886f70d0109100117", "2a864886f70d010702", "2a864886f70d010701"
AES_256_GCM, AES_256_WRAP, EC_KEY = "60864801650304012e", "60864801650304012d", "2a8648ce3d0201"
SCHEMES = {"2b8104010b01": hashes.SHA256, "2b8104010b02": hashes.SHA384, "2b8104010b03": hashes.SHA512}
HASHES = {"608648016503040201": hashes.SHA256, "608648016503040202": hashes.SHA384, "608648016503040203": hashes.SHA512}
CONTENT_TYPE, MESSAGE_DIGEST = "2a864886f70d010903", "2a864886f70d010904"



def blob(value):
    """Octets in hexadecimal, unless they came out of a blob."""
    return value if isinstance(value, bytes) else bytes.fromhex(value)


def octets(tag, *parts):
    value = b"".join(parts)
    if len(value) < 0x80:
        return bytes([tag, len(value)]) + value
    size = len(value).to_bytes((len(value).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + value


def whole(data):
    node = Node(data)
    if node.end != len(data) or node.tag != 0x30:
        raise refuse("seal.der")
    return node


def shared_information(wrap):
    return octets(0x30, wrap, octets(0xA2, octets(0x04, (256).to_bytes(4, "big"))))


def agree(scheme, private, public, wrap):
    return X963KDF(SCHEMES[scheme](), 32, shared_information(wrap)).derive(private.exchange(ec.ECDH(), public))


def names(rid, certificate):
    issuer, serial = rid.parts()
    return issuer.raw == certificate.issuer.public_bytes() and int.from_bytes(serial.content, "big") == certificate.serial_number


def valid(certificate, now):
    now = datetime.datetime.fromisoformat(now).replace(tzinfo=datetime.timezone.utc)
    if now < certificate.not_valid_before_utc:
        raise refuse("seal.chain-not-yet-valid", "certificate")
    if now > certificate.not_valid_after_utc:
        raise refuse("seal.chain-expired", "certificate")


def usage(certificate):
    return certificate.extensions.get_extension_for_class(x509.KeyUsage).value


def op_open(given):
    recipient = x509.load_der_x509_certificate(blob(given["recipient"]))
    curve = recipient.public_key().curve
    private = ec.derive_private_key(int(given["key"], 16), curve)
    kind, wrapped = whole(blob(given["message"])).parts()
    if kind.content.hex() != AUTH_ENVELOPED:
        raise refuse("seal.not-enveloped-data")
    version, recipients, content, mac = wrapped.parts()[0].parts()
    if version.content != b"\x00":
        raise refuse("seal.cms-version")
    found = None
    for info in recipients.parts():
        if info.tag != 0xA1:
            continue
        _version, originator, scheme, keys = info.parts()
        algorithm = scheme.parts()
        if algorithm[0].content.hex() not in SCHEMES or algorithm[1].parts()[0].content.hex() != AES_256_WRAP:
            raise refuse("seal.key-agreement")
        for pair in keys.parts():
            rid, key = pair.parts()
            if found is None and names(rid, recipient):
                found = originator.parts()[0].parts()[1].content[1:], algorithm, key.content
    kind, algorithm, ciphertext = content.parts()
    if kind.content.hex() != DATA:
        raise refuse("seal.content-type")
    cipher, parameters = algorithm.parts()
    if cipher.content.hex() != AES_256_GCM or [part.content for part in parameters.parts()][1:] != [b"\x10"]:
        raise refuse("seal.content-encryption")
    if found is None:
        raise refuse("seal.not-recipient")
    point, (scheme, wrap), key = found
    try:
        public = ec.EllipticCurvePublicKey.from_encoded_point(curve, point)
    except ValueError:
        raise refuse("seal.key-agreement") from None
    try:
        key = aes_key_unwrap(agree(scheme.content.hex(), private, public, wrap.raw), key)
    except InvalidUnwrap:
        raise refuse("seal.wrapped-key") from None
    try:
        plain = AESGCM(key).decrypt(parameters.parts()[0].content, ciphertext.content + mac.content, b"")
    except InvalidTag:
        raise refuse("seal.content-altered") from None
    return verify(plain, given)


def verify(plain, given):
    kind, wrapped = whole(plain).parts()
    if kind.content.hex() != SIGNED_DATA:
        raise refuse("seal.not-signed-data")
    _version, _algorithms, encapsulated, certificates, signers = wrapped.parts()[0].parts()
    kind, content = encapsulated.parts()
    content = content.parts()[0].content
    (info,) = signers.parts()
    _version, sid, digest, attributes, _algorithm, signature = info.parts()
    named = [node.raw for node in certificates.parts() if names(sid, x509.load_der_x509_certificate(node.raw))]
    if not named:
        raise refuse("seal.signer-certificate")
    if named[0] not in map(blob, given["signers"]):
        raise refuse("seal.message-signer")
    signer = x509.load_der_x509_certificate(named[0])
    if not usage(signer).digital_signature:
        raise refuse("seal.signer-key-usage")
    valid(signer, given["now"])
    values = {node.parts()[0].content.hex(): node.parts()[1].parts()[0].content for node in attributes.parts()}
    if values.get(CONTENT_TYPE, b"").hex() != DATA or kind.content.hex() != DATA:
        raise refuse("seal.content-type")
    hashed = hashes.Hash(HASHES[digest.parts()[0].content.hex()]())
    hashed.update(content)
    if values.get(MESSAGE_DIGEST) != hashed.finalize():
        raise refuse("seal.message-digest")
    try:
        signed = octets(0x31, attributes.content)
        signer.public_key().verify(signature.content, signed, ec.ECDSA(HASHES[digest.parts()[0].content.hex()]()))
    except InvalidSignature:
        raise refuse("seal.signature") from None
    return {"signer": hashlib.sha256(named[0]).hexdigest(), "content": content.hex()}


def op_encrypt(given):
    certificate = x509.load_der_x509_certificate(blob(given["recipient"]))
    valid(certificate, given["now"])
    if not usage(certificate).key_agreement:
        raise refuse("seal.recipient-key-usage")
    key, nonce, scalar = (bytes.fromhex(draw) for draw in given["draws"])
    public = certificate.public_key()
    private = ec.derive_private_key(int.from_bytes(scalar, "big"), public.curve)
    wrap = octets(0x30, octets(0x06, bytes.fromhex(AES_256_WRAP)))
    scheme = next(iter(SCHEMES))
    wrapped = aes_key_wrap(agree(scheme, private, public, wrap), key)
    point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    originator = octets(0xA1, octets(0x30, octets(0x06, bytes.fromhex(EC_KEY))), octets(0x03, b"\x00", point))
    serial = certificate.serial_number
    serial = octets(0x02, serial.to_bytes(serial.bit_length() // 8 + 1, "big"))
    rid = octets(0x30, certificate.issuer.public_bytes(), serial)
    scheme = octets(0x30, octets(0x06, bytes.fromhex(scheme)), wrap)
    keys = octets(0x30, octets(0x30, rid, octets(0x04, wrapped)))
    recipient = octets(0xA1, octets(0x02, b"\x03"), octets(0xA0, originator), scheme, keys)
    sealed = AESGCM(key).encrypt(nonce, bytes.fromhex(given["plain"]), b"")
    parameters = octets(0x30, octets(0x04, nonce), octets(0x02, b"\x10"))
    algorithm = octets(0x30, octets(0x06, bytes.fromhex(AES_256_GCM)), parameters)
    content = octets(0x30, octets(0x06, bytes.fromhex(DATA)), algorithm, octets(0x80, sealed[:-16]))
    enveloped = octets(0x30, octets(0x02, b"\x00"), octets(0x31, recipient), content, octets(0x04, sealed[-16:]))
    return {"message": octets(0x30, octets(0x06, bytes.fromhex(AUTH_ENVELOPED)), octets(0xA0, enveloped)).hex()}


def op_link(given):
    members = {name: given[name] for name in ("at", "document", "event", "previous", "record", "state")}
    body = json.dumps({**members, "n": given["ordinal"], "v": 1}, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    identity = hashlib.sha256(b"sigillo/v1/notification" + bytes.fromhex(given["previous"]) + body.encode())
    return {"body": body, "id": identity.hexdigest()}


OPERATIONS = {"message.open": op_open, "message.encrypt": op_encrypt, "notification.link": op_link}
