//! Copies of the whole register that either engine reads again: one file, nothing personal in clear, as in the register itself.

mod form;
pub(crate) mod manifest;
mod order;
pub(crate) mod restore;

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use sigillo_issuance::trace::Token;

use crate::backup::form::Sheet;
use crate::backup::manifest::Manifest;
use crate::backup::order::in_order;
use crate::engine::{Engine, Transaction};
use crate::error::StoreError;
use crate::store::{Store, trace_head};

impl Store {
    /// Writes the register as it is at one moment into a new file that only its owner may read; work on the register goes on.
    ///
    /// # Errors
    ///
    /// `store.exists` if the file is there, `store.file`, `store.database`, `trace.token`.
    pub fn backup(&self, at: &str, file: &Path) -> Result<Manifest, StoreError> {
        let at = Token::parse(at)?;
        let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
        let out = made.map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => StoreError::Exists,
            _ => StoreError::File(error),
        })?;
        let written = self.write(&at, out).and_then(|manifest| {
            let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            File::open(folder).and_then(|folder| folder.sync_all()).map_err(StoreError::File)?;
            Ok(manifest)
        });
        if written.is_err() {
            // Half a backup is none; if it cannot be taken away, its last line is missing and it will be refused.
            let _ = std::fs::remove_file(file);
        }
        written
    }

    fn write(&self, at: &Token, out: File) -> Result<Manifest, StoreError> {
        let transaction = Transaction::reading(self.sql())?;
        let sql = transaction.sql();
        let version = sql.one("SELECT max(version) FROM refinery_schema_history", &[])?;
        let mut sheet = Sheet::begin(BufWriter::new(out), version, at.as_str()).map_err(StoreError::File)?;
        for table in in_order(sql)? {
            write_table(sql, &table, &mut sheet)?;
        }
        let head = trace_head(sql)?;
        let (manifest, out) = sheet.end(head).map_err(StoreError::File)?;
        out.into_inner()
            .map_err(|error| error.into_error())
            .and_then(|file| file.sync_all())
            .map_err(StoreError::File)?;
        transaction.commit()?;
        Ok(manifest)
    }
}

fn write_table(sql: &dyn Engine, table: &str, sheet: &mut Sheet<impl Write>) -> Result<(), StoreError> {
    let columns = sql.columns(table)?;
    let mut key: Vec<_> = columns.iter().filter(|column| column.key > 0).collect();
    key.sort_unstable_by_key(|column| column.key);
    let key: Vec<_> = key.iter().map(|column| column.name.as_str()).collect();
    let names: Vec<_> = columns.iter().map(|column| column.name.as_str()).collect();
    sheet.table(table, &names).map_err(StoreError::File)?;
    // Names come from the database's own catalogue.
    let rows = format!("SELECT {} FROM {table} ORDER BY {}", names.join(", "), key.join(", "));
    sql.stream(&rows, &mut |row| {
        let values = (0..names.len()).map(|column| row.value(column)).collect::<Result<Vec<_>, _>>()?;
        sheet.row(&values).map_err(StoreError::File)
    })
}
