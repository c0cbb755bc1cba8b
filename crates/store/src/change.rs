use std::cell::Cell;
use std::collections::BTreeMap;

use sigillo_issuance::life_cycle::Actor;
use sigillo_issuance::request::Authority;
use sigillo_issuance::request::ledger::REQUEST;
use sigillo_issuance::trace::{GENESIS, Subject, Token, TraceEntry, TraceHead};

use crate::engine::value::Parameter;
use crate::engine::{Engine, Row};
use crate::error::StoreError;
use crate::ids::{RecordId, RunId};

/// Who asks for a change, when, and in which run.
#[derive(Clone, Copy, Debug)]
pub struct By<'a> {
    /// The operator, a short technical word.
    pub operator: &'a str,
    /// The time, RFC 3339.
    pub at: &'a str,
    /// The run, if the change belongs to one.
    pub run: Option<RunId>,
}

/// What lies beside the entry that moves a record: no hash covers it.
pub(crate) struct Beside<'b> {
    pub(crate) record: RecordId,
    /// The place of the entry that moved it before.
    pub(crate) follows: Option<u64>,
    /// What others are told of it: identity and canonical JSON.
    pub(crate) told: Option<([u8; 32], &'b [u8])>,
}

/// What a change asks for as it begins, joined to what every change asks for: one row, of nulls where there is nothing.
pub(crate) struct Question<'q, T> {
    /// Its columns, each behind a comma.
    pub(crate) columns: &'q str,
    /// Its tables, each behind `LEFT JOIN`.
    pub(crate) from: &'q str,
    /// What stands for `?2`, `?3` … in it.
    pub(crate) parameters: &'q [&'q dyn Parameter],
    /// Reads its columns, counted from 0.
    pub(crate) read: fn(&Row<'_>) -> Result<T, StoreError>,
}

impl Question<'_, ()> {
    pub(crate) const NOTHING: Self = Self { columns: "", from: "", parameters: &[], read: |_| Ok(()) };
}

/// A change under way: the database inside its transaction, and who asked for it.
pub(crate) struct Change<'t> {
    engine: &'t dyn Engine,
    pub(crate) run: Option<RunId>,
    pub(crate) operator: Token,
    pub(crate) at: Token,
    /// Whether operators are enrolled, or ever were.
    pub(crate) is_governed: bool,
    /// What the request behind it is for; nothing in a register without operators.
    authority: Option<Authority>,
    /// The end of the trace.
    head: Cell<TraceHead>,
}

impl<'t> Change<'t> {
    pub(crate) fn new(engine: &'t dyn Engine, by: By<'_>) -> Result<Self, StoreError> {
        let (change, ()) = Self::asking(engine, by, &Question::NOTHING)?;
        Ok(change)
    }

    /// As [`Self::new`], and what the change is about, found by the same question: a server spends more on a second one than on
    /// what it asks.
    pub(crate) fn asking<T>(
        engine: &'t dyn Engine,
        by: By<'_>,
        about: &Question<'_, T>,
    ) -> Result<(Self, T), StoreError> {
        let (operator, at) = (Token::parse(by.operator)?, Token::parse(by.at)?);
        let sql = format!("SELECT {FOUND}{} FROM {FOUND_IN} {}", about.columns, about.from);
        let mut parameters: Vec<&dyn Parameter> = vec![&by.run];
        parameters.extend(about.parameters);
        let found = engine.row(&sql, &parameters, |row| {
            Ok((head(row)?, row.get(2)?, row.get(3)?, (about.read)(&row.behind(FOUND_COLUMNS))?))
        })?;
        let (head, is_governed, has_ended, about) = found.ok_or(StoreError::Damaged { table: "trace" })?;
        match has_ended {
            None if by.run.is_some() => return Err(StoreError::UnknownRun),
            Some(true) => return Err(StoreError::RunEnded),
            None | Some(false) => {}
        }
        Ok((Self { engine, run: by.run, operator, at, is_governed, authority: None, head: Cell::new(head) }, about))
    }

