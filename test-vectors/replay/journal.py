"""Canonical JSON (RFC 8785, integers only) and the hash chain over it: SHA-256 of domain, previous hash, entry (D11)."""

import hashlib
import json

from refused import Refused

DOMAIN = "sigillo/v1/trace"
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


def op_verify(given):
    """Follows a chain; `known` is a head that was exported before."""
    entries, known = given["entries"], given.get("known")
    previous, at = bytes(32), 0
    for stored in entries:
        at += 1
        if stored["seq"] != at:
            elsewhere = stored["seq"] < at or any(later["seq"] == at for later in entries[at:])
            raise Refused("journal", "trace.reordered" if elsewhere else "trace.missing", at)
        hash_value = link(DOMAIN, previous, stored["entry"])
        try:
            entry = json.loads(stored["entry"])
            whole = NEEDED <= set(entry) <= NEEDED | {"from", "to", "details"} and canonical(entry) == stored["entry"] and entry["seq"] == at and hash_value.hex() == stored["hash"]
        except (ValueError, KeyError, TypeError, Refused):
            whole = False
        if not whole or (known and known["seq"] == at and known["hash"] != stored["hash"]):
            raise Refused("journal", "trace.altered", at)
        previous = hash_value
    if known and known["seq"] > at:
        raise Refused("journal", "trace.cut", known["seq"])
    return {"head": {"seq": at, "hash": previous.hex()}}


OPERATIONS = {"journal.digest": op_digest, "journal.verify": op_verify}
