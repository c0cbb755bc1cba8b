"""Encodings: TLVs, APDUs, file control parameters, SecurityInfos, keys, signatures, sealed records, codici fiscali."""

import pathlib
import tomllib

from cryptography.exceptions import InvalidSignature, InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

import apdu
import tlv
from refused import Refused

PROFILES = pathlib.Path(__file__).resolve().parents[2] / "profiles"


# --- TLV -----------------------------------------------------------------------------------------------------------


def read_tlv(data, at):
    """Like `tlv.read`, and by the rules of a chip's decoder: tags of at most three octets, lengths in any definite form."""
    size = tlv.tag_size(data, at)
    if at + size >= len(data):
        raise Refused("tlv", "tlv.truncated", at)
    octets = data[at + size]
    if octets == 0x80:
        raise Refused("tlv", "tlv.indefinite", at)
    if octets > 0x84:
        raise Refused("tlv", "tlv.length-form", at)
    start = at + size + 1
    length = octets
    if octets > 0x80:
        if start + octets - 0x80 > len(data):
            raise Refused("tlv", "tlv.truncated", at)
        length, start = int.from_bytes(data[start : start + octets - 0x80], "big"), start + octets - 0x80
    if start + length > len(data):
        raise Refused("tlv", "tlv.truncated", at)
    return data[at : at + size], data[start : start + length], start + length


def op_tlv_read(given):
    content, at, objects = given["content"], 0, []
    while at < len(content):
        tag, value, end = read_tlv(content, at)
        objects.append({"tag": tag.hex(), "value": value.hex(), "at": at})
        at = end
    return {"objects": objects}


def op_tlv_single(given):
    content = given["content"]
    if not content:
        raise Refused("tlv", "tlv.tag-unexpected", 0)
    tag, value, end = read_tlv(content, 0)
    if tag.hex() != given["tag"]:
        raise Refused("tlv", "tlv.tag-unexpected", 0)
    if end != len(content):
        raise Refused("tlv", "tlv.trailing-bytes", end)
    return {"value": value.hex()}


# --- APDU ----------------------------------------------------------------------------------------------------------


def op_command(given):
    content = given["content"]
    if len(content) < 4:
        raise Refused("apdu", "apdu.too-short")
    head, data, le, extended = apdu.split(content)
    body = content[4:]
    if len(body) > 1 and body[0] == 0 and (len(body) == 2 or (len(body) > 3 and not data)):
        raise Refused("apdu", "apdu.length")
    expected = 0 if le is None else int.from_bytes(le, "big") or 256 ** len(le)
    return {"cla": f"{head[0]:02x}", "ins": f"{head[1]:02x}", "p1": f"{head[2]:02x}", "p2": f"{head[3]:02x}", "data": data.hex(),
            "le": expected, "extended": extended}


def op_response(given):
    content = given["content"]
    if len(content) < 2:
        raise Refused("apdu", "apdu.too-short")
    return {"data": content[:-2].hex(), "sw": content[-2:].hex()}


# --- File control parameters ---------------------------------------------------------------------------------------


def fields_of(data):
    """Tag and value of each data object; a template that is no TLV is refused."""
    found, at = [], 0
    while at < len(data):
        try:
            tag, value, at = read_tlv(data, at)
        except Refused:
            raise Refused("apdu", "fcp.tlv") from None
        found.append((int.from_bytes(tag, "big"), value))
    return found


def single_octet(octet):
    if octet == 0x00:
        return "always"
    if octet == 0xFF:
        return "never"
    if octet & 0xF0 == 0x40 and 1 <= octet & 0x0F <= 14:
        return f"se {octet & 0x0F}"
    raise Refused("apdu", "fcp.security")


def condition(tag, value, depth=0):
    if (tag, value) == (0x90, b""):
        return "always"
    if (tag, value) == (0x97, b""):
        return "never"
    if tag == 0x9E and len(value) == 1 and single_octet(value[0]).startswith("se"):
        return single_octet(value[0])
    if tag in (0xA0, 0xAF) and value and depth < 3:
        joined = ", ".join(condition(*child, depth + 1) for child in fields_of(value))
        return f"{'any' if tag == 0xA0 else 'all'}({joined})"
    raise Refused("apdu", "fcp.security")


