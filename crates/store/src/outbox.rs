use sigillo_issuance::life_cycle::{RecordEvent, RecordState};
use sigillo_issuance::notification::{self, Notification};
use sigillo_issuance::trace::{Subject, Token};

use crate::engine::Row;
use crate::error::StoreError;
use crate::exchange_refused::ExchangeRefused;
use crate::ids::{LotId, RecordId};
use crate::records::{RecordNow, Told};
use crate::store::{By, Change, Store, point};

/// Something that happened to a permit, as whoever keeps a register of his own is told.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct OutboxRow {
    /// Its place in the outbox; later events have higher numbers, some numbers are left out.
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

impl Store {
    /// The events behind that place, in their order, at most so many.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn outbox_after(&self, number: u64, at_most: u64) -> Result<Vec<OutboxRow>, StoreError> {
        self.sql().rows(
            &format!("{OUTBOX} WHERE o.number > ?1 ORDER BY o.number LIMIT ?2"),
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
        self.sql().one("SELECT coalesce(max(number), 0) FROM outbox", &[])
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
    /// Puts an event of a record's life into the outbox, if anybody is told of such events; `now` is the record before it. What
    /// they are told of the record from then on.
    pub(crate) fn emit(&self, now: &RecordNow, event: RecordEvent, state: RecordState) -> Result<Told, StoreError> {
        let Some(event) = notification::name(event) else { return Ok(now.told) };
        let RecordNow { row, told } = now;
        let ordinal = told.events + 1;
        let notification = Notification {
            at: self.at.as_str(),
            document: row.document_number.as_deref(),
            event,
            ordinal,
            record: row.id.number().unsigned_abs(),
            state: state.name(),
        };
        let (body, id) = notification.link(&told.last.unwrap_or(notification::FIRST));
        self.sql().write(
            "INSERT INTO outbox (number, record, ordinal, event_id, body) VALUES (?1, ?2, ?3, ?4, ?5)",
            &[&self.next_entry(), &row.id, &ordinal, &id, &body],
        )?;
        Ok(Told { events: ordinal, last: Some(id) })
    }

    /// Moves a destination on, never back.
    pub(crate) fn acknowledge(&self, destination: &str, through: u64) -> Result<(), StoreError> {
        let name = Token::parse(destination)?;
        let end: u64 = self.sql().one("SELECT coalesce(max(number), 0) FROM outbox", &[])?;
        if through > end {
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

const OUTBOX: &str = "SELECT o.number, o.event_id, o.body, o.record, r.lot, r.line \
    FROM outbox o JOIN record r ON r.id = o.record";
