-- A transition of a permit writes four pages, where it wrote twelve: its record, its story, the outbox and the trace.

-- What the indices of records need to know of the state, apart from it: from the release on until the annulment it stays the same,
-- and a transition touches none of them.
ALTER TABLE record ADD COLUMN is_waiting INTEGER NOT NULL DEFAULT 0 CHECK (is_waiting IN (0, 1));
ALTER TABLE record ADD COLUMN is_annulled INTEGER NOT NULL DEFAULT 0 CHECK (is_annulled IN (0, 1));
-- How many of its events are in the outbox, and the identity of the last one, which the next one names.
ALTER TABLE record ADD COLUMN told INTEGER NOT NULL DEFAULT 0 CHECK (told >= 0);
ALTER TABLE record ADD COLUMN told_last BLOB CHECK (length(told_last) = 32);
UPDATE record SET is_waiting = state = 'received', is_annulled = state = 'annulled',
    told = (SELECT coalesce(max(ordinal), 0) FROM outbox WHERE outbox.record = record.id),
    told_last = (SELECT event_id FROM outbox WHERE outbox.record = record.id ORDER BY ordinal DESC LIMIT 1);
DROP INDEX record_number;
DROP INDEX record_pratica;
DROP INDEX record_next;
CREATE UNIQUE INDEX record_number ON record (document_number) WHERE is_annulled = 0;
CREATE UNIQUE INDEX record_pratica ON record (pratica_digest) WHERE is_annulled = 0;
CREATE INDEX record_next ON record (lot, line) WHERE is_waiting = 1;
-- A new table would say it by a constraint; too many name this one to make it anew.
CREATE TRIGGER record_begins_as_its_state BEFORE INSERT ON record
    WHEN NEW.is_waiting <> (NEW.state = 'received') OR NEW.is_annulled <> (NEW.state = 'annulled')
    BEGIN SELECT raise(ABORT, 'a record is waiting or annulled by its state'); END;
CREATE TRIGGER record_stays_as_its_state BEFORE UPDATE OF state, is_waiting, is_annulled ON record
    WHEN NEW.is_waiting <> (NEW.state = 'received') OR NEW.is_annulled <> (NEW.state = 'annulled')
    BEGIN SELECT raise(ABORT, 'a record is waiting or annulled by its state'); END;

-- Each permit's story lies together.
CREATE TABLE new_permit_event (
    record      INTEGER NOT NULL REFERENCES record (id),
    -- The place of its entry in the trace; of an event of an older form its number among the events.
    id          INTEGER NOT NULL CHECK (id > 0),
    event       TEXT    NOT NULL CHECK (event IN ('activate', 'deliver', 'suspend', 'reinstate', 'revoke', 'annul')),
    from_state  TEXT    NOT NULL,
    to_state    TEXT    NOT NULL,
    operator    TEXT    NOT NULL,
    second      TEXT,
    at          TEXT    NOT NULL,
    reason      TEXT,
    reported_by TEXT,
    consignment INTEGER REFERENCES consignment (id),
    PRIMARY KEY (record, id)
) STRICT, WITHOUT ROWID;
INSERT INTO new_permit_event
    SELECT record, id, event, from_state, to_state, operator, second, at, reason, reported_by, consignment FROM permit_event;
DROP TABLE permit_event;
ALTER TABLE new_permit_event RENAME TO permit_event;
CREATE UNIQUE INDEX permit_event_delivered ON permit_event (record) WHERE event = 'deliver';

CREATE TABLE new_outbox (
    -- The place of its entry in the trace; of an event of an older form its number among the events.
    number   INTEGER PRIMARY KEY,
    record   INTEGER NOT NULL REFERENCES record (id),
    -- The place among the events of its document, from 1.
    ordinal  INTEGER NOT NULL CHECK (ordinal > 0),
    event_id BLOB    NOT NULL CHECK (length(event_id) = 32),
    body     BLOB    NOT NULL
) STRICT;
INSERT INTO new_outbox SELECT number, record, ordinal, event_id, body FROM outbox;
DROP TABLE outbox;
ALTER TABLE new_outbox RENAME TO outbox;
