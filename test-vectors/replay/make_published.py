#!/usr/bin/env python3
"""Writes the suites that need no sigillo: published worked examples, and values computed by this second implementation.

    make_published.py [DIR]

Published values stand here as literals, copied from the document that the group names; everything else is computed.
Running it twice gives the same bytes; `cargo xtask vectors fmt` then makes the manifest true.
"""

import hashlib
import json
import pathlib
import sys

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

import bac
import form
import journal
import mrz
import scp03
from refused import Refused
from replay import OPERATIONS

FOLDER = pathlib.Path(__file__).resolve().parent.parent
TWIN = {"method": "independent-implementation", "tool": "replay.py with Python cryptography", "version": "0.1.0",
        "command": "test-vectors/replay/make_published.py"}
BAC_CITATION = {"doc": "icao-9303-11", "edition": "8", "clause": "4.3, 9.8 and Appendix D"}


def example(of, edition):
    return {"method": "standard-worked-example", "tool": of, "version": edition}


class Suite:
    def __init__(self, path, schema, citations, notes):
        self.path, self.cases = path, 0
        self.name = pathlib.Path(path).stem
        self.document = {"schema": schema, "suite": self.name, "citations": citations,
                         "notes": {flag: {"kind": kind, "why": why} for flag, (kind, why) in notes.items()}, "count": 0, "groups": []}

    def group(self, source):
        self.document["groups"].append({"source": source, "cases": []})
        return self

    def case(self, title, flag, op, given, output=None, **refusal):
        """A published case has `output`; without it the twin computes it, or must refuse as `refusal` says."""
        if output is None and not refusal:
            output = OPERATIONS[op](as_bytes(given))
        if refusal:
            try:
                OPERATIONS[op](as_bytes(given))
                sys.exit(f"{self.name}: {title}: accepted")
            except Refused as refused:
                found = {"stage": refused.stage, "error": refused.error} | ({} if refused.at is None else {"at": refused.at})
                if found["error"] != refusal["error"]:
                    sys.exit(f"{self.name}: {title}: {refused}")
            expect = {"result": "reject", **found}
        else:
            expect = {"result": "accept", "output": output}
        self.cases += 1
        self.document["groups"][-1]["cases"].append(
            {"id": f"{self.name}/{self.cases:04}", "title": title, "flags": [flag], "op": op, "input": given, "expect": expect})
        return expect.get("output")

    def write(self, folder):
        self.document["count"] = self.cases
        path = folder / self.path
        path.parent.mkdir(exist_ok=True)
        path.write_text(form.text(self.document), encoding="utf-8")
        print(f"{self.path}: {self.cases} cases")


def as_bytes(given):
    return {name: bytes.fromhex(value) if name == "content" else value for name, value in given.items()}


def flipped(text, at=-1):
    """The same hex with one bit of one byte changed."""
    octets = bytearray.fromhex(text)
    octets[at] ^= 1
    return octets.hex()


# --- MRZ -----------------------------------------------------------------------------------------------------------


