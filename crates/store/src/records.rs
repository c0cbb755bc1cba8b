use std::collections::BTreeMap;

use sigillo_issuance::life_cycle::RecordState;

use crate::engine::{Engine, Row};
use crate::error::StoreError;
use crate::ids::{LotId, RecordId, Serial};
use crate::store::Store;

/// A record under a data key of its own (D7): this register never sees the plain bytes.
#[derive(Clone, Eq, PartialEq)]
pub struct Ciphertext {
    /// The nonce.
    pub nonce: [u8; 12],
    /// The data key, wrapped in the keystore.
    pub wrapped_key: Vec<u8>,
    /// The encrypted record with its tag.
    pub bytes: Vec<u8>,
}

/// Shape only.
impl std::fmt::Debug for Ciphertext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ciphertext({} bytes)", self.bytes.len())
    }
}

/// A record of the register, without its ciphertext.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct RecordRow {
    /// Its number.
    pub id: RecordId,
    /// Its lot.
    pub lot: LotId,
    /// Its line.
    pub line: u64,
    /// Its document number, from the record or from the blank it is bound to.
    pub document_number: Option<String>,
    /// Whether the blank brought the number.
    pub number_from_blank: bool,
    /// Its state.
    pub state: RecordState,
    /// How many cards were scrapped for it.
    pub remakes: u64,
}

/// A record as a change finds it.
pub(crate) struct RecordNow {
    pub(crate) row: RecordRow,
    pub(crate) told: Told,
    /// The place of the entry of the trace that moved it last.
    pub(crate) moved: Option<u64>,
}

/// What others are told of a record: how many events, and the identity of the last one, if there is one.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) struct Told {
    pub(crate) events: u64,
    pub(crate) last: Option<[u8; 32]>,
}

/// A permit that the line released.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct PermitRow {
    /// Its record.
    pub record: RecordId,
    /// Its number.
    pub document_number: String,
    /// Its card.
    pub serial: Serial,
    /// SHA-256 of the card's EF.SOD.
    pub sod_digest: [u8; 32],
    /// The checks of the gate that the profile waived.
    pub waived: Vec<String>,
    /// When the line released it.
    pub released_at: String,
    /// Its state.
    pub state: RecordState,
}

impl Store {
    /// A record.
    ///
    /// # Errors
    ///
    /// `store.unknown-record`, `store.database`.
    pub fn record(&self, record: RecordId) -> Result<RecordRow, StoreError> {
        record_row(self.sql(), record)
    }

    /// The ciphertext of a record.
    ///
    /// # Errors
    ///
    /// `store.unknown-record`, `store.database`.
    pub fn cipher(&self, record: RecordId) -> Result<Ciphertext, StoreError> {
        let sql = "SELECT nonce, wrapped_key, ciphertext FROM record_cipher WHERE record = ?1";
        let cipher = self.sql().row(sql, &[&record], |row| {
            Ok(Ciphertext { nonce: row.get(0)?, wrapped_key: row.get(1)?, bytes: row.get(2)? })
        })?;
        cipher.ok_or(StoreError::UnknownRecord)
    }

