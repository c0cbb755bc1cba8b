//! The register in one file: one line, one machine.

use std::cell::RefCell;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior, params_from_iter};

use crate::engine::failure::DatabaseError;
use crate::engine::lock_file::{LockFile, is_locked};
use crate::engine::migrations::{self, AGAINST_THE_TRACE, HISTORY, is_current, up_to};
use crate::engine::value::{Parameter, Value};
use crate::engine::{Column, Columns, Engine, Row};
use crate::error::StoreError;

/// A register in a file.
pub(crate) struct Sqlite {
    connection: Connection,
    path: PathBuf,
    /// The number that this hand holds.
    held: RefCell<Option<LockFile>>,
}

impl Sqlite {
    /// Makes a new register that only its owner may read; of an older form if one is given.
    pub(crate) fn create(path: &Path, version: Option<i32>) -> Result<Self, StoreError> {
        let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
        made.and_then(|file| file.sync_all()).map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => StoreError::Exists,
            _ => StoreError::File(error),
        })?;
        let mut register = Self::connect(path)?;
        register.connection.pragma_update(None, "application_id", APPLICATION)?;
        register.migrate(version)?;
        sync_folder(path).map_err(StoreError::File)?;
        Ok(register)
    }

    /// Opens a register, and brings an older one up to date.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        if !path.is_file() {
            return Err(StoreError::NotFound);
        }
        let mut register = Self::connect(path)?;
        let application: i64 = register.connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
        if application != APPLICATION {
            return Err(StoreError::NotARegister);
        }
        register.migrate(None)?;
        Ok(register)
    }

    fn connect(path: &Path) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(PATIENCE)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        // A statement is planned once, and not anew for each value that is bound to it.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        // A new file takes its page size from here; 8 KiB halves the frames of a large import.
        connection.pragma_update(None, "page_size", 8192)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "secure_delete", true)?;
        connection.pragma_update(None, "trusted_schema", false)?;
        // Kibibytes: an import of any size stays within this, what is more goes to the write-ahead log.
        connection.pragma_update(None, "cache_size", -4096)?;
        // After a large import the log is cut back to this many bytes.
        connection.pragma_update(None, "journal_size_limit", 16 << 20)?;
        // The file is found again, wherever this process goes.
        let path = path.canonicalize().map_err(StoreError::File)?;
        Ok(Self { connection, path, held: RefCell::new(None) })
    }

    fn migrate(&mut self, version: Option<i32>) -> Result<(), StoreError> {
        let runner = up_to(migrations::sqlite(), version);
        if is_current(self, &runner)? {
            return Ok(());
        }
        // Two programs may find the same old register: the second waits here, and finds it new.
        self.connection.set_transaction_behavior(TransactionBehavior::Immediate);
        match runner.run(&mut self.connection) {
            Err(error) if !is_current(self, &runner)? => {
                Err(migrations::failed(&error, |error: &rusqlite::Error| match error.sqlite_error_code() {
                    Some(ErrorCode::ConstraintViolation) => AGAINST_THE_TRACE,
                    _ => StoreError::Busy,
                }))
            }
            _ => Ok(()),
        }
    }
}

impl Engine for Sqlite {
    fn execute(&self, sql: &str, parameters: &[&dyn Parameter]) -> Result<u64, StoreError> {
        let values = values(parameters)?;
        Ok(self.connection.prepare_cached(sql)?.execute(params_from_iter(&values))? as u64)
    }

    fn write(&self, sql: &str, parameters: &[&dyn Parameter]) -> Result<(), StoreError> {
        self.execute(sql, parameters).map(drop)
    }

    fn each(
        &self,
        sql: &str,
        parameters: &[&dyn Parameter],
        with: &mut dyn FnMut(&Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let values = values(parameters)?;
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params_from_iter(&values))?;
        while let Some(row) = rows.next()? {
            with(&Row::new(row))?;
        }
        Ok(())
    }

