//! The register in a PostgreSQL server of the same machine: several lines and offices at once.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::error::Error;
use std::time::Duration;

use sigillo_secret::SecretBytes;
use tokio_postgres::config::Host;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;
use tokio_postgres::{Config, Statement};

use crate::engine::failure::DatabaseError;
use crate::engine::gathered::Gathered;
use crate::engine::migrations::{self, AGAINST_THE_TRACE, HISTORY, is_current, up_to};
use crate::engine::pipeline::{Pipeline, Values};
use crate::engine::value::{Cell, Parameter, Value};
use crate::engine::{Column, Columns, Engine, Row};
use crate::error::StoreError;

/// A register in a server's database.
pub(crate) struct PostgreSql {
    pipeline: Pipeline,
    /// What was prepared, by the text as the callers have it.
    statements: RefCell<BTreeMap<String, Statement>>,
    /// What was written and did not go out yet.
    gathered: RefCell<Gathered>,
}

impl PostgreSql {
    /// Makes a new register in a database that is there and empty; of an older form if one is given.
    pub(crate) fn create(url: &str, password: Option<&SecretBytes>, version: Option<i32>) -> Result<Self, StoreError> {
        let mut register = Self::connect(url, password)?;
        if !register.is_empty()? {
            return Err(StoreError::Exists);
        }
        register.migrate(version)?;
        Ok(register)
    }

    /// Opens a register, and brings an older one up to date.
    pub(crate) fn open(url: &str, password: Option<&SecretBytes>) -> Result<Self, StoreError> {
        let mut register = Self::connect(url, password)?;
        if !register.has_table(HISTORY)? {
            return Err(if register.is_empty()? { StoreError::NotFound } else { StoreError::NotARegister });
        }
        register.migrate(None)?;
        Ok(register)
    }

    fn connect(url: &str, password: Option<&SecretBytes>) -> Result<Self, StoreError> {
        let mut configuration = configuration(url)?;
        if let Some(password) = password {
            password.expose(|octets| configuration.password(octets));
        }
        let register = Self {
            pipeline: Pipeline::connect(&configuration)?,
            statements: RefCell::default(),
            gathered: RefCell::default(),
        };
        register.pipeline.batch(SETTINGS)?;
        let engine: &dyn Engine = &register;
        if engine.one(IS_DURABLE, &[])? { Ok(register) } else { Err(StoreError::NotDurable) }
    }

    fn migrate(&mut self, version: Option<i32>) -> Result<(), StoreError> {
        let runner = up_to(migrations::postgres(), version);
        if is_current(self, &runner)? {
            return Ok(());
        }
        // Two programs may find the same old register: the second waits here, and finds it new.
        self.execute(LOCK_MIGRATION, &[])?;
        let (runtime, client) = self.pipeline.parts();
        let outcome = runtime.block_on(runner.run_async(client));
        self.execute(UNLOCK_MIGRATION, &[])?;
        match outcome {
            Err(error) if !is_current(self, &runner)? => {
                Err(migrations::failed(&error, |error: &tokio_postgres::Error| match error.code() {
                    Some(&SqlState::CHECK_VIOLATION) => AGAINST_THE_TRACE,
                    _ => StoreError::Version,
                }))
            }
            _ => Ok(()),
        }
    }

    /// Whether nobody made a table there yet.
    fn is_empty(&self) -> Result<bool, StoreError> {
        let tables = "SELECT 1 FROM pg_catalog.pg_tables WHERE schemaname = current_schema() LIMIT 1";
        Ok(self.pipeline.query_once(tables)?.is_empty())
    }

