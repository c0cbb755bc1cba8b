-- A slot is for a card of the line, or for a document whose files were given by hand; whoever reserves one holds it while he lives.

-- A hand that reserves slots: one open register of one process. It holds the lock on a file of its own while it lives (`holder.rs`
-- in the code), so that a slot which a dead process left reserved can be told from one that is about to be signed with.
CREATE TABLE holder (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    operator TEXT    NOT NULL,
    at       TEXT    NOT NULL
) STRICT;

CREATE TABLE new_slot (
    signer     TEXT    NOT NULL,
    number     INTEGER NOT NULL CHECK (number > 0),
    state      TEXT    NOT NULL CHECK (state IN ('reserved', 'used', 'void')),
    serial     TEXT    REFERENCES card (serial),
    -- A keyed digest of what is signed for a document: whoever holds the register alone cannot find a holder by it.
    document   BLOB    CHECK (length(document) = 32),
    -- SHA-256 of a document's EF.SOD; a card carries its own.
    sod_digest BLOB    CHECK (length(sod_digest) = 32),
    -- Nobody: reserved by a program that did not know of holders, and is no more.
    holder     INTEGER REFERENCES holder (id),
    PRIMARY KEY (signer, number),
    CHECK ((serial IS NULL) <> (document IS NULL)),
    CHECK ((sod_digest IS NOT NULL) = (document IS NOT NULL AND state = 'used'))
) STRICT, WITHOUT ROWID;
INSERT INTO new_slot (signer, number, state, serial) SELECT signer, number, state, serial FROM slot;
DROP TABLE slot;
ALTER TABLE new_slot RENAME TO slot;
-- A run looks for what is reserved before each seal, and never reads the slots that have ended.
CREATE INDEX slot_reserved ON slot (signer, number) WHERE state = 'reserved';
CREATE INDEX slot_document ON slot (document) WHERE document IS NOT NULL;
