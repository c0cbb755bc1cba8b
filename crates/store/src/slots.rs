use std::collections::BTreeMap;

use sigillo_issuance::trace::{Subject, Token};

use crate::engine::Engine;
use crate::engine::value::Parameter;
use crate::error::StoreError;
use crate::ids::Serial;
use crate::store::{By, Change, Store, point};

/// What a slot is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SlotPurpose {
    /// A card of the line.
    Card(Serial),
    /// A document whose files were given by hand, by a keyed digest of what is signed for it.
    Document([u8; 32]),
}

/// How much of a signer's limit is gone.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct SlotCounts {
    /// Reserved, and not known to be used.
    pub reserved: u64,
    /// Used for a seal.
    pub used: u64,
    /// Reserved and given up; a signature may exist, so the slot does not come back.
    pub void: u64,
}

/// A slot that came to its end as a document's seal.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct DocumentSeal {
    /// The signer.
    pub signer: String,
    /// The slot.
    pub number: u64,
    /// SHA-256 of the EF.SOD.
    pub sod_digest: [u8; 32],
}

impl SlotCounts {
    /// Every slot that was ever reserved: what counts against the limit.
    pub const fn taken(&self) -> u64 {
        self.reserved + self.used + self.void
    }
}

impl From<Serial> for SlotPurpose {
    fn from(serial: Serial) -> Self {
        Self::Card(serial)
    }
}

impl Store {
    /// Reserves the next slot of a signer durably, before anything is signed. As long as this register is open, the slot is
    /// in work; what it leaves reserved when it is closed, or its process dies, is for [`Store::void_abandoned_slots`].
    ///
    /// # Errors
    ///
    /// `store.slots-exhausted` when as many slots as the limit were ever reserved, `store.unknown-card`, `trace.token`, `store.file`.
    pub fn reserve_slot(
        &mut self,
        by: By<'_>,
        signer: &str,
        limit: u64,
        purpose: impl Into<SlotPurpose>,
    ) -> Result<u64, StoreError> {
        let purpose = purpose.into();
        let known = self.holder;
        let (number, holder) = self.change(point!("reserve-slot"), by, |change| {
            let signer = Token::parse(signer)?;
            let (serial, document, detail) = match purpose {
                SlotPurpose::Card(serial) => {
                    change.card(serial)?;
                    (Some(serial), None, ("card", serial.to_string()))
                }
                SlotPurpose::Document(digest) => {
                    (None, Some(digest), ("document", Token::digest(&digest).as_str().to_owned()))
                }
            };
            let last: u64 = change.sql().one(LAST, &[&signer])?;
            if last >= limit {
                return Err(StoreError::SlotsExhausted);
            }
            let number = last + 1;
            let holder = known.map_or_else(|| change.take_holder(), Ok)?;
            change.sql().write(
                "INSERT INTO slot (signer, number, state, serial, document, holder) VALUES (?1, ?2, 'reserved', ?3, ?4, ?5)",
                &[&signer, &number, &serial, &document, &holder],
            )?;
            change.trace(Subject::Slot { signer, number }, "reserve", None, &[detail])?;
            Ok((number, holder))
        })?;
        self.holder = Some(holder);
        Ok(number)
    }

    /// A document given by hand was sealed, and the seal verified: its slot is used, and its digest known before it leaves.
    ///
    /// # Errors
    ///
    /// `store.slot-not-reserved`, also for a slot of a card; `store.database`.
    pub fn document_sealed(
        &mut self,
        by: By<'_>,
        (signer, slot): (&str, u64),
        sod_digest: [u8; 32],
    ) -> Result<(), StoreError> {
        self.change(point!("document-sealed"), by, |change| {
            let changed = change.sql().execute(
                "UPDATE slot SET state = 'used', sod_digest = ?3 \
                 WHERE signer = ?1 AND number = ?2 AND state = 'reserved' AND document IS NOT NULL",
                &[&signer, &slot, &sod_digest],
            )?;
            if changed == 0 {
                return Err(StoreError::SlotNotReserved);
            }
            let details = [("sod", Token::digest(&sod_digest).as_str().to_owned())];
            change.trace_end_of_slot(signer, slot, "used", &details)
        })
    }

