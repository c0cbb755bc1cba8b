"""SCP03 (GlobalPlatform Amendment D): S8 mode, AES-128; security level 33 unless a vector says otherwise."""

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC
from cryptography.hazmat.primitives.kdf.kbkdf import KBKDFCMAC, CounterLocation, Mode

import apdu
from bac import exchanged, pad, unpad
from refused import Refused


def refuse(error):
    return Refused("channel", error)


def cmac(key, data):
    worker = CMAC(algorithms.AES(key))
    worker.update(data)
    return worker.finalize()


def ecb(key, block):
    worker = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    return worker.update(block) + worker.finalize()


def cbc(key, iv, data, encrypt):
    cipher = Cipher(algorithms.AES(key), modes.CBC(iv))
    worker = cipher.encryptor() if encrypt else cipher.decryptor()
    return worker.update(data) + worker.finalize()


def kdf(key, constant, bits, context):
    """Amendment D, 4.1.5: eleven zeros and the constant as label, 00, L, counter 01, context."""
    return cmac(key, bytes(11) + bytes([constant, 0]) + bits.to_bytes(2, "big") + b"\x01" + context)[: bits // 8]


def derive(enc, mac, host_challenge, card_challenge, level):
    context = host_challenge + card_challenge
    s_enc, s_mac, s_rmac = kdf(enc, 4, 128, context), kdf(mac, 6, 128, context), kdf(mac, 7, 128, context)
    host = kdf(s_mac, 1, 64, context)
    head = bytes([0x84, 0x82, level, 0, 16])
    chaining = cmac(s_mac, bytes(16) + head + host)
    return {"s_enc": s_enc.hex(), "s_mac": s_mac.hex(), "s_rmac": s_rmac.hex(), "card_cryptogram": kdf(s_mac, 0, 64, context).hex(),
            "host_cryptogram": host.hex(), "command": (head + host + chaining[:8]).hex(), "chaining": chaining.hex()}


def of(given, *names):
    return [bytes.fromhex(given[name]) for name in names]


def op_derive(given):
    return derive(*of(given, "enc", "mac", "host_challenge", "card_challenge"), int(given["security_level"], 16))


def command_iv(s_enc, counter):
    return ecb(s_enc, counter.to_bytes(16, "big"))


def response_iv(s_enc, counter):
    return ecb(s_enc, b"\x80" + counter.to_bytes(15, "big"))


def header(head, size, extended):
    return head + (b"\0" + size.to_bytes(2, "big") if extended else bytes([size]))


def is_error(status):
    """An error comes back bare; 9000 and the warnings 62xx and 63xx are protected (Amendment D, 6.2.5)."""
    return status != b"\x90\x00" and status[0] not in (0x62, 0x63)


class Session:
    """Either end: session keys, MAC chaining value, and the counter of the command on its way (1 after EXTERNAL AUTHENTICATE)."""

    def __init__(self, derived):
        self.s_enc, self.s_mac, self.s_rmac, self.chaining = of(derived, "s_enc", "s_mac", "s_rmac", "chaining")
        self.counter = 0

    def wrap_command(self, command):
        self.counter += 1
        head, data, le, extended = apdu.split(command)
        if head[0] & 0x5C:
            raise refuse("channel.class")
        head = bytes([head[0] | 0x04]) + head[1:]
        if data:
            data = cbc(self.s_enc, command_iv(self.s_enc, self.counter), pad(data, 16), True)
        extended = extended or len(data) + 8 > 255
        self.chaining = cmac(self.s_mac, self.chaining + header(head, len(data) + 8, extended) + data)
        return apdu.join(head, data + self.chaining[:8], le, extended)

    def unwrap_command(self, command):
        self.counter += 1
        head, body, le, extended = apdu.split(command)
        if head[0] & 0x04 != 0x04:
            raise refuse("channel.class")
        data, mac = body[:-8], body[-8:]
        self.chaining = cmac(self.s_mac, self.chaining + header(head, len(body), extended) + data)
        if self.chaining[:8] != mac:
            raise refuse("scp03.command-mac")
        if len(data) % 16:
            raise refuse("scp03.padding")
        if data:
            data = unpad(cbc(self.s_enc, command_iv(self.s_enc, self.counter), data, False), "scp03.padding")
        return apdu.join(bytes([head[0] & ~0x04]) + head[1:], data, le, extended)

    def wrap_response(self, response):
        data, status = response[:-2], response[-2:]
        if is_error(status):
            return status
        if data:
            data = cbc(self.s_enc, response_iv(self.s_enc, self.counter), pad(data, 16), True)
        return data + cmac(self.s_rmac, self.chaining + data + status)[:8] + status

    def unwrap_response(self, response):
        data, mac, status = response[:-10], response[-10:-2], response[-2:]
        if len(response) == 2 and is_error(status):
            return response
        if len(response) < 10 or cmac(self.s_rmac, self.chaining + data + status)[:8] != mac:
            raise refuse("scp03.response-mac")
        if data:
            data = unpad(cbc(self.s_enc, response_iv(self.s_enc, self.counter), data, False), "scp03.padding")
        return data + status


def op_host(given):
    answer = bytes.fromhex(given["card_answer"])
    if len(answer) != 29:
        raise refuse("channel.length")
    if answer[11:13] != b"\x03\x60":
        raise refuse("scp03.protocol")
    derived = derive(*of(given, "enc", "mac", "host_challenge"), answer[13:21], 0x33)
    if bytes.fromhex(derived["card_cryptogram"]) != answer[21:]:
        raise refuse("scp03.card-cryptogram")
    session = Session(derived)
    return {"command": derived["command"], "exchanges": exchanged(given, session.wrap_command, session.unwrap_response)}


def op_chip(given):
    enc, mac, serial, version, host_challenge, card_challenge, authenticate = of(
        given, "enc", "mac", "serial", "key_version", "host_challenge", "card_challenge", "authenticate")
    if authenticate[:2] != b"\x84\x82":
        raise refuse("channel.class")
    if authenticate[2:4] != b"\x33\x00":
        raise refuse("scp03.security-level")
    if len(authenticate) != 21:
        raise refuse("channel.length")
    derived = derive(enc, mac, host_challenge, card_challenge, 0x33)
    if cmac(bytes.fromhex(derived["s_mac"]), bytes(16) + authenticate[:13])[:8] != authenticate[13:]:
        raise refuse("scp03.command-mac")
    if authenticate[5:13].hex() != derived["host_cryptogram"]:
        raise refuse("scp03.host-cryptogram")
    answer = serial + version + b"\x03\x60" + card_challenge + bytes.fromhex(derived["card_cryptogram"])
    session = Session(derived)
    return {"card_answer": answer.hex(), "exchanges": exchanged(given, session.unwrap_command, session.wrap_response)}


def op_put_key(given):
    """PUT KEY that replaces a key set: each key under the static DEK, with its check value (GPC 11.8, Amendment D 7.2)."""
    dek = bytes.fromhex(given["dek"])
    body = bytes.fromhex(given["new_version"])
    for name in ("new_enc", "new_mac", "new_dek"):
        key = bytes.fromhex(given[name])
        body += b"\x88\x10" + cbc(dek, bytes(16), key, True) + b"\x03" + ecb(key, b"\x01" * 16)[:3]
    return {"command": apdu.join(bytes([0x80, 0xD8]) + bytes.fromhex(given["old_version"]) + b"\x81", body, b"\0", False).hex()}


def op_read_put_key(given):
    """The chip's side of it: keys under the DEK in force, each with its check value."""
    dek, command = of(given, "dek", "command")
    head, body, _le, _extended = apdu.split(command)
    if head[1] != 0xD8 or head[3] != 0x81 or len(body) != 67:
        raise refuse("scp03.put-key-form")
    read = {"old_version": f"{head[2]:02x}", "new_version": f"{body[0]:02x}"}
    for name, entry in zip(("new_enc", "new_mac", "new_dek"), (body[at : at + 22] for at in (1, 23, 45))):
        if entry[:2] != b"\x88\x10" or entry[18] != 3:
            raise refuse("scp03.put-key-form")
        key = cbc(dek, bytes(16), entry[2:18], False)
        if ecb(key, b"\x01" * 16)[:3] != entry[19:]:
            raise refuse("scp03.key-check")
        read[name] = key.hex()
    return read


def op_kdf(given):
    """SP 800-108 counter mode with CMAC, 8-bit counter before the fixed input, 16-bit length: `cryptography`'s own."""
    key, label, context = of(given, "key", "label", "context")
    worker = KBKDFCMAC(algorithms.AES, Mode.CounterMode, given["bits"] // 8, 1, 2, CounterLocation.BeforeFixed, label, context, None)
    return {"key": worker.derive(key).hex()}


def op_chip_keys(given):
    master, serial, version = of(given, "master", "serial", "key_version")
    if len(master) != 32:
        raise refuse("channel.key-length")
    return {name: op_kdf({"key": master.hex(), "label": f"sigillo/v1/{name.upper()}".encode().hex(), "context": (serial + version).hex(), "bits": 128})["key"]
            for name in ("enc", "mac", "dek")}


OPERATIONS = {"scp03.derive": op_derive, "scp03.host": op_host, "scp03.chip": op_chip, "scp03.put-key": op_put_key, "scp03.read-put-key": op_read_put_key,
              "kdf.counter-cmac": op_kdf, "kdf.chip-keys": op_chip_keys}
