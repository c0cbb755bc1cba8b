-- What offices do with permits: each event with its date, who asked and who reported; callers who told a CIP; consignments.

-- The permit's last day, as its chip's machine readable zone has it: known since the activation, so that expiry can be computed
-- without the keys that open the holder's data.
ALTER TABLE permit ADD COLUMN valid_to TEXT CHECK (length(valid_to) = 10);

-- Many permits annulled as one act of two persons.
CREATE TABLE consignment (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    digest   BLOB    NOT NULL CHECK (length(digest) = 32),
    permits  INTEGER NOT NULL CHECK (permits > 0),
    reason   TEXT    NOT NULL,
    operator TEXT    NOT NULL,
    second   TEXT    NOT NULL,
    at       TEXT    NOT NULL
) STRICT;

-- The story of each permit since its release; the trace holds the same, for the whole register in one chain.
CREATE TABLE permit_event (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    record      INTEGER NOT NULL REFERENCES record (id),
    event       TEXT    NOT NULL CHECK (event IN ('activate', 'deliver', 'suspend', 'reinstate', 'revoke', 'annul')),
    from_state  TEXT    NOT NULL,
    to_state    TEXT    NOT NULL,
    operator    TEXT    NOT NULL,
    second      TEXT,
    at          TEXT    NOT NULL,
    reason      TEXT,
    reported_by TEXT,
    consignment INTEGER REFERENCES consignment (id)
) STRICT;
CREATE INDEX permit_event_record ON permit_event (record, id);
-- Handed over once.
CREATE UNIQUE INDEX permit_event_delivered ON permit_event (record) WHERE event = 'deliver';

-- Every CIP that was told, counted before it is compared. The caller is a keyed digest of his name.
CREATE TABLE cip_attempt (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    caller   BLOB    NOT NULL CHECK (length(caller) = 32),
    seconds  INTEGER NOT NULL,
    operator TEXT    NOT NULL,
    record   INTEGER REFERENCES record (id),
    is_right INTEGER NOT NULL CHECK (is_right IN (0, 1))
) STRICT;
CREATE INDEX cip_attempt_caller ON cip_attempt (caller, seconds);

-- A check asks by number, annulled permits included, and by the seal of a card that is not the permit's.
CREATE INDEX record_by_number ON record (document_number, id);
CREATE INDEX card_seal ON card (sod_digest);
