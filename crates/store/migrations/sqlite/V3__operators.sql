-- Operators, and the requests by which they changed the register (D10).

-- Accepted once each, and never changed: the trace binds the digest, and what is signed can be verified from here.
CREATE TABLE request (
    id     TEXT    PRIMARY KEY CHECK (length(id) = 32),
    -- The entry of the trace that accepted it.
    entry  INTEGER NOT NULL UNIQUE REFERENCES trace (seq) DEFERRABLE INITIALLY DEFERRED,
    signed BLOB    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TRIGGER request_is_not_changed BEFORE UPDATE ON request BEGIN SELECT raise(ABORT, 'requests are append-only'); END;
CREATE TRIGGER request_is_not_cut BEFORE DELETE ON request BEGIN SELECT raise(ABORT, 'requests are append-only'); END;

CREATE TABLE operator (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    name        TEXT    NOT NULL,
    -- A compressed point of P-256 in hexadecimal; one key is one person's, for ever.
    key         TEXT    NOT NULL UNIQUE CHECK (length(key) = 66),
    roles       TEXT    NOT NULL,
    enrolled_by TEXT    NOT NULL REFERENCES request (id) DEFERRABLE INITIALLY DEFERRED,
    enrolled_at TEXT    NOT NULL,
    retired_by  TEXT    REFERENCES request (id) DEFERRABLE INITIALLY DEFERRED,
    retired_at  TEXT,
    CHECK ((retired_by IS NULL) = (retired_at IS NULL))
) STRICT;
-- One living operator of a name.
CREATE UNIQUE INDEX operator_name ON operator (name) WHERE retired_by IS NULL;
