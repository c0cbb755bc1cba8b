"""BER made DER (X.690): shortest lengths, no indefinite ones, octet strings in one piece."""


def to_der(data):
    """The DER of one element with nothing behind it; None if it is not one."""
    try:
        der, end = element(data, 0, 32)
    except IndexError:
        return None
    return der if end == len(data) and der is not None else None


def element(data, at, depth):
    if depth == 0:
        raise IndexError
    tag, first, at = data[at], data[at + 1], at + 2
    if tag & 0x1F == 0x1F or (first == 0x80 and not tag & 0x20):
        raise IndexError
    if first == 0x80:
        end = None
    else:
        octets = first & 0x7F if first & 0x80 else 0
        length = int.from_bytes(data[at : at + octets], "big") if octets else first
        at += octets
        end = at + length
        if end > len(data):
            raise IndexError
    if not tag & 0x20:
        return encode(tag, data[at:end]), end
    parts = []
    while at != end:
        if end is None and data[at : at + 2] == b"\0\0":
            end = at = at + 2
            break
        part, at = element(data if end is None else data[:end], at, depth - 1)
        parts.append(part)
    if tag == 0x24:
        return encode(0x04, b"".join(content(part) for part in parts)), at
    return encode(tag, b"".join(parts)), at


def content(part):
    """The octets of an octet string that `encode` wrote."""
    if part[0] != 0x04:
        raise IndexError
    return part[2 + (part[1] & 0x7F if part[1] & 0x80 else 0) :]


def encode(tag, value):
    if len(value) < 0x80:
        return bytes([tag, len(value)]) + value
    size = len(value).to_bytes((len(value).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + value
