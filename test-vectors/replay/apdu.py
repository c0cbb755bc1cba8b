"""Command APDUs, short and extended (ISO/IEC 7816-3, 12.1.3)."""

from refused import Refused


def split(command):
    """Header (4 bytes), data, Le (None, or the bytes as they stand), extended?"""
    head, body = command[:4], command[4:]
    if len(body) <= 1:
        return head, b"", body or None, False
    if body[0] != 0:
        data, le = body[1 : 1 + body[0]], body[1 + body[0] :]
        if len(data) < body[0] or len(le) > 1:
            raise Refused("apdu", "apdu.length")
        return head, data, le or None, False
    if len(body) == 3:
        return head, b"", body[1:], True
    size = int.from_bytes(body[1:3], "big")
    data, le = body[3 : 3 + size], body[3 + size :]
    if len(data) < size or len(le) not in (0, 2):
        raise Refused("apdu", "apdu.length")
    return head, data, le or None, True


def join(head, data, le, extended):
    """`le` is None or one or two bytes; an extended Le without data carries its leading zero here."""
    if not extended:
        return head + (bytes([len(data)]) + data if data else b"") + (le or b"")
    body = b"\0" + len(data).to_bytes(2, "big") + data if data else b""
    if le is None:
        return head + body
    return head + body + (b"" if data else b"\0") + le.rjust(2, b"\0")