    /// The statement of a text; the server reads it once.
    fn prepared(&self, sql: &str) -> Result<Statement, StoreError> {
        if let Some(statement) = self.statements.borrow().get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.pipeline.prepare(&with_dollars(sql))?;
        self.statements.borrow_mut().insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    /// Lets what was gathered go out ahead of what comes now.
    fn hand_over(&self) -> Result<(), StoreError> {
        let Some((sql, values)) = self.gathered.borrow_mut().take() else { return Ok(()) };
        let (statement, values) = self.bound(&sql, values)?;
        self.pipeline.write(statement, values)
    }

    /// A statement with its values, behind everything that was written before.
    fn ready(&self, sql: &str, parameters: &[&dyn Parameter]) -> Result<(Statement, Values), StoreError> {
        self.hand_over()?;
        self.bound(sql, cells(parameters)?)
    }

    /// A statement with its values, as the server has them.
    fn bound(&self, sql: &str, cells: Vec<Cell>) -> Result<(Statement, Values), StoreError> {
        let statement = self.prepared(sql)?;
        let mut values = Values::default();
        for (cell, kind) in cells.into_iter().zip(statement.params()) {
            bind(&mut values, cell, kind)?;
        }
        Ok((statement, values))
    }
}

/// Checks an address without going there: a Unix socket, or this machine itself.
pub(crate) fn configuration(url: &str) -> Result<Config, StoreError> {
    let mut configuration: Config = url.parse().map_err(|_| StoreError::Address)?;
    if configuration.get_password().is_some() {
        return Err(StoreError::PasswordInAddress);
    }
    // What is said in the clear stays on this machine.
    let is_here = |host: &Host| match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => name == "localhost" || name.parse().is_ok_and(|at: std::net::IpAddr| at.is_loopback()),
    };
    if !configuration.get_hosts().iter().all(is_here)
        || !configuration.get_hostaddrs().iter().all(std::net::IpAddr::is_loopback)
    {
        return Err(StoreError::RemoteServer);
    }
    if configuration.get_hosts().is_empty() && configuration.get_hostaddrs().is_empty() {
        configuration.host_path(DEBIAN_SOCKETS);
    }
    configuration.application_name("sigillo").connect_timeout(PATIENCE);
    Ok(configuration)
}

impl Engine for PostgreSql {
    fn execute(&self, sql: &str, parameters: &[&dyn Parameter]) -> Result<u64, StoreError> {
        let (statement, values) = self.ready(sql, parameters)?;
        self.pipeline.execute(&statement, &values)
    }

    fn write(&self, sql: &str, parameters: &[&dyn Parameter]) -> Result<(), StoreError> {
        let values = cells(parameters)?;
        if !self.gathered.borrow().takes(sql) {
            self.hand_over()?;
        }
        self.gathered.borrow_mut().add(sql, values);
        if self.pipeline.is_in_transaction() { Ok(()) } else { self.hand_over() }
    }

