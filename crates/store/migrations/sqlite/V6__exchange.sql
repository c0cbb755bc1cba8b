-- What happened to permits, for whoever keeps a register of his own; and the messages from and to partners, in their order.

-- Written in the transaction of the change itself. Nothing personal but the document number.
CREATE TABLE outbox (
    number   INTEGER PRIMARY KEY AUTOINCREMENT,
    record   INTEGER NOT NULL REFERENCES record (id),
    -- The place among the events of its document, from 1.
    ordinal  INTEGER NOT NULL CHECK (ordinal > 0),
    event_id BLOB    NOT NULL UNIQUE CHECK (length(event_id) = 32),
    body     BLOB    NOT NULL,
    UNIQUE (record, ordinal)
) STRICT;

-- How far a destination has everything for good.
CREATE TABLE outbox_reader (
    destination  TEXT    PRIMARY KEY,
    acknowledged INTEGER NOT NULL CHECK (acknowledged >= 0)
) STRICT;

CREATE TABLE partner (
    name       TEXT    PRIMARY KEY,
    -- What the partner calls us.
    own_name   TEXT    NOT NULL,
    receives   TEXT    NOT NULL CHECK (receives IN ('own', 'all')),
    -- The certificate that is encrypted to, DER.
    encryption BLOB    NOT NULL,
    next_in    INTEGER NOT NULL CHECK (next_in > 0),
    last_in    BLOB    NOT NULL CHECK (length(last_in) = 32),
    next_out   INTEGER NOT NULL CHECK (next_out > 0),
    last_out   BLOB    NOT NULL CHECK (length(last_out) = 32),
    -- The last event that a message to the partner holds.
    sent       INTEGER NOT NULL CHECK (sent >= 0)
) STRICT;

-- The certificates that a partner's messages are signed under; each belongs to one partner, for ever.
CREATE TABLE partner_signer (
    fingerprint BLOB    PRIMARY KEY CHECK (length(fingerprint) = 32),
    partner     TEXT    NOT NULL REFERENCES partner (name),
    certificate BLOB    NOT NULL,
    living      INTEGER NOT NULL CHECK (living IN (0, 1))
) STRICT;
CREATE INDEX partner_signer_partner ON partner_signer (partner);

CREATE TABLE message (
    partner         TEXT    NOT NULL REFERENCES partner (name),
    direction       TEXT    NOT NULL CHECK (direction IN ('in', 'out')),
    number          INTEGER NOT NULL CHECK (number > 0),
    kind            TEXT    NOT NULL CHECK (kind IN ('lot', 'acknowledgements', 'report')),
    -- SHA-256 of the content; it stays the same however often the content is encrypted.
    digest          BLOB    NOT NULL CHECK (length(digest) = 32),
    at              TEXT    NOT NULL,
    lot             INTEGER REFERENCES lot (id) DEFERRABLE INITIALLY DEFERRED,
    -- Of messages to a partner: the message to us that this one answers last, the last event in it, whether the file was
    -- written, and the file itself, so that a lost one can be written again byte for byte.
    answered        INTEGER,
    through         INTEGER,
    written         INTEGER CHECK (written IN (0, 1)),
    file            BLOB,
    acknowledged_at TEXT,
    PRIMARY KEY (partner, direction, number),
    CHECK ((direction = 'out') = (file IS NOT NULL)),
    CHECK ((direction = 'out') = (answered IS NOT NULL)),
    CHECK ((direction = 'out') = (through IS NOT NULL)),
    CHECK ((direction = 'out') = (written IS NOT NULL)),
    CHECK ((kind = 'lot') = (lot IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX message_lot ON message (lot) WHERE lot IS NOT NULL;
