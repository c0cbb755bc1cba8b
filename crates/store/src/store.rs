use std::cell::Cell;
use std::collections::BTreeMap;

use sigillo_issuance::trace::{GENESIS, Subject, Token, TraceEntry, TraceHead};

use crate::database::Database;
use crate::engine::{Engine, Transaction};
use crate::error::StoreError;
use crate::ids::RunId;

/// The register: of one line in a file, or of several lines and offices in a server.
pub struct Store {
    pub(crate) engine: Box<dyn Engine>,
    pub(crate) probe: Probe,
    /// What this hand is known by since it reserved its first slot.
    pub(crate) holder: Option<i64>,
}

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

/// What is called around each commit.
pub(crate) type Probe = Option<Box<dyn FnMut(&'static str) + Send>>;

impl Store {
    /// Makes a new register: a file that only its owner may read, or the tables of an empty database.
    ///
    /// # Errors
    ///
    /// `store.exists` if something is there, `store.file`, `store.unreachable`, `store.access-denied` or `store.database`.
    pub fn create(database: &Database) -> Result<Self, StoreError> {
        Ok(Self { engine: database.create()?, probe: None, holder: None })
    }

    /// Opens a register, and brings an older one up to date.
    ///
    /// # Errors
    ///
    /// `store.not-found`, `store.not-a-register`, `store.version`, `store.busy`, `store.unreachable`, `store.access-denied`,
    /// `store.not-durable` or `store.database`.
    pub fn open(database: &Database) -> Result<Self, StoreError> {
        Ok(Self { engine: database.open()?, probe: None, holder: None })
    }

    /// Sets what is called right before and right after each commit, with the name of the point: `bind/before`, `bind/after`.
    pub fn set_probe(&mut self, probe: Box<dyn FnMut(&'static str) + Send>) {
        self.probe = Some(probe);
    }

    /// The database, to be asked outside of a change.
    pub(crate) fn sql(&self) -> &dyn Engine {
        &*self.engine
    }

    /// Runs one change as one transaction that owns the register from its first read on.
    pub(crate) fn change<T>(
        &mut self,
        point: Point,
        by: By<'_>,
        body: impl FnOnce(&Change<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let transaction = Transaction::begin(&*self.engine)?;
        let change = Change::new(transaction.sql(), by)?;
        let out = body(&change)?;
        commit(transaction, &mut self.probe, point)?;
        Ok(out)
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Store")
    }
}

/// The names of a commit's two points.
#[derive(Clone, Copy)]
pub(crate) struct Point {
    pub(crate) before: &'static str,
    pub(crate) after: &'static str,
}

macro_rules! point {
    ($name:literal) => {
        $crate::store::Point { before: concat!($name, "/before"), after: concat!($name, "/after") }
    };
}
pub(crate) use point;

/// Commits between the two calls of the probe.
pub(crate) fn commit(transaction: Transaction<'_>, probe: &mut Probe, point: Point) -> Result<(), StoreError> {
    let mut at = |name| {
        if let Some(probe) = probe {
            probe(name);
        }
    };
    at(point.before);
    transaction.commit()?;
    at(point.after);
    Ok(())
}

/// A change under way: the database inside its transaction, and who asked for it.
pub(crate) struct Change<'t> {
    engine: &'t dyn Engine,
    pub(crate) run: Option<RunId>,
    pub(crate) operator: Token,
    pub(crate) at: Token,
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
        Ok(Self { engine, run: by.run, operator, at, head: Cell::new(None) })
    }

    /// The database inside the transaction.
    pub(crate) fn sql(&self) -> &'t dyn Engine {
        self.engine
    }

    /// Appends one entry to the trace.
    pub(crate) fn trace(
        &self,
        subject: Subject,
        act: &str,
        states: Option<(&str, &str)>,
        details: &[(&str, String)],
    ) -> Result<(), StoreError> {
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
        Ok(())
    }
}

/// The last entry's place and hash.
pub(crate) fn trace_head(sql: &dyn Engine) -> Result<TraceHead, StoreError> {
    let last = "SELECT seq, hash FROM trace ORDER BY seq DESC LIMIT 1";
    let head = sql.row(last, &[], |row| Ok(TraceHead { seq: row.get(0)?, hash: row.get(1)? }))?;
    Ok(head.unwrap_or(TraceHead { seq: 0, hash: GENESIS }))
}
