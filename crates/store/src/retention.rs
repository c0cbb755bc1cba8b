//! The parts of records under data keys of their own, and the runs that destroy keys (D7).

use std::collections::BTreeMap;

use sigillo_issuance::life_cycle::RecordState;
use sigillo_issuance::record::Part;
use sigillo_issuance::trace::Subject;

use crate::engine::{Engine, Row};
use crate::error::StoreError;
use crate::ids::{LotId, RecordId, Serial};
use crate::records::Ciphertext;
use crate::store::{By, Change, Store, point};

/// A part of a record, encrypted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SealedPart {
    /// Which part.
    pub part: Part,
    /// The generation of the key that wraps its data key.
    pub generation: u32,
    /// The part under its data key.
    pub cipher: Ciphertext,
}

/// A part that the register keeps, without its ciphertext.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct KeptPart {
    /// Its place among the parts.
    pub id: i64,
    /// Its record.
    pub record: RecordId,
    /// The record's lot.
    pub lot: LotId,
    /// The record's line.
    pub line: u64,
    /// Which part.
    pub part: Part,
    /// Its data key, wrapped.
    pub wrapped_key: Vec<u8>,
    /// When the record left the line: released, or annulled before it was.
    pub left_at: Option<String>,
}

/// A record that a register of an earlier version kept in one piece.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct WholeRecord {
    /// The record.
    pub record: RecordId,
    /// Its lot.
    pub lot: LotId,
    /// Its line.
    pub line: u64,
    /// All of it under one data key.
    pub cipher: Ciphertext,
    /// As of [`KeptPart::left_at`].
    pub left_at: Option<String>,
}

/// The access number of a card that is not printed yet: its data key must outlive a run too.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct KeptAccessNumber {
    /// The card.
    pub serial: Serial,
    /// The document number, which binds the data key.
    pub document_number: String,
    /// The data key, wrapped.
    pub wrapped_key: Vec<u8>,
}

/// What a retention run does with a part.
#[derive(Debug)]
pub enum Retained {
    /// Its data key is wrapped anew.
    Rewrapped {
        /// Its record.
        record: RecordId,
        /// The part.
        part: Part,
        /// The generation that wraps it now.
        generation: u32,
        /// The data key, wrapped.
        wrapped_key: Vec<u8>,
    },
    /// The data key of an access number is wrapped anew.
    RewrappedAccessNumber {
        /// Its card.
        serial: Serial,
        /// The data key, wrapped.
        wrapped_key: Vec<u8>,
    },
    /// It is no more.
    Destroyed {
        /// Its record.
        record: RecordId,
        /// The part.
        part: Part,
    },
    /// A record that was in one piece is in parts now.
    Split {
        /// The record.
        record: RecordId,
        /// The parts that are kept.
        parts: Vec<SealedPart>,
        /// The parts that are no more.
        destroyed: Vec<Part>,
    },
}

/// A retention run.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct RetentionRow {
    /// Its number.
    pub id: i64,
    /// The newest generation that is destroyed in the end.
    pub generation: u32,
    /// Who asked for it.
    pub operator: String,
    /// When it began.
    pub at: String,
    /// When it ended.
    pub ended_at: Option<String>,
}

impl Store {
    /// The parts of a record that are kept.
    ///
    /// # Errors
    ///
    /// `store.damaged`, `store.database`.
    pub fn parts(&self, record: RecordId) -> Result<Vec<SealedPart>, StoreError> {
        let sql =
            "SELECT part, generation, nonce, wrapped_key, ciphertext FROM record_part WHERE record = ?1 ORDER BY part";
        self.sql().rows(sql, &[&record], |row| {
            let cipher = Ciphertext { nonce: row.get(2)?, wrapped_key: row.get(3)?, bytes: row.get(4)? };
            Ok(SealedPart { part: part_at(row, 0)?, generation: row.get(1)?, cipher })
        })
    }

