"""Requests of operators (decision D10), judged: written from the schema and the table of acts, not from the program."""

import hashlib
import json
from datetime import datetime, timedelta, timezone

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from journal import canonical
from refused import Refused

# act: what a request names, who may ask, how many persons sign
ACTS = {
    "chip.make": ("batch", {"line"}, 1),
    "run.start": ("lot", {"line"}, 1),
    "permit.reinstate": ("record", {"office"}, 2),
}
MEMBERS = {"v", "id", "at", "operator", "act", "subject", "arguments"}


def refuse(reason):
    raise Refused("journal", "request." + reason)


def moment(text):
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)


def decode(text):
    """The document of a file, if the file is its canonical form and nothing else."""
    try:
        document = json.loads(text)
        request = document["request"]
        if set(document) != {"v", "request", "signatures"} or set(request) != MEMBERS or len(text) > 4096:
            refuse("form")
        if document["v"] != 1 or request["v"] != 1:
            refuse("version")
        if request["act"] not in ACTS:
            refuse("act")
        if not request["subject"].startswith(ACTS[request["act"]][0] + "/"):
            refuse("subject")
        moment(request["at"])
        if len(bytes.fromhex(request["id"])) != 16 or len(bytes.fromhex(request["arguments"])) != 32 or canonical(document) != text or len(document["signatures"]) > 2:
            refuse("form")
    except (ValueError, KeyError, TypeError):
        refuse("form")
    return document


def verifies(key, signature, message):
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), bytes.fromhex(key))
    try:
        public.verify(bytes.fromhex(signature), message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def op_judge(given):
    document = decode(given["signed"])
    request, asked = document["request"], given["asked"]
    for name in ("act", "subject", "arguments"):
        if request[name] != asked[name]:
            refuse("other-" + name)
    age = moment(given["now"]) - moment(request["at"])
    if age > timedelta(hours=24) or age < -timedelta(minutes=5):
        refuse("stale")
    _on, roles, persons = ACTS[request["act"]]
    signed_well(document, given["operators"], roles, persons)
    return {"id": request["id"], "digest": digest(request), "operator": request["operator"]}


def signed_well(document, operators, roles, persons):
    """The part of the judgement that stays the same for ever: signatures, roles, the number of persons."""
    request, signatures = document["request"], document["signatures"]
    if request["operator"] not in signatures:
        refuse("unsigned")
    for name in sorted(signatures):
        if name not in operators:
            refuse("operator-unknown")
        operator = operators[name]
        if operator is None:
            refuse("operator-retired")
        if not verifies(operator["key"], signatures[name], message(request)):
            refuse("signature")
        if not roles & set(operator["roles"]):
            refuse("role")
    if len(signatures) < persons:
        refuse("second-missing")


def message(request):
    """What the operators sign."""
    return b"sigillo/v1/request" + canonical(request).encode("utf-8")


def digest(request):
    return hashlib.sha256(message(request)).hexdigest()


OPERATIONS = {"request.judge": op_judge}