def compact(value):
    """One octet of access mode, then a condition octet a bit, from b7 down."""
    bits = [1 << place for place in range(6, -1, -1) if value[:1] and value[0] >> place & 1]
    if not value or value[0] & 0x80 or len(value) != 1 + len(bits):
        raise Refused("apdu", "fcp.security")
    return [{"operation": f"mode {bit:02x}", "condition": single_octet(octet)} for bit, octet in zip(bits, value[1:])]


def expanded(value):
    pairs, fields = [], fields_of(value)
    if len(fields) % 2:
        raise Refused("apdu", "fcp.security")
    for (tag, octets), attribute in zip(fields[::2], fields[1::2]):
        if {0x80: 1, 0x84: 1, 0x86: 2}.get(tag) != len(octets):
            raise Refused("apdu", "fcp.security")
        said = condition(*attribute)
        if tag == 0x86:
            pairs.append({"operation": f"ins {octets[0]:02x} p1 {octets[1]:02x}", "condition": said})
            continue
        codes = [octets[0]] if tag == 0x84 else [1 << place for place in range(6, -1, -1) if octets[0] >> place & 1]
        pairs += [{"operation": f"{'ins' if tag == 0x84 else 'mode'} {code:02x}", "condition": said} for code in codes]
    return pairs


LENGTHS = {0x82: (1,), 0x83: (2,), 0x80: (2,), 0x84: range(5, 17), 0x88: (1,), 0x8A: (1,)}


def op_fcp(given):
    outer = fields_of(given["content"])
    if len(outer) != 1 or outer[0][0] != 0x62:
        raise Refused("apdu", "fcp.tlv")
    fields = fields_of(outer[0][1])
    named = dict(fields)
    for tag, value in fields:
        if tag in LENGTHS and len(value) not in LENGTHS[tag]:
            raise Refused("apdu", "fcp.parameter")
    if named.get(0x82) not in (b"\x38", b"\x01"):
        raise Refused("apdu", "fcp.parameter")
    is_df = named[0x82] == b"\x38"
    order = [0x82, 0x83] + ([0x84] if is_df else [0x80, 0x88]) + [0x8A, 0x8C, 0xAB]
    tags = [tag for tag, _value in fields]
    required = {0x82, 0x83, 0x8A} | (set() if is_df else {0x80})
    if tags != [tag for tag in order if tag in named] or not required <= set(tags):
        raise Refused("apdu", "fcp.tlv")
    life_cycle = named[0x8A][0]
    states = {0x01: 1, 0x03: 3, 0x04: 4, 0x06: 4, 0x05: 5, 0x07: 5, 0x0C: 15, 0x0D: 15, 0x0E: 15, 0x0F: 15}
    if life_cycle not in states:
        raise Refused("apdu", "fcp.parameter")
    if is_df:
        kind = {"df": {"name": named[0x84].hex()} if 0x84 in named else {}}
    else:
        kind = {"ef": {"size": int.from_bytes(named[0x80], "big")}}
        if 0x88 in named:
            if named[0x88][0] & 7 or not 1 <= named[0x88][0] >> 3 <= 30:
                raise Refused("apdu", "fcp.parameter")
            kind["ef"]["sfi"] = named[0x88][0] >> 3
    rules = (compact(named[0x8C]) if 0x8C in named else []) + (expanded(named[0xAB]) if 0xAB in named else [])
    return {"fid": named[0x83].hex(), "kind": kind, "life_cycle": f"{states[life_cycle]:02x}", "rules": rules}


# --- Profiles ------------------------------------------------------------------------------------------------------