    /// The database inside the transaction.
    pub(crate) fn sql(&self) -> &'t dyn Engine {
        self.engine
    }

    /// From here on it belongs to a request.
    pub(crate) fn authorize(&mut self, authority: Option<Authority>) {
        self.authority = authority;
    }

    /// What the request behind it is for.
    pub(crate) const fn authority(&self) -> Option<&Authority> {
        self.authority.as_ref()
    }

    /// Refuses an event that nobody of these asked for.
    pub(crate) fn only(&self, actors: &[Actor]) -> Result<(), StoreError> {
        Ok(self.authority.as_ref().map_or(Ok(()), |authority| authority.is_one_of(actors))?)
    }

    /// Appends one entry to the trace; what it is about must be what was asked for.
    pub(crate) fn trace(
        &self,
        subject: Subject,
        act: &str,
        states: Option<(&str, &str)>,
        details: &[(&str, String)],
    ) -> Result<(), StoreError> {
        let details = self.as_asked(&subject, details)?;
        self.append(subject, act, states, &details).map(drop)
    }

    /// As [`Self::trace`], for the entry that moves a record, with what lies beside it; its place.
    pub(crate) fn trace_move(
        &self,
        act: &str,
        states: (&str, &str),
        details: &[(&str, String)],
        beside: &Beside<'_>,
    ) -> Result<u64, StoreError> {
        let subject = beside.record.subject();
        let details = self.as_asked(&subject, details)?;
        let (entry, head) = self.link(subject, act, Some(states), &details)?;
        let (event_id, notification) = beside.told.unzip();
        self.engine.write(
            "INSERT INTO trace (seq, entry, hash, record, follows, event_id, notification) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            &[&head.seq, &entry, &head.hash, &beside.record, &beside.follows, &event_id, &notification],
        )?;
        Ok(head.seq)
    }

    /// Appends one entry to the trace, whoever asked for it; its place.
    pub(crate) fn append(
        &self,
        subject: Subject,
        act: &str,
        states: Option<(&str, &str)>,
        details: &[(&str, String)],
    ) -> Result<u64, StoreError> {
        let (entry, head) = self.link(subject, act, states, details)?;
        let sql = "INSERT INTO trace (seq, entry, hash) VALUES (?1, ?2, ?3)";
        self.engine.write(sql, &[&head.seq, &entry, &head.hash])?;
        Ok(head.seq)
    }

    /// The details with the request behind the change, which must cover what the entry is about.
    fn as_asked<'d>(
        &self,
        subject: &Subject,
        details: &[(&'d str, String)],
    ) -> Result<Vec<(&'d str, String)>, StoreError> {
        let mut details = details.to_vec();
        if let Some(authority) = &self.authority {
            authority.covers(subject)?;
            details.push((REQUEST, authority.id.to_string()));
        }
        Ok(details)
    }

    /// The next entry's canonical bytes, and the end of the trace behind it.
    fn link(
        &self,
        subject: Subject,
        act: &str,
        states: Option<(&str, &str)>,
        details: &[(&str, String)],
    ) -> Result<(Vec<u8>, TraceHead), StoreError> {
        let head = self.head.get();
        let mut read: BTreeMap<Token, Token> = BTreeMap::new();
        for (name, value) in details {
            read.insert(Token::parse(name)?, Token::parse(value)?);
        }
        if let Some(run) = self.run {
            read.insert(Token::parse("run")?, Token::parse(&run.to_string())?);
        }
        let (from, to) = match states {
            Some((from, to)) => (Some(Token::parse(from)?), Some(Token::parse(to)?)),
            None => (None, None),
        };
        let entry = TraceEntry {
            v: 1,
            seq: head.seq + 1,
            at: self.at.clone(),
            operator: self.operator.clone(),
            subject,
            act: Token::parse(act)?,
            from,
            to,
            details: read,
        };
        let (bytes, hash) = entry.link(&head.hash);
        let head = TraceHead { seq: entry.seq, hash };
        self.head.set(head);
        Ok((bytes, head))
    }
}

/// The last entry's place and hash.
pub(crate) fn trace_head(sql: &dyn Engine) -> Result<TraceHead, StoreError> {
    Ok(sql.row(LAST, &[], head)?.unwrap_or(BEGINNING))
}

fn head(row: &Row<'_>) -> Result<TraceHead, StoreError> {
    let (seq, hash): (Option<u64>, Option<[u8; 32]>) = (row.get(0)?, row.get(1)?);
    Ok(seq.zip(hash).map_or(BEGINNING, |(seq, hash)| TraceHead { seq, hash }))
}

const BEGINNING: TraceHead = TraceHead { seq: 0, hash: GENESIS };
const LAST: &str = "SELECT seq, hash FROM trace ORDER BY seq DESC LIMIT 1";
/// What every change begins with: the end of the trace, whether there are operators, whether the run has ended.
const FOUND: &str =
    "t.seq, t.hash, EXISTS (SELECT 1 FROM operator), (SELECT ended_at IS NOT NULL FROM run WHERE id = ?1)";
const FOUND_COLUMNS: usize = 4;
const FOUND_IN: &str = "(SELECT 1) one LEFT JOIN (SELECT seq, hash FROM trace ORDER BY seq DESC LIMIT 1) t ON TRUE";
