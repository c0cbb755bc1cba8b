//! Stories: what offices did with a permit, read back through the entries that moved its record; and the register held against them.

use std::collections::HashMap;

use sigillo_issuance::life_cycle::{RecordEvent, RecordState};
use sigillo_issuance::notification::{self, Notification};
use sigillo_issuance::trace::{Subject, Token, TraceEntry};

use crate::engine::{Row, Transaction};
use crate::error::StoreError;
use crate::ids::{ConsignmentId, RecordId};
use crate::records::{Told, state_at};
use crate::store::Store;
use crate::trace::Entries;

/// One event of a permit's story.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct PermitEventRow {
    /// What happened.
    pub event: RecordEvent,
    /// The state before.
    pub from: RecordState,
    /// The state after.
    pub to: RecordState,
    /// Who asked for it.
    pub operator: String,
    /// The second person.
    pub second: Option<String>,
    /// When.
    pub at: String,
    /// Why.
    pub reason: Option<String>,
    /// Who reported it.
    pub reported_by: Option<String>,
    /// The consignment that it was annulled with.
    pub consignment: Option<ConsignmentId>,
}

/// Where a record stands.
#[derive(Clone, Copy, Eq, PartialEq)]
struct Standing {
    state: RecordState,
    told: Told,
    is_delivered: bool,
}

/// A record as the register's rows have it, and as its story has led it so far.
struct Followed {
    record: RecordId,
    stands: Standing,
    led: Standing,
    entries: u64,
}

impl Store {
    /// What offices did with a permit, oldest first.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn permit_history(&self, record: RecordId) -> Result<Vec<PermitEventRow>, StoreError> {
        let story = format!(
            "WITH RECURSIVE story (id, seq) AS (SELECT id, moved FROM record WHERE id = ?1 {AND_BACK}) \
             SELECT t.entry FROM story s JOIN trace t ON t.seq = s.seq ORDER BY t.seq"
        );
        let entries = self.sql().rows(&story, &[&record], |row| row.get::<Vec<u8>>(0))?;
        entries.iter().filter_map(|entry| of_office(entry).transpose()).collect()
    }

    /// Goes through the story of every record by the table of its life cycle, and holds the register's rows and the outbox against it;
    /// calls `seen` with how many records are right. How many records there are.
    ///
    /// It sees the register as it is now, however long it takes, and keeps a count for each record that was ever moved. The trace
    /// itself is taken for right: [`Store::verify_trace`] says so.
    ///
    /// # Errors
    ///
    /// `store.not-as-traced` with the first record that does not stand where its trace leads; `store.database`.
    pub fn follow_stories(&self, mut seen: impl FnMut(u64)) -> Result<u64, StoreError> {
        let transaction = Transaction::reading(self.sql())?;
        let mut moves: HashMap<u64, u64> = HashMap::new();
        for stored in Entries::of(transaction.sql()) {
            let entry = parse(&stored?.entry)?;
            if let (Subject::Record { id }, Some(_)) = (&entry.subject, &entry.from) {
                *moves.entry(*id).or_default() += 1;
            }
        }
        let stories = stories();
        let (mut behind, mut right) = (i64::MIN, 0);
        loop {
            let mut page: Vec<Followed> = Vec::new();
            transaction.sql().each(&stories, &[&behind], &mut |row| {
                let record: RecordId = row.get(0)?;
                if page.last().is_none_or(|last| last.record != record) {
                    page.push(Followed::begin(record, row)?);
                }
                let is_named: Option<u64> = row.get(5)?;
                match page.last_mut() {
                    Some(followed) if is_named.is_some() => followed.moved(&row.behind(6)),
                    _ => Ok(()),
                }
            })?;
            let Some(last) = page.last() else { break };
            behind = last.record.number();
            for followed in page {
                followed.end(moves.remove(&followed.record.number().unsigned_abs()).unwrap_or_default())?;
                right += 1;
            }
            seen(right);
        }
        match moves.keys().min() {
            Some(record) => Err(StoreError::NotAsTraced { record: *record }),
            None => Ok(right),
        }
    }
}

impl Followed {
    fn begin(record: RecordId, row: &Row<'_>) -> Result<Self, StoreError> {
        let told = Told { events: row.get(2)?, last: row.get(3)? };
        Ok(Self {
            record,
            stands: Standing { state: state_at(row, 1)?, told, is_delivered: row.get(4)? },
            led: Standing { state: RecordState::Received, told: Told { events: 0, last: None }, is_delivered: false },
            entries: 0,
        })
    }

