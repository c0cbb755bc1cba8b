"""MRZ of format TD1 (ICAO 9303-3 4.9, 9303-5 4.2), and the input of Basic Access Control (9303-11 4.3)."""

import datetime

from refused import Refused


def check_digit(text):
    total = 0
    for index, character in enumerate(text):
        if character == "<":
            value = 0
        elif character in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ":
            value = int(character, 36)
        else:
            raise Refused("lds", "lds.character")
        total += value * (7, 3, 1)[index % 3]
    return str(total % 10)


def build(fields):
    """The three lines as one text of ninety characters; names must fit without truncation."""
    number, digit, optional = fields["document_number"].replace(" ", "<"), None, fields["optional_data_1"]
    if not number:
        raise Refused("lds", "lds.missing")
    if set(number) - set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<") or set(fields["optional_data_2"]) - set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ< "):
        raise Refused("lds", "lds.character")
    if len(number) > 9:
        # The rest of a long number, its check digit and a filler open the optional data; position 15 is a filler.
        number, optional, digit = number[:9], number[9:] + check_digit(number) + "<" + optional, "<"
    number = number.ljust(9, "<")
    one = fields["document_code"].ljust(2, "<") + fields["issuing_state"].ljust(3, "<") + number + (digit or check_digit(number))
    one += optional.ljust(15, "<")
    birth, expiry = date(fields["birth_date"]), date(fields["expiry_date"])
    two = birth + check_digit(birth) + ("<" if fields["sex"] == "X" else fields["sex"]) + expiry + check_digit(expiry)
    two += fields["nationality"].ljust(3, "<") + fields["optional_data_2"].ljust(11, "<")
    two += check_digit(one[5:30] + two[0:7] + two[8:15] + two[18:29])
    names = "<<".join(part.replace(" ", "<") for part in (fields["surname"], fields["given_names"]) if part)
    text = one + two + names.ljust(30, "<")
    if len(text) != 90:
        raise Refused("lds", "lds.too-long")
    return {"text": text, "mrz_information": information(text)}


def date(iso):
    """YYYY-MM-DD as YYMMDD; unknown parts, written 00, become fillers."""
    year, month, day = iso.split("-")
    calendar(int(year) % 100, int(month) or None, int(day) or None)
    return year[2:] + (month if month != "00" else "<<") + (day if day != "00" else "<<")


def parse(text):
    if set(text) - set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<"):
        raise Refused("lds", "lds.character")
    if len(text) != 90:
        raise Refused("lds", "lds.length")
    number, digit, at = number_of(text)
    codes(text)
    for digit, computed, place in (
        (digit, check_digit(number), 14),
        (text[36], check_digit(text[30:36]), 36),
        (text[44], check_digit(text[38:44]), 44),
        (text[59], check_digit(text[5:30] + text[30:37] + text[38:45] + text[48:59]), 59),
    ):
        if digit != computed:
            raise Refused("lds", "lds.check-digit", place)
    if any(character.isdigit() for character in text[60:]):
        raise Refused("lds", "lds.character")
    if text[60] == "<" or text[5] == "<":
        raise Refused("lds", "lds.missing")
    primary, _, secondary = text[60:].rstrip("<").partition("<<")
    return {
        "document_code": text[0:2].rstrip("<"), "issuing_state": text[2:5].rstrip("<"), "document_number": number.rstrip("<"),
        "optional_data_1": text[at:30].rstrip("<"), "birth_date": text[30:36], "sex": "X" if text[37] == "<" else text[37],
        "expiry_date": text[38:44], "nationality": text[45:48].rstrip("<"), "optional_data_2": text[48:59].rstrip("<"),
        "surname": primary.replace("<", " "), "given_names": secondary.replace("<", " "), "mrz_information": information(text),
    }


def codes(text):
    """Document code, sex and dates; state codes are not checked here, since their list is long."""
    if text[0] not in "ACI" or text[0:2] in ("AI", "AC") or text[1] == "V" or text[1].isdigit():
        raise Refused("lds", "lds.document-code")
    if text[37] not in "FM<":
        raise Refused("lds", "lds.sex")
    for part in (text[30:36], text[38:44]):
        numbers = [None if pair == "<<" else int(pair) if pair.isdigit() else -1 for pair in (part[0:2], part[2:4], part[4:6])]
        if -1 in numbers:
            raise Refused("lds", "lds.date")
        calendar(*numbers)


def calendar(year, month, day):
    """A day that some calendar has; a leap year and a long month stand in for what is unknown."""
    try:
        datetime.date(2000 + (year or 0), 1 if month is None else month, 1 if day is None else day)
    except ValueError:
        raise Refused("lds", "lds.date") from None


def number_of(text):
    """The document number, its check digit, and where the optional data begin."""
    rest = text[15:30].split("<")[0]
    if text[14] == "<" and len(rest) > 1:
        return text[5:14] + rest[:-1], rest[-1], 15 + len(rest) + 1
    return text[5:14], text[14], 15


def information(text):
    number, digit, _at = number_of(text)
    return number + digit + text[30:37] + text[38:45]
