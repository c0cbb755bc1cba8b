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


def problem(case):
    """What is wrong with one cell, if anything: the verdict and the state, not the name of a refusal."""
    after = {"card": CARD, "permit": PERMIT}[case["machine"]].get((case["from"], case["event"]))
    expected = case["expect"]
    if expected["result"] == "reject":
        return f"leads to {after}" if after else None
    return None if after == expected["output"]["state"] else f"leads to {after}"