def td1():
    suite = Suite("mrz/td1.json", "lds_codec.v1",
                  [{"doc": "icao-9303-3", "edition": "8", "clause": "4.9"}, {"doc": "icao-9303-5", "edition": "8", "clause": "4.2 and Appendix B"}],
                  {"CheckDigit": ("basic", "Weights 7, 3, 1; letters count from A = 10, the filler is 0."),
                   "Build": ("basic", "Fields become three lines and their check digits."),
                   "Parse": ("basic", "Three lines become fields."),
                   "LongNumber": ("edge", "More than nine characters: a filler in position 15, the rest and its check digit in the optional data."),
                   "UnknownDate": ("edge", "Unknown parts of a date of birth are fillers, which count as 0."),
                   "SingleName": ("edge", "A holder with one name has no secondary identifier."),
                   "WrongDigit": ("tampered", "One character differs from what its check digit says."),
                   "Form": ("malformed", "Not ninety characters of the MRZ's alphabet.")})
    suite.group(example("ICAO Doc 9303-3, 4.9", "8"))
    suite.case("a date", "CheckDigit", "mrz.check-digit", {"text": "520727"}, {"digit": "3"})
    suite.case("a number filled up", "CheckDigit", "mrz.check-digit", {"text": "AB2134<<<"}, {"digit": "5"})
    suite.group(example("ICAO Doc 9303-5, Appendix B, and 9303-11, Appendix D.2", "8"))
    anna = "I<UTOD231458907<<<<<<<<<<<<<<<7408122F1204159UTO<<<<<<<<<<<6ERIKSSON<<ANNA<MARIA<<<<<<<<<<"
    peter = "I<UTOD23145890<7349<<<<<<<<<<<3407127M9507122UTO<<<<<<<<<<<2STEVENSON<<PETER<JOHN<<<<<<<<<"
    eriksson = {"document_code": "I", "issuing_state": "UTO", "document_number": "D23145890", "optional_data_1": "", "birth_date": "740812", "sex": "F",
                "expiry_date": "120415", "nationality": "UTO", "optional_data_2": "", "surname": "ERIKSSON", "given_names": "ANNA MARIA"}
    stevenson = {**eriksson, "document_number": "D23145890734", "birth_date": "340712", "sex": "M", "expiry_date": "950712", "surname": "STEVENSON",
                 "given_names": "PETER JOHN"}
    suite.case("the specimen", "Parse", "mrz.parse", {"text": anna}, {**eriksson, "mrz_information": "D23145890774081221204159"})
    suite.case("a number of twelve characters", "LongNumber", "mrz.parse", {"text": peter}, {**stevenson, "mrz_information": "D23145890734934071279507122"})
    suite.case("the specimen from its fields", "Build", "mrz.build", {**eriksson, "birth_date": "1974-08-12", "expiry_date": "2012-04-15"},
               {"text": anna, "mrz_information": "D23145890774081221204159"})
    suite.case("the long number from its fields", "LongNumber", "mrz.build", {**stevenson, "birth_date": "1934-07-12", "expiry_date": "1995-07-12"},
               {"text": peter, "mrz_information": "D23145890734934071279507122"})
    suite.group(TWIN)
    permit = {**eriksson, "document_code": "IR", "issuing_state": "ITA", "document_number": "I12345678", "birth_date": "1985-06-15", "expiry_date": "2031-10-31"}
    permit_text = suite.case("a residence permit", "Build", "mrz.build", permit)["text"]
    suite.case("day of birth unknown", "UnknownDate", "mrz.build", {**permit, "birth_date": "1985-06-00"})
    suite.case("month and day of birth unknown, sex X", "UnknownDate", "mrz.build", {**permit, "birth_date": "1985-00-00", "sex": "X"})
    suite.case("one name only", "SingleName", "mrz.build", {**permit, "surname": "WULANDARI", "given_names": ""})
    suite.case("stateless, with optional data in both lines", "Build", "mrz.build",
               {**permit, "nationality": "XXA", "optional_data_1": "AB12", "optional_data_2": "Z9"})
    suite.case("one name only, read", "SingleName", "mrz.parse",
               {"text": mrz.build({**permit, "surname": "WULANDARI", "given_names": ""})["text"]})
    for title, at in (("document number", 6), ("date of birth", 31), ("date of expiry", 39)):
        suite.case(f"one digit of the {title}", "WrongDigit", "mrz.parse", {"text": changed(permit_text, at)}, error="lds.check-digit")
    suite.case("the composite alone", "WrongDigit", "mrz.parse", {"text": changed(permit_text, 59)}, error="lds.check-digit")
    suite.case("89 characters", "Form", "mrz.parse", {"text": permit_text[:-1]}, error="lds.length")
    suite.case("a small letter", "Form", "mrz.parse", {"text": permit_text.replace("ANNA", "ANNa")}, error="lds.character")
    return suite


def changed(text, at):
    return text[:at] + ("8" if text[at] != "8" else "7") + text[at + 1 :]


# --- EF.COM --------------------------------------------------------------------------------------------------------


def com():
    suite = Suite("lds/com.json", "lds_codec.v1", [{"doc": "icao-9303-10", "edition": "8", "clause": "4.6.1"}],
                  {"Decode": ("basic", "Versions and the list of data groups."), "Build": ("basic", "The same bytes again from what they say."),
                   "Version": ("malformed", "A version is four digits (LDS) or six (Unicode)."),
                   "TagList": ("malformed", "A tag that no data group has, or one that stands twice."),
                   "Tlv": ("malformed", "The file is exactly one data object with the right tag, its length in the shortest form.")})
    suite.group(example("ICAO Doc 9303-11, Appendix D.4 (read from the chip)", "8"))
    worked = "60145f0104303130365f36063034303030305c026175"
    said = {"lds_version": "0106", "unicode_version": "040000", "data_groups": [1, 2]}
    suite.case("DG1 and DG2", "Decode", "lds.decode", {"file": "EF.COM", "content": worked}, said)
    suite.case("DG1 and DG2, built", "Build", "lds.build-com", said, {"content": worked})
    suite.group(example("BSI TR-03105-5, reference data set", "1.0"))
    bsi = "60165f0104303130375f36063034303030305c046175636e"
    said = {"lds_version": "0107", "unicode_version": "040000", "data_groups": [1, 2, 3, 14]}
    suite.case("DG1, DG2, DG3 and DG14", "Decode", "lds.decode", {"file": "EF.COM", "content": bsi}, said)
    suite.case("DG1, DG2, DG3 and DG14, built", "Build", "lds.build-com", said, {"content": bsi})
    suite.group(TWIN)
    said = {"lds_version": "0108", "unicode_version": "040000", "data_groups": [1, 2, 3, 11, 12, 14]}
    permit = suite.case("what a permit lists", "Build", "lds.build-com", said)["content"]
    suite.case("what a permit lists, read", "Decode", "lds.decode", {"file": "EF.COM", "content": permit}, said)
    for title, flag, content, error in (
        ("a letter in the LDS version", "Version", permit.replace("30313038", "30314138"), "lds.version"),
        ("the tag of EF.SOD in the list", "TagList", permit.replace("6b6c6e", "6b6c77"), "lds.data-group"),
        ("a tag twice", "TagList", permit.replace("6b6c6e", "6b6c6c"), "lds.count"),
        ("DG1's tag outside", "Tlv", "61" + permit[2:], "lds.tag-unexpected"),
        ("a byte behind", "Tlv", permit + "00", "lds.trailing-bytes"),
        ("one byte less", "Tlv", permit[:-2], "lds.truncated"),
    ):
        suite.case(title, flag, "lds.decode", {"file": "EF.COM", "content": content}, error=error)
    return suite