    /// The records of a lot, by line.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn records_of(&self, lot: LotId) -> Result<Vec<RecordRow>, StoreError> {
        self.sql().rows(&format!("SELECT {RECORD} FROM record WHERE lot = ?1 ORDER BY line"), &[&lot], read_record)
    }

    /// The first record of a lot that waits for a card.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn next_received(&self, lot: LotId) -> Result<Option<RecordRow>, StoreError> {
        self.next_where(lot, "")
    }

    /// The first record of a lot that waits for a card and goes with this kind of blank: one that brings a number, or one that does not.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn next_received_for(&self, lot: LotId, numbered_blank: bool) -> Result<Option<RecordRow>, StoreError> {
        self.next_where(
            lot,
            if numbered_blank { "AND document_number IS NULL" } else { "AND document_number IS NOT NULL" },
        )
    }

    fn next_where(&self, lot: LotId, more: &str) -> Result<Option<RecordRow>, StoreError> {
        let sql = format!("SELECT {RECORD} FROM record WHERE lot = ?1 AND is_waiting = 1 {more} ORDER BY line LIMIT 1");
        self.sql().row(&sql, &[&lot], read_record)
    }

    /// How many records of a lot are in each state; states without records are left out.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn record_counts(&self, lot: LotId) -> Result<BTreeMap<RecordState, u64>, StoreError> {
        let sql = "SELECT state, count(*) FROM record WHERE lot = ?1 GROUP BY state";
        let counts = self.sql().rows(sql, &[&lot], |row| Ok((state_at(row, 0)?, row.get(1)?)))?;
        Ok(counts.into_iter().collect())
    }

    /// The permit of a document number; of an annulled permit and its successor the later one.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn permit(&self, document_number: &str) -> Result<Option<PermitRow>, StoreError> {
        self.sql().row(PERMIT, &[&document_number], |row| {
            let waived: String = row.get(4)?;
            Ok(PermitRow {
                record: row.get(0)?,
                document_number: row.get(1)?,
                serial: row.get(2)?,
                sod_digest: row.get(3)?,
                waived: waived.split(',').filter(|check| !check.is_empty()).map(str::to_owned).collect(),
                released_at: row.get(5)?,
                state: state_at(row, 6)?,
            })
        })
    }
}

pub(crate) fn record_row(sql: &dyn Engine, record: RecordId) -> Result<RecordRow, StoreError> {
    let row = sql.row(&format!("SELECT {RECORD} FROM record WHERE id = ?1"), &[&record], read_record)?;
    row.ok_or(StoreError::UnknownRecord)
}

/// A record as a change finds it.
pub(crate) fn record_now(sql: &dyn Engine, record: RecordId) -> Result<RecordNow, StoreError> {
    let now = sql.row(&format!("SELECT {RECORD_NOW} FROM record r WHERE r.id = ?1"), &[&record], read_record_now)?;
    now.ok_or(StoreError::UnknownRecord)
}

/// Reads the columns of [`RECORD_NOW`], the first ones of a row.
pub(crate) fn read_record_now(row: &Row<'_>) -> Result<RecordNow, StoreError> {
    let told = Told { events: row.get(RECORD_COLUMNS)?, last: row.get(RECORD_COLUMNS + 1)? };
    Ok(RecordNow { row: read_record(row)?, told, moved: row.get(RECORD_COLUMNS + 2)? })
}

fn read_record(row: &Row<'_>) -> Result<RecordRow, StoreError> {
    Ok(RecordRow {
        id: row.get(0)?,
        lot: row.get(1)?,
        line: row.get(2)?,
        document_number: row.get(3)?,
        number_from_blank: row.get(4)?,
        state: state_at(row, 5)?,
        remakes: row.get(6)?,
    })
}

pub(crate) fn state_at(row: &Row<'_>, column: usize) -> Result<RecordState, StoreError> {
    let name: String = row.get(column)?;
    RecordState::parse(&name).ok_or(StoreError::Damaged { table: "record" })
}

/// The columns of a record.
const RECORD: &str = "id, lot, line, document_number, number_from_blank, state, remakes";
const RECORD_COLUMNS: usize = 7;
/// These of a record `r`, what others are told of it, and the entry that moved it last.
pub(crate) const RECORD_NOW: &str =
    "r.id, r.lot, r.line, r.document_number, r.number_from_blank, r.state, r.remakes, r.told, r.told_last, r.moved";
pub(crate) const RECORD_NOW_COLUMNS: usize = RECORD_COLUMNS + 3;
const PERMIT: &str = "SELECT p.record, p.document_number, p.serial, p.sod_digest, p.waived, p.released_at, r.state \
    FROM permit p JOIN record r ON r.id = p.record WHERE p.document_number = ?1 ORDER BY p.record DESC LIMIT 1";
