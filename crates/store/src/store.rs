use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, TransactionBehavior};
use sigillo_issuance::trace::{GENESIS, Subject, Token, TraceEntry, TraceHead};

use crate::error::StoreError;
use crate::holder::Holder;
use crate::ids::RunId;

/// The register of one line.
pub struct Store {
    pub(crate) connection: Connection,
    pub(crate) probe: Probe,
    /// What this hand is known by since it reserved its first slot.
    pub(crate) holder: Option<Holder>,
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
    /// Makes a new register that only its owner may read.
    ///
    /// # Errors
    ///
    /// `store.exists` if a file is there, `store.file` or `store.database` if it cannot be made.
    pub fn create(path: &Path) -> Result<Self, StoreError> {
        let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
        made.and_then(|file| file.sync_all()).map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => StoreError::Exists,
            _ => StoreError::File(error),
        })?;
        let connection = connect(path)?;
        connection.pragma_update(None, "application_id", APPLICATION)?;
        let store = Self::migrated(connection)?;
        sync_folder(path).map_err(StoreError::File)?;
        Ok(store)
    }

    /// Opens a register, and brings an older one up to date.
    ///
    /// # Errors
    ///
    /// `store.not-found`, `store.not-a-register`, `store.version`, `store.busy` or `store.database`.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        if !path.is_file() {
            return Err(StoreError::NotFound);
        }
        let connection = connect(path)?;
        let application: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
        if application != APPLICATION {
            return Err(StoreError::NotARegister);
        }
        Self::migrated(connection)
    }

    /// Sets what is called right before and right after each commit, with the name of the point: `bind/before`, `bind/after`.
    pub fn set_probe(&mut self, probe: Box<dyn FnMut(&'static str) + Send>) {
        self.probe = Some(probe);
    }

    fn migrated(mut connection: Connection) -> Result<Self, StoreError> {
        if !is_current(&connection)? {
            // Two programs may find the same old register: the second waits here, and finds it new or the same step done.
            connection.set_transaction_behavior(TransactionBehavior::Immediate);
            let outcome = migrations::migrations::runner().run(&mut connection);
            if let Err(error) = outcome
                && !is_current(&connection)?
            {
                return Err(match error.kind() {
                    refinery::error::Kind::Connection(_, _) => StoreError::Busy,
                    _ => StoreError::Version,
                });
            }
        }
        Ok(Self { connection, probe: None, holder: None })
    }

    /// Runs one change as one transaction that owns the register from its first read on.
    pub(crate) fn change<T>(
        &mut self,
        point: Point,
        by: By<'_>,
        body: impl FnOnce(&Change<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let change = Change::new(&transaction, by)?;
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

/// A change under way: its transaction, and who asked for it.
pub(crate) struct Change<'t> {
    pub(crate) transaction: &'t Transaction<'t>,
    pub(crate) run: Option<RunId>,
    pub(crate) operator: Token,
    pub(crate) at: Token,
}

impl<'t> Change<'t> {
    pub(crate) fn new(transaction: &'t Transaction<'t>, by: By<'_>) -> Result<Self, StoreError> {
        let (operator, at) = (Token::parse(by.operator)?, Token::parse(by.at)?);
        if let Some(run) = by.run {
            let ended: Option<bool> = transaction
                .query_row("SELECT ended_at IS NOT NULL FROM run WHERE id = ?1", [run], |row| row.get(0))
                .optional()?;
            match ended {
                None => return Err(StoreError::UnknownRun),
                Some(true) => return Err(StoreError::RunEnded),
                Some(false) => {}
            }
        }
        Ok(Self { transaction, run: by.run, operator, at })
    }

    /// Appends one entry to the trace.
    pub(crate) fn trace(
        &self,
        subject: Subject,
        act: &str,
        states: Option<(&str, &str)>,
        details: &[(&str, String)],
    ) -> Result<(), StoreError> {
        let head = trace_head(self.transaction)?;
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
        let seq = i64::try_from(entry.seq).map_err(|_| StoreError::Damaged { table: "trace" })?;
        self.transaction
            .prepare_cached("INSERT INTO trace (seq, entry, hash) VALUES (?1, ?2, ?3)")?
            .execute((seq, bytes, hash))?;
        Ok(())
    }
}

/// The last entry's place and hash.
pub(crate) fn trace_head(connection: &Connection) -> Result<TraceHead, StoreError> {
    let last: Option<(u64, [u8; 32])> = connection
        .prepare_cached("SELECT seq, hash FROM trace ORDER BY seq DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (seq, hash) = last.unwrap_or((0, GENESIS));
    Ok(TraceHead { seq, hash })
}

/// Whether every migration of this program, and no other, was made: then opening writes nothing, and waits for nobody.
fn is_current(connection: &Connection) -> Result<bool, StoreError> {
    if !connection.table_exists(None, HISTORY)? {
        return Ok(false);
    }
    let mut statement = connection.prepare("SELECT version, checksum FROM refinery_schema_history ORDER BY version")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let made = rows.collect::<Result<Vec<(i64, String)>, _>>()?;
    let runner = migrations::migrations::runner();
    let mut known: Vec<_> = runner
        .get_migrations()
        .iter()
        .map(|migration| (i64::from(migration.version()), migration.checksum().to_string()))
        .collect();
    known.sort_unstable();
    Ok(made == known)
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
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
    Ok(connection)
}

/// The new name survives a power cut too.
fn sync_folder(path: &Path) -> std::io::Result<()> {
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .map_or_else(|| PathBuf::from("."), Path::to_path_buf);
    File::open(parent)?.sync_all()
}

mod migrations {
    refinery::embed_migrations!("migrations");
}

/// Where the migrations that were made are written down.
const HISTORY: &str = "refinery_schema_history";
/// `SGLO`.
const APPLICATION: i64 = 0x5347_4C4F;
const PATIENCE: Duration = Duration::from_secs(10);