    fn each(
        &self,
        sql: &str,
        parameters: &[&dyn Parameter],
        with: &mut dyn FnMut(&Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let (statement, values) = self.ready(sql, parameters)?;
        // Whoever looks at a row may ask for others: by then all of these are here.
        self.pipeline.query(&statement, &values)?.iter().try_for_each(|row| with(&Row::new(row)))
    }

    fn stream(&self, sql: &str, with: &mut dyn FnMut(&Row<'_>) -> Result<(), StoreError>) -> Result<(), StoreError> {
        self.hand_over()?;
        self.pipeline.batch(&format!("DECLARE streamed NO SCROLL CURSOR FOR {sql}"))?;
        loop {
            let rows = self.pipeline.query_once("FETCH 128 FROM streamed")?;
            if rows.is_empty() {
                return self.pipeline.batch("CLOSE streamed");
            }
            rows.iter().try_for_each(|row| with(&Row::new(row)))?;
        }
    }

    fn begin(&self) -> Result<(), StoreError> {
        self.pipeline.begin(BEGIN);
        Ok(())
    }

    fn begin_reading(&self) -> Result<(), StoreError> {
        self.pipeline.begin(BEGIN_READING);
        Ok(())
    }

    fn commit(&self) -> Result<(), StoreError> {
        match self.hand_over() {
            Ok(()) => self.pipeline.commit(),
            Err(error) => {
                self.rollback();
                Err(error)
            }
        }
    }

    fn rollback(&self) {
        self.gathered.borrow_mut().forget();
        self.pipeline.rollback();
    }

    fn has_table(&self, name: &str) -> Result<bool, StoreError> {
        let engine: &dyn Engine = self;
        engine.one(HAS_TABLE, &[&name])
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
        engine.rows(COLUMNS, &[&table], |row| Ok(Column { name: row.get(0)?, key: row.get(1)? }))
    }

    fn count_on(&self) -> Result<(), StoreError> {
        let engine: &dyn Engine = self;
        let counted: Vec<(String, String)> = engine.rows(COUNTED, &[], |row| Ok((row.get(0)?, row.get(1)?)))?;
        for (table, column) in counted {
            let last = format!("SELECT max({column}) FROM {table}");
            if let Some(last) = engine.one::<Option<i64>>(&last, &[])? {
                let set = format!("SELECT setval(pg_get_serial_sequence('{table}', '{column}'), ?1)");
                engine.one::<i64>(&set, &[&last])?;
            }
        }
        Ok(())
    }

    fn check(&self) -> Result<(), StoreError> {
        // The server holds its constraints itself; its pages are for its own tools (pg_amcheck, checksums).
        Ok(())
    }

    fn hold(&self, holder: i64) -> Result<(), StoreError> {
        let engine: &dyn Engine = self;
        if engine.one("SELECT pg_try_advisory_lock(?1, ?2)", &[&APPLICATION, &holder])? {
            Ok(())
        } else {
            Err(StoreError::Busy)
        }
    }

    fn is_held(&self, holder: i64) -> Result<bool, StoreError> {
        let engine: &dyn Engine = self;
        engine.one(IS_HELD, &[&APPLICATION, &holder])
    }
}

impl Drop for PostgreSql {
    fn drop(&mut self) {
        self.rollback();
        // The server would do the same when it notices that nobody is here any more; whoever asks next shall know at once.
        let _ = self.pipeline.batch("SELECT pg_advisory_unlock_all()");
    }
}

/// `?1` as PostgreSQL has it: `$1`; what stands between quotes is left alone.
fn with_dollars(sql: &str) -> String {
    let mut is_quoted = false;
    sql.chars()
        .map(|character| {
            is_quoted ^= character == '\'';
            if character == '?' && !is_quoted { '$' } else { character }
        })
        .collect()
}

/// What stands for `?1`, `?2` …, to be kept: it may have to wait, so nothing is borrowed.
fn cells(parameters: &[&dyn Parameter]) -> Result<Vec<Cell>, StoreError> {
    Ok(parameters.iter().map(|parameter| parameter.value().map(Cell::from)).collect::<Result<_, _>>()?)
}

/// Adds a value as the kind that the server asks for.
fn bind(values: &mut Values, cell: Cell, kind: &Type) -> Result<(), StoreError> {
    match (cell, kind) {
        (Cell::Null, &Type::INT8) => values.push(None::<i64>, 0),
        (Cell::Null, &Type::INT4) => values.push(None::<i32>, 0),
        (Cell::Null, &Type::BYTEA) => values.push(None::<&[u8]>, 0),
        (Cell::Null, _) => values.push(None::<&str>, 0),
        (Cell::Integer(number), &Type::INT4) => {
            let narrow = i32::try_from(number).map_err(|_| StoreError::Database(DatabaseError::Number))?;
            values.push(narrow, 4);
        }
        (Cell::Integer(number), _) => values.push(number, 8),
        (Cell::Text(text), _) => {
            let octets = text.len();
            values.push(text, octets);
        }
        (Cell::Blob(bytes), _) => {
            let octets = bytes.len();
            values.push(bytes, octets);
        }
    }
    Ok(())
}

impl Columns for tokio_postgres::Row {
    fn value(&self, column: usize) -> Result<Value<'_>, StoreError> {
        let unknown = StoreError::Database(DatabaseError::Column { column });
        let Some(kind) = self.columns().get(column).map(tokio_postgres::Column::type_) else { return Err(unknown) };
        let value = match *kind {
            Type::INT8 => self.try_get::<_, Option<i64>>(column)?.map(Value::Integer),
            Type::INT4 => self.try_get::<_, Option<i32>>(column)?.map(|number| Value::Integer(number.into())),
            Type::BOOL => self.try_get::<_, Option<bool>>(column)?.map(|truth| Value::Integer(truth.into())),
            Type::TEXT | Type::VARCHAR | Type::NAME => {
                self.try_get::<_, Option<&str>>(column)?.map(|text| Value::Text(text.into()))
            }
            Type::BYTEA => self.try_get::<_, Option<&[u8]>>(column)?.map(Value::Blob),
            _ => return Err(unknown),
        };
        Ok(value.unwrap_or(Value::Null))
    }
}

/// A unique index names what came twice. Everything else keeps the server's sentence, and none of the values that it quotes.
impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(said) = error.as_db_error() else {
            let is_lost = error.is_closed() || error.source().is_some_and(|source| source.is::<std::io::Error>());
            return if is_lost { Self::Unreachable } else { Self::Database(DatabaseError::Client(error.to_string())) };
        };
        let state = said.code();
        match *state {
            SqlState::LOCK_NOT_AVAILABLE | SqlState::T_R_DEADLOCK_DETECTED | SqlState::T_R_SERIALIZATION_FAILURE => {
                return Self::Busy;
            }
            SqlState::UNDEFINED_DATABASE => return Self::NotFound,
            SqlState::INSUFFICIENT_PRIVILEGE => return Self::AccessDenied,
            SqlState::UNIQUE_VIOLATION => {
                if let Some(twice) = said.constraint().and_then(Self::twice) {
                    return twice;
                }
            }
            _ => {}
        }
        match state.code().get(..2) {
            Some("28") => return Self::AccessDenied,
            Some("08" | "57") => return Self::Unreachable,
            _ => {}
        }
        // Data and constraints quote what they refuse.
        let message = match (state.code().get(..2), said.constraint()) {
            (Some("22" | "23"), Some(constraint)) => format!("the constraint {constraint} was violated"),
            (Some("22" | "23"), None) => "a value was refused".to_owned(),
            _ => said.message().to_owned(),
        };
        Self::Database(DatabaseError::PostgreSql { state: state.code().to_owned(), message })
    }
}

