"""Canonical JSON (RFC 8785, integers only), the hash chain over it (SHA-256 of domain, previous hash, entry; D11), and signed checkpoints (D7)."""

import hashlib
import json
import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from refused import Refused

DOMAIN = "sigillo/v1/trace"
CHECKPOINT_DOMAIN = b"sigillo/v1/checkpoint"
CHECKPOINT = {"v", "number", "seq", "head", "at", "key", "previous"}
HEX = {"head": 64, "key": 40, "previous": 64}
NEEDED = {"v", "seq", "at", "operator", "subject", "act"}


def canonical(value):
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(canonical(name) + ":" + canonical(value[name]) for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, float):
        raise Refused("journal", "canonical.float")
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > (1 << 53) - 1:
        raise Refused("journal", "canonical.integer-too-large")
    return json.dumps(value, ensure_ascii=False)


def link(domain, previous, entry):
    return hashlib.sha256(domain.encode("ascii") + previous + entry.encode("utf-8")).digest()


def op_digest(given):
    text = canonical(given["entry"])
    return {"canonical": text, "digest": link(given["domain"], bytes.fromhex(given["previous"]), text).hex()}


def follow(entries, each):
    """Follows a chain; `each` sees the number, the hash and the text of each entry that is right, and says whether the checkpoints agree. Yields the
    last of the first two, and the refusal that ended it."""
    previous, at, entries = bytes(32), 0, iter(entries)
    for stored in entries:
        wanted = at + 1
        if stored["seq"] != wanted:
            elsewhere = stored["seq"] < wanted or any(later["seq"] == wanted for later in entries)
            return at, previous, Refused("journal", "trace.reordered" if elsewhere else "trace.missing", wanted)
        hash_value = link(DOMAIN, previous, stored["entry"])
        try:
            entry = json.loads(stored["entry"])
            whole = NEEDED <= set(entry) <= NEEDED | {"from", "to", "details"} and canonical(entry) == stored["entry"] and entry["seq"] == wanted and hash_value.hex() == stored["hash"]
        except (ValueError, KeyError, TypeError, Refused):
            whole = False
        try:
            agrees = whole and each(wanted, stored["hash"], entry)
        except Refused as refused:
            return at, previous, refused
        if not agrees:
            return at, previous, Refused("journal", "trace.altered", wanted)
        at, previous = wanted, hash_value
    return at, previous, None


def op_verify(given):
    """Follows a chain; `known` is a head that was exported before."""
    known = given.get("known")
    at, head, refused = follow(given["entries"], lambda seq, found, _entry: not known or known["seq"] != seq or known["hash"] == found)
    if refused:
        raise refused
    if known and known["seq"] > at:
        raise Refused("journal", "trace.cut", known["seq"])
    return {"head": {"seq": at, "hash": head.hex()}}


def message(checkpoint):
    """What a checkpoint's signature is over; its SHA-256 is what the next one names."""
    return CHECKPOINT_DOMAIN + canonical(checkpoint).encode("utf-8")


def decoded(line):
    """A checkpoint's file: one line in its one form."""
    try:
        signed = json.loads(line)
        checkpoint = signed["checkpoint"]
        whole = set(signed) == {"checkpoint", "signature"} and set(checkpoint) == CHECKPOINT and canonical(signed) == line.removesuffix("\n")
        whole = whole and checkpoint["v"] == 1 and min(checkpoint["number"], checkpoint["seq"]) > 0
        whole = whole and all(re.fullmatch(f"[0-9a-f]{{{length}}}", checkpoint[name]) for name, length in HEX.items())
        whole = whole and re.fullmatch(r"([0-9a-f]{2})*", signed["signature"])
    except (ValueError, KeyError, TypeError, Refused):
        whole = False
    if not whole:
        raise Refused("journal", "checkpoint.form")
    return signed


def known_key(der):
    """A public key by its identifier: SHA-1 of its bits."""
    key = serialization.load_der_public_key(der)
    bits = key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    return hashlib.sha1(bits).hexdigest(), key


def judged(signed, keys, before):
    """What is wrong with a checkpoint, if anything is."""
    checkpoint = signed["checkpoint"]
    key = keys.get(checkpoint["key"])
    if key is None:
        return "checkpoint.key-unknown"
    try:
        key.verify(bytes.fromhex(signed["signature"]), message(checkpoint), ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return "checkpoint.forged"
    if before is None:
        return "checkpoint.unlinked" if checkpoint["number"] == 1 and checkpoint["previous"] != "00" * 32 else None
    if before["number"] == checkpoint["number"]:
        return "checkpoint.twice"
    follows = before["number"] + 1 != checkpoint["number"] or checkpoint["previous"] == hashlib.sha256(message(before)).hexdigest()
    return None if follows and before["seq"] <= checkpoint["seq"] else "checkpoint.unlinked"


def audit(entries, checkpoints, keys, also=lambda entry: None):
    """The verdict on a trace: its head, the last checkpoint that it reaches, and the first thing that is wrong with the trace and with the checkpoints.
    `also` sees each entry that is right, and may refuse it."""
    good, wrong = [], None
    for signed in sorted(checkpoints, key=lambda signed: signed["checkpoint"]["number"]):
        if good and signed["checkpoint"] == good[-1] and judged(signed, keys, None) in (None, "checkpoint.unlinked"):
            continue
        fault = judged(signed, keys, good[-1] if good else None)
        if fault:
            wrong = Refused("journal", fault, signed["checkpoint"]["number"])
            break
        good.append(signed["checkpoint"])
    secured, heads = [], {}
    for checkpoint in good:
        heads.setdefault(checkpoint["seq"], []).append(checkpoint)

    def each(seq, found, entry):
        for checkpoint in heads.get(seq, []):
            if checkpoint["head"] != found:
                return False
            secured.append(checkpoint)
        also(entry)
        return True

    at, head, refused = follow(entries, each)
    if not refused and good and good[-1]["seq"] > at:
        refused = Refused("journal", "trace.cut", good[-1]["seq"])
    last = {"number": secured[-1]["number"], "seq": secured[-1]["seq"]} if secured else None
    return {"head": {"seq": at, "hash": head.hex()}, "secured": last, "unsecured": at - (last["seq"] if last else 0)}, refused, wrong


def op_audit(given):
    keys = dict(known_key(bytes.fromhex(key)) for key in given["keys"])
    verdict, refused, wrong = audit(given["entries"], [decoded(line) for line in given["checkpoints"]], keys)
    if refused or wrong:
        raise refused or wrong
    return verdict


OPERATIONS = {"journal.digest": op_digest, "journal.verify": op_verify, "journal.audit": op_audit}