EF_BITS = {"read": 0x01, "update": 0x02}
DF_BITS = {"create-ef": 0x02, "create-df": 0x04, "deactivate": 0x08, "activate": 0x10, "terminate": 0x20}
# Instruction, or instruction and P1, of each command that an operation stands for.
INSTRUCTIONS = {
    "put-data": ["da"],
    "generate-key-pair": ["47"],
    "select": ["a4"],
    "internal-authenticate": ["88"],
    "sign": ["2a"],
    "verify": ["20"],
    "change-code": ["2400"],
    "set-codes": ["2401"],
    "reset-code": ["2c00", "2c01"],
}
MECHANISMS = {
    "scp03": 1,
    "bac": 2,
    "pace": 3,
    "chip-authentication": 4,
    "terminal-authentication": 5,
    "issuing-office": 6,
    "holder": 7,
}


def profile(name):
    return tomllib.loads((PROFILES / f"{name}.toml").read_text(encoding="utf-8"))


def op_profile_fcp(given):
    """The row's rules as compact attributes where each is one octet, else expanded; instructions are always expanded."""
    table = profile(given["profile"])
    numbers = {name: environment["number"] for name, environment in table["environments"].items()}
    (row,) = [row for row in table["file"] if row["name"] == given["file"]]

    def objects(names):
        names = [names] if isinstance(names, str) else names
        single = [tlv.encode(0x90, b"") if name == "always" else tlv.encode(0x9E, bytes([0x40 | numbers[name]])) for name in names]
        octet = 0x00 if names == ["always"] else 0x40 | numbers[names[0]] if len(names) == 1 else None
        return (single[0] if len(single) == 1 else tlv.encode(0xA0, b"".join(single))), octet

    is_ef = row["kind"] == "transparent"
    rules = {access: objects(names) for access, names in row.get("rules", {}).items()}
    bits = EF_BITS if is_ef else DF_BITS
    modes = sorted(((bits[access], rule) for access, rule in rules.items() if access in bits), reverse=True, key=lambda mode: mode[0])
    body = tlv.encode(0x82, b"\x01" if is_ef else b"\x38") + tlv.encode(0x83, row["fid"].to_bytes(2, "big"))
    if is_ef:
        body += tlv.encode(0x80, row["size"].to_bytes(2, "big"))
        body += tlv.encode(0x88, bytes([row["sfi"] << 3])) if "sfi" in row else b""
    elif "aid" in row:
        body += tlv.encode(0x84, bytes.fromhex(row["aid"]))
    body += tlv.encode(0x8A, b"\x03")
    attributes = b""
    if modes and all(octet is not None for _bit, (_object, octet) in modes):
        body += tlv.encode(0x8C, bytes([sum(bit for bit, _rule in modes)]) + bytes(octet for _bit, (_object, octet) in modes))
    else:
        attributes = b"".join(tlv.encode(0x80, bytes([bit])) + rule for bit, (rule, _octet) in modes)
    for access, codes in INSTRUCTIONS.items():
        for code in map(bytes.fromhex, codes if access in rules and not is_ef else []):
            attributes += tlv.encode(0x84 if len(code) == 1 else 0x86, code) + rules[access][0]
    return {"fcp": tlv.encode(0x62, body + (tlv.encode(0xAB, attributes) if attributes else b"")).hex()}


def op_profile_environment(given):
    environment = profile(given["profile"])["environments"][given["environment"]]
    value = tlv.encode(0x80, bytes([environment["number"]]))
    for way in environment["alternatives"]:
        value += tlv.encode(0xA4, tlv.encode(0x80, bytes([MECHANISMS[way["mechanism"]]])) + tlv.encode(0x83, bytes([way["reference"]])))
    return {"template": value.hex()}


# --- SecurityInfos, keys, signatures, sealed records ---------------------------------------------------------------

CHIP_AUTHENTICATION = bytes.fromhex("04007f00070202030202")
CHIP_KEY = bytes.fromhex("04007f000702020102")