# --- BAC -----------------------------------------------------------------------------------------------------------


def bac_suite():
    suite = Suite("channel/bac.json", "channel.v1", [BAC_CITATION],
                  {"Keys": ("basic", "From the MRZ information to the two keys that open the chip."),
                   "Exchange": ("basic", "Three passes: challenge, the terminal's answer, the chip's answer."),
                   "SecureMessaging": ("basic", "DO 87, 97, 99 and 8E under the session keys and the send sequence counter."),
                   "OddInstruction": ("edge", "An odd instruction carries its data in DO 85, without the padding indicator."),
                   "ExtendedLength": ("edge", "A command that is extended stays extended when it is protected."),
                   "Tampered": ("tampered", "One bit of a protected message, or of an answer in the exchange, differs."),
                   "Missing": ("malformed", "A protected message without the data object that protects it.")})
    suite.group(example("ICAO Doc 9303-11, Appendix D", "8"))
    info = {"mrz_information": "L898902C<369080619406236"}
    suite.case("D.2: keys", "Keys", "bac.keys", info,
               {"seed": "239ab9cb282daf66231dc5a4df6bfbae", "enc": "ab94fdecf2674fdfb9b391f85d7f76f2", "mac": "7962d9ece03d1acd4c76089dce131543"})
    terminal = {**info, "rnd_ic": "4608f91988702212", "rnd_ifd": "781723860c06c226", "k_ifd": "0b795240cb7049b01c19b33e32804f0b"}
    command = "008200002872c29c2371cc9bdb65b779b8e8d37b29ecc154aa56a8799fae2f498f76ed92f25f1448eea8ad90a728"
    answer = "46b9342a41396cd7386bf5803104d7cedc122b9132139baf2eedc94ee178534f2f2d235d074d74499000"
    keys = {"ks_enc": "979ec13b1cbfe9dcd01ab0fed307eae5", "ks_mac": "f1cb1f1fb5adf208806b89dc579dc1f8"}
    session = {**keys, "ssc": "887022120c06c226"}
    chip = {**info, "rnd_ic": "4608f91988702212", "k_ic": "0b4f80323eb3191cb04970cb4052790b", "command": command}
    suite.case("D.3: the terminal's answer", "Exchange", "bac.open", terminal, {"command": command})
    suite.case("D.3: the chip's answer", "Exchange", "bac.answer", chip, {"response": answer, **session})
    suite.case("D.3: the terminal's session", "Exchange", "bac.finish", {**terminal, "response": answer}, session)
    plain = [("00a4020c02011e", "9000"), ("00b0000004", "60145f019000"), ("00b0000412", "04303130365f36063034303030305c0261759000")]
    protected = [("0ca4020c158709016375432908c044f68e08bf8b92d635ff24f800", "990290008e08fa855a5d4c50a8ed9000"),
                 ("0cb000000d9701048e08ed6705417e96ba5500", "8709019ff0ec34f9922651990290008e08ad55cc17140b2ded9000"),
                 ("0cb000040d9701128e082ea28a70f3c7b53500",
                  "871901fb9235f4e4037f2327dcc8964f1f9b8c30f42c8e2fff224a990290008e08c8b2787eaea07d749000")]
    met_by_terminal = [pair(p[0], q[1]) for p, q in zip(plain, protected)]
    met_by_chip = [pair(q[0], p[1]) for p, q in zip(plain, protected)]
    suite.case("D.4: SELECT EF.COM and two READ BINARY, terminal", "SecureMessaging", "sm.terminal", {**session, "exchanges": met_by_terminal},
               {"exchanges": met_by_chip, "ssc": "887022120c06c22c"})
    suite.case("D.4: SELECT EF.COM and two READ BINARY, chip", "SecureMessaging", "sm.chip", {**session, "exchanges": met_by_chip},
               {"exchanges": met_by_terminal, "ssc": "887022120c06c22c"})
    suite.group(TWIN)
    suite.case("a permit's keys", "Keys", "bac.keys", {"mrz_information": "I1234567808506151" + "3110311"})
    data = bytes(index % 251 for index in range(600)).hex()
    for title, flag, exchanges in (
        ("READ BINARY, odd instruction", "OddInstruction", [("00b100000454028000" + "00", "530401020304" + "9000")]),
        ("READ BINARY, 600 bytes in extended length", "ExtendedLength", [("00b00000000258", data + "9000")]),
        ("an error, and the session goes on", "SecureMessaging", [("00a4020c020105", "6a82"), ("00a4020c020101", "9000")]),
        ("eight bytes get a block of padding", "SecureMessaging", [("00b0000008", "0102030405060708" + "9000")]),
    ):
        both_ends(suite, title, flag, session, exchanges)
    suite.case("the terminal's MAC", "Tampered", "bac.answer", {**chip, "command": flipped(command, -2)}, error="bac.terminal-answer")
    suite.case("another challenge", "Tampered", "bac.answer", {**chip, "rnd_ic": "4608f91988702213"}, error="bac.terminal-answer")
    suite.case("the chip's cryptogram", "Tampered", "bac.finish", {**terminal, "response": flipped(answer, 3)}, error="bac.card-answer")
    suite.case("another terminal's challenge comes back", "Tampered", "bac.finish", {**terminal, "rnd_ifd": "781723860c06c227", "response": answer},
               error="bac.card-answer")
    for title, flag, second, error in (
        ("the command's MAC", "Tampered", flipped(protected[1][0], -2), "sm.mac"),
        ("the command's header", "Tampered", flipped(protected[1][0], 3), "sm.mac"),
        ("the command before, again", "Tampered", protected[0][0], "sm.mac"),
        ("a plain command in a session", "Missing", "00b0000004", "sm.plain-command"),
        ("a command without MAC", "Missing", "0cb000000397010400", "sm.missing-object"),
    ):
        suite.case(title, flag, "sm.chip", {**session, "exchanges": [met_by_chip[0], pair(second, plain[1][1])]}, error=error)
    for title, flag, second, error in (
        ("the answer's data", "Tampered", flipped(protected[1][1], 4), "sm.mac"),
        ("the answer before, again", "Tampered", protected[0][1], "sm.mac"),
        ("the answer's status word outside", "Tampered", protected[1][1][:-4] + "6282", "sm.status"),
        ("an answer without MAC", "Missing", "990290009000", "sm.missing-object"),
        ("a bare status word", "Missing", "6a82", "sm.plain-response"),
    ):
        suite.case(title, flag, "sm.terminal", {**session, "exchanges": [met_by_terminal[0], pair(plain[1][0], second)]}, error=error)
    return suite


