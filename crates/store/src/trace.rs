use sigillo_issuance::trace::{self, StoredEntry, TraceHead};

use crate::error::StoreError;
use crate::store::{Store, trace_head};

impl Store {
    /// The end of the trace.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn trace_head(&self) -> Result<TraceHead, StoreError> {
        trace_head(&self.connection)
    }

    /// Calls `with` for each entry of the trace, from the first, and keeps none of them.
    ///
    /// # Errors
    ///
    /// `store.database`, or what `with` returns.
    pub fn trace_entries<E: From<StoreError>>(
        &self,
        mut with: impl FnMut(StoredEntry) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut statement = self.connection.prepare(ENTRIES).map_err(StoreError::from)?;
        let mut rows = statement.query([]).map_err(StoreError::from)?;
        while let Some(row) = rows.next().map_err(StoreError::from)? {
            with(stored(row).map_err(StoreError::from)?)?;
        }
        Ok(())
    }

    /// Follows the whole trace and yields its head; `known` is a head exported before, if there is one.
    ///
    /// # Errors
    ///
    /// `trace.altered`, `trace.missing`, `trace.reordered` or `trace.cut` with the first entry at fault; `store.database`.
    pub fn verify_trace(&self, known: Option<TraceHead>) -> Result<TraceHead, StoreError> {
        let mut statement = self.connection.prepare(ENTRIES)?;
        let mut failed = None;
        let entries = statement.query_map([], stored)?.map_while(|entry| match entry {
            Ok(entry) => Some(entry),
            Err(error) => {
                failed = Some(error);
                None
            }
        });
        let verified = trace::verify(entries, known);
        match failed {
            Some(error) => Err(error.into()),
            None => Ok(verified?),
        }
    }
}

fn stored(row: &rusqlite::Row<'_>) -> rusqlite::Result<StoredEntry> {
    Ok(StoredEntry { seq: row.get(0)?, entry: row.get(1)?, hash: row.get(2)? })
}

const ENTRIES: &str = "SELECT seq, entry, hash FROM trace ORDER BY seq";