    /// The parts of a record that were destroyed.
    ///
    /// # Errors
    ///
    /// `store.damaged`, `store.database`.
    pub fn destroyed_parts(&self, record: RecordId) -> Result<Vec<Part>, StoreError> {
        self.sql().rows("SELECT part FROM destroyed_part WHERE record = ?1", &[&record], |row| part_at(row, 0))
    }

    /// How many parts of each kind were destroyed.
    ///
    /// # Errors
    ///
    /// `store.damaged`, `store.database`.
    pub fn destroyed_counts(&self) -> Result<BTreeMap<Part, u64>, StoreError> {
        let sql = "SELECT part, count(*) FROM destroyed_part GROUP BY part";
        let counts = self.sql().rows(sql, &[], |row| Ok((part_at(row, 0)?, row.get(1)?)))?;
        Ok(counts.into_iter().collect())
    }

    /// When the consignment of each lot was closed: when the last of its records left the line; open ones are left out.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn consignments(&self) -> Result<BTreeMap<LotId, String>, StoreError> {
        let closed = self.sql().rows(CONSIGNMENTS, &[], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(closed.into_iter().collect())
    }

    /// The next parts behind a place, at most 256.
    ///
    /// # Errors
    ///
    /// `store.damaged`, `store.database`.
    pub fn kept_parts(&self, behind: i64) -> Result<Vec<KeptPart>, StoreError> {
        self.sql().rows(&format!("{KEPT} WHERE p.id > ?1 ORDER BY p.id LIMIT 256"), &[&behind], kept)
    }

    /// The next parts that a run must still wrap anew or destroy, at most 256.
    ///
    /// # Errors
    ///
    /// `store.damaged`, `store.database`.
    pub fn parts_of_old_keys(&self, run: &RetentionRow) -> Result<Vec<KeptPart>, StoreError> {
        self.sql().rows(&format!("{KEPT} WHERE p.generation <= ?1 ORDER BY p.id LIMIT 256"), &[&run.generation], kept)
    }

    /// The next records in one piece behind a place, at most 16.
    ///
    /// # Errors
    ///
    /// `store.damaged`, `store.database`.
    pub fn whole_records(&self, behind: i64) -> Result<Vec<WholeRecord>, StoreError> {
        self.sql().rows(WHOLE, &[&behind], |row| {
            Ok(WholeRecord {
                record: row.get(0)?,
                lot: row.get(1)?,
                line: row.get(2)?,
                left_at: left_at(row, 3)?,
                cipher: Ciphertext { nonce: row.get(6)?, wrapped_key: row.get(7)?, bytes: row.get(8)? },
            })
        })
    }

