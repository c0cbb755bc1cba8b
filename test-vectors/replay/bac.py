"""Basic Access Control and its secure messaging (ICAO 9303-11, 4.3, 9.7 and 9.8): 3DES, retail MAC."""

import hashlib

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes

import apdu
import tlv
from refused import Refused


def refuse(error):
    return Refused("channel", error)


def tdes(key, data, encrypt):
    cipher = Cipher(TripleDES(key + key[:8]), modes.CBC(bytes(8)))
    worker = cipher.encryptor() if encrypt else cipher.decryptor()
    return worker.update(data) + worker.finalize()


def pad(data, block=8):
    data += b"\x80"
    return data + bytes(-len(data) % block)


def unpad(data, error):
    body = data.rstrip(b"\0")
    if not body.endswith(b"\x80"):
        raise refuse(error)
    return body[:-1]


def retail_mac(key, padded):
    """ISO 9797-1 algorithm 3: single DES with the first half, the last block also under the second and the first half."""
    first, second = Cipher(TripleDES(key[:8] * 3), modes.CBC(bytes(8))), Cipher(TripleDES(key[8:] * 3), modes.ECB())
    worker = first.encryptor()
    last = (worker.update(padded) + worker.finalize())[-8:]
    worker = second.decryptor()
    last = worker.update(last) + worker.finalize()
    worker = Cipher(TripleDES(key[:8] * 3), modes.ECB()).encryptor()
    return worker.update(last) + worker.finalize()


def parity(key):
    return bytes(b & 0xFE | (bin(b >> 1).count("1") + 1) % 2 for b in key)


def derive(seed, counter):
    return parity(hashlib.sha1(seed + counter.to_bytes(4, "big")).digest()[:16])


def keys(mrz_information):
    seed = hashlib.sha1(mrz_information.encode("ascii")).digest()[:16]
    return seed, derive(seed, 1), derive(seed, 2)


def session(k_ifd, k_ic, rnd_ic, rnd_ifd):
    seed = bytes(a ^ b for a, b in zip(k_ifd, k_ic))
    return {"ks_enc": derive(seed, 1).hex(), "ks_mac": derive(seed, 2).hex(), "ssc": (rnd_ic[4:] + rnd_ifd[4:]).hex()}


def sealed(enc, mac, plain):
    cipher = tdes(enc, plain, True)
    return cipher + retail_mac(mac, pad(cipher))


def opened(enc, mac, data, error):
    if len(data) != 40 or retail_mac(mac, pad(data[:32])) != data[32:]:
        raise refuse(error)
    return tdes(enc, data[:32], False)


def op_keys(given):
    return dict(zip(("seed", "enc", "mac"), (key.hex() for key in keys(given["mrz_information"]))))


def op_open(given):
    _seed, enc, mac = keys(given["mrz_information"])
    plain = bytes.fromhex(given["rnd_ifd"] + given["rnd_ic"] + given["k_ifd"])
    return {"command": (bytes.fromhex("0082000028") + sealed(enc, mac, plain) + b"\x28").hex()}


def op_answer(given):
    """The chip's side: it checks the terminal's answer and gives its own."""
    _seed, enc, mac = keys(given["mrz_information"])
    rnd_ic, k_ic = bytes.fromhex(given["rnd_ic"]), bytes.fromhex(given["k_ic"])
    _head, data, _le, _extended = apdu.split(bytes.fromhex(given["command"]))
    if len(data) != 40:
        raise refuse("channel.length")
    plain = opened(enc, mac, data, "bac.terminal-answer")
    rnd_ifd, k_ifd = plain[:8], plain[16:]
    if plain[8:16] != rnd_ic:
        raise refuse("bac.terminal-answer")
    response = sealed(enc, mac, rnd_ic + rnd_ifd + k_ic) + b"\x90\x00"
    return {"response": response.hex(), **session(k_ifd, k_ic, rnd_ic, rnd_ifd)}


def op_finish(given):
    """The terminal's side: it checks the chip's answer."""
    _seed, enc, mac = keys(given["mrz_information"])
    rnd_ic, rnd_ifd, k_ifd = (bytes.fromhex(given[name]) for name in ("rnd_ic", "rnd_ifd", "k_ifd"))
    response = bytes.fromhex(given["response"])
    if response[-2:] != b"\x90\x00":
        raise refuse("channel.refused")
    if len(response) != 42:
        raise refuse("channel.length")
    plain = opened(enc, mac, response[:-2], "bac.card-answer")
    if plain[:16] != rnd_ic + rnd_ifd:
        raise refuse("bac.card-answer")
    return session(k_ifd, plain[16:], rnd_ic, rnd_ifd)


# --- Secure messaging ----------------------------------------------------------------------------------------------


