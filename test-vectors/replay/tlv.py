"""BER-TLV with definite, shortest lengths."""

from refused import Refused


def tag_size(data, at=0):
    """How many octets the tag at `at` has: one to three, without leading zeros in its number."""
    if data[at] in (0x00, 0xFF):
        raise Refused("tlv", "tlv.tag-form", at)
    if data[at] & 0x1F != 0x1F:
        return 1
    for size in (2, 3):
        if at + size > len(data):
            raise Refused("tlv", "tlv.truncated", at)
        octet = data[at + size - 1]
        if size == 2 and octet & 0x7F == 0:
            raise Refused("tlv", "tlv.tag-form", at)
        if not octet & 0x80:
            return size
    raise Refused("tlv", "tlv.tag-form", at)


def read(data, at=0, stage="tlv"):
    """The TLV at `at`: tag as big-endian number, value, position behind it."""
    start = at
    if at < len(data) and data[at] & 0x1F == 0x1F:
        at += 1
        while at < len(data) and data[at] & 0x80:
            at += 1
    at += 1
    tag = int.from_bytes(data[start:at], "big")
    if at >= len(data):
        raise Refused(stage, "tlv.truncated")
    length, octets = data[at], 0
    at += 1
    if length & 0x80:
        octets = length & 0x7F
        if not 1 <= octets <= 4:
            raise Refused(stage, "tlv.indefinite" if octets == 0 else "tlv.too-long")
        if at + octets > len(data):
            raise Refused(stage, "tlv.truncated")
        length = int.from_bytes(data[at : at + octets], "big")
        if length < 0x80 or length >> (8 * (octets - 1)) == 0:
            raise Refused(stage, "tlv.length-form")
        at += octets
    if at + length > len(data):
        raise Refused(stage, "tlv.truncated")
    return tag, data[at : at + length], at + length


def children(data, stage="tlv"):
    found, at = [], 0
    while at < len(data):
        tag, value, at = read(data, at, stage)
        found.append((tag, value))
    return found


def encode(tag, value):
    head = tag.to_bytes(max(1, (tag.bit_length() + 7) // 8), "big")
    size = len(value)
    if size < 0x80:
        return head + bytes([size]) + value
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return head + bytes([0x80 | len(octets)]) + octets + value
