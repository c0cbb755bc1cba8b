-- A transition of a permit touches no index of its record, and few others.

-- What the indices of records need to know of the state, apart from it: from the release on until the annulment it stays the same,
-- and a transition touches none of them.
ALTER TABLE record ADD COLUMN is_waiting BIGINT NOT NULL DEFAULT 0;
ALTER TABLE record ADD COLUMN is_annulled BIGINT NOT NULL DEFAULT 0;
-- How many of its events are in the outbox, and the identity of the last one, which the next one names.
ALTER TABLE record ADD COLUMN told BIGINT NOT NULL DEFAULT 0;
ALTER TABLE record ADD COLUMN told_last BYTEA;
UPDATE record SET is_waiting = CAST(state = 'received' AS INTEGER), is_annulled = CAST(state = 'annulled' AS INTEGER),
    told = (SELECT coalesce(max(ordinal), 0) FROM outbox WHERE outbox.record = record.id),
    told_last = (SELECT event_id FROM outbox WHERE outbox.record = record.id ORDER BY ordinal DESC LIMIT 1);
-- Its constraints wait for the end of the transaction, and the table cannot be altered while they do.
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE record ADD CONSTRAINT record_is_as_its_state
    CHECK (is_waiting = CAST(state = 'received' AS INTEGER) AND is_annulled = CAST(state = 'annulled' AS INTEGER));
DROP INDEX record_number;
DROP INDEX record_pratica;
DROP INDEX record_next;
CREATE UNIQUE INDEX record_number ON record (document_number) WHERE is_annulled = 0;
CREATE UNIQUE INDEX record_pratica ON record (pratica_digest) WHERE is_annulled = 0;
CREATE INDEX record_next ON record (lot, line) WHERE is_waiting = 1;
-- A row's next form goes where the row is, and no index needs to hear of it.
ALTER TABLE record SET (fillfactor = 80);

-- The place of its entry in the trace; of an event of an older form its number among the events.
ALTER TABLE permit_event ALTER COLUMN id DROP IDENTITY;
ALTER TABLE permit_event DROP CONSTRAINT permit_event_pkey;
ALTER TABLE permit_event ADD PRIMARY KEY (record, id);
DROP INDEX permit_event_record;

-- The place of its entry in the trace; of an event of an older form its number among the events.
ALTER TABLE outbox ALTER COLUMN number DROP IDENTITY;
ALTER TABLE outbox DROP CONSTRAINT outbox_event_id_key;
ALTER TABLE outbox DROP CONSTRAINT outbox_record_ordinal_key;
