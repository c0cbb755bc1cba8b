use sigillo_issuance::life_cycle::{RecordEvent, RecordState};
use sigillo_issuance::notification::{self, Notification};
use sigillo_issuance::trace::{Subject, Token};

use crate::engine::{Engine, Row};
use crate::error::StoreError;
use crate::exchange_refused::ExchangeRefused;
use crate::ids::{LotId, RecordId};
use crate::records::RecordNow;
use crate::store::{By, Change, Store, point};

/// Something that happened to a permit, as whoever keeps a register of his own is told.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct OutboxRow {
    /// Its place in the outbox, which is that of its entry in the trace: later events have higher numbers, many are left out.
    pub number: u64,
    /// Its identity: whoever has it already leaves it.
    pub id: [u8; 32],
    /// The canonical JSON of the notification.
    pub body: Vec<u8>,
    /// The record.
    pub record: RecordId,
    /// The record's lot.
    pub lot: LotId,
    /// The record's line in it.
    pub line: u64,
}

/// What others are told of an event: its identity and its canonical JSON.
pub(crate) struct Notice {
    pub(crate) id: [u8; 32],
    pub(crate) body: Vec<u8>,
}

impl Store {
    /// The events behind that place, in their order, at most so many.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn outbox_after(&self, number: u64, at_most: u64) -> Result<Vec<OutboxRow>, StoreError> {
        self.sql().rows(
            &format!("SELECT {EVENT} FROM {EVENTS} WHERE {IS_TOLD} AND t.seq > ?1 ORDER BY t.seq LIMIT ?2"),
            &[&number, &at_most],
            read_event,
        )
    }

    /// The place of the last event; 0 before the first.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn outbox_end(&self) -> Result<u64, StoreError> {
        outbox_end(self.sql())
    }

    /// How far that destination has everything; 0 for one that never said so.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn outbox_acknowledged(&self, destination: &str) -> Result<u64, StoreError> {
        let sql = "SELECT acknowledged FROM outbox_reader WHERE destination = ?1";
        Ok(self.sql().row(sql, &[&destination], |row| row.get(0))?.unwrap_or(0))
    }

    /// How far each destination has everything, by name.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn outbox_readers(&self) -> Result<Vec<(String, u64)>, StoreError> {
        self.sql().rows("SELECT destination, acknowledged FROM outbox_reader ORDER BY destination", &[], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
    }

    /// A destination has every event up to this place, for good; said again, it changes nothing.
    ///
    /// # Errors
    ///
    /// `exchange.unknown-event` for a place behind the last event, `trace.token`, `store.database`.
    pub fn outbox_acknowledge(&mut self, by: By<'_>, destination: &str, through: u64) -> Result<(), StoreError> {
        self.change(point!("outbox-acknowledge"), by, |change| change.acknowledge(destination, through))
    }
}

impl Change<'_> {
    /// What others are told of an event of a record's life, if they are told of such events; `now` is the record before it.
    pub(crate) fn notice(&self, now: &RecordNow, event: RecordEvent, state: RecordState) -> Option<Notice> {
        let RecordNow { row, told, .. } = now;
        let notification = Notification {
            at: self.at.as_str(),
            document: row.document_number.as_deref(),
            event: notification::name(event)?,
            ordinal: told.events + 1,
            record: row.id.number().unsigned_abs(),
            state: state.name(),
        };
        let (body, id) = notification.link(&told.last.unwrap_or(notification::FIRST));
        Some(Notice { id, body })
    }

    /// Moves a destination on, never back.
    pub(crate) fn acknowledge(&self, destination: &str, through: u64) -> Result<(), StoreError> {
        let name = Token::parse(destination)?;
        if through > outbox_end(self.sql())? {
            return Err(ExchangeRefused::UnknownEvent.into());
        }
        let moved = self.sql().execute(
            "INSERT INTO outbox_reader (destination, acknowledged) VALUES (?1, ?2) \
             ON CONFLICT (destination) DO UPDATE SET acknowledged = excluded.acknowledged \
             WHERE outbox_reader.acknowledged < excluded.acknowledged",
            &[&name, &through],
        )?;
        if moved == 0 {
            return Ok(());
        }
        let details = [("through", through.to_string())];
        self.trace(Subject::Partner { name }, "outbox-acknowledge", None, &details)
    }
}

pub(crate) fn read_event(row: &Row<'_>) -> Result<OutboxRow, StoreError> {
    Ok(OutboxRow {
        number: row.get(0)?,
        id: row.get(1)?,
        body: row.get(2)?,
        record: row.get(3)?,
        lot: row.get(4)?,
        line: row.get(5)?,
    })
}

fn outbox_end(sql: &dyn Engine) -> Result<u64, StoreError> {
    let last = format!("SELECT t.seq FROM trace t WHERE {IS_TOLD} ORDER BY t.seq DESC LIMIT 1");
    Ok(sql.row(&last, &[], |row| row.get(0))?.unwrap_or(0))
}

/// The columns of an event, of an entry `t` and its record `r`.
pub(crate) const EVENT: &str = "t.seq, t.event_id, t.notification, t.record, r.lot, r.line";
/// The outbox is what lies beside the entries of the trace that others are told of.
pub(crate) const EVENTS: &str = "trace t JOIN record r ON r.id = t.record";
pub(crate) const IS_TOLD: &str = "t.notification IS NOT NULL";
