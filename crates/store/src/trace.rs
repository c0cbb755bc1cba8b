use std::collections::VecDeque;

use sigillo_issuance::trace::{self, StoredEntry, TraceHead};

use crate::engine::Engine;
use crate::error::StoreError;
use crate::ids::{RecordId, Serial};
use crate::store::{Store, trace_head};

impl Store {
    /// The end of the trace.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn trace_head(&self) -> Result<TraceHead, StoreError> {
        trace_head(self.sql())
    }

    /// Calls `with` for each entry of the trace, from the first, and keeps few of them.
    ///
    /// # Errors
    ///
    /// `store.database`, or what `with` returns.
    pub fn trace_entries<E: From<StoreError>>(
        &self,
        mut with: impl FnMut(StoredEntry) -> Result<(), E>,
    ) -> Result<(), E> {
        Entries::of(self.sql()).try_for_each(|entry| with(entry?))
    }

    /// The records that have or had a document number, oldest first: of a number only one is not annulled.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn records_numbered(&self, document_number: &str) -> Result<Vec<RecordId>, StoreError> {
        let sql = "SELECT id FROM record WHERE document_number = ?1 ORDER BY id";
        self.sql().rows(sql, &[&document_number], |row| row.get(0))
    }

    /// The cards that are or were bound to a record, scrapped ones too.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn cards_ever_of(&self, record: RecordId) -> Result<Vec<Serial>, StoreError> {
        self.sql().rows("SELECT serial FROM card WHERE record = ?1 ORDER BY serial", &[&record], |row| row.get(0))
    }

    /// Follows the whole trace and yields its head; `known` is a head exported before, if there is one.
    ///
    /// # Errors
    ///
    /// `trace.altered`, `trace.missing`, `trace.reordered` or `trace.cut` with the first entry at fault; `store.database`.
    pub fn verify_trace(&self, known: Option<TraceHead>) -> Result<TraceHead, StoreError> {
        let mut failed = None;
        let entries = Entries::of(self.sql()).map_while(|entry| match entry {
            Ok(entry) => Some(entry),
            Err(error) => {
                failed = Some(error);
                None
            }
        });
        let verified = trace::verify(entries, known);
        match failed {
            Some(error) => Err(error),
            None => Ok(verified?),
        }
    }
}

/// The trace from its first entry on, a page at a time: a trace of any length takes the same memory.
pub(crate) struct Entries<'e> {
    sql: &'e dyn Engine,
    page: VecDeque<StoredEntry>,
    /// The number that the next page begins behind.
    behind: i64,
    is_whole: bool,
}

impl<'e> Entries<'e> {
    pub(crate) fn of(sql: &'e dyn Engine) -> Self {
        Self { sql, page: VecDeque::new(), behind: i64::MIN, is_whole: false }
    }

    fn turn(&mut self) -> Result<(), StoreError> {
        let behind = self.behind;
        self.sql.each(PAGE, &[&behind], &mut |row| {
            self.behind = row.get(0)?;
            self.page.push_back(StoredEntry { seq: row.get(0)?, entry: row.get(1)?, hash: row.get(2)? });
            Ok(())
        })?;
        self.is_whole = self.page.is_empty();
        Ok(())
    }
}

impl Iterator for Entries<'_> {
    type Item = Result<StoredEntry, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.page.is_empty()
            && !self.is_whole
            && let Err(error) = self.turn()
        {
            self.is_whole = true;
            return Some(Err(error));
        }
        self.page.pop_front().map(Ok)
    }
}

const PAGE: &str = "SELECT seq, entry, hash FROM trace WHERE seq > ?1 ORDER BY seq LIMIT 512";