    /// The access numbers of all cards that are not printed yet.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn access_numbers(&self) -> Result<Vec<KeptAccessNumber>, StoreError> {
        self.sql().rows(ACCESS_NUMBERS, &[], |row| {
            Ok(KeptAccessNumber { serial: row.get(0)?, document_number: row.get(1)?, wrapped_key: row.get(2)? })
        })
    }

    /// Every retention run, oldest first.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn retention_runs(&self) -> Result<Vec<RetentionRow>, StoreError> {
        self.sql().rows("SELECT id, generation, operator, at, ended_at FROM retention ORDER BY id", &[], |row| {
            Ok(RetentionRow {
                id: row.get(0)?,
                generation: row.get(1)?,
                operator: row.get(2)?,
                at: row.get(3)?,
                ended_at: row.get(4)?,
            })
        })
    }

    /// Begins a retention run, or goes on with the one that was broken off; from now on nothing comes in under this generation or an
    /// older one.
    ///
    /// # Errors
    ///
    /// `store.busy`, `store.database`.
    pub fn begin_retention(&mut self, by: By<'_>, generation: u32) -> Result<RetentionRow, StoreError> {
        if let Some(open) = self.retention_runs()?.into_iter().find(|run| run.ended_at.is_none()) {
            return Ok(open);
        }
        self.change(point!("retention-begin"), by, |change| {
            let sql = "INSERT INTO retention (generation, operator, at) VALUES (?1, ?2, ?3) RETURNING id";
            let id: i64 = change.sql().one(sql, &[&generation, &change.operator, &change.at])?;
            let details = [("generation", generation.to_string())];
            change.trace(subject(id), "begin", None, &details)?;
            let (operator, at) = (change.operator.as_str().to_owned(), change.at.as_str().to_owned());
            Ok(RetentionRow { id, generation, operator, at, ended_at: None })
        })
    }

    /// Keeps what a run did with some parts, in one transaction.
    ///
    /// # Errors
    ///
    /// `store.old-wrapping` for a key under a generation that is about to be destroyed, `store.busy`, `store.database`.
    pub fn retain(&mut self, by: By<'_>, run: &RetentionRow, done: &[Retained]) -> Result<(), StoreError> {
        self.change(point!("retention"), by, |change| {
            for step in done {
                match step {
                    Retained::Rewrapped { record, part, generation, wrapped_key } => {
                        newer(*generation, run.generation)?;
                        change.sql().write(REWRAP, &[record, &part.name(), generation, wrapped_key])?;
                    }
                    Retained::RewrappedAccessNumber { serial, wrapped_key } => {
                        let sql = "UPDATE card_access_number SET wrapped_key = ?2 WHERE serial = ?1";
                        change.sql().write(sql, &[serial, wrapped_key])?;
                    }
                    Retained::Destroyed { record, part } => destroy(change, run, *record, &[*part])?,
                    Retained::Split { record, parts, destroyed } => {
                        change.sql().write("DELETE FROM record_cipher WHERE record = ?1", &[record])?;
                        for part in parts {
                            newer(part.generation, run.generation)?;
                            insert(change.sql(), *record, part)?;
                        }
                        if !destroyed.is_empty() {
                            destroy(change, run, *record, destroyed)?;
                        }
                    }
                }
            }
            Ok(())
        })
    }

    /// Whether nothing is left that the run's generation or an older one wraps: only then may those keys be destroyed.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn is_rewrapped(&self, run: &RetentionRow) -> Result<bool, StoreError> {
        let left =
            "SELECT EXISTS (SELECT 1 FROM record_part WHERE generation <= ?1) OR EXISTS (SELECT 1 FROM record_cipher)";
        Ok(!self.sql().one::<bool>(left, &[&run.generation])?)
    }

    /// Ends a run: the old keys are no more.
    ///
    /// # Errors
    ///
    /// `store.busy`, `store.database`.
    pub fn end_retention(&mut self, by: By<'_>, run: &RetentionRow) -> Result<(), StoreError> {
        self.change(point!("retention-end"), by, |change| {
            let sql = "UPDATE retention SET ended_at = ?2 WHERE id = ?1 AND ended_at IS NULL";
            if change.sql().execute(sql, &[&run.id, &change.at])? == 0 {
                return Ok(());
            }
            let sql = "SELECT count(*) FROM destroyed_part WHERE retention = ?1";
            let destroyed: u64 = change.sql().one(sql, &[&run.id])?;
            let details = [("generation", run.generation.to_string()), ("destroyed", destroyed.to_string())];
            change.trace(subject(run.id), "end", None, &details)
        })
    }
}

/// Stores a part of a record.
pub(crate) fn insert(sql: &dyn Engine, record: RecordId, part: &SealedPart) -> Result<(), StoreError> {
    let Ciphertext { nonce, wrapped_key, bytes } = &part.cipher;
    sql.write(INSERT, &[&record, &part.part.name(), &part.generation, nonce, wrapped_key, bytes])?;
    Ok(())
}

/// The generation whose keys, with all older ones, are destroyed or about to be: nothing comes in under them.
pub(crate) fn last_destroyed_generation(sql: &dyn Engine) -> Result<u32, StoreError> {
    sql.one("SELECT coalesce(max(generation), 0) FROM retention", &[])
}