def pair(command, response):
    return {"command": command, "response": response}


def both_ends(suite, title, flag, keys, exchanges):
    """One case for the terminal and one for the chip: what each end makes is what the other met."""
    terminal_end, chip_end, met_by_terminal, met_by_chip = bac.Session(keys), bac.Session(keys), [], []
    for command, response in exchanges:
        wrapped = terminal_end.wrap_command(bytes.fromhex(command))
        chip_end.unwrap_command(wrapped)
        answer = chip_end.wrap_response(bytes.fromhex(response))
        terminal_end.unwrap_response(answer)
        met_by_terminal.append(pair(command, answer.hex()))
        met_by_chip.append(pair(wrapped.hex(), response))
    ssc = f"{chip_end.ssc:016x}"
    suite.case(f"{title}, terminal", flag, "sm.terminal", {**keys, "exchanges": met_by_terminal}, {"exchanges": met_by_chip, "ssc": ssc})
    suite.case(f"{title}, chip", flag, "sm.chip", {**keys, "exchanges": met_by_chip}, {"exchanges": met_by_terminal, "ssc": ssc})


# --- SCP03 ---------------------------------------------------------------------------------------------------------


def scp03_suite():
    suite = Suite("channel/scp03.json", "channel.v1",
                  [{"doc": "globalplatform-scp03", "edition": "1.2", "clause": "4.1.5, 6.2 and 7"}, {"doc": "sigillo-decisions", "edition": "D11", "clause": "SCP03"}],
                  {"Open": ("basic", "Session keys and cryptograms from the static keys and the two challenges."),
                   "Session": ("basic", "C-MAC over the chaining value and C-ENC under the counter; R-MAC over the command's chaining value, R-ENC under "
                                        "the counter with its first bit set; both ends."),
                   "NoData": ("edge", "Nothing to encrypt: the MAC alone, and the counter goes on."),
                   "ExtendedLength": ("edge", "The C-MAC covers the three-byte Lc; a command that grows beyond 255 bytes becomes extended."),
                   "PutKey": ("basic", "One command replaces the whole key set."),
                   "WrongKey": ("tampered", "The other end does not know the keys: a host sends no EXTERNAL AUTHENTICATE then."),
                   "Tampered": ("tampered", "One bit of a protected message differs."),
                   "Replayed": ("tampered", "A message that was right before.")})
    static = "404142434445464748494a4b4c4d4e4f"
    suite.group({"method": "independent-implementation", "tool": "GlobalPlatformPro, dump of a JCOP4 card", "version": "2020"})
    suite.case("a JCOP4 card, security level 01", "Open", "scp03.derive",
               {"enc": static, "mac": static, "host_challenge": "0102030405060708", "card_challenge": "734ecdca19e446a3", "security_level": "01"},
               {"s_enc": "72790ca8eddd33ff607b2ea804e25344", "s_mac": "f7062fb6554bb7b140a7336658c4178e", "s_rmac": "d6e86d640a74caf2dab8894c64a358e8",
                "card_cryptogram": "0bc253bce97db991", "host_cryptogram": "a5e66cd1a836e3a4", "command": "8482010010a5e66cd1a836e3a47cd3b3f7b689ae8f",
                "chaining": "7cd3b3f7b689ae8f3efaf5b0a8b9b90c"})
    suite.group({"method": "independent-implementation", "tool": "an independent Python reference, recorded in the project's research digest",
                 "version": "2026"})
    challenges = {"enc": static, "mac": static, "host_challenge": "0001020304050607", "card_challenge": "08090a0b0c0d0e0f"}
    authenticate = "8482330010fafa93c2ede62463cb51e38ec18eb00b"
    suite.case("session keys and cryptograms, level 33", "Open", "scp03.derive", {**challenges, "security_level": "33"},
               {"s_enc": "eb845bbc703969a9b312a5f8e4834aa2", "s_mac": "94d9141c5e50a39ef3939b9a4616c910", "s_rmac": "f034ed3222d3466ee1531f3fa3561def",
                "card_cryptogram": "114f6bc5052c5228", "host_cryptogram": "fafa93c2ede62463", "command": authenticate,
                "chaining": "cb51e38ec18eb00ba2140a6b09656e0f"})
    serial = "01020304050607080910"
    card = serial + "200360" + "08090a0b0c0d0e0f" + "114f6bc5052c5228"
    host = {name: challenges[name] for name in ("enc", "mac", "host_challenge")} | {"card_answer": card}
    chip = {**challenges, "serial": serial, "key_version": "20", "authenticate": authenticate}
    plain = {"command": "80e60000050102030405", "response": "00a404009000"}
    protected = {"command": "84e6000018199dd7ff46730b64ac254c903ec573505c4291bb0b788746", "response": "4c7f4e27e4f90aa7b13c60860f69fcd0989a968b68138d8e9000"}
    met_by_host = {"command": plain["command"], "response": protected["response"]}
    met_by_chip = {"command": protected["command"], "response": plain["response"]}
    suite.case("the first command, host", "Session", "scp03.host", {**host, "exchanges": [met_by_host]},
               {"command": authenticate, "exchanges": [{"command": protected["command"], "response": plain["response"]}]})
    suite.case("the first command, chip", "Session", "scp03.chip", {**chip, "exchanges": [met_by_chip]},
               {"card_answer": card, "exchanges": [{"command": plain["command"], "response": protected["response"]}]})
    suite.group(TWIN)
    data = bytes(index % 251 for index in range(1000)).hex()
    create, formatted = "00e0000012621082010183020101800200608801088a0103", "9000"
    for title, flag, exchanges in (
        ("authentication and nothing else", "Open", []),
        ("CREATE FILE, UPDATE BINARY, READ BINARY", "Session",
         [(create, formatted), ("00d6000004" + "615d5f1f", "9000"), ("00b0000004", "615d5f1f9000"), ("00b0000000", "615d5f1f6282")]),
        ("ACTIVATE FILE: neither data nor answer", "NoData", [("00440000", "9000")]),
        ("an error, then another command", "NoData", [("00a4020c020105", "6a82"), ("00a4020c020101", "9000")]),
        ("UPDATE BINARY of 1000 bytes, READ BINARY of 1000", "ExtendedLength",
         [("00d600000003e8" + data, "9000"), ("00b000000003e8", data + "9000")]),
        ("240 bytes in extended length", "ExtendedLength", [("00d600000000f0" + data[:480], "9000")]),
        ("a block of sixteen bytes gets a block of padding", "Session", [("00d6000010" + data[:32], data[:32] + "9000")]),
    ):
        session(suite, title, flag, host, chip, exchanges)
    suite.case("PUT KEY, transport to formation", "PutKey", "scp03.put-key",
               {"dek": static, "old_version": "20", "new_version": "30", "new_enc": "00112233445566778899aabbccddeeff",
                "new_mac": "0102030405060708090a0b0c0d0e0f10", "new_dek": "f0e0d0c0b0a090807060504030201000"})
    suite.case("another card cryptogram", "WrongKey", "scp03.host", {**host, "card_answer": flipped(card), "exchanges": []}, error="scp03.card-cryptogram")
    guessed = bytes.fromhex(flipped(authenticate[:26], 5))
    guessed += scp03.cmac(bytes.fromhex("94d9141c5e50a39ef3939b9a4616c910"), bytes(16) + guessed)[:8]
    suite.case("another host cryptogram under a right MAC", "WrongKey", "scp03.chip", {**chip, "authenticate": guessed.hex(), "exchanges": []},
               error="scp03.host-cryptogram")
    suite.case("a protocol parameter that is not ours", "WrongKey", "scp03.host", {**host, "card_answer": card.replace("0360", "0370"), "exchanges": []},
               error="scp03.protocol")
    suite.case("the MAC of EXTERNAL AUTHENTICATE", "Tampered", "scp03.chip", {**chip, "authenticate": flipped(authenticate), "exchanges": []},
               error="scp03.command-mac")
    for title, place in (("data", 6), ("header", 3), ("MAC", -1)):
        suite.case(f"the command's {title}", "Tampered", "scp03.chip",
                   {**chip, "exchanges": [{**met_by_chip, "command": flipped(protected["command"], place)}]}, error="scp03.command-mac")
    suite.case("the answer's data", "Tampered", "scp03.host", {**host, "exchanges": [{**met_by_host, "response": flipped(protected["response"], 0)}]},
               error="scp03.response-mac")
    suite.case("the answer's status word", "Tampered", "scp03.host",
               {**host, "exchanges": [{**met_by_host, "response": protected["response"][:-4] + "6282"}]}, error="scp03.response-mac")
    suite.case("the command again", "Replayed", "scp03.chip", {**chip, "exchanges": [met_by_chip, met_by_chip]}, error="scp03.command-mac")
    suite.case("the answer again", "Replayed", "scp03.host", {**host, "exchanges": [met_by_host, met_by_host]}, error="scp03.response-mac")
    return suite


