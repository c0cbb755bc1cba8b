"""The requests behind a trace (D10): who was enrolled when, what was accepted, and that every change belongs to a signed request."""

import json

import journal
import request as requests
from refused import Refused


class Ledger:
    """Takes a trace whose chain is right, entry after entry. What happened before the first operators were enrolled stands by itself."""

    def __init__(self, requests, acts):
        self.requests = {}
        for line in requests.read_text(encoding="utf-8").splitlines():
            signed = json.loads(line)
            # A request has one form: anything else is nobody's.
            if journal.canonical(signed) == line:
                self.requests[signed["request"]["id"]] = signed
        self.acts = {row["name"]: row for row in json.loads(acts.read_text(encoding="utf-8"))}
        self.operators, self.accepted, self.founding, self.count = {}, {}, None, 0

    def follow(self, entry):
        subject, act, details, at = entry["subject"], entry["act"], entry.get("details", {}), entry["seq"]
        kind = subject["kind"]
        if kind == "request" and act == "accept":
            self.accept(entry, subject["id"])
        elif act == "refuse" and kind in {"request", "operator"}:
            pass
        elif kind == "operator" and act == "enrol":
            if not self.operators or self.founding:
                if details.get("request") is None or self.founding not in (None, details["request"]):
                    raise Refused("journal", "trace.unauthorized", at)
                self.founding = details["request"]
            else:
                self.authorized(entry)
            self.operators[subject["name"]] = {"key": details["key"], "roles": details["roles"].split(",")}
        else:
            self.authorized(entry)
            if kind == "operator" and act == "retire":
                self.operators[subject["name"]] = None

    def accept(self, entry, name):
        at, signed = entry["seq"], self.requests.get(name)
        if signed is None:
            raise Refused("journal", "trace.request-missing", at)
        request = signed["request"]
        if entry["details"].get("digest") != requests.digest(request) or request["operator"] != entry["operator"]:
            raise Refused("journal", "trace.request-altered", at)
        founding, self.founding = self.founding, None
        if name in self.accepted or (founding is not None) != (request["act"] == "operator.found") or founding not in (None, name):
            raise Refused("journal", "trace.unauthorized", at)
        row = self.acts[request["act"]]
        try:
            requests.signed_well(signed, self.operators, set(row["roles"]), row["persons"])
        except Refused as refused:
            raise Refused(refused.stage, refused.error, at) from None
        self.accepted[name] = request
        self.count += 1

    def authorized(self, entry):
        """The entry names an accepted request of its operator, for an act that touches its kind of thing, and for this one if it names one."""
        if not self.operators:
            return
        subject = entry["subject"]
        request = self.accepted.get(entry.get("details", {}).get("request"))
        good = request is not None and request["operator"] == entry["operator"]
        if good:
            row = self.acts[request["act"]]
            good = subject["kind"] in row["touches"]
            good = good and (row["on"] != subject["kind"] or request["subject"] == f"{row['on']}/{name_of(subject)}")
        if not good:
            raise Refused("journal", "trace.unauthorized", entry["seq"])


def name_of(subject):
    """What a thing is called among those of its kind."""
    if subject["kind"] == "slot":
        return f"{subject['signer']}/{subject['number']}"
    return str(next(value for name, value in subject.items() if name != "kind"))
