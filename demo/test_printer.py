#!/usr/bin/env python3
"""A TEST printer: it prints each card into a folder, for people to look at, and reads back what it printed.

    test_printer.py FOLDER

One request comes on standard input, one answer goes to standard output (crates/line/src/printer.rs has the form):

    {"v": 1, "request": "print",   "job": "…", "card": {…}}
    {"v": 1, "request": "outcome", "job": "…"}

FOLDER/NUMBER/card.svg is the card, FOLDER/jobs/JOB.json what was read back. A job is printed at most once.
"""

import base64
import hashlib
import html
import json
import os
import sys
from pathlib import Path


def main() -> None:
    os.umask(0o077)
    folder = Path(sys.argv[1])
    request = json.load(sys.stdin)
    job = request["job"]
    if len(job) != 32 or any(digit not in "0123456789abcdef" for digit in job):
        sys.exit("this is no job")
    memory = folder / "jobs" / f"{job}.json"
    if request["request"] == "print" and not memory.exists():
        card = request["card"]
        read_back = print_card(folder / card["document_number"], card)
        memory.parent.mkdir(parents=True, exist_ok=True)
        write(memory, json.dumps({"v": 1, "job": job, "printed": True, **read_back}))
    answer = memory.read_text() if memory.exists() else json.dumps({"v": 1, "job": job, "printed": False})
    print(answer)


def print_card(folder: Path, card: dict) -> dict:
    """Prints, and reads from what lies in the folder then, as a camera behind a printing head does."""
    folder.mkdir(parents=True, exist_ok=True)
    images = {}
    for name in ("portrait", "signature"):
        image = card[name]
        if image is not None:
            path = folder / f"{name}.{'jpg' if image['format'] == 'jpeg' else 'jp2'}"
            write(path, base64.b64decode(image["base64"]))
            images[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    write(folder / "card.svg", svg(card))
    printed = (folder / "card.svg").read_text(encoding="utf-8")
    lines = [html.unescape(line.split(">", 1)[1].rsplit("</text>", 1)[0])
             for line in printed.splitlines() if 'class="mrz"' in line]
    number = printed.split('id="number">', 1)[1].split("<", 1)[0]
    return {
        "document_number": number,
        "mrz": lines,
        "portrait_sha256": images["portrait"],
        "signature_sha256": images.get("signature"),
    }


def svg(card: dict) -> str:
    """Both sides, a millimetre a unit: 85.6 × 54, the back below the front."""
    def text(x: float, y: float, words: str, size: float = 2.6, more: str = "") -> str:
        return f'<text x="{x}" y="{y}" font-size="{size}"{more}>{html.escape(words)}</text>'

    def field(x: float, y: float, label: str, words: str, right: float = 82) -> list:
        return [text(x, y, label, 1.6, ' fill="#666"'), fitted(x, y + 3, words, right)]

    def fitted(x: float, y: float, words: str, right: float = 82) -> str:
        """No letter is lost: what is too long for its line is set smaller."""
        return text(x, y, words, round(min(2.6, (right - x) / (0.62 * max(len(words), 1))), 2))

    children = ", ".join(f"{child['given_names']} {child['surname']} {child['birth_date']}" for child in card["children"])
    front = [
        *field(30, 12, "numero / number", ""),
        f'<text x="30" y="15" font-size="2.6" id="number">{html.escape(card["document_number"])}</text>',
        *field(30, 19, "cognome, nome / surname, given names", card["surname"]),
        fitted(30, 25, card["given_names"]),
        *field(30, 29, "valido fino al / valid until", card["valid_to"]),
        *field(52, 29, "rilasciato a, il / issued at, on", f"{card['issue_place']}, {card['valid_from']}"),
        *field(30, 36, "tipo / type", card["type"][0]),
        *(fitted(30, 42, line) for line in card["type"][1:]),
        *field(30, 46, "note / remarks", card["remarks"] or ""),
        *(field(68, 12, "CAN", card["can"]) if card.get("can") else []),
        picture(card["portrait"], 4, 12, 23, 30),
        picture(card["signature"], 4, 43, 23, 8) if card["signature"] else "",
    ]
    back = [
        *field(4, 60, "nascita / birth", f"{card['birth_date']} {card['birth_place']}", 60),
        *field(62, 60, "sesso / sex", card["sex"]),
        *field(72, 60, "cittad. / nat.", card["nationality"]),
        *field(4, 67, "codice fiscale", card["codice_fiscale"] or "", 38),
        *field(40, 67, "autorità / authority", card["authority"]),
        *field(4, 74, "figli / children", children),
        *(text(4, 94 + 5 * at, line, 4, ' font-family="monospace" textLength="77.6" class="mrz"')
          for at, line in enumerate(card["mrz"])),
    ]
    return "\n".join([
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="-2 -2 89.6 116" width="896" height="1160" font-family="sans-serif">',
        '<rect width="85.6" height="54" rx="3" fill="#eef3f8" stroke="#999" stroke-width="0.2"/>',
        '<rect y="56" width="85.6" height="54" rx="3" fill="#eef3f8" stroke="#999" stroke-width="0.2"/>',
        text(4, 6.5, "PERMESSO DI SOGGIORNO", 3.2, ' font-weight="bold"'),
        text(70, 7, "TEST", 4.5, ' font-weight="bold" fill="#c00"'),
        *front,
        *back,
        "</svg>",
    ])


def picture(image: dict, x: float, y: float, width: float, height: float) -> str:
    if image["format"] != "jpeg":
        return f'<text x="{x}" y="{y + 3}" font-size="1.6">JPEG 2000, in a file beside</text>'
    return (f'<image x="{x}" y="{y}" width="{width}" height="{height}" '
            f'href="data:image/jpeg;base64,{image["base64"]}"/>')


def write(path: Path, content) -> None:
    """Whole or not at all: whoever asks after a crash gets the one or the other."""
    draft = path.with_name(path.name + ".draft")
    with open(draft, "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode("utf-8"))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


main()
