//! What this crate asks of a database, and of nothing else: statements with values, one transaction, locks of the living.

pub(crate) mod failure;
mod gathered;
mod lock_file;
pub(crate) mod migrations;
mod pipeline;
pub(crate) mod postgres;
pub(crate) mod sqlite;
#[cfg(test)]
mod tests;
pub(crate) mod value;

use crate::engine::failure::DatabaseError;
use crate::engine::value::{Parameter, Stored, Value};
use crate::error::StoreError;

/// A database with the register in it. Statements are of the dialect that all engines have in common, with `?1`, `?2` … for
/// values; each is prepared once and kept.
pub(crate) trait Engine: Send {
    /// Carries out a statement; how many rows it wrote.
    ///
    /// A statement that fails ends the transaction it is in: ask first, or write `ON CONFLICT DO NOTHING`.
    fn execute(&self, sql: &str, parameters: &[&dyn Parameter]) -> Result<u64, StoreError>;

    /// As [`Engine::execute`], for a statement of which nobody asks what it wrote: it may go out later, with the next that somebody
    /// waits for, and a failure comes to light there, in the commit at the latest.
    fn write(&self, sql: &str, parameters: &[&dyn Parameter]) -> Result<(), StoreError>;

    /// Calls `with` for each row of a statement.
    fn each(
        &self,
        sql: &str,
        parameters: &[&dyn Parameter],
        with: &mut dyn FnMut(&Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError>;

    /// As [`Engine::each`], for more rows than memory holds; inside a transaction.
    fn stream(&self, sql: &str, with: &mut dyn FnMut(&Row<'_>) -> Result<(), StoreError>) -> Result<(), StoreError>;

    /// Begins a transaction that owns the register from its first statement on: changes come one after the other.
    fn begin(&self) -> Result<(), StoreError>;

    /// Begins a transaction that only reads, and sees the register as it is now, however long it takes; nobody waits for it.
    fn begin_reading(&self) -> Result<(), StoreError>;

    /// Makes the transaction durable, or undoes it and fails.
    fn commit(&self) -> Result<(), StoreError>;

    /// Undoes the transaction, as far as there is one.
    fn rollback(&self);

    /// Whether a table is there.
    fn has_table(&self, name: &str) -> Result<bool, StoreError>;

    /// The tables of the register.
    fn tables(&self) -> Result<Vec<String>, StoreError>;

    /// Which table has rows that name rows of which other.
    fn references(&self) -> Result<Vec<(String, String)>, StoreError>;

    /// The columns of a table, by name.
    fn columns(&self, table: &str) -> Result<Vec<Column>, StoreError>;

    /// Lets new numbers begin behind those that rows brought with them.
    fn count_on(&self) -> Result<(), StoreError>;

    /// Asks the database whether what it stores is sound.
    fn check(&self) -> Result<(), StoreError>;

    /// Holds this number until the engine is dropped or its process ends, however it ends; one number at a time.
    fn hold(&self, holder: i64) -> Result<(), StoreError>;

    /// Whether anybody holds this number.
    fn is_held(&self, holder: i64) -> Result<bool, StoreError>;
}

impl dyn Engine + '_ {
    /// The first row of a statement, if there is one.
    pub(crate) fn row<T>(
        &self,
        sql: &str,
        parameters: &[&dyn Parameter],
        read: impl Fn(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let mut first = None;
        self.each(sql, parameters, &mut |row| {
            if first.is_none() {
                first = Some(read(row)?);
            }
            Ok(())
        })?;
        Ok(first)
    }

    /// Every row of a statement.
    pub(crate) fn rows<T>(
        &self,
        sql: &str,
        parameters: &[&dyn Parameter],
        read: impl Fn(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut rows = Vec::new();
        self.each(sql, parameters, &mut |row| {
            rows.push(read(row)?);
            Ok(())
        })?;
        Ok(rows)
    }

    /// The only column of the only row of a statement: a count, a new number, whether something exists.
    pub(crate) fn one<T: Stored>(&self, sql: &str, parameters: &[&dyn Parameter]) -> Result<T, StoreError> {
        self.row(sql, parameters, |row| row.get(0))?.ok_or(StoreError::Database(DatabaseError::Column { column: 0 }))
    }
}

/// A column of a table.
pub(crate) struct Column {
    pub(crate) name: String,
    /// Its place in the primary key, from 1; 0 outside of it.
    pub(crate) key: u32,
}

/// A row that a statement found.
pub(crate) struct Row<'r> {
    columns: &'r dyn Columns,
    /// The column that counts as the first.
    first: usize,
}

/// The columns of an engine's row.
trait Columns {
    fn value(&self, column: usize) -> Result<Value<'_>, StoreError>;
}

impl<'r> Row<'r> {
    fn new(columns: &'r dyn Columns) -> Self {
        Self { columns, first: 0 }
    }

    /// The row without its first columns.
    pub(crate) fn behind(&self, columns: usize) -> Self {
        Self { columns: self.columns, first: self.first + columns }
    }

    /// A column as it is stored.
    pub(crate) fn value(&self, column: usize) -> Result<Value<'_>, StoreError> {
        self.columns.value(self.first + column)
    }

    /// Reads a column, counted from 0.
    pub(crate) fn get<T: Stored>(&self, column: usize) -> Result<T, StoreError> {
        T::stored(self.value(column)?).ok_or(StoreError::Database(DatabaseError::Column { column }))
    }
}

/// A transaction under way: undone when it is dropped without [`Self::commit`].
pub(crate) struct Transaction<'e> {
    engine: &'e dyn Engine,
    is_open: bool,
}

impl<'e> Transaction<'e> {
    pub(crate) fn begin(engine: &'e dyn Engine) -> Result<Self, StoreError> {
        engine.begin()?;
        Ok(Self { engine, is_open: true })
    }

    pub(crate) fn reading(engine: &'e dyn Engine) -> Result<Self, StoreError> {
        engine.begin_reading()?;
        Ok(Self { engine, is_open: true })
    }

    pub(crate) fn sql(&self) -> &'e dyn Engine {
        self.engine
    }

    pub(crate) fn commit(mut self) -> Result<(), StoreError> {
        self.is_open = false;
        self.engine.commit()
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if self.is_open {
            self.engine.rollback();
        }
    }
}
