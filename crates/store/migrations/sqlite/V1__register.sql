-- The register, the stock, the journal and the trace of one line. Personal data are ciphertext under a key of their own (D7).

CREATE TABLE lot (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    name        TEXT    NOT NULL,
    digest      BLOB    NOT NULL CHECK (length(digest) = 32),
    records     INTEGER NOT NULL CHECK (records >= 0),
    operator    TEXT    NOT NULL,
    at          TEXT    NOT NULL
) STRICT;

CREATE TABLE record (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    lot               INTEGER NOT NULL REFERENCES lot (id) DEFERRABLE INITIALLY DEFERRED,
    line              INTEGER NOT NULL CHECK (line > 0),
    document_number   TEXT,
    number_from_blank INTEGER NOT NULL CHECK (number_from_blank IN (0, 1)),
    pratica_digest    BLOB    NOT NULL CHECK (length(pratica_digest) = 32),
    state             TEXT    NOT NULL CHECK (state IN
        ('received', 'in_formation', 'not_issued', 'valid', 'suspended', 'revoked', 'annulled')),
    remakes           INTEGER NOT NULL CHECK (remakes >= 0),
    UNIQUE (lot, line)
) STRICT;
CREATE UNIQUE INDEX record_number ON record (document_number) WHERE state <> 'annulled';
CREATE UNIQUE INDEX record_pratica ON record (pratica_digest) WHERE state <> 'annulled';
CREATE INDEX record_next ON record (lot, state, line);

-- Apart from the record, so that retention can drop it and a scan does not read it.
CREATE TABLE record_cipher (
    record      INTEGER PRIMARY KEY REFERENCES record (id) DEFERRABLE INITIALLY DEFERRED,
    nonce       BLOB    NOT NULL CHECK (length(nonce) = 12),
    wrapped_key BLOB    NOT NULL,
    ciphertext  BLOB    NOT NULL
) STRICT;

CREATE TABLE run (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    lot            INTEGER REFERENCES lot (id),
    profile_digest BLOB    NOT NULL CHECK (length(profile_digest) = 32),
    plan_digest    BLOB    CHECK (length(plan_digest) = 32),
    operator       TEXT    NOT NULL,
    started_at     TEXT    NOT NULL,
    ended_at       TEXT
) STRICT;

CREATE TABLE card (
    serial         TEXT    PRIMARY KEY CHECK (length(serial) = 20),
    batch          TEXT    NOT NULL,
    state          TEXT    NOT NULL CHECK (state IN
        ('entering', 'stock', 'bound', 'written', 'locked', 'printed', 'released', 'scrapped')),
    profile_digest BLOB    NOT NULL CHECK (length(profile_digest) = 32),
    key_version    INTEGER CHECK (key_version BETWEEN 1 AND 127),
    blank_number   TEXT    UNIQUE,
    ca_public_key  BLOB,
    dg14_digest    BLOB    CHECK (length(dg14_digest) = 32),
    record         INTEGER REFERENCES record (id),
    sod_digest     BLOB    CHECK (length(sod_digest) = 32),
    scrap_manner   TEXT    CHECK (scrap_manner IN ('terminated', 'mute', 'locked-refused')),
    scrap_reason   TEXT,
    scrap_witness  TEXT,
    CHECK ((state = 'scrapped') = (scrap_manner IS NOT NULL)),
    CHECK (state NOT IN ('bound', 'written', 'locked', 'printed', 'released') OR record IS NOT NULL),
    CHECK (state NOT IN ('written', 'locked', 'printed', 'released') OR sod_digest IS NOT NULL)
) STRICT;
-- One living card a record.
CREATE UNIQUE INDEX card_record ON card (record) WHERE state <> 'scrapped';
CREATE INDEX card_state ON card (state, serial);

-- Slots of a signer's limit: reserved durably before signing (D8).
CREATE TABLE slot (
    signer TEXT    NOT NULL,
    number INTEGER NOT NULL CHECK (number > 0),
    state  TEXT    NOT NULL CHECK (state IN ('reserved', 'used', 'void')),
    serial TEXT    REFERENCES card (serial),
    PRIMARY KEY (signer, number)
) STRICT, WITHOUT ROWID;

-- Acts: intended durably before they are tried, closed in the transaction that stores what came of them (D11).
CREATE TABLE journal (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    run       INTEGER REFERENCES run (id),
    serial    TEXT    REFERENCES card (serial),
    record    INTEGER REFERENCES record (id),
    act       TEXT    NOT NULL,
    phase     TEXT    NOT NULL CHECK (phase IN ('intent', 'done', 'failed')),
    intended  TEXT    NOT NULL,
    outcome   TEXT,
    operator  TEXT    NOT NULL,
    at        TEXT    NOT NULL,
    closed_at TEXT,
    CHECK ((phase = 'intent') = (outcome IS NULL)),
    CHECK ((phase = 'intent') = (closed_at IS NULL))
) STRICT;
-- An act on a card is open once.
CREATE UNIQUE INDEX journal_open ON journal (serial, act) WHERE phase = 'intent';
CREATE INDEX journal_run ON journal (run);

-- A permit names its card by serial and by the digest of its EF.SOD (D5).
CREATE TABLE permit (
    record          INTEGER PRIMARY KEY REFERENCES record (id),
    document_number TEXT    NOT NULL,
    serial          TEXT    NOT NULL UNIQUE REFERENCES card (serial),
    sod_digest      BLOB    NOT NULL CHECK (length(sod_digest) = 32),
    waived          TEXT    NOT NULL,
    released_at     TEXT    NOT NULL
) STRICT;
CREATE INDEX permit_number ON permit (document_number);

-- Append-only; each hash covers everything before it (D7).
CREATE TABLE trace (
    seq   INTEGER PRIMARY KEY,
    entry BLOB NOT NULL,
    hash  BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE TRIGGER trace_is_not_changed BEFORE UPDATE ON trace BEGIN SELECT raise(ABORT, 'the trace is append-only'); END;
CREATE TRIGGER trace_is_not_cut BEFORE DELETE ON trace BEGIN SELECT raise(ABORT, 'the trace is append-only'); END;