def session(suite, title, flag, host, chip, exchanges):
    """One case for the host and one for the chip: what each end makes is what the other met."""
    both = scp03.derive(*scp03.of(chip, "enc", "mac", "host_challenge", "card_challenge"), 0x33)
    host_end, chip_end = scp03.Session(both), scp03.Session(both)
    commands = [host_end.wrap_command(bytes.fromhex(command)).hex() for command, _response in exchanges]
    responses = []
    for command, (_plain, response) in zip(commands, exchanges):
        chip_end.unwrap_command(bytes.fromhex(command))
        responses.append(chip_end.wrap_response(bytes.fromhex(response)).hex())
    plain = [{"command": command, "response": response} for command, response in exchanges]
    protected = [{"command": command, "response": response} for command, response in zip(commands, responses)]
    mixed = [{"command": p["command"], "response": q["response"]} for p, q in zip(plain, protected)]
    crossed = [{"command": q["command"], "response": p["response"]} for p, q in zip(plain, protected)]
    suite.case(f"{title}, host", flag, "scp03.host", {**host, "exchanges": mixed}, {"command": chip["authenticate"], "exchanges": crossed})
    suite.case(f"{title}, chip", flag, "scp03.chip", {**chip, "exchanges": crossed}, {"card_answer": host["card_answer"], "exchanges": mixed})


