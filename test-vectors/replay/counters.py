"""The counters of PIN and PUK (decision D6), kept from the text of the decisions beside the chip: which status word must come back.

A code that is tried loses a try before it is compared, and a right one gives all of them back. After a lost answer the chip may
be in any of the worlds on the way, so a set of worlds is kept; each answer leaves those that could have given it.
"""

TRIES = {"pin": 3, "puk": 10}


def counter(left):
    return bytes([0x63, 0xC0 | left])


class Codes:
    """The worlds that a chip may be in: for each code its digits and the tries that it has left."""

    def __init__(self):
        self.worlds = [{}]

    def stored(self, name, value):
        """PUT DATA: the limit, then the digits."""
        limit, digits = value[0], value[1:]
        if limit != TRIES[name]:
            raise ValueError(f"{name} has {limit} tries")
        for world in self.worlds:
            world[name] = (digits, limit)

    def answered(self, plain, status):
        """A command that a session carried, and the status word that came back; None if the power failed before it came."""
        if status is None:
            self.worlds = [world for before in self.worlds for world in self.ways(before, plain)]
            return None
        left = [(after, said) for before in self.worlds for after, said in [self.done(before, plain)[-1]]]
        if any(said is None for _after, said in left):
            return None
        self.worlds = [after for after, said in left if said == status]
        return None if self.worlds else f"the counters say {' or '.join(said.hex() for _after, said in left)}"

    def ways(self, world, plain):
        """Every world that a power cut may leave behind: before the command, and after each of its commits."""
        steps = self.done(world, plain)
        return [world] + [after for after, said in steps if said is not None and after != world]

    def done(self, world, plain):
        """The commits of a command, one after the other; the last one comes with the status word."""
        ins, p1, p2 = plain[1], plain[2], plain[3]
        data = plain[5 : 5 + plain[4]] if len(plain) > 4 else b""
        if "pin" not in world:
            return [(world, None)]
        if (ins, p1, p2) == (0x20, 0, 3) and not data:
            return [(world, blocked(world, "pin") or counter(world["pin"][1]))]
        if (ins, p1, p2) == (0x20, 0, 3) and len(data) == 8:
            return self.tried(world, "pin", data, {})
        if (ins, p1, p2) == (0x24, 0, 3) and len(data) == 16 and data[8:].isdigit():
            return self.tried(world, "pin", data[:8], {"pin": data[8:]})
        if (ins, p1) == (0x24, 1) and p2 in (3, 4) and len(data) == 8 and data.isdigit():
            name = "pin" if p2 == 3 else "puk"
            return [({**world, name: (data, TRIES[name])}, b"\x90\x00")]
        if (ins, p1, p2) == (0x2C, 0, 3) and len(data) == 16 and data[8:].isdigit():
            return self.tried(world, "puk", data[:8], {"pin": data[8:]})
        if (ins, p1, p2) == (0x2C, 1, 3) and len(data) == 8:
            return self.tried(world, "puk", data, {"pin": world["pin"][0]})
        # Of another form, or no command with a code: nothing is counted, and the chip's reason is not ours to tell.
        return [(world, None)]

    @staticmethod
    def tried(world, name, digits, new):
        if blocked(world, name):
            return [(world, blocked(world, name))]
        own, left = world[name]
        less = {**world, name: (own, left - 1)}
        if digits != own:
            return [(less, counter(left - 1))]
        restored = {**less, name: (own, TRIES[name]), **{code: (value, TRIES[code]) for code, value in new.items()}}
        return [(less, b""), (restored, b"\x90\x00")]


def blocked(world, name):
    return b"\x69\x83" if world[name][1] == 0 else None