    fn stream(&self, sql: &str, with: &mut dyn FnMut(&Row<'_>) -> Result<(), StoreError>) -> Result<(), StoreError> {
        // Here every statement's rows come one at a time.
        self.each(sql, &[], with)
    }

    fn begin(&self) -> Result<(), StoreError> {
        Ok(self.connection.execute_batch("BEGIN IMMEDIATE")?)
    }

    fn begin_reading(&self) -> Result<(), StoreError> {
        Ok(self.connection.execute_batch("BEGIN")?)
    }

    fn commit(&self) -> Result<(), StoreError> {
        self.connection.execute_batch("COMMIT").map_err(|error| {
            // A commit that was refused leaves its transaction open.
            self.rollback();
            error.into()
        })
    }

    fn rollback(&self) {
        // Some failures have ended the transaction already; what cannot be undone here is undone when the file is next opened.
        if !self.connection.is_autocommit() {
            let _ = self.connection.execute_batch("ROLLBACK");
        }
    }

    fn has_table(&self, name: &str) -> Result<bool, StoreError> {
        Ok(self.connection.table_exists(None, name)?)
    }

    fn tables(&self) -> Result<Vec<String>, StoreError> {
        let engine: &dyn Engine = self;
        engine.rows(TABLES, &[&HISTORY], |row| row.get(0))
    }

    fn references(&self) -> Result<Vec<(String, String)>, StoreError> {
        let engine: &dyn Engine = self;
        engine.rows(REFERENCES, &[], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    fn columns(&self, table: &str) -> Result<Vec<Column>, StoreError> {
        let engine: &dyn Engine = self;
        let columns = "SELECT name, pk FROM pragma_table_info(?1) ORDER BY name";
        engine.rows(columns, &[&table], |row| Ok(Column { name: row.get(0)?, key: row.get(1)? }))
    }

    fn count_on(&self) -> Result<(), StoreError> {
        // SQLite notes the highest number of every row that comes in.
        Ok(())
    }

    fn check(&self) -> Result<(), StoreError> {
        let engine: &dyn Engine = self;
        let found: String = engine.one("SELECT integrity_check FROM pragma_integrity_check LIMIT 1", &[])?;
        let dangling = "SELECT EXISTS (SELECT 1 FROM pragma_foreign_key_check)";
        if found != "ok" || engine.one(dangling, &[])? {
            return Err(StoreError::Damaged { table: "database" });
        }
        Ok(())
    }

    fn hold(&self, holder: i64) -> Result<(), StoreError> {
        // First the old number is let go: after a rollback the new one may be the same.
        self.held.replace(None);
        self.held.replace(Some(LockFile::take(&self.path, holder)?));
        Ok(())
    }

    fn is_held(&self, holder: i64) -> Result<bool, StoreError> {
        is_locked(&self.path, holder)
    }
}

fn values<'p>(parameters: &[&'p dyn Parameter]) -> Result<Vec<Value<'p>>, StoreError> {
    Ok(parameters.iter().map(|parameter| parameter.value()).collect::<Result<_, _>>()?)
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

impl Columns for rusqlite::Row<'_> {
    fn value(&self, column: usize) -> Result<Value<'_>, StoreError> {
        let unknown = StoreError::Database(DatabaseError::Column { column });
        match self.get_ref(column)? {
            ValueRef::Null => Ok(Value::Null),
            ValueRef::Integer(number) => Ok(Value::Integer(number)),
            ValueRef::Text(text) => std::str::from_utf8(text).map(|text| Value::Text(text.into())).map_err(|_| unknown),
            ValueRef::Blob(bytes) => Ok(Value::Blob(bytes)),
            ValueRef::Real(_) => Err(unknown),
        }
    }
}

/// A unique index names what came twice; everything else keeps SQLite's own error as its source.
impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let rusqlite::Error::SqliteFailure(failure, message) = &error else {
            return Self::Database(error.into());
        };
        match failure.code {
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Busy,
            ErrorCode::NotADatabase => Self::NotARegister,
            ErrorCode::ConstraintViolation => {
                let columns = message.as_deref().and_then(|message| message.strip_prefix(TWICE));
                columns.and_then(Self::twice).unwrap_or(Self::Database(error.into()))
            }
            _ => Self::Database(error.into()),
        }
    }
}

/// The new name survives a power cut too.
fn sync_folder(path: &Path) -> std::io::Result<()> {
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .map_or_else(|| PathBuf::from("."), Path::to_path_buf);
    File::open(parent)?.sync_all()
}

const TABLES: &str = "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> ?1 \
    AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";
const REFERENCES: &str = "SELECT DISTINCT t.name, f.\"table\" FROM sqlite_master t, pragma_foreign_key_list(t.name) f \
    WHERE t.type = 'table' ORDER BY 1, 2";
/// `SGLO`.
const APPLICATION: i64 = 0x5347_4C4F;
const PATIENCE: Duration = Duration::from_secs(10);
/// More statements than this crate has.
const STATEMENTS: usize = 256;
/// What SQLite says before the columns that came twice.
const TWICE: &str = "UNIQUE constraint failed: ";

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

    use rusqlite::StatementStatus;

    use super::*;

    /// In an analyzed register the library would look at each value that is bound, and plan anew.
    #[test]
    fn a_statement_is_planned_once() {
        let folder = tempfile::tempdir().unwrap();
        let register = Sqlite::create(&folder.path().join("register.db"), None).unwrap();
        let connection = &register.connection;
        connection
            .execute_batch(
                "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) \
                 INSERT INTO outbox_reader (destination, acknowledged) SELECT printf('%04d', i), 0 FROM n; ANALYZE",
            )
            .unwrap();
        let mut count = connection.prepare("SELECT count(*) FROM outbox_reader WHERE destination > ?1").unwrap();
        for (destination, behind) in [("0001", 999), ("0500", 500), ("0999", 1)] {
            assert_eq!(count.query_row([destination], |row| row.get::<_, i64>(0)).unwrap(), behind);
        }
        assert_eq!(count.get_status(StatementStatus::RePrepare), 0);
    }
}