    /// One entry further: its columns are those of [`stories()`] behind the record's.
    fn moved(&mut self, row: &Row<'_>) -> Result<(), StoreError> {
        let (of, entry): (Option<RecordId>, Option<Vec<u8>>) = (row.get(0)?, row.get(1)?);
        let told: (Option<[u8; 32]>, Option<Vec<u8>>) = (row.get(2)?, row.get(3)?);
        let entry = parse(&entry.ok_or(self.fault())?)?;
        let Standing { state, is_delivered, .. } = self.led;
        let is_of_it = of == Some(self.record) && entry.subject == self.record.subject();
        let event = RecordEvent::parse(entry.act.as_str()).filter(|_| is_of_it).ok_or(self.fault())?;
        let next = state.apply(event).map_err(|_| self.fault())?;
        let states = [&entry.from, &entry.to].map(|state| state.as_ref().map(Token::as_str));
        if states != [Some(state.name()), Some(next.name())] {
            return Err(self.fault());
        }
        let told = self.told(&entry, event, next, told)?;
        self.led = Standing { state: next, told, is_delivered: is_delivered || event == RecordEvent::Deliver };
        self.entries += 1;
        Ok(())
    }

    /// What others are told of an event is what its entry says, behind what they were told before; a register may be older than
    /// its outbox.
    fn told(
        &self,
        entry: &TraceEntry,
        event: RecordEvent,
        state: RecordState,
        stored: (Option<[u8; 32]>, Option<Vec<u8>>),
    ) -> Result<Told, StoreError> {
        let before = self.led.told;
        let (id, body) = match (notification::name(event), stored) {
            (Some(_), (Some(id), Some(body))) => (id, body),
            (Some(_), (None, None)) if before.events == 0 => return Ok(before),
            (None, (None, None)) => return Ok(before),
            _ => return Err(self.fault()),
        };
        let said: serde_json::Value = serde_json::from_slice(&body).map_err(|_| self.fault())?;
        let events = before.events + 1;
        let notification = Notification {
            at: entry.at.as_str(),
            // The only word in it that the trace does not have.
            document: said["document"].as_str(),
            event: notification::name(event).ok_or(self.fault())?,
            ordinal: events,
            record: self.number(),
            state: state.name(),
        };
        let expected = notification.link(&before.last.unwrap_or(notification::FIRST));
        if expected == (body, id) { Ok(Told { events, last: Some(id) }) } else { Err(self.fault()) }
    }

    fn end(&self, entries: u64) -> Result<(), StoreError> {
        if self.led == self.stands && self.entries == entries { Ok(()) } else { Err(self.fault()) }
    }

    fn number(&self) -> u64 {
        self.record.number().unsigned_abs()
    }

    fn fault(&self) -> StoreError {
        StoreError::NotAsTraced { record: self.number() }
    }
}

fn parse(entry: &[u8]) -> Result<TraceEntry, StoreError> {
    serde_json::from_slice(entry).map_err(|_| StoreError::Damaged { table: "trace" })
}

/// What an office did, as the entry of the trace has it; `None` for what the line did.
fn of_office(entry: &[u8]) -> Result<Option<PermitEventRow>, StoreError> {
    let damaged = || StoreError::Damaged { table: "trace" };
    let entry = parse(entry)?;
    let event = RecordEvent::parse(entry.act.as_str()).ok_or_else(damaged)?;
    if matches!(event, RecordEvent::Bind | RecordEvent::Release | RecordEvent::CardScrapped) {
        return Ok(None);
    }
    let state = |name: Option<Token>| name.and_then(|name| RecordState::parse(name.as_str())).ok_or_else(damaged);
    let mut details = entry.details;
    let mut detail = |name: &str| Ok::<_, StoreError>(details.remove(&Token::parse(name)?).map(String::from));
    let consignment = detail("consignment")?.map(|id| id.parse().map(ConsignmentId::new).map_err(|_| damaged()));
    Ok(Some(PermitEventRow {
        event,
        from: state(entry.from)?,
        to: state(entry.to)?,
        operator: entry.operator.into(),
        second: detail("second")?,
        at: entry.at.into(),
        reason: detail("reason")?,
        reported_by: detail("reported-by")?,
        consignment: consignment.transpose()?,
    }))
}

/// The records behind a place, each with the entries of its story from the first on; one without a story once, with nulls.
fn stories() -> String {
    format!(
        "WITH RECURSIVE page (id) AS (SELECT id FROM record WHERE id > ?1 ORDER BY id LIMIT 128), \
         story (id, seq) AS (SELECT r.id, r.moved FROM page JOIN record r ON r.id = page.id WHERE r.moved IS NOT NULL {AND_BACK}) \
         SELECT r.id, r.state, r.told, r.told_last, coalesce(p.is_delivered, 0), s.seq, t.record, t.entry, t.event_id, t.notification \
         FROM page JOIN record r ON r.id = page.id LEFT JOIN permit p ON p.record = r.id \
         LEFT JOIN story s ON s.id = r.id LEFT JOIN trace t ON t.seq = s.seq ORDER BY r.id, s.seq"
    )
}

/// From the entry that moved a record last, back from each to the one that it follows.
const AND_BACK: &str =
    "UNION ALL SELECT s.id, t.follows FROM story s JOIN trace t ON t.seq = s.seq WHERE t.follows < t.seq";
