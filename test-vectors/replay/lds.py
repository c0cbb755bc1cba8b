"""EF.COM and the data groups (ICAO 9303-10): what a file says, and the same bytes again from what it said."""

import hashlib
import struct

import mrz
import tlv
from refused import Refused

GROUP_TAGS = [0x61, 0x75, 0x63, 0x76, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6A, 0x6B, 0x6C, 0x6D, 0x6E, 0x6F, 0x70]
OUTER = {"EF.COM": 0x60, "EF.SOD": 0x77, **{f"DG{number}": tag for number, tag in enumerate(GROUP_TAGS, start=1)}}


# ISO/IEC 19794-4 finger position to the biometric subtype of ISO/IEC 7816-11: right 01, left 10, fingers in steps of 4.
SUBTYPES = {**{position: position << 2 | 1 for position in range(1, 6)}, **{position: (position - 5) << 2 | 2 for position in range(6, 11)}}
TEXTS = {0x5F0E, 0x5F10, 0x5F11, 0x5F42, 0x5F12, 0x5F13, 0x5F14, 0x5F15, 0x5F17, 0x5F18, 0x5F19, 0x5F1B, 0x5F1C, 0x5F56}
DATES = {0x5F2B, 0x5F26}


def refuse(error, at=None):
    return Refused("lds", error, at)


def value_of(content, tag):
    """The value of the one TLV that `content` is."""
    try:
        found, value, end = tlv.read(content)
    except Refused as refused:
        codes = {"tlv.truncated": "lds.truncated", "tlv.length-form": "lds.not-canonical"}
        raise refuse(codes.get(refused.error, "lds.tag-form")) from None
    if found != tag:
        raise refuse("lds.tag-unexpected", 0)
    if end != len(content):
        raise refuse("lds.trailing-bytes", end)
    return value


def expect(fields, tags):
    for (tag, _value), expected in zip(fields, tags):
        if tag != expected:
            raise refuse("lds.tag-unexpected")
    if len(fields) != len(tags):
        raise refuse("lds.truncated" if len(fields) < len(tags) else "lds.trailing-bytes")
    return [value for _tag, value in fields]


def com(content):
    lds_version, unicode_version, tags = expect(tlv.children(value_of(content, 0x60), "lds"), [0x5F01, 0x5F36, 0x5C])
    if len(lds_version) != 4 or not lds_version.isdigit() or len(unicode_version) != 6 or not unicode_version.isdigit():
        raise refuse("lds.version")
    if not set(tags) <= set(GROUP_TAGS):
        raise refuse("lds.data-group")
    groups = [GROUP_TAGS.index(tag) + 1 for tag in tags]
    if not groups or len(set(groups)) < len(groups):
        raise refuse("lds.count")
    return {"lds_version": lds_version.decode(), "unicode_version": unicode_version.decode(), "data_groups": groups}


def dg1(content):
    (value,) = expect(tlv.children(value_of(content, 0x61), "lds"), [0x5F1F])
    text = value.decode("latin-1")
    mrz.parse(text)
    return {"mrz": text}


def templates(group):
    """The (header, record) pairs of 7F61, and what stands behind it."""
    tag, value, end = tlv.read(group, 0, "lds")
    if tag != 0x7F61:
        raise refuse("lds.tag-unexpected")
    fields = tlv.children(value, "lds")
    if not fields or fields[0][0] != 0x02 or fields[0][1] != bytes([len(fields) - 1]):
        raise refuse("lds.count")
    pairs = []
    for tag, template in fields[1:]:
        if tag != 0x7F60:
            raise refuse("lds.tag-unexpected")
        header, record = expect(tlv.children(template, "lds"), [0xA1, 0x5F2E])
        pairs.append((dict(tlv.children(header, "lds")), record))
    return pairs, group[end:]


def image_of(record, at, width, height):
    image = record[at:]
    return {"width": width, "height": height, "image_length": len(image), "image_sha256": hashlib.sha256(image).hexdigest()}