# --- Key derivation ------------------------------------------------------------------------------------------------


def chip_keys():
    suite = Suite("keydiv/chip-keys.json", "key_derivation.v1",
                  [{"doc": "nist-sp-800-108", "edition": "r1", "clause": "4.1"}, {"doc": "sigillo-decisions", "edition": "D11", "clause": "chip keys from the master"}],
                  {"CounterMode": ("basic", "SP 800-108 in counter mode with AES-CMAC."),
                   "Chip": ("basic", "ENC, MAC and DEK of one chip and key version."),
                   "OneBitApart": ("edge", "A neighbouring serial or version gives unrelated keys."),
                   "MasterLength": ("malformed", "The master key is AES-256.")})
    suite.group({**TWIN, "tool": "Python cryptography, KBKDFCMAC"})
    master = bytes(range(32)).hex()
    suite.case("16 bytes under an AES-128 key", "CounterMode", "kdf.counter-cmac",
               {"key": master[:32], "label": b"sigillo/v1/test".hex(), "context": "0102", "bits": 128})
    suite.case("40 bytes: three counters, the last one cut", "CounterMode", "kdf.counter-cmac",
               {"key": master, "label": b"sigillo/v1/test".hex(), "context": "0102", "bits": 320})
    serial = "0a0b0c0d0e0f10111213"
    for title, flag, chip_serial, version in (
        ("formation keys", "Chip", serial, "30"), ("a serial of zeros", "Chip", "00" * 10, "30"), ("a serial of ones", "Chip", "ff" * 10, "30"),
        ("another key version", "OneBitApart", serial, "31"), ("the next serial", "OneBitApart", flipped(serial), "30"),
    ):
        suite.case(title, flag, "kdf.chip-keys", {"master": master, "serial": chip_serial, "key_version": version})
    suite.case("a master of zeros", "Chip", "kdf.chip-keys", {"master": "00" * 32, "serial": serial, "key_version": "30"})
    suite.case("an AES-128 master", "MasterLength", "kdf.chip-keys", {"master": master[:32], "serial": serial, "key_version": "30"}, error="channel.key-length")
    return suite


# --- Trace ---------------------------------------------------------------------------------------------------------


