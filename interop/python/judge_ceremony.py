"""Replays the transcript of a key ceremony with Python's standard library alone.

usage: judge_ceremony.py TRANSCRIPT

Recomputes every digest of the chain and checks the story: opened by two custodians of different names, steps in order, each
confirmed by all, closed. Prints each step; exits 1 with a sentence if anything does not follow.
"""

import hashlib
import json
import sys

DOMAIN = b"sigillo/v1/ceremony"


def canonical(value):
    # The entries hold texts, lists and small integers only: sorted keys and no spaces are RFC 8785 then.
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def replay(path):
    previous, entries = bytes(32), []
    with open(path, "rb") as file:
        for number, line in enumerate(file, 1):
            stated = json.loads(line)
            digest = hashlib.sha256(DOMAIN + previous + canonical({"entry": stated["entry"], "n": number})).digest()
            if stated["n"] != number or stated["previous"] != previous.hex() or stated["digest"] != digest.hex():
                raise SystemExit(f"line {number} is not the one that was written, or stands elsewhere")
            previous = digest
            entries.append(stated["entry"])
    if len(entries) < 2:
        raise SystemExit("not a whole ceremony")
    opened, *steps, closed = entries
    names = {name.strip().lower() for name in opened.get("custodians", [])}
    if opened["event"] != "opened" or closed["event"] != "closed" or closed["steps"] != len(steps):
        raise SystemExit("not a whole ceremony")
    if len(names) < 2 or len(names) != len(opened["custodians"]):
        raise SystemExit("not two custodians")
    for number, step in enumerate(steps, 1):
        if step["event"] != "step" or step["step"] != number or step["confirmed"] != opened["custodians"]:
            raise SystemExit(f"step {number} was not confirmed by all")
        if step["act"]["do"] == "import" and len(step["components"]) != len(names):
            raise SystemExit(f"step {number} lacks a component")
        print(number, step["act"]["do"], step["shown"])


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    replay(sys.argv[1])