def dg2(content):
    """ISO/IEC 19794-5:2005: 14 bytes record header, 20 bytes face, 8 bytes a feature point, 12 bytes image information."""
    pairs, behind = templates(value_of(content, 0x75))
    if behind:
        raise refuse("lds.trailing-bytes")
    if len(pairs) != 1:
        raise refuse("lds.count")
    header, record = pairs[0]
    if header.get(0x87) != b"\x01\x01" or header.get(0x88) != b"\x00\x08":
        raise refuse("lds.biometric-format")
    if record[:8] != b"FAC\x00010\x00":
        raise refuse("lds.record-header")
    if len(record) < 46 or struct.unpack(">IH", record[8:14]) != (len(record), 1):
        raise refuse("lds.length")
    block, points = struct.unpack(">IH", record[14:20])
    at = 34 + 8 * points
    if block != len(record) - 14 or at + 12 > len(record):
        raise refuse("lds.length")
    _kind, data_type, width, height = struct.unpack(">BBHH", record[at : at + 6])
    return {"format": ["jpeg", "jpeg-2000"][data_type], **image_of(record, at + 12, width, height)}


def dg3(content):
    """ISO/IEC 19794-4:2005: 32 bytes record header, 14 bytes finger header; no finger: a random 53 behind an empty 7F61."""
    pairs, behind = templates(value_of(content, 0x63))
    if not pairs:
        (random,) = expect(tlv.children(behind, "lds"), [0x53])
        return {"fingers": [], "random": random.hex()}
    if behind:
        raise refuse("lds.trailing-bytes")
    fingers = []
    for header, record in pairs:
        if header.get(0x87) != b"\x01\x01" or header.get(0x88) != b"\x00\x07":
            raise refuse("lds.biometric-format")
        if record[:8] != b"FIR\x00010\x00":
            raise refuse("lds.record-header")
        if len(record) < 46 or int.from_bytes(record[8:14], "big") != len(record) or record[18] != 1:
            raise refuse("lds.length")
        if int.from_bytes(record[32:36], "big") != len(record) - 32:
            raise refuse("lds.length")
        if header.get(0x82, b"\0") not in (b"\0", bytes([SUBTYPES.get(record[36], 0)])):
            raise refuse("lds.finger-position")
        width, height = struct.unpack(">HH", record[41:45])
        fingers.append({"position": record[36], **image_of(record, 46, width, height)})
    return {"fingers": fingers}


def listed(content, outer):
    """DG11 and DG12: 5C lists the tags that follow, in order."""
    fields = tlv.children(value_of(content, outer), "lds")
    if not fields or fields[0][0] != 0x5C:
        raise refuse("lds.tag-unexpected")
    tags, raw = [], fields[0][1]
    while raw:
        size = 2 if raw[0] & 0x1F == 0x1F else 1
        tags.append(int.from_bytes(raw[:size], "big"))
        raw = raw[size:]
    if [tag for tag, _value in fields[1:]] != tags:
        raise refuse("lds.not-canonical")
    for tag, value in fields[1:]:
        readable(tag, value)
    return {"fields": [{"tag": f"{tag:x}", "value": value.hex()} for tag, value in fields[1:]]}


def readable(tag, value):
    """Texts are UTF-8; a date is eight digits, or four octets of two."""
    if tag in TEXTS:
        try:
            value.decode("utf-8")
        except UnicodeDecodeError:
            raise refuse("lds.text") from None
    if tag in DATES:
        digits = value.hex() if len(value) == 4 else value.decode("latin-1")
        if len(digits) != 8 or not digits.isdigit():
            raise refuse("lds.date")
        mrz.calendar(int(digits[2:4]), int(digits[4:6]) or None, int(digits[6:8]) or None)


def op_decode(given):
    content = given["content"]
    readers = {"EF.COM": com, "DG1": dg1, "DG2": dg2, "DG3": dg3, "DG11": lambda c: listed(c, 0x6B), "DG12": lambda c: listed(c, 0x6C),
               "DG14": lambda c: {"security_infos": value_of(c, 0x6E).hex()}}
    return readers[given["file"]](content)


def op_build_com(given):
    tags = bytes(GROUP_TAGS[number - 1] for number in given["data_groups"])
    value = tlv.encode(0x5F01, given["lds_version"].encode()) + tlv.encode(0x5F36, given["unicode_version"].encode()) + tlv.encode(0x5C, tags)
    return {"content": tlv.encode(0x60, value).hex()}


OPERATIONS = {
    "mrz.check-digit": lambda given: {"digit": mrz.check_digit(given["text"])},
    "mrz.build": mrz.build,
    "mrz.parse": lambda given: mrz.parse(given["text"]),
    "lds.decode": op_decode,
    "lds.build-com": op_build_com,
}
