-- What a record consists of, each part under a data key of its own, so that each can be destroyed by itself; and signed heads of the
-- trace (D7).

-- What `record_cipher` held in one piece. A register of an earlier version keeps its old pieces until the first retention run.
CREATE TABLE record_part (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    record      INTEGER NOT NULL REFERENCES record (id) DEFERRABLE INITIALLY DEFERRED,
    part        TEXT    NOT NULL CHECK (part IN ('register', 'line', 'fingerprints')),
    -- Of the key that wraps the data key.
    generation  INTEGER NOT NULL CHECK (generation > 0),
    nonce       BLOB    NOT NULL CHECK (length(nonce) = 12),
    wrapped_key BLOB    NOT NULL,
    ciphertext  BLOB    NOT NULL,
    CONSTRAINT record_part_once UNIQUE (record, part)
) STRICT;
-- A retention run looks for what an old generation wraps.
CREATE INDEX record_part_generation ON record_part (generation);

-- A retention run: everything that the named generation or an older one wraps is wrapped anew or destroyed before it ends.
CREATE TABLE retention (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    generation INTEGER NOT NULL CHECK (generation > 0),
    operator   TEXT    NOT NULL,
    at         TEXT    NOT NULL,
    ended_at   TEXT
) STRICT;

-- What is no more, and by which run.
CREATE TABLE destroyed_part (
    record    INTEGER NOT NULL REFERENCES record (id),
    part      TEXT    NOT NULL CHECK (part IN ('register', 'line', 'fingerprints')),
    retention INTEGER NOT NULL REFERENCES retention (id),
    PRIMARY KEY (record, part)
) STRICT, WITHOUT ROWID;

-- The lines of checkpoint files. What counts is exported: whoever can write here can write all of it.
CREATE TABLE checkpoint (
    number INTEGER PRIMARY KEY,
    line   BLOB NOT NULL
) STRICT;
CREATE TRIGGER checkpoint_is_not_changed BEFORE UPDATE ON checkpoint BEGIN SELECT raise(ABORT, 'checkpoints are append-only'); END;
CREATE TRIGGER checkpoint_is_not_cut BEFORE DELETE ON checkpoint BEGIN SELECT raise(ABORT, 'checkpoints are append-only'); END;
