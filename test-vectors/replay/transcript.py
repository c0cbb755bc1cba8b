"""Chip sessions as transcripts: the cryptography of both channels is computed anew from the keys in the case.

What a chip decides (access rules, files, life cycle) is not replayed. From the transport keys follow the first SCP03 session, from
PUT KEY inside it the formation keys, from PUT DATA of the MRZ secret the keys of Basic Access Control; so every cryptogram, MAC
and ciphertext of a session can be judged without a chip, and so can the question whether a chip may have accepted it. The tries of
PIN and PUK are counted here too (`counters.py`): in the application that lets a session use them, each status word must be right.
"""

import apdu
import bac
import counters
import scp03
from refused import Refused

SUCCESS = b"\x90\x00"
# The application of the small test chip whose rules let a session use the codes.
HOLDER = bytes.fromhex("f000000001")


class Transcript:
    def __init__(self, chip):
        self.keys = {0x20: {name: bytes.fromhex(chip[name]) for name in ("enc", "mac", "dek")}}
        self.version, self.seed, self.verified = 0x20, None, 0
        self.codes, self.is_holders = counters.Codes(), False
        self.reset()

    def reset(self):
        self.opening, self.scp03, self.challenge, self.bac, self.is_holders = None, None, None, None, False

    def judge(self, right, what):
        if not right:
            raise ValueError(what)
        self.verified += 1

    def command(self, command, response):
        """`response` is None when the power failed before an answer."""
        cla, ins = command[0], command[1]
        if cla & 0x0C == 0x0C:
            return self.in_bac(command, response)
        if cla & 0x04 and ins != 0x82:
            return self.in_scp03(command, response)
        if self.bac:
            self.judge(response == b"\x69\x87", "a plain command must end the session")
            self.bac = None
        if (cla, ins) == (0x80, 0x50):
            self.initialize_update(command, response)
        elif (cla, ins) == (0x84, 0x82):
            self.scp03_authenticate(command, response)
        elif (cla, ins) == (0x00, 0x84) and response[-2:] == SUCCESS:
            self.challenge = response[:-2]
        elif (cla, ins) == (0x00, 0x82) and self.challenge and self.seed:
            self.bac_authenticate(command, response)
        return None

    def initialize_update(self, command, response):
        self.scp03 = None
        if response[-2:] != SUCCESS:
            return
        self.version = response[10]
        keys = self.keys[self.version]
        self.opening = scp03.derive(keys["enc"], keys["mac"], command[5:13], response[13:21], 0x33)
        self.judge(response[21:29].hex() == self.opening["card_cryptogram"], "card cryptogram")

    def scp03_authenticate(self, command, response):
        if self.opening is None:
            return
        right = command.hex() == self.opening["command"]
        self.judge((response == SUCCESS) == right, "EXTERNAL AUTHENTICATE of SCP03")
        self.scp03, self.opening = scp03.Session(self.opening) if right else None, None

    def in_scp03(self, command, response):
        if self.scp03 is None:
            return
        try:
            plain = self.scp03.unwrap_command(command)
        except Refused:
            self.scp03 = None
            self.judge(response == b"\x69\x82", "a wrong C-MAC must be refused")
            return
        if response is not None:
            answer = self.scp03.unwrap_response(response)
            self.verified += 1
            if answer[-2:] != SUCCESS:
                return
        self.learn(plain)

    def learn(self, plain):
        """Keys and secrets that a command brought; after a lost answer they may be there or not."""
        head, data, _le, _extended = apdu.split(plain)
        if head[1] == 0xD8:
            new = scp03.op_read_put_key({"dek": self.keys[self.version]["dek"].hex(), "command": plain.hex()})
            self.keys[int(new["new_version"], 16)] = {name: bytes.fromhex(new[f"new_{name}"]) for name in ("enc", "mac", "dek")}
        elif head[1:] == b"\xda\xdf\x21":
            self.seed = data[:16]
        elif head[1:] in (b"\xda\xdf\x23", b"\xda\xdf\x24"):
            self.codes.stored("pin" if head[3] == 0x23 else "puk", data)

    def bac_authenticate(self, command, response):
        enc, mac = bac.derive(self.seed, 1), bac.derive(self.seed, 2)
        try:
            plain = bac.opened(enc, mac, apdu.split(command)[1], "bac.terminal-answer")
            right = plain[8:16] == self.challenge
        except Refused:
            right = False
        self.judge((response[-2:] == SUCCESS) == right, "EXTERNAL AUTHENTICATE of BAC")
        if right:
            answer = bac.opened(enc, mac, response[:-2], "bac.card-answer")
            self.judge(answer[:16] == self.challenge + plain[:8], "the chip's answer of BAC")
            self.bac = bac.Session(bac.session(plain[16:], answer[16:], self.challenge, plain[:8]))
        self.challenge = None

    def in_bac(self, command, response):
        if self.bac is None:
            return
        try:
            plain = self.bac.unwrap_command(command)
        except Refused:
            self.bac = None
            self.judge(response in (b"\x69\x87", b"\x69\x88"), "a wrong MAC must be refused")
            return
        status = None
        if response is not None:
            status = self.bac.unwrap_response(response)[-2:]
            self.verified += 1
            if plain[1:3] == b"\xa4\x04" and status == SUCCESS:
                self.is_holders = apdu.split(plain)[1] == HOLDER
        if self.is_holders:
            problem = self.codes.answered(plain, status)
            self.judge(problem is None, problem)


def problem(case):
    """What is wrong with a session, if anything, and how many messages were judged."""
    transcript = Transcript(case["chip"])
    for number, step in enumerate(case["steps"], start=1):
        try:
            if step["do"] == "reset":
                transcript.reset()
            elif step["do"] == "cut":
                transcript.command(bytes.fromhex(step["command"]), None)
            else:
                transcript.command(bytes.fromhex(step["command"]), bytes.fromhex(step["response"] + step["sw"]))
        except (Refused, ValueError) as fault:
            return f"step {number}: {fault}", 0
    return None, transcript.verified
