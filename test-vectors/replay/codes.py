"""The holder's codes, by `cryptography`: digits out of octets, ECIES on P-256 with AES-256-GCM, Argon2id over AES-256-CMAC."""

import hashlib
import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.cmac import CMAC
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from refused import Refused

CODES = (("pin", 8), ("puk", 8), ("cip", 11), ("can", 6))


def refuse(error):
    return Refused("codes", error)


def check_digit(digits):
    """ISO/IEC 7064 MOD 11,10, recursively from the left."""
    product = 10
    for digit in digits:
        product = ((product + int(digit)) % 10 or 10) * 2 % 11
    return (11 - product) % 10


def code(name, length, digits):
    if len(digits) != length or not (digits.isascii() and digits.isdigit()):
        raise refuse("codes.form")
    if name == "cip" and check_digit(digits[:-1]) != int(digits[-1]):
        raise refuse("codes.check-digit")
    return digits


def op_check_digit(given):
    return {"check": check_digit(given["digits"])}


def op_parse_cip(given):
    code("cip", 11, given["digits"])
    return {}


def blocks(draws):
    """The blocks of a source under the two health tests of SP 800-90B; it gives zeros when the draws are at an end."""
    last, repeated, first, seen, left = None, 0, None, 0, 0
    draws = [bytes.fromhex(draw) for draw in draws]
    while True:
        block = draws.pop(0) if draws else bytes(16)
        sound = True
        for octet in block:
            repeated = repeated + 1 if octet == last else 1
            last = octet
            if left == 0:
                first, seen, left = octet, 0, 512
            left -= 1
            seen += octet == first
            sound = sound and repeated < 5 and seen < 16
        if not sound:
            raise refuse("codes.source")
        yield block


def op_generate(given):
    source, found = blocks(given["draws"]), {}
    for name, length in CODES if given["can"] else CODES[:3]:
        wanted, digits = length - (name == "cip"), ""
        while len(digits) < wanted:
            digits += "".join(str(octet % 10) for octet in next(source) if octet < 250)
        found[name] = digits[:wanted] + (str(check_digit(digits[:wanted])) if name == "cip" else "")
    return shown(found)


def shown(found):
    plain = bytes([1, "can" in found]) + "".join(found[name] for name, _length in CODES if name in found).encode()
    return {**found, "plain": plain.hex()}


def op_read_plain(given):
    plain = bytes.fromhex(given["plain"])
    if plain[:2] not in (b"\x01\x00", b"\x01\x01"):
        raise refuse("codes.plain-form")
    found, rest = {}, plain[2:]
    for name, length in CODES if plain[1] else CODES[:3]:
        if len(rest) < length:
            raise refuse("codes.plain-form")
        found[name], rest = code(name, length, rest[:length].decode("latin-1")), rest[length:]
    if rest:
        raise refuse("codes.plain-form")
    return shown(found)


def private(scalar):
    try:
        return ec.derive_private_key(int(scalar, 16), ec.SECP256R1())
    except ValueError:
        raise Refused("crypto", "crypto.key-form") from None


def point(key):
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def message_key(agreed, ephemeral, recipient):
    """One step of SP 800-56C with SHA-256."""
    return hashlib.sha256(agreed + b"\0\0\0\x01sigillo/v1/code\0" + ephemeral + recipient).digest()


def context(given):
    return b"sigillo/v1/codes\0" + given["generation"].to_bytes(4, "big") + given["document"].encode()


def op_encrypt(given):
    recipient, ephemeral = private(given["recipient"]), private(given["ephemeral"])
    key = message_key(ephemeral.exchange(ec.ECDH(), recipient.public_key()), point(ephemeral), point(recipient))
    sealed = AESGCM(key).encrypt(bytes(12), bytes.fromhex(given["plain"]), context(given))
    return {"ciphertext": (b"\x01" + given["key_generation"].to_bytes(4, "big") + point(ephemeral) + sealed).hex()}


def op_decrypt(given):
    recipient, octets = private(given["recipient"]), bytes.fromhex(given["ciphertext"])
    if octets[:1] != b"\x01" or len(octets) < 70 + 16:
        raise refuse("codes.ciphertext")
    try:
        ephemeral = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), octets[5:70])
        key = message_key(recipient.exchange(ec.ECDH(), ephemeral), octets[5:70], point(recipient))
        plain = AESGCM(key).decrypt(bytes(12), octets[70:], context(given))
    except (ValueError, InvalidTag):
        raise refuse("codes.ciphertext") from None
    return {"key_generation": int.from_bytes(octets[1:5], "big"), "plain": plain.hex()}


def mac(given):
    worker = CMAC(algorithms.AES(bytes.fromhex(given["key"])))
    worker.update(b"sigillo/v1/cip\0" + given["document"].encode() + b"\0" + code("cip", 11, given["cip"]).encode())
    return worker.finalize()


def stretched(authenticated, salt, memory, passes, lanes):
    if memory < 8 * lanes or memory > 1024 * 1024 or not 1 <= passes <= 16 or not 1 <= lanes <= 16:
        raise refuse("codes.verifier")
    return Argon2id(salt=salt, length=32, iterations=passes, lanes=lanes, memory_cost=memory).derive(authenticated)


def op_make_verifier(given):
    authenticated, salt = mac(given), bytes.fromhex(given["salt"])
    cost = [given[name] for name in ("memory", "passes", "lanes")]
    value = stretched(authenticated, salt, *cost)
    return {"mac": authenticated.hex(), "verifier": (b"\x01" + cost[0].to_bytes(4, "big") + bytes(cost[1:]) + salt + value).hex()}


def op_verify_cip(given):
    verifier = bytes.fromhex(given["verifier"])
    if len(verifier) != 55 or verifier[:1] != b"\x01":
        raise refuse("codes.verifier")
    value = stretched(mac(given), verifier[7:23], int.from_bytes(verifier[1:5], "big"), *verifier[5:7])
    return {"fits": hmac.compare_digest(value, verifier[23:])}


OPERATIONS = {"codes.check-digit": op_check_digit, "codes.parse-cip": op_parse_cip, "codes.generate": op_generate, "codes.read-plain": op_read_plain,
              "codes.encrypt": op_encrypt, "codes.decrypt": op_decrypt, "codes.make-verifier": op_make_verifier, "codes.verify-cip": op_verify_cip}