def op_security_infos(given):
    content, infos = given["content"], []
    try:
        tag, value, end = tlv.read(content)
        entries = tlv.children(value)
    except Refused:
        raise Refused("channel", "securityinfo.der") from None
    if tag != 0x31 or end != len(content):
        raise Refused("channel", "securityinfo.der")
    for tag, entry in entries:
        if tag != 0x30:
            raise Refused("channel", "securityinfo.der")
        fields = [octets for _tag, octets in tlv.children(entry)]
        identifier = fields[2][-1] if len(fields) > 2 else None
        if fields[0] == CHIP_AUTHENTICATION and fields[1] == b"\x01":
            infos.append({"chip_authentication": {"key_id": identifier}})
        elif fields[0] == CHIP_KEY:
            infos.append({"public_key": {"key": tlv.encode(0x30, fields[1]).hex(), "key_id": identifier}})
        else:
            infos.append({"unknown": tlv.encode(0x30, entry).hex()})
    return {"infos": infos}


def load_key(spki):
    try:
        return serialization.load_der_public_key(spki)
    except UnsupportedAlgorithm:
        raise Refused("crypto", "crypto.curve-unknown") from None
    except ValueError as fault:
        raise Refused("crypto", "crypto.curve-unknown" if "curve" in str(fault) else "crypto.public-key-form") from None


def op_public_key(given):
    key = load_key(given["content"])
    if not isinstance(key.curve, ec.SECP256R1):
        raise Refused("crypto", "crypto.curve-unknown")
    return {"p256_point": key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint).hex()}


def op_signature(given):
    scheme, name = given["algorithm"].split("-")
    key = load_key(bytes.fromhex(given["key"]))
    if scheme != "ecdsa":
        raise Refused("crypto", "crypto.algorithm-mismatch")
    try:
        key.verify(bytes.fromhex(given["signature"]), bytes.fromhex(given["message"]), ec.ECDSA(getattr(hashes, name.upper())()))
    except InvalidSignature:
        raise Refused("crypto", "crypto.signature") from None
    return {}


def op_record_cipher(given):
    key, content = bytes.fromhex(given["key"]), given["content"]
    if len(key) not in (16, 24, 32):
        raise Refused("crypto", "secret.key-length")
    if len(key) != 32:
        raise Refused("crypto", "crypto.key-form")
    try:
        return {"plain": AESGCM(key).decrypt(bytes.fromhex(given["nonce"]), content, bytes.fromhex(given["context"])).hex()}
    except InvalidTag:
        raise Refused("crypto", "crypto.authentication") from None


# --- Codice fiscale ------------------------------------------------------------------------------------------------

ODD = dict(zip("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8,
                                                        12, 14, 16, 10, 22, 25, 24, 23]))
OMOCODIA = dict(zip("LMNPQRSTUV", "0123456789"))


def op_codice_fiscale(given):
    """Decree of 23 December 1976: fifteen characters and a check letter; digits may stand as letters (omocodia)."""
    text = given["text"]
    digits = "".join(OMOCODIA.get(character, character) for character in text[6:8] + text[9:11] + text[12:15])
    letters = text[:6] + text[8:9] + text[11:12] + text[15:]
    if len(text) != 16 or not text.isascii() or not digits.isdigit() or not letters.isalpha() or not letters.isupper() or text[8] not in "ABCDEHLMPRST":
        raise Refused("record", "record.codice-fiscale-form")
    total = sum(ODD[character] for character in text[0:15:2])
    total += sum(int(character) if character.isdigit() else ord(character) - ord("A") for character in text[1:15:2])
    if chr(ord("A") + total % 26) != text[15]:
        raise Refused("record", "record.codice-fiscale-check")
    day = int(digits[2:4])
    longest = dict(zip("ABCDEHLMPRST", (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)))[text[8]]
    if not 1 <= (day - 40 if day > 40 else day) <= longest:
        raise Refused("record", "record.codice-fiscale-date")
    return {}


OPERATIONS = {"tlv.read": op_tlv_read, "tlv.single": op_tlv_single, "apdu.command": op_command, "apdu.response": op_response, "fcp.decode": op_fcp,
              "profile.fcp": op_profile_fcp, "profile.environment": op_profile_environment, "security-infos.decode": op_security_infos,
              "public-key.decode": op_public_key, "signature.verify": op_signature, "record-cipher.open": op_record_cipher,
              "codice-fiscale.parse": op_codice_fiscale}
