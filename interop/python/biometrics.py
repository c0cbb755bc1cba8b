"""DG2 and DG3: CBEFF templates, ISO/IEC 19794-5 faces, ISO/IEC 19794-4 fingers, and the images themselves."""

import hashlib
import io
import struct

import wsq  # noqa: F401  registers WSQ with Pillow
from PIL import Image

from tlv import Refused, children, only, read

# CBEFF subtype (ICAO 9303-10, table 37) of each finger position of ISO/IEC 19794-4, table 7.
SUBTYPE = {1: 0x05, 2: 0x09, 3: 0x0D, 4: 0x11, 5: 0x15, 6: 0x06, 7: 0x0A, 8: 0x0E, 9: 0x12, 10: 0x16}


def face(content):
    """75 { 7F61 { 02 n, 7F60 { A1 header, 5F2E record } } }: the first image decodes to the size that was promised."""
    templates = instances(only(content, 0x75))
    if len(templates) != 1:
        raise Refused(f"{len(templates)} faces")
    header, record = templates[0]
    header_is(header, {0x81: b"\x02", 0x87: b"\x01\x01", 0x88: b"\x00\x08"})
    magic, version, length, faces = struct.unpack(">4s4sIH", record[:14])
    if (magic, version, length, faces) != (b"FAC\0", b"010\0", len(record), 1):
        raise Refused(f"record header {magic} {version}, length {length} of {len(record)}, {faces} faces")
    block, points = struct.unpack(">IH", record[14:20])
    if block != len(record) - 14:
        raise Refused(f"face block of {block} bytes, {len(record) - 14} are there")
    at = 14 + 20 + 8 * points
    kind, data_type, width, height, colour, _source, _device, _quality = struct.unpack(">BBHHBBHH", record[at : at + 12])
    octets = record[at + 12 :]
    image = Image.open(io.BytesIO(octets))
    expected = {0: "JPEG", 1: "JPEG2000"}.get(data_type)
    if image.format != expected:
        raise Refused(f"image data type {data_type}, the image is {image.format}")
    image.load()
    if image.size != (width, height):
        raise Refused(f"header says {width}x{height}, the image is {image.size[0]}x{image.size[1]}")
    if kind not in (1, 2):
        raise Refused(f"face image type {kind} is neither full frontal nor token")
    if colour == 1 and image.mode != "RGB":
        raise Refused(f"colour space RGB24, the image is {image.mode}")
    return {"format": image.format, "width": width, "height": height, "bytes": len(octets), "sha256": hashlib.sha256(octets).hexdigest()}


def fingers(content):
    """63 { 7F61 { 02 n, n x 7F60 } }, one finger a template; none: 7F61 03 020100 and a random 53."""
    value = only(content, 0x63)
    _tag, _group, end = read(value)
    templates = instances(value[:end])
    if not templates:
        tag, random, last = read(value, end)
        if tag != 0x53 or not random or last != len(value):
            raise Refused("no fingers, and no random data object 53 behind")
        return []
    if end != len(value):
        raise Refused("bytes behind the biometric templates")
    return [finger(header, record) for header, record in templates]


def finger(header, record):
    magic, version = record[:4], record[4:8]
    length = int.from_bytes(record[8:14], "big")
    _device, level, count, units, scan_x, scan_y, image_x, image_y, depth, algorithm, _reserved = struct.unpack(">HHBBHHHHBBH", record[14:32])
    if (magic, version, length, count) != (b"FIR\0", b"010\0", len(record), 1):
        raise Refused(f"record header {magic} {version}, length {length} of {len(record)}, {count} fingers")
    dots = {1: 500, 2: 197}.get(units)
    if dots is None or {scan_x, scan_y, image_x, image_y} != {dots} or level < 31:
        raise Refused(f"resolution {scan_x}x{scan_y}/{image_x}x{image_y} in units {units}, level {level}")
    if depth != 8 or algorithm != 2:
        raise Refused(f"depth {depth}, compression {algorithm}")
    block, position, views, view, _quality, impression, width, height, _reserved = struct.unpack(">IBBBBBHHB", record[32:46])
    if (block, views, view) != (len(record) - 32, 1, 1):
        raise Refused(f"finger block {block} of {len(record) - 32}, view {view} of {views}")
    header_is(header, {0x81: b"\x08", 0x82: bytes([SUBTYPE[position]]), 0x87: b"\x01\x01", 0x88: b"\x00\x07"})
    octets = record[46:]
    image = Image.open(io.BytesIO(octets))
    if image.format != "WSQ":
        raise Refused(f"the image is {image.format}")
    image.load()
    if image.size != (width, height) or image.mode != "L":
        raise Refused(f"header says {width}x{height}, the image is {image.size[0]}x{image.size[1]} {image.mode}")
    return {"position": position, "impression": impression, "width": width, "height": height, "bytes": len(octets), "sha256": hashlib.sha256(octets).hexdigest()}


def instances(value):
    """The (header, record) pairs of a biometric information group template 7F61."""
    fields = children(only(value, 0x7F61))
    if not fields or fields[0][0] != 0x02 or len(fields[0][1]) != 1:
        raise Refused("no number of instances")
    number = fields[0][1][0]
    if [tag for tag, _ in fields[1:]] != [0x7F60] * number:
        raise Refused(f"{number} instances promised, {len(fields) - 1} are there")
    pairs = []
    for _tag, template in fields[1:]:
        (header_tag, header), (record_tag, record) = children(template)
        if header_tag != 0xA1 or record_tag not in (0x5F2E, 0x7F2E):
            raise Refused(f"template of {header_tag:x} and {record_tag:x}")
        pairs.append((dict(children(header)), record))
    return pairs


def header_is(header, expected):
    for tag, value in expected.items():
        if header.get(tag) != value:
            raise Refused(f"header {tag:x} is {header.get(tag, b'').hex() or 'absent'}, not {value.hex()}")
