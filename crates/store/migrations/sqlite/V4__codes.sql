-- The codes of each document, by generation: from their making to the one letter that comes out of them (decision D6).

CREATE TABLE codes (
    document_number TEXT NOT NULL,
    generation      INTEGER NOT NULL CHECK (generation > 0),
    record          INTEGER NOT NULL REFERENCES record (id),
    serial          TEXT NOT NULL REFERENCES card (serial),
    state           TEXT NOT NULL CHECK (state IN ('made', 'set', 'consumed', 'printed', 'lost')),
    -- To the issuing circuit's key; gone in the very change that takes it out for the printer.
    ciphertext      BLOB,
    -- What the CIP is checked against.
    verifier        BLOB NOT NULL,
    made_at         TEXT NOT NULL,
    PRIMARY KEY (document_number, generation),
    CHECK ((ciphertext IS NOT NULL) = (state IN ('made', 'set')))
) STRICT;
CREATE INDEX codes_record ON codes (record);
-- Letters that are not there and cannot come: looked for every day, among very many that are.
CREATE INDEX codes_unprinted ON codes (document_number) WHERE state <> 'printed';