    /// The seals that a document, by its keyed digest, has had; oldest first.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn seals_of_document(&self, document: [u8; 32]) -> Result<Vec<DocumentSeal>, StoreError> {
        self.sql().rows(
            "SELECT signer, number, sod_digest FROM slot WHERE document = ?1 AND state = 'used' ORDER BY signer, number",
            &[&document],
            |row| Ok(DocumentSeal { signer: row.get(0)?, number: row.get(1)?, sod_digest: row.get(2)? }),
        )
    }

    /// Gives a reserved slot up.
    ///
    /// # Errors
    ///
    /// `store.slot-not-reserved`, `store.database`.
    pub fn void_slot(&mut self, by: By<'_>, signer: &str, number: u64) -> Result<(), StoreError> {
        self.change(point!("void-slot"), by, |change| change.end_slot(signer, number, "void"))
    }

    /// Gives up what a crash left reserved for a card, whoever holds it: the card is in this hand now.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn void_slots_of(&mut self, by: By<'_>, serial: Serial) -> Result<u64, StoreError> {
        if slots_of(self.sql(), serial)?.is_empty() {
            return Ok(0);
        }
        self.change(point!("void-slots"), by, |change| change.void_slots_of(serial))
    }

    /// Gives up every slot whose holder is no more: a process that died between reservation and seal. It may have signed, so
    /// the slots do not come back.
    ///
    /// # Errors
    ///
    /// `store.file`, `store.database`.
    pub fn void_abandoned_slots(&mut self, by: By<'_>) -> Result<u64, StoreError> {
        if abandoned(self.sql())?.is_empty() {
            return Ok(0);
        }
        self.change(point!("void-abandoned"), by, |change| {
            let slots = abandoned(change.sql())?;
            change.void(&slots)
        })
    }

    /// The slots of a signer that are reserved, and what for.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn reserved_slots(&self, signer: &str) -> Result<Vec<(u64, SlotPurpose)>, StoreError> {
        self.sql().rows(
            "SELECT number, serial, document FROM slot WHERE signer = ?1 AND state = 'reserved' ORDER BY number",
            &[&signer],
            |row| match (row.get(1)?, row.get(2)?) {
                (Some(serial), None) => Ok((row.get(0)?, SlotPurpose::Card(serial))),
                (None, Some(document)) => Ok((row.get(0)?, SlotPurpose::Document(document))),
                _ => Err(StoreError::Damaged { table: "slot" }),
            },
        )
    }

    /// Every signer that a slot was ever reserved of.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn slot_signers(&self) -> Result<Vec<String>, StoreError> {
        self.sql().rows("SELECT DISTINCT signer FROM slot ORDER BY signer", &[], |row| row.get(0))
    }

    /// What became of the slots that were taken for cards, whoever signed.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn card_slot_counts(&self) -> Result<SlotCounts, StoreError> {
        counts(self.sql(), "serial IS NOT NULL", &[])
    }

    /// How many slots of a signer were ever reserved: what counts against its limit.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn slots_taken(&self, signer: &str) -> Result<u64, StoreError> {
        self.sql().one(LAST, &[&signer])
    }

    /// How much of a signer's limit is gone.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn slot_counts(&self, signer: &str) -> Result<SlotCounts, StoreError> {
        counts(self.sql(), "signer = ?1", &[&signer])
    }
}

impl Change<'_> {
    /// Ends a reserved slot as used or void.
    pub(crate) fn end_slot(&self, signer: &str, number: u64, end: &str) -> Result<(), StoreError> {
        let changed = self.sql().execute(
            "UPDATE slot SET state = ?3 WHERE signer = ?1 AND number = ?2 AND state = 'reserved'",
            &[&signer, &number, &end],
        )?;
        if changed == 0 {
            return Err(StoreError::SlotNotReserved);
        }
        self.trace_end_of_slot(signer, number, end, &[])
    }

    /// Gives up what was reserved for a card.
    pub(crate) fn void_slots_of(&self, serial: Serial) -> Result<u64, StoreError> {
        self.void(&slots_of(self.sql(), serial)?)
    }

    /// Makes this register a hand that holds what it reserves.
    fn take_holder(&self) -> Result<i64, StoreError> {
        let new = "INSERT INTO holder (operator, at) VALUES (?1, ?2) RETURNING id";
        let holder = self.sql().one(new, &[&self.operator, &self.at])?;
        self.sql().hold(holder)?;
        Ok(holder)
    }

    fn void(&self, slots: &[(String, u64)]) -> Result<u64, StoreError> {
        slots.iter().try_for_each(|(signer, number)| self.end_slot(signer, *number, "void"))?;
        Ok(slots.len() as u64)
    }

    fn trace_end_of_slot(
        &self,
        signer: &str,
        number: u64,
        end: &str,
        details: &[(&str, String)],
    ) -> Result<(), StoreError> {
        self.trace(Subject::Slot { signer: Token::parse(signer)?, number }, end, Some(("reserved", end)), details)
    }
}

fn counts(sql: &dyn Engine, condition: &str, of: &[&dyn Parameter]) -> Result<SlotCounts, StoreError> {
    let mut counts = SlotCounts::default();
    let by_state = format!("SELECT state, count(*) FROM slot WHERE {condition} GROUP BY state");
    sql.each(&by_state, of, &mut |row| {
        match row.get::<String>(0)?.as_str() {
            "reserved" => counts.reserved = row.get(1)?,
            "used" => counts.used = row.get(1)?,
            "void" => counts.void = row.get(1)?,
            _ => return Err(StoreError::Damaged { table: "slot" }),
        }
        Ok(())
    })?;
    Ok(counts)
}

/// What is reserved for a card.
fn slots_of(sql: &dyn Engine, serial: Serial) -> Result<Vec<(String, u64)>, StoreError> {
    let reserved = "SELECT signer, number FROM slot WHERE state = 'reserved' AND serial = ?1 ORDER BY signer, number";
    sql.rows(reserved, &[&serial], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// What is reserved by a holder that is no more.
fn abandoned(sql: &dyn Engine) -> Result<Vec<(String, u64)>, StoreError> {
    let reserved: Vec<(String, u64, Option<i64>)> = sql.rows(
        "SELECT signer, number, holder FROM slot WHERE state = 'reserved' ORDER BY signer, number",
        &[],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    let mut lives = BTreeMap::new();
    let mut found = Vec::new();
    for (signer, number, holder) in reserved {
        let is_held = match holder {
            None => false,
            Some(holder) => match lives.get(&holder) {
                Some(known) => *known,
                None => *lives.entry(holder).or_insert(sql.is_held(holder)?),
            },
        };
        if !is_held {
            found.push((signer, number));
        }
    }
    Ok(found)
}

const LAST: &str = "SELECT coalesce(max(number), 0) FROM slot WHERE signer = ?1";