def trace():
    suite = Suite("journal/trace.json", "journal.v1",
                  [{"doc": "rfc-8785", "edition": "2020", "clause": "3.2"}, {"doc": "sigillo-decisions", "edition": "D11", "clause": "digests"}],
                  {"Canonical": ("basic", "One sequence of bytes for a value: names sorted by UTF-16, no blanks, least escapes."),
                   "Chain": ("basic", "Each hash covers the entry and the hash before it."),
                   "Altered": ("tampered", "One byte of an entry or of a hash."),
                   "Dropped": ("tampered", "An entry is gone."), "Swapped": ("tampered", "Two entries changed places, or one stands twice."),
                   "CutTail": ("tampered", "The chain ends before a head that was exported.")})
    suite.group(example("RFC 8785, 3.2.2 and 3.2.3 (without its fractions)", "2020"))
    rfc = {"string": "€$\u000f\nA'B\"\\\\\"/", "literals": [None, True, False]}
    rfc_text = '{"literals":[null,true,false],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    suite.case("the sample's string and literals", "Canonical", "journal.digest", {"domain": "sigillo/v1/test", "previous": "", "entry": rfc},
               {"canonical": rfc_text, "digest": journal.link("sigillo/v1/test", b"", rfc_text).hex()})
    names = {"€": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One", "\U0001f600": "Emoji: Grinning Face",
             "\u0080": "Control", "ö": "Latin Small Letter O With Diaeresis"}
    order = ["\r", "1", "\u0080", "ö", "€", "\U0001f600", "\ufb33"]
    names_text = "{" + ",".join(f'{json.dumps(name, ensure_ascii=False)}:"{names[name]}"' for name in order) + "}"
    suite.case("the order of names", "Canonical", "journal.digest", {"domain": "sigillo/v1/test", "previous": "00" * 32, "entry": names},
               {"canonical": names_text, "digest": journal.link("sigillo/v1/test", bytes(32), names_text).hex()})
    suite.group(TWIN)
    entries = chain(6)
    head = {"seq": 6, "hash": entries[-1]["hash"]}
    verify = "journal.verify"
    suite.case("an empty chain", "Chain", verify, {"entries": []})
    suite.case("six entries", "Chain", verify, {"entries": entries})
    suite.case("six entries reach the exported head", "Chain", verify, {"entries": entries, "known": head})
    suite.case("six entries go beyond an earlier head", "Chain", verify, {"entries": entries, "known": {"seq": 3, "hash": entries[2]["hash"]}})

    def with_change(change):
        copy = [dict(entry) for entry in entries]
        change(copy)
        return copy

    suite.case("one byte of entry 3", "Altered", verify, {"entries": with_change(lambda e: e[2].update(entry=e[2]["entry"].replace("line-1", "line-2")))},
               error="trace.altered")
    suite.case("one byte of a hash", "Altered", verify, {"entries": with_change(lambda e: e[2].update(hash=flipped(e[2]["hash"])))}, error="trace.altered")
    suite.case("a blank that canonical JSON does not have", "Altered", verify,
               {"entries": with_change(lambda e: e[5].update(entry=e[5]["entry"].replace(",", ", ", 1)))}, error="trace.altered")
    suite.case("another head was exported", "Altered", verify, {"entries": entries, "known": {"seq": 4, "hash": "11" * 32}}, error="trace.altered")
    suite.case("entry 4 is gone", "Dropped", verify, {"entries": with_change(lambda e: e.pop(3))}, error="trace.missing")

    def renumbered(copy):
        copy.pop(3)
        for number, entry in enumerate(copy, start=1):
            entry["seq"] = number

    suite.case("entry 4 is gone, the others renumbered", "Dropped", verify, {"entries": with_change(renumbered)}, error="trace.altered")
    suite.case("entries 2 and 3 swapped", "Swapped", verify, {"entries": with_change(lambda e: e.insert(1, e.pop(2)))}, error="trace.reordered")
    suite.case("entry 2 stands twice", "Swapped", verify, {"entries": with_change(lambda e: e.insert(2, e[1]))}, error="trace.reordered")
    suite.case("the tail is cut", "CutTail", verify, {"entries": entries[:4], "known": head}, error="trace.cut")
    suite.case("everything is cut", "CutTail", verify, {"entries": [], "known": head}, error="trace.cut")
    return suite


CHECKPOINT_KEYS = [ec.derive_private_key(int.from_bytes(hashlib.sha256(f"TEST checkpoint key {number}".encode()).digest()), ec.SECP256R1()) for number in (1, 2, 3)]


def checkpoint(key, previous, entries, seq):
    """The line of a checkpoint behind entry `seq`, signed by RFC 6979, so that it has the same bytes each time."""
    spki, before = public(key), json.loads(previous)["checkpoint"] if previous else None
    value = {"v": 1, "number": before["number"] + 1 if before else 1, "seq": seq, "head": entries[seq - 1]["hash"], "at": f"2026-11-02T10:{seq:02}:00Z",
             "key": journal.known_key(spki)[0], "previous": hashlib.sha256(journal.message(before)).hexdigest() if before else "00" * 32}
    return signed(key, value)


