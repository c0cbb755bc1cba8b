use std::cell::Cell;
use std::collections::BTreeMap;

use sigillo_issuance::life_cycle::Actor;
use sigillo_issuance::request::Authority;
use sigillo_issuance::request::ledger::REQUEST;
use sigillo_issuance::trace::{GENESIS, Subject, Token, TraceEntry, TraceHead};

use crate::engine::Engine;
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
    /// What the request behind it is for; nothing in a register without operators.
    authority: Option<Authority>,
    /// The end of the trace, once it was read or moved.
    head: Cell<Option<TraceHead>>,
}

impl<'t> Change<'t> {
    pub(crate) fn new(engine: &'t dyn Engine, by: By<'_>) -> Result<Self, StoreError> {
        let (operator, at) = (Token::parse(by.operator)?, Token::parse(by.at)?);
        if let Some(run) = by.run {
            let sql = "SELECT ended_at IS NOT NULL FROM run WHERE id = ?1";
            match engine.row(sql, &[&run], |row| row.get(0))? {
                None => return Err(StoreError::UnknownRun),
                Some(true) => return Err(StoreError::RunEnded),
                Some(false) => {}
            }
        }
        Ok(Self { engine, run: by.run, operator, at, authority: None, head: Cell::new(None) })
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
        let head = self.head.get().map_or_else(|| trace_head(self.engine), Ok)?;
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
        self.engine
            .execute("INSERT INTO trace (seq, entry, hash) VALUES (?1, ?2, ?3)", &[&entry.seq, &bytes, &hash])?;
        self.head.set(Some(TraceHead { seq: entry.seq, hash }));
        Ok(entry.seq)
    }
}

/// The last entry's place and hash.
pub(crate) fn trace_head(sql: &dyn Engine) -> Result<TraceHead, StoreError> {
    let last = "SELECT seq, hash FROM trace ORDER BY seq DESC LIMIT 1";
    let head = sql.row(last, &[], |row| Ok(TraceHead { seq: row.get(0)?, hash: row.get(1)? }))?;
    Ok(head.unwrap_or(TraceHead { seq: 0, hash: GENESIS }))
}
