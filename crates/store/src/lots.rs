use sigillo_issuance::life_cycle::RecordState;
use sigillo_issuance::trace::{Subject, Token};

use crate::authority::{Admitted, Presented, refuse};
use crate::engine::Transaction;
use crate::engine::value::Parameter;
use crate::error::StoreError;
use crate::ids::{LotId, RecordId};
use crate::retention::{SealedPart, insert, last_destroyed_generation, newer};
use crate::store::{By, Change, Probe, Store, admit, commit, point, settle};

/// What a lot is called, and the digest of its file.
#[derive(Clone, Copy, Debug)]
pub struct LotMeta<'a> {
    /// A short technical word, such as the file's name.
    pub name: &'a str,
    /// SHA-256 of the file.
    pub digest: [u8; 32],
}

/// A lot of the register.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct LotRow {
    /// Its number.
    pub id: LotId,
    /// What it is called.
    pub name: String,
    /// SHA-256 of its file.
    pub digest: [u8; 32],
    /// How many records it has.
    pub records: u64,
    /// Who imported it.
    pub operator: String,
    /// When.
    pub at: String,
}

/// A record to import.
pub struct NewRecord<'a> {
    /// The line of the lot, from 1.
    pub line: u64,
    /// The document number, unless the blank brings it.
    pub document_number: Option<&'a str>,
    /// A digest of the office's file reference that cannot be found by trying references: keyed in the keystore.
    pub pratica_digest: [u8; 32],
    /// The record, encrypted part by part.
    pub parts: Vec<SealedPart>,
}

/// A lot under way: all of it, or, when dropped without [`Self::commit`], nothing.
pub struct LotImport<'s> {
    change: Change<'s>,
    transaction: Transaction<'s>,
    probe: &'s mut Probe,
    presented: &'s mut Option<Presented>,
    admitted: Option<Admitted>,
    lot: LotId,
    digest: [u8; 32],
    records: u64,
    /// No data key comes in that this generation of wrapping keys wraps, or an older one.
    destroyed: u32,
}

impl Store {
    /// Begins the import of a lot; the register belongs to it until it ends.
    ///
    /// # Errors
    ///
    /// `trace.token` for a name that is no short technical word, `store.busy`, `store.database`.
    pub fn begin_lot(&mut self, by: By<'_>, meta: LotMeta<'_>) -> Result<LotImport<'_>, StoreError> {
        let name = Token::parse(meta.name)?;
        let Self { engine, probe, presented, .. } = self;
        let transaction = Transaction::begin(&**engine)?;
        let admitted = Change::new(transaction.sql(), by).and_then(|mut change| {
            let admitted = admit(&mut change, presented.as_ref())?;
            Ok((change, admitted))
        });
        let (change, admitted) = match admitted {
            Ok(admitted) => admitted,
            Err(error) => {
                drop(transaction);
                return Err(refuse(&**engine, by, presented.as_ref(), error));
            }
        };
        let destroyed = last_destroyed_generation(change.sql())?;
        let lot = change.sql().one(
            "INSERT INTO lot (name, digest, records, operator, at) VALUES (?1, ?2, 0, ?3, ?4) RETURNING id",
            &[&name, &meta.digest, &change.operator, &change.at],
        )?;
        Ok(LotImport {
            change,
            transaction,
            probe,
            presented,
            admitted,
            lot,
            digest: meta.digest,
            records: 0,
            destroyed,
        })
    }

    /// A lot.
    ///
    /// # Errors
    ///
    /// `store.unknown-lot`, `store.database`.
    pub fn lot(&self, lot: LotId) -> Result<LotRow, StoreError> {
        self.lots()?.into_iter().find(|row| row.id == lot).ok_or(StoreError::UnknownLot)
    }

    /// Every lot, oldest first.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn lots(&self) -> Result<Vec<LotRow>, StoreError> {
        self.sql().rows("SELECT id, name, digest, records, operator, at FROM lot ORDER BY id", &[], |row| {
            Ok(LotRow {
                id: row.get(0)?,
                name: row.get(1)?,
                digest: row.get(2)?,
                records: row.get(3)?,
                operator: row.get(4)?,
                at: row.get(5)?,
            })
        })
    }
}

/// The file reference leads to a person.
impl std::fmt::Debug for NewRecord<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewRecord(line {}, {:?})", self.line, self.parts)
    }
}

impl LotImport<'_> {
    /// The number that the lot gets; part of what binds a ciphertext to its place.
    pub fn lot(&self) -> LotId {
        self.lot
    }

    /// Adds a record.
    ///
    /// # Errors
    ///
    /// `store.duplicate-number` or `store.duplicate-pratica` if a living record has one of the two already, `store.duplicate-line` if
    /// a record of the lot has the line, `store.old-wrapping` for a data key that a retention run is about to make useless; `store.database`.
    pub fn add(&mut self, record: &NewRecord<'_>) -> Result<(), StoreError> {
        let sql = self.change.sql();
        let state = RecordState::Received.name();
        let new: [&dyn Parameter; 5] =
            [&self.lot, &record.line, &record.document_number, &record.pratica_digest, &state];
        let Some(id) = sql.row(RECORD, &new, |row| row.get::<RecordId>(0))? else {
            return Err(self.what_is_twice(record)?);
        };
        for part in &record.parts {
            newer(part.generation, self.destroyed)?;
            insert(sql, id, part)?;
        }
        self.records += 1;
        Ok(())
    }

    /// Why a record was not added; asked, since a statement that fails would end the lot.
    fn what_is_twice(&self, record: &NewRecord<'_>) -> Result<StoreError, StoreError> {
        let lives = |condition| format!("SELECT EXISTS (SELECT 1 FROM record WHERE {condition} AND is_annulled = 0)");
        let sql = self.change.sql();
        Ok(if sql.one(&lives("pratica_digest = ?1"), &[&record.pratica_digest])? {
            StoreError::DuplicatePratica
        } else if sql.one(&lives("document_number = ?1"), &[&record.document_number])? {
            StoreError::DuplicateNumber
        } else {
            StoreError::DuplicateLine
        })
    }

    /// The transaction, for what stands beside the lot.
    pub(crate) const fn change(&self) -> &Change<'_> {
        &self.change
    }

    /// Ends the lot: it is in the register, whole.
    ///
    /// # Errors
    ///
    /// `store.empty-lot`, `store.database`.
    pub fn commit(self) -> Result<LotId, StoreError> {
        let Self { change, transaction, probe, presented, admitted, lot, digest, records, .. } = self;
        if records == 0 {
            return Err(StoreError::EmptyLot);
        }
        change.sql().write("UPDATE lot SET records = ?2 WHERE id = ?1", &[&lot, &records])?;
        let details = [("records", records.to_string()), ("digest", Token::digest(&digest).as_str().to_owned())];
        change.trace(Subject::Lot { id: lot.number().unsigned_abs() }, "import", None, &details)?;
        commit(transaction, probe, point!("import"))?;
        settle(presented, admitted);
        Ok(lot)
    }
}

impl std::fmt::Debug for LotImport<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LotImport(lot {}, {} records)", self.lot, self.records)
    }
}

const RECORD: &str = "INSERT INTO record (lot, line, document_number, number_from_blank, pratica_digest, state, is_waiting, remakes) \
    VALUES (?1, ?2, ?3, 0, ?4, ?5, 1, 0) ON CONFLICT DO NOTHING RETURNING id";