class Session:
    """Either end: session keys and the send sequence counter."""

    def __init__(self, given):
        self.enc, self.mac = bytes.fromhex(given["ks_enc"]), bytes.fromhex(given["ks_mac"])
        self.ssc, self.odd = int(given["ssc"], 16), False

    def mac_over(self, objects, head=b""):
        """Over counter, padded header and padded objects; a command without any object ends with its padded header."""
        self.ssc += 1
        if self.ssc >= 1 << 64:
            raise refuse("channel.counter")
        return retail_mac(self.mac, self.ssc.to_bytes(8, "big") + (pad(head) if head else b"") + (pad(objects) if objects else b""))

    def cryptogram(self, data):
        """DO 87 (even INS) or DO 85 (odd INS) of the data, if there are any."""
        if not data:
            return b""
        cipher = tdes(self.enc, pad(data), True)
        return tlv.encode(0x85, cipher) if self.odd else tlv.encode(0x87, b"\x01" + cipher)

    def decrypted(self, objects):
        cipher = objects.get(0x85, b"")
        if 0x87 in objects:
            if objects[0x87][:1] != b"\x01":
                raise refuse("sm.object")
            cipher = objects[0x87][1:]
        if len(cipher) % 8:
            raise refuse("sm.object")
        return unpad(tdes(self.enc, cipher, False), "sm.padding") if cipher else b""

    def wrap_command(self, command):
        head, data, le, extended = apdu.split(command)
        if head[0] & 0x5C:
            raise refuse("channel.class")
        head, self.odd = bytes([head[0] | 0x0C]) + head[1:], bool(head[1] & 1)
        body = self.cryptogram(data) + (tlv.encode(0x97, le) if le else b"")
        body += tlv.encode(0x8E, self.mac_over(body, head))
        extended = extended or len(body) > 255
        return apdu.join(head, body, b"\0\0" if extended else b"\0", extended)

    def unwrap_command(self, command):
        head, body, _le, extended = apdu.split(command)
        if head[0] & 0x0C != 0x0C:
            raise refuse("sm.plain-command")
        self.odd = bool(head[1] & 1)
        objects = ordered(body, (0x85 if self.odd else 0x87, 0x97))
        if 0x8E not in objects:
            raise refuse("sm.missing-object")
        covered = body[: body.rindex(tlv.encode(0x8E, objects[0x8E]))]
        if self.mac_over(covered, head) != objects[0x8E]:
            raise refuse("sm.mac")
        le = objects.get(0x97)
        return apdu.join(bytes([head[0] & 0xF3]) + head[1:], self.decrypted(objects), le, extended and (le is None or len(le) == 2))

    def wrap_response(self, response):
        body = self.cryptogram(response[:-2]) + tlv.encode(0x99, response[-2:])
        return body + tlv.encode(0x8E, self.mac_over(body)) + response[-2:]

    def unwrap_response(self, response):
        objects = dict(tlv.children(response[:-2]))
        if not objects:
            raise refuse("sm.plain-response")
        if 0x99 not in objects or 0x8E not in objects:
            raise refuse("sm.missing-object")
        covered = response[:-2][: response[:-2].rindex(tlv.encode(0x8E, objects[0x8E]))]
        if self.mac_over(covered) != objects[0x8E]:
            raise refuse("sm.mac")
        if objects[0x99] != response[-2:]:
            raise refuse("sm.status")
        return self.decrypted(objects) + objects[0x99]


def ordered(body, allowed):
    """The data objects of a command: the cryptogram, Le and the MAC, in this order, and no others."""
    try:
        fields = tlv.children(body)
    except Refused:
        raise refuse("sm.object") from None
    order = [tag for tag in (*allowed, 0x8E) if tag in dict(fields)]
    objects = dict(fields)
    if [tag for tag, _value in fields] != order or len(objects.get(0x8E, bytes(8))) != 8:
        raise refuse("sm.object")
    if 0x87 in objects and objects[0x87][:1] != b"\x01":
        raise refuse("sm.object")
    return objects


def exchanged(given, on_command, on_response):
    """What one end makes of the commands and responses it is given, in turn."""
    return [{"command": on_command(bytes.fromhex(exchange["command"])).hex(), "response": on_response(bytes.fromhex(exchange["response"])).hex()}
            for exchange in given["exchanges"]]


def op_terminal(given):
    session = Session(given)
    return {"exchanges": exchanged(given, session.wrap_command, session.unwrap_response), "ssc": f"{session.ssc:016x}"}


def op_chip(given):
    session = Session(given)
    return {"exchanges": exchanged(given, session.unwrap_command, session.wrap_response), "ssc": f"{session.ssc:016x}"}


OPERATIONS = {"bac.keys": op_keys, "bac.open": op_open, "bac.answer": op_answer, "bac.finish": op_finish,
              "sm.terminal": op_terminal, "sm.chip": op_chip}
