-- A transition of a permit is a row of the trace and the record that it moves: what the story of a permit and the outbox said of an
-- event again lies in, or beside, the entry that says it. Two rows, where it wrote four.

-- Of an entry that moves a record: the record, the entry that moved it before, what others are told of it, and under which identity.
-- No constraint names another table: nothing else may ever refuse an entry.
ALTER TABLE trace ADD COLUMN record BIGINT;
ALTER TABLE trace ADD COLUMN follows BIGINT;
ALTER TABLE trace ADD COLUMN event_id BYTEA;
ALTER TABLE trace ADD COLUMN notification BYTEA;
ALTER TABLE trace ADD CONSTRAINT trace_tells_under_an_identity
    CHECK ((notification IS NULL) = (event_id IS NULL) AND (event_id IS NULL OR length(event_id) = 32));
-- The entry that moved it last, from which its story goes back; when it was annulled.
ALTER TABLE record ADD COLUMN moved BIGINT;
ALTER TABLE record ADD COLUMN annulled_at TEXT COLLATE "C";
-- Handed over, once.
ALTER TABLE permit ADD COLUMN is_delivered BIGINT NOT NULL DEFAULT 0 CHECK (is_delivered IN (0, 1));

CREATE TABLE move AS
    SELECT seq, record, act, lag(seq) OVER (PARTITION BY record ORDER BY seq) AS follows,
        -- The place among the events that others are told of, from the last one back: an outbox may be younger than its register.
        CASE WHEN act IN ('release', 'activate', 'deliver', 'suspend', 'reinstate', 'revoke', 'annul')
            THEN row_number() OVER (PARTITION BY record, act NOT IN ('bind', 'card-scrapped') ORDER BY seq DESC) END AS back
    FROM (
        SELECT seq, CAST(json #>> '{subject,id}' AS BIGINT) AS record, json ->> 'act' AS act
        FROM (SELECT seq, CAST(convert_from(entry, 'UTF8') AS JSONB) AS json FROM trace) t
        WHERE json #>> '{subject,kind}' = 'record' AND json ->> 'from' IS NOT NULL
    ) m;
CREATE UNIQUE INDEX move_seq ON move (seq);
CREATE INDEX move_record ON move (record, back);
CREATE TABLE told AS
    SELECT o.number, m.seq, o.event_id, o.body
    FROM (SELECT *, row_number() OVER (PARTITION BY record ORDER BY ordinal DESC) AS back FROM outbox) o
    LEFT JOIN move m ON m.record = o.record AND m.back = o.back;
CREATE UNIQUE INDEX told_seq ON told (seq);
CREATE INDEX told_number ON told (number);

-- Nothing may be dropped below that the trace does not say: a register where this fails was not written by this program alone.
CREATE TABLE complete (is_so BOOLEAN NOT NULL CHECK (is_so));
INSERT INTO complete SELECT NOT EXISTS (SELECT 1 FROM told WHERE seq IS NULL);
INSERT INTO complete SELECT NOT EXISTS (
    SELECT record, event, count(*) FROM permit_event GROUP BY record, event
    EXCEPT SELECT record, act, count(*) FROM move GROUP BY record, act);
DROP TABLE complete;

ALTER TABLE trace DISABLE TRIGGER trace_is_not_changed;
UPDATE trace SET record = move.record, follows = move.follows FROM move WHERE move.seq = trace.seq;
UPDATE trace SET event_id = told.event_id, notification = told.body FROM told WHERE told.seq = trace.seq;
ALTER TABLE trace ENABLE TRIGGER trace_is_not_changed;
UPDATE record SET moved = (SELECT max(seq) FROM move WHERE move.record = record.id),
    annulled_at = (SELECT max(at) FROM permit_event WHERE permit_event.record = record.id AND event = 'annul');
UPDATE permit SET is_delivered = 1
    WHERE EXISTS (SELECT 1 FROM permit_event WHERE permit_event.record = permit.record AND event = 'deliver');

-- An event of an older form had a number of its own; how far somebody has them is said by the places of their entries.
UPDATE outbox_reader SET acknowledged = (SELECT coalesce(max(seq), 0) FROM told WHERE number <= acknowledged);
UPDATE partner SET sent = (SELECT coalesce(max(seq), 0) FROM told WHERE number <= sent);
UPDATE message SET through = (SELECT coalesce(max(seq), 0) FROM told WHERE number <= through) WHERE through IS NOT NULL;

DROP TABLE told;
DROP TABLE move;
DROP TABLE permit_event;
DROP TABLE outbox;
