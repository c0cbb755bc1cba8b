use sigillo_issuance::checkpoint::{self, Checkpoint, CheckpointKeys, SignedCheckpoint, Verdict};
use sigillo_issuance::request::{Ledger, LedgerFault};
use sigillo_issuance::trace::{Token, TraceFault};

use crate::engine::{Engine, Transaction};
use crate::error::StoreError;
use crate::store::{Store, commit, point, trace_head};
use crate::trace::Entries;

/// The first thing that is wrong with a trace.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuditFault {
    /// Its chain.
    #[error(transparent)]
    Trace(#[from] TraceFault),
    /// A change that no request stands behind.
    #[error(transparent)]
    Request(#[from] LedgerFault),
}

impl AuditFault {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Trace(fault) => fault.code(),
            Self::Request(fault) => fault.code(),
        }
    }

    /// The number of the entry.
    pub const fn at(&self) -> u64 {
        match self {
            Self::Trace(fault) => fault.at(),
            Self::Request(fault) => fault.at(),
        }
    }
}

/// What an audit found.
#[derive(Debug)]
pub struct Audited {
    /// Chain, requests and checkpoints.
    pub verdict: Verdict<AuditFault>,
    /// How many signed requests were verified.
    pub requests: usize,
}

impl Store {
    /// The checkpoints of the register, oldest first.
    ///
    /// # Errors
    ///
    /// `store.damaged` for one that is none, `store.database`.
    pub fn checkpoints(&self) -> Result<Vec<SignedCheckpoint>, StoreError> {
        self.sql().rows("SELECT line FROM checkpoint ORDER BY number", &[], |row| decode(&row.get::<Vec<u8>>(0)?))
    }

    /// Signs where the trace ends, unless the last checkpoint stands there already; `key` is the identifier of the key that `sign`
    /// signs with.
    ///
    /// # Errors
    ///
    /// `trace.token` for a time that is none, `store.damaged`, `store.busy`, `store.database`, or what `sign` returns.
    pub fn checkpoint<E: From<StoreError>>(
        &mut self,
        at: &str,
        key: [u8; 20],
        sign: impl FnOnce(&[u8]) -> Result<Vec<u8>, E>,
    ) -> Result<Option<SignedCheckpoint>, E> {
        let at = Token::parse(at).map_err(StoreError::from)?;
        let transaction = Transaction::begin(&*self.engine)?;
        let head = trace_head(transaction.sql())?;
        let last = last(transaction.sql())?;
        if head.seq == last.as_ref().map_or(0, |last| last.checkpoint.head.seq) {
            return Ok(None);
        }
        let checkpoint = Checkpoint::after(last.as_ref().map(|last| &last.checkpoint), head, at, key);
        let signature = sign(&checkpoint.message())?;
        let signed = SignedCheckpoint { checkpoint, signature };
        transaction.sql().write(
            "INSERT INTO checkpoint (number, line) VALUES (?1, ?2)",
            &[&signed.checkpoint.number, &signed.encode()],
        )?;
        commit(transaction, &mut self.probe, point!("checkpoint"))?;
        Ok(Some(signed))
    }

    /// Calls `with` for the octets of each signed request, in the order in which they were accepted, and keeps few of them.
    ///
    /// # Errors
    ///
    /// `store.database`, or what `with` returns.
    pub fn requests_each<E: From<StoreError>>(&self, mut with: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        let mut behind = 0_u64;
        loop {
            let page: Vec<(u64, Vec<u8>)> =
                self.sql().rows(REQUESTS, &[&behind], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let Some((last, _)) = page.last() else { return Ok(()) };
            behind = *last;
            page.iter().try_for_each(|(_, signed)| with(signed))?;
        }
    }

    /// Holds the whole trace against its requests and against checkpoints, its own and `exported` ones; calls `seen` with the number of
    /// each entry that is right.
    ///
    /// # Errors
    ///
    /// `store.damaged`, `store.database`; what is wrong with the trace is in the result.
    pub fn audit(
        &self,
        exported: Vec<SignedCheckpoint>,
        keys: &CheckpointKeys,
        mut seen: impl FnMut(u64),
    ) -> Result<Audited, StoreError> {
        let mut checkpoints = self.checkpoints()?;
        checkpoints.extend(exported);
        let (mut failed, mut ledger) = (None, Ledger::default());
        let mut unread = None;
        let entries = Entries::of(self.sql()).map_while(|entry| entry.map_err(|error| failed = Some(error)).ok());
        let verdict = checkpoint::verify(entries, checkpoints, keys, |entry| {
            seen(entry.seq);
            // A request that cannot be read ends the audit: what it says is not known.
            ledger.follow(entry, |id| {
                let request = self.request(id);
                Ok::<_, AuditFault>(request.map_err(|error| unread = Some(error)).ok().flatten())
            })
        });
        match failed.or(unread) {
            Some(error) => Err(error),
            None => Ok(Audited { verdict, requests: ledger.accepted() }),
        }
    }
}

fn last(sql: &dyn Engine) -> Result<Option<SignedCheckpoint>, StoreError> {
    let last = "SELECT line FROM checkpoint ORDER BY number DESC LIMIT 1";
    sql.row(last, &[], |row| decode(&row.get::<Vec<u8>>(0)?))
}

fn decode(line: &[u8]) -> Result<SignedCheckpoint, StoreError> {
    SignedCheckpoint::decode(line).map_err(|_| StoreError::Damaged { table: "checkpoint" })
}

const REQUESTS: &str = "SELECT entry, signed FROM request WHERE entry > ?1 ORDER BY entry LIMIT 256";
