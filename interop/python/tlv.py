"""BER-TLV with definite lengths, for the foreign judges (none of sigillo's code)."""


class Refused(ValueError):
    """What was read is not what the standard says."""


def read(data, at=0):
    """One TLV at `at`: (tag as big-endian number, value, position behind it)."""
    start = at
    if at >= len(data):
        raise Refused(f"tag missing at {at}")
    if data[at] & 0x1F == 0x1F:
        at += 1
        while at < len(data) and data[at] & 0x80:
            at += 1
    at += 1
    tag = int.from_bytes(data[start:at], "big")
    if at >= len(data):
        raise Refused(f"length missing at {at}")
    first = data[at]
    at += 1
    if first < 0x80:
        length = first
    elif first == 0x80 or first > 0x84:
        raise Refused(f"length form {first:02x} at {at - 1}")
    else:
        octets = data[at : at + first - 0x80]
        at += first - 0x80
        length = int.from_bytes(octets, "big")
        if len(octets) < first - 0x80 or octets[0] == 0 or length < 0x80:
            raise Refused(f"length not in its shortest form at {at}")
    if at + length > len(data):
        raise Refused(f"value of tag {tag:x} truncated")
    return tag, data[at : at + length], at + length


def children(data):
    """All TLVs of `data`, as (tag, value)."""
    found, at = [], 0
    while at < len(data):
        tag, value, at = read(data, at)
        found.append((tag, value))
    return found


def only(data, expected):
    """The value of the one TLV that `data` is."""
    tag, value, end = read(data)
    if tag != expected:
        raise Refused(f"tag {tag:x} where {expected:x} was expected")
    if end != len(data):
        raise Refused(f"{len(data) - end} bytes behind the end")
    return value