/// Refuses a key that is wrapped by what is no more, or about to be.
pub(crate) fn newer(generation: u32, destroyed: u32) -> Result<(), StoreError> {
    if generation > destroyed { Ok(()) } else { Err(StoreError::OldWrapping) }
}

/// Takes parts out; the trace says which.
fn destroy(change: &Change<'_>, run: &RetentionRow, record: RecordId, parts: &[Part]) -> Result<(), StoreError> {
    for part in parts {
        change.sql().write("DELETE FROM record_part WHERE record = ?1 AND part = ?2", &[&record, &part.name()])?;
        change.sql().write(
            "INSERT INTO destroyed_part (record, part, retention) VALUES (?1, ?2, ?3)",
            &[&record, &part.name(), &run.id],
        )?;
    }
    let names: Vec<&str> = parts.iter().map(|part| part.name()).collect();
    let details = [("parts", names.join(",")), ("retention", run.id.to_string())];
    change.trace(record.subject(), "destroy", None, &details)
}

fn subject(run: i64) -> Subject {
    Subject::Retention { id: run.unsigned_abs() }
}

fn kept(row: &Row<'_>) -> Result<KeptPart, StoreError> {
    Ok(KeptPart {
        record: row.get(0)?,
        lot: row.get(1)?,
        line: row.get(2)?,
        left_at: left_at(row, 3)?,
        id: row.get(6)?,
        part: part_at(row, 7)?,
        wrapped_key: row.get(8)?,
    })
}

/// Of three columns: the record's state, when it was released or annulled, the import of its lot, which stands for an annulment
/// that an earlier version did not date.
fn left_at(row: &Row<'_>, column: usize) -> Result<Option<String>, StoreError> {
    let state: String = row.get(column)?;
    let released: Option<String> = row.get(column + 1)?;
    let imported: String = row.get(column + 2)?;
    Ok(released.or_else(|| (state == RecordState::Annulled.name()).then_some(imported)))
}

fn part_at(row: &Row<'_>, column: usize) -> Result<Part, StoreError> {
    Part::parse(&row.get::<String>(column)?).ok_or(StoreError::Damaged { table: "record_part" })
}

const INSERT: &str = "INSERT INTO record_part (record, part, generation, nonce, wrapped_key, ciphertext) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
const REWRAP: &str = "UPDATE record_part SET generation = ?3, wrapped_key = ?4 WHERE record = ?1 AND part = ?2";
/// The record's state, when it was released or annulled, when it was imported.
const KEPT: &str = "SELECT p.record, r.lot, r.line, r.state, coalesce(m.released_at, r.annulled_at), l.at, p.id, p.part, p.wrapped_key \
    FROM record_part p JOIN record r ON r.id = p.record JOIN lot l ON l.id = r.lot LEFT JOIN permit m ON m.record = r.id";
const WHOLE: &str = "SELECT c.record, r.lot, r.line, r.state, coalesce(m.released_at, r.annulled_at), l.at, c.nonce, c.wrapped_key, c.ciphertext \
    FROM record_cipher c JOIN record r ON r.id = c.record JOIN lot l ON l.id = r.lot LEFT JOIN permit m ON m.record = r.id \
    WHERE c.record > ?1 ORDER BY c.record LIMIT 16";
const CONSIGNMENTS: &str = "SELECT r.lot, max(coalesce(m.released_at, r.annulled_at, l.at)) FROM record r JOIN lot l ON l.id = r.lot \
    LEFT JOIN permit m ON m.record = r.id GROUP BY r.lot \
    HAVING sum(CASE WHEN r.state IN ('received', 'in_formation') THEN 1 ELSE 0 END) = 0";
const ACCESS_NUMBERS: &str = "SELECT a.serial, coalesce(r.document_number, c.blank_number, ''), a.wrapped_key \
    FROM card_access_number a JOIN card c ON c.serial = a.serial LEFT JOIN record r ON r.id = c.record";