/// Every change takes this lock before it reads, and holds it to its end: changes come one after the other, each statement sees
/// what the change before has left, and none fails for another. The server has no order to look for among them.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED; LOCK TABLE trace IN EXCLUSIVE MODE";
const BEGIN_READING: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
/// A plan that was made when a table was empty, and is kept, reads all of it when there are a million rows: so indices come first,
/// and a question that has to read everything is not taken for one that is worth compiling.
const SETTINGS: &str = "SET synchronous_commit = on; SET enable_seqscan = off; SET jit = off; SET lock_timeout = '10s'; \
    SET standard_conforming_strings = on; SET client_min_messages = warning";
const IS_DURABLE: &str = "SELECT current_setting('fsync') = 'on' AND current_setting('full_page_writes') = 'on'";
const LOCK_MIGRATION: &str = "SELECT pg_advisory_lock(1397181519)";
const UNLOCK_MIGRATION: &str = "SELECT pg_advisory_unlock(1397181519)";
const IS_HELD: &str = "SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_locks \
    WHERE locktype = 'advisory' AND granted AND objsubid = 2 \
    AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()) \
    AND CAST(classid AS BIGINT) = CAST(?1 AS INTEGER) AND CAST(objid AS BIGINT) = CAST(?2 AS INTEGER))";
const HAS_TABLE: &str = "SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_tables \
    WHERE schemaname = current_schema() AND tablename = ?1)";
const TABLES: &str = "SELECT tablename FROM pg_catalog.pg_tables \
    WHERE schemaname = current_schema() AND tablename <> ?1 ORDER BY tablename";
const REFERENCES: &str = "SELECT DISTINCT t.relname, r.relname FROM pg_catalog.pg_constraint c \
    JOIN pg_catalog.pg_class t ON t.oid = c.conrelid JOIN pg_catalog.pg_class r ON r.oid = c.confrelid \
    WHERE c.contype = 'f' AND c.connamespace = CAST(current_schema() AS regnamespace) ORDER BY 1, 2";
const COLUMNS: &str = "SELECT a.attname, coalesce(array_position(i.indkey, a.attnum) + 1, 0) \
    FROM pg_catalog.pg_attribute a \
    LEFT JOIN pg_catalog.pg_index i ON i.indrelid = a.attrelid AND i.indisprimary \
    WHERE a.attrelid = (SELECT oid FROM pg_catalog.pg_class \
        WHERE relname = ?1 AND relnamespace = CAST(current_schema() AS regnamespace)) \
    AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attname";
const COUNTED: &str = "SELECT t.relname, a.attname FROM pg_catalog.pg_attribute a \
    JOIN pg_catalog.pg_class t ON t.oid = a.attrelid \
    WHERE t.relnamespace = CAST(current_schema() AS regnamespace) AND t.relkind = 'r' AND a.attidentity <> '' ORDER BY 1, 2";
/// `SGLO`. An advisory lock has two keys of 32 bits: this program, and a holder's number.
const APPLICATION: i64 = 0x5347_4C4F;
const PATIENCE: Duration = Duration::from_secs(10);
/// Where Debian's servers listen.
const DEBIAN_SOCKETS: &str = "/var/run/postgresql";
