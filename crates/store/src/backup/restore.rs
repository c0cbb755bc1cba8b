use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use crate::backup::form::{Line, Reading};
use crate::backup::manifest::Manifest;
use crate::database::Database;
use crate::engine::value::Parameter;
use crate::engine::{Engine, Transaction, migrations};
use crate::error::StoreError;
use crate::store::Store;

/// How many rows each table has.
pub type RowCounts = BTreeMap<String, u64>;

impl Manifest {
    /// Reads a whole backup and holds it against its last line.
    ///
    /// # Errors
    ///
    /// `store.not-a-backup`, `store.backup-damaged`, `store.file`.
    pub fn check(file: &Path) -> Result<(Self, RowCounts), StoreError> {
        let mut reading = read(file)?;
        let mut counts = RowCounts::new();
        let mut table = None;
        loop {
            match (reading.next()?, &table) {
                (Line::Table { name, .. }, _) => {
                    counts.insert(name.clone(), 0);
                    table = Some(name);
                }
                (Line::Row(_), Some(name)) => *counts.entry(name.clone()).or_default() += 1,
                (Line::Row(_), None) => return Err(StoreError::NotABackup),
                (Line::End(manifest), _) => return Ok((manifest, counts)),
            }
        }
    }
}

impl Store {
    /// Makes a register out of a backup, in either engine, where none is yet: the backup is read to its end first, and what came
    /// of it is kept only if its trace is whole. A backup of an older form is brought up to date.
    ///
    /// # Errors
    ///
    /// `store.not-a-backup`, `store.backup-damaged`, `store.version` for a backup of a newer program, the codes of
    /// [`Store::create`] and [`Store::verify_trace`], `store.file`.
    pub fn restore(database: &Database, file: &Path) -> Result<(Self, Manifest), StoreError> {
        let (manifest, _) = Manifest::check(file)?;
        if manifest.version > migrations::newest() {
            return Err(StoreError::Version);
        }
        let store = Self::of(database.create(Some(manifest.version))?);
        let transaction = Transaction::begin(store.sql())?;
        load(transaction.sql(), file)?;
        transaction.sql().count_on()?;
        if store.verify_trace(Some(manifest.head))? != manifest.head {
            return Err(StoreError::NotABackup);
        }
        transaction.commit()?;
        drop(store);
        Ok((Self::open(database)?, manifest))
    }

    /// Asks the database whether what it stores is sound, follows the trace and the story of each record, and counts the rows of
    /// each table.
    ///
    /// # Errors
    ///
    /// `store.damaged`, `store.database`, the codes of [`Store::verify_trace`] and [`Store::follow_stories`].
    pub fn check(&self) -> Result<RowCounts, StoreError> {
        self.sql().check()?;
        self.verify_trace(None)?;
        self.follow_stories(|_| {})?;
        let count = |table: String| {
            let rows = self.sql().one(&format!("SELECT count(*) FROM {table}"), &[])?;
            Ok((table, rows))
        };
        self.sql().tables()?.into_iter().map(count).collect()
    }
}

/// Brings in every row.
fn load(sql: &dyn Engine, file: &Path) -> Result<(), StoreError> {
    let mut reading = read(file)?;
    let mut insert = String::new();
    loop {
        match reading.next()? {
            Line::Table { name, columns } => {
                let places: Vec<_> = (1..=columns.len()).map(|place| format!("?{place}")).collect();
                insert = format!("INSERT INTO {name} ({}) VALUES ({})", columns.join(", "), places.join(", "));
            }
            Line::Row(cells) => {
                let parameters: Vec<_> = cells.iter().map(|cell| cell as &dyn Parameter).collect();
                sql.write(&insert, &parameters)?;
            }
            Line::End(_) => return Ok(()),
        }
    }
}

fn read(file: &Path) -> Result<Reading<BufReader<File>>, StoreError> {
    Reading::begin(BufReader::new(File::open(file).map_err(StoreError::File)?))
}
