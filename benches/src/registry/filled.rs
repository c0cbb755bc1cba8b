//! Registers with many permits or a long trace, filled past the register's own rules: its way would take hours.

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use sigillo_issuance::trace::{GENESIS, Subject, Token, TraceEntry};
use sigillo_postgres_lab::PrivatePostgres;
use sigillo_store::{Database, Store};

use crate::failure::Failure;

/// Where registers are filled.
#[derive(Clone, Copy)]
pub(crate) enum Fill<'f> {
    Sqlite(&'f Path),
    PostgreSql(&'f PrivatePostgres),
}

/// The document number of a permit, counted from 0.
pub(crate) fn number(permit: u32) -> String {
    format!("I{:08}", permit + 1)
}

impl Fill<'_> {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlite(_) => "sqlite",
            Self::PostgreSql(_) => "postgres",
        }
    }

    /// A register with so many valid permits, and behind them as many as nobody has activated yet.
    pub(crate) fn permits(self, valid: u32, not_issued: u32) -> Result<Database, Failure> {
        let count = valid + not_issued;
        let state = format!("CASE WHEN i <= {valid} THEN 'valid' ELSE 'not_issued' END");
        match self {
            Self::Sqlite(folder) => {
                let path = folder.join(format!("permits-{count}.db"));
                let database = Database::Sqlite(path.clone());
                drop(Store::create(&database)?);
                let numbers = format!(
                    "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) SELECT i FROM n)"
                );
                let sql = permits(
                    &numbers,
                    &state,
                    "printf('%08d', i)",
                    "printf('%020d', i)",
                    "CAST(printf('%032d', i) AS BLOB)",
                );
                Connection::open(&path)?.execute_batch(&format!("BEGIN; {sql}; COMMIT; PRAGMA optimize; ANALYZE"))?;
                Ok(database)
            }
            Self::PostgreSql(server) => {
                let name = server.database()?;
                let database = Database::postgresql(&server.url(&name))?;
                drop(Store::create(&database)?);
                let numbers = format!("generate_series(1, {count}) AS n(i)");
                let digest = "convert_to(lpad(CAST(i AS TEXT), 32, '0'), 'UTF8')";
                let text = |length: u32| format!("lpad(CAST(i AS TEXT), {length}, '0')");
                server.sql(
                    &name,
                    &format!("BEGIN; {}; COMMIT", permits(&numbers, &state, &text(8), &text(20), digest)),
                )?;
                server.sql(&name, "VACUUM ANALYZE")?;
                server.sql(&name, "CHECKPOINT")?;
                Ok(database)
            }
        }
    }
}

/// A lot, its records as others were told of them, a released card and a permit of each; `i` counts them.
fn permits(numbers: &str, state: &str, document: &str, serial: &str, digest: &str) -> String {
    format!(
        "INSERT INTO lot (id, name, digest, records, operator, at) SELECT 1, 'bench', {digest}, 1, 'bench', 'then' FROM {numbers} WHERE i = 1;
         INSERT INTO record (id, lot, line, document_number, number_from_blank, pratica_digest, state, remakes, told, told_last, moved)
            SELECT i, 1, i, 'I' || {document}, 0, {digest}, {state}, 0, 2, {digest}, 15 * i FROM {numbers};
         INSERT INTO card (serial, batch, state, profile_digest, record, sod_digest)
            SELECT {serial}, 'A', 'released', {digest}, i, {digest} FROM {numbers};
         INSERT INTO permit (record, document_number, serial, sod_digest, waived, released_at, valid_to)
            SELECT i, 'I' || {document}, {serial}, {digest}, '', 'then', '2030-12-31' FROM {numbers}"
    )
}

/// A register with a trace of so many entries.
pub(crate) fn trace(folder: &Path, entries: u64) -> Result<PathBuf, Failure> {
    let path = folder.join(format!("trace-{entries}.db"));
    drop(Store::create(&Database::Sqlite(path.clone()))?);
    let mut connection = Connection::open(&path)?;
    let transaction = connection.transaction()?;
    let mut insert = transaction.prepare("INSERT INTO trace (seq, entry, hash) VALUES (?1, ?2, ?3)")?;
    let mut hash = GENESIS;
    for seq in 1..=entries {
        let entry = TraceEntry {
            v: 1,
            seq,
            at: Token::parse("2026-11-02T12:00:00Z")?,
            operator: Token::parse("bench")?,
            subject: Subject::Record { id: seq },
            act: Token::parse("suspend")?,
            from: Some(Token::parse("valid")?),
            to: Some(Token::parse("suspended")?),
            details: [(Token::parse("reason")?, Token::parse("loss")?)].into(),
        };
        let (bytes, linked) = entry.link(&hash);
        insert.execute((seq, bytes, linked))?;
        hash = linked;
    }
    drop(insert);
    transaction.commit()?;
    Ok(path)
}
