"""The two life cycles (decision D5), written from its text: which event leads from a state, and where to."""

CARD = {
    ("entering", "initialised"): "stock",
    ("stock", "bind"): "bound",
    ("bound", "write"): "written",
    ("written", "lock"): "locked",
    ("locked", "print"): "printed",
    ("locked", "release-waiving-print"): "released",
    ("printed", "release"): "released",
    # From any of these a card can be terminated by command, or be mute and destroyed before a witness ...
    **{(state, event): "scrapped" for state in ("entering", "stock", "bound", "written", "locked", "printed", "released")
       for event in ("scrap-terminated", "scrap-mute")},
    # ... and a locked chip that the gate refused can no longer be terminated.
    ("locked", "scrap-locked-refused"): "scrapped",
    ("printed", "scrap-locked-refused"): "scrapped",
}
PERMIT = {
    ("received", "bind"): "in_formation",
    ("received", "annul"): "annulled",
    ("in_formation", "card-scrapped"): "received",
    ("in_formation", "release"): "not_issued",
    ("not_issued", "activate"): "valid",
    ("not_issued", "revoke"): "revoked",
    ("not_issued", "annul"): "annulled",
    ("valid", "deliver"): "valid",
    ("valid", "suspend"): "suspended",
    ("valid", "revoke"): "revoked",
    ("suspended", "reinstate"): "valid",
    ("suspended", "revoke"): "revoked",
    # A final permit stays what it is when its card is destroyed.
    ("revoked", "card-scrapped"): "revoked",
    ("annulled", "card-scrapped"): "annulled",
}

# Event: who may cause it, what it needs (decisions D5, D6 and D10).
CARD_CAUSES = {
    "initialised": ("line", "chip-answer public-keys-stored"),
    "bind": ("line", "card-and-record"),
    "write": ("line", "seal full-comparison"),
    "lock": ("line", "chip-answer"),
    "print": ("line", "print-comparison"),
    "release": ("line", "gate-passed"),
    "release-waiving-print": ("line", "gate-passed"),
    "scrap-terminated": ("line office", "chip-answer reason"),
    "scrap-mute": ("line office", "reason witness"),
    "scrap-locked-refused": ("line", "reason witness"),
}
PERMIT_CAUSES = {
    "bind": ("line", "card-and-record"),
    "card-scrapped": ("line office", "reason"),
    "release": ("line", "gate-passed"),
    "activate": ("office", "card-present"),
    "deliver": ("office", "card-present"),
    # By the holder, who proves to be so with the CIP, or on the office's own report.
    "suspend": ("holder-by-cip office", "cip-or-report"),
    # Found again: two persons.
    "reinstate": ("office", "two-persons"),
    "revoke": ("office", "reason"),
    "annul": ("office issuing-circuit", "reason"),
}


def op_causes(given):
    """Who may cause an event, and what it needs."""
    actors, needs = {"card": CARD_CAUSES, "permit": PERMIT_CAUSES}[given["machine"]][given["event"]]
    return {"actors": actors.split(), "needs": needs.split()}


OPERATIONS = {"life-cycle.causes": op_causes}


def problem(case):
    """What is wrong with one cell, if anything: the verdict and the state, not the name of a refusal."""
    after = {"card": CARD, "permit": PERMIT}[case["machine"]].get((case["from"], case["event"]))
    expected = case["expect"]
    if expected["result"] == "reject":
        return f"leads to {after}" if after else None
    return None if after == expected["output"]["state"] else f"leads to {after}"