def signed(key, value):
    signature = key.sign(journal.message(value), ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
    return journal.canonical({"checkpoint": value, "signature": signature.hex()})


def public(key):
    return key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def checkpoints():
    suite = Suite("journal/checkpoints.json", "journal.v1",
                  [{"doc": "sigillo-decisions", "edition": "0.1.0", "clause": "D7"}],
                  {"Secured": ("basic", "A trace is complete to the last checkpoint that it reaches; what follows is in order, and no more."),
                   "Rotation": ("basic", "The checkpoint key was rotated: both public keys are known."),
                   "Altered": ("tampered", "One byte of an entry, or a chain written anew behind it."), "Dropped": ("tampered", "An entry is gone."),
                   "Swapped": ("tampered", "Two entries changed places."), "CutTail": ("tampered", "The chain ends before a checkpoint, or behind the last one."),
                   "Forged": ("tampered", "A checkpoint that nobody with the key signed so."), "OtherKey": ("tampered", "A checkpoint signed again by another key."),
                   "Unlinked": ("tampered", "Checkpoints that do not follow from each other."), "Form": ("malformed", "A checkpoint has one form.")})
    suite.group(TWIN)
    old, new, stranger = CHECKPOINT_KEYS
    entries, keys = chain(8), [public(old).hex(), public(new).hex()]
    one = checkpoint(old, None, entries, 2)
    two = checkpoint(old, one, entries, 4)
    three = checkpoint(new, two, entries, 6)
    lines = [one, two, three]

    def case(title, flag, changed=entries, held=None, known=None, **refusal):
        given = {"entries": changed, "checkpoints": lines if held is None else held, "keys": keys if known is None else known}
        suite.case(title, flag, "journal.audit", given, **refusal)

    def with_change(change):
        copy = [dict(entry) for entry in entries]
        change(copy)
        return copy

    def again(change):
        value = json.loads(three)
        change(value["checkpoint"])
        return value["checkpoint"]

    case("eight entries, three checkpoints", "Secured")
    case("no checkpoint at all", "Secured", held=[])
    case("the last checkpoint alone", "Secured", held=[three])
    case("the first and the last: one is missing between them", "Secured", held=[one, three])
    case("the same checkpoints from two places, in another order", "Secured", held=[three, one, *lines])
    case("one key before the rotation", "Rotation", held=[one, two], known=keys[:1])
    case("the key after the rotation is not known", "Rotation", known=keys[:1], error="checkpoint.key-unknown")
    case("one byte of entry 3", "Altered", with_change(lambda e: e[2].update(entry=e[2]["entry"].replace("line-1", "line-2"))), error="trace.altered")
    anew, previous = [dict(entry) for entry in entries], bytes.fromhex(entries[2]["hash"])
    for entry in anew[3:]:
        entry["entry"] = entry["entry"].replace("line-1", "line-2")
        previous = journal.link(journal.DOMAIN, previous, entry["entry"])
        entry["hash"] = previous.hex()
    case("every entry from the fourth on written anew", "Altered", anew, error="trace.altered")
    case("the same, and nobody kept a checkpoint", "Altered", anew, held=[])
    case("entry 5 is gone", "Dropped", with_change(lambda e: e.pop(4)), error="trace.missing")
    case("entries 3 and 4 swapped", "Swapped", with_change(lambda e: e.insert(2, e.pop(3))), error="trace.reordered")
    case("the tail is cut behind the last checkpoint: complete to it", "CutTail", entries[:6])
    case("the tail is cut before the last checkpoint", "CutTail", entries[:5], error="trace.cut")
    case("everything is cut", "CutTail", [], error="trace.cut")
    case("a bit of the signature", "Forged", held=[one, two, three.replace('"signature":"30', '"signature":"31')], error="checkpoint.forged")
    case("another head under the old signature", "Forged", held=[one, two, journal.canonical({**json.loads(three), "checkpoint": again(lambda c: c.update(head="ab" * 32))})],
         error="checkpoint.forged")
    case("signed by a stranger who says so", "OtherKey", held=[one, two, checkpoint(stranger, two, entries, 6)], error="checkpoint.key-unknown")
    case("signed by a stranger in the name of the key", "OtherKey", held=[one, two, signed(stranger, again(lambda c: None))], error="checkpoint.forged")
    case("the middle one is forged: complete to the first", "Forged", held=[one, signed(stranger, json.loads(two)["checkpoint"]), three], error="checkpoint.forged")
    case("it names another one before it", "Unlinked", held=[one, two, signed(new, again(lambda c: c.update(previous="ab" * 32)))], error="checkpoint.unlinked")
    case("it goes back behind the one before it", "Unlinked", held=[one, two, signed(new, again(lambda c: c.update(seq=3, head=entries[2]["hash"])))],
         error="checkpoint.unlinked")
    case("a first one that follows another", "Unlinked", held=[signed(old, {**json.loads(one)["checkpoint"], "previous": "ab" * 32})], error="checkpoint.unlinked")
    case("two of one number", "Unlinked", held=[*lines, checkpoint(new, two, entries, 7)], error="checkpoint.twice")
    case("a blank", "Form", held=[one.replace(":", ": ", 1)], error="checkpoint.form")
    case("an unknown version", "Form", held=[signed(old, {**json.loads(one)["checkpoint"], "v": 2})], error="checkpoint.form")
    case("number 0", "Form", held=[signed(old, {**json.loads(one)["checkpoint"], "number": 0})], error="checkpoint.form")
    case("a field that no checkpoint has", "Form", held=[signed(old, {**json.loads(one)["checkpoint"], "name": "Mario"})], error="checkpoint.form")
    return suite


def chain(count):
    entries, previous = [], bytes(32)
    for seq in range(1, count + 1):
        entry = {"v": 1, "seq": seq, "at": f"2026-11-02T09:{seq:02}:00Z", "operator": "line-1", "subject": {"kind": "card", "serial": "0a0b0c0d0e0f10111213"},
                 "act": "written", "from": "bound", "to": "written", "details": {"sod": "ab" * 32}}
        text = journal.canonical(entry)
        previous = journal.link(journal.DOMAIN, previous, text)
        entries.append({"seq": seq, "entry": text, "hash": previous.hex()})
    return entries


def main():
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    for suite in (td1(), com(), bac_suite(), scp03_suite(), chip_keys(), trace(), checkpoints()):
        suite.write(folder)


if __name__ == "__main__":
    main()
