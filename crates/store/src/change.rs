use std::cell::Cell;
use std::collections::BTreeMap;

use sigillo_issuance::life_cycle::Actor;
use sigillo_issuance::request::Authority;
use sigillo_issuance::request::ledger::REQUEST;
use sigillo_issuance::trace::{GENESIS, Subject, Token, TraceEntry, TraceHead};

use crate::engine::{Engine, Row};
use crate::error::StoreError;
use crate::ids::RunId;

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
        let (operator, at) = (Token::parse(by.operator)?, Token::parse(by.at)?);
        let found = engine.row(FOUND, &[&by.run], |row| Ok((head(row)?, row.get(2)?, row.get(3)?)))?;
        let (head, is_governed, has_ended) = found.ok_or(StoreError::Damaged { table: "trace" })?;
        match has_ended {
            None if by.run.is_some() => return Err(StoreError::UnknownRun),
            Some(true) => return Err(StoreError::RunEnded),
            None | Some(false) => {}
        }
        Ok(Self { engine, run: by.run, operator, at, is_governed, authority: None, head: Cell::new(head) })
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

    /// The place of the next entry of the trace: what the same event is known by elsewhere, in the order of events.
    pub(crate) fn next_entry(&self) -> u64 {
        self.head.get().seq + 1
    }

    /// Appends one entry to the trace; what it is about must be what was asked for.
    pub(crate) fn trace(
        &self,
        subject: Subject,
        act: &str,
        states: Option<(&str, &str)>,
        details: &[(&str, String)],
    ) -> Result<(), StoreError> {
        let Some(authority) = &self.authority else { return self.append(subject, act, states, details).map(drop) };
        authority.covers(&subject)?;
        let request = (REQUEST, authority.id.to_string());
        self.append(subject, act, states, &[details, &[request]].concat()).map(drop)
    }

    /// Appends one entry to the trace, whoever asked for it; its place.
    pub(crate) fn append(
        &self,
        subject: Subject,
        act: &str,
        states: Option<(&str, &str)>,
        details: &[(&str, String)],
    ) -> Result<u64, StoreError> {
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
        self.engine.write("INSERT INTO trace (seq, entry, hash) VALUES (?1, ?2, ?3)", &[&entry.seq, &bytes, &hash])?;
        self.head.set(TraceHead { seq: entry.seq, hash });
        Ok(entry.seq)
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
/// What every change begins with, in one statement: the end of the trace, whether there are operators, whether the run has ended.
const FOUND: &str = "SELECT t.seq, t.hash, EXISTS (SELECT 1 FROM operator), (SELECT ended_at IS NOT NULL FROM run WHERE id = ?1) \
    FROM (SELECT 1) one LEFT JOIN (SELECT seq, hash FROM trace ORDER BY seq DESC LIMIT 1) t ON TRUE";
