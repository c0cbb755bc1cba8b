"""Tries what can still be decrypted of a register's records, with none of sigillo's code: Argon2id and AES-256-GCM of `cryptography` only.

    judge_retention.py KEYS DATABASE [DATABASE ...]

KEYS is the folder of a key store in files with its TEST-passphrase; every AES key in it is tried on every row. A DATABASE is an SQLite file, with
its write-ahead log if that lies beside it, or a CSV file (`psql --csv`) with the columns lot, line, part, nonce, wrapped_key, ciphertext, the last
three in hexadecimal. Prints for each DATABASE {"LOT/LINE/PART": SHA-256 of the plain octets, or null where no key opens it}; the part of a record
in one piece is "whole". Exit status 0, or 2 for a wrong call.
"""

import csv
import hashlib
import json
import pathlib
import sqlite3
import sys

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

PARTS = "SELECT r.lot, r.line, p.part, p.nonce, p.wrapped_key, p.ciphertext FROM record_part p JOIN record r ON r.id = p.record"
WHOLE = "SELECT r.lot, r.line, 'whole', c.nonce, c.wrapped_key, c.ciphertext FROM record_cipher c JOIN record r ON r.id = c.record"


def aes_keys(folder):
    """Every AES key of a key store in files."""
    register = (folder / "keystore.jsonl").read_text(encoding="utf-8")
    place = json.loads(register.splitlines()[0])["entry"]["place"]
    derivation = Argon2id(salt=bytes.fromhex(place["salt"]), length=32, iterations=place["passes"], lanes=place["lanes"], memory_cost=place["memory"])
    store = AESGCM(derivation.derive((folder / "TEST-passphrase").read_bytes()))
    for path in sorted(folder.glob("*.key")):
        octets = path.read_bytes()
        head = 9 + octets[8]
        plain = store.decrypt(octets[head:head + 12], octets[head + 12:], octets[:head])
        if len(plain) == 32:
            yield AESGCM(plain)


def rows(path):
    if path.suffix == ".csv":
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                yield row["lot"], row["line"], row["part"], *(bytes.fromhex(row[name]) for name in ("nonce", "wrapped_key", "ciphertext"))
        return
    register = sqlite3.connect(path)
    for query in (PARTS, WHOLE):
        try:
            yield from register.execute(query)
        except sqlite3.OperationalError:  # a register before parts
            pass


def opened(keys, context, nonce, wrapped, ciphertext):
    """The digest of what a row holds, if any of these keys opens it."""
    for key in keys:
        try:
            data_key = key.decrypt(wrapped[:12], wrapped[12:], b"sigillo/v1/data-key\0" + context)
            return hashlib.sha256(AESGCM(data_key).decrypt(nonce, ciphertext, context)).hexdigest()
        except InvalidTag:
            pass
    return None


def main(arguments):
    if len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    keys = list(aes_keys(pathlib.Path(arguments[0])))
    judged = {}
    for name in arguments[1:]:
        found = judged[name] = {}
        for lot, line, part, *row in rows(pathlib.Path(name)):
            context = f"sigillo/v1/record/{lot}/{line}" + ("" if part == "whole" else f"/{part}")
            found[f"{lot}/{line}/{part}"] = opened(keys, context.encode(), *row)
    print(json.dumps(judged))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
