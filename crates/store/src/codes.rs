use sigillo_codes::{CodesEvent, CodesState};
use sigillo_issuance::life_cycle::{CardState, RecordState};
use sigillo_issuance::trace::{Subject, Token};

use crate::engine::{Engine, Row};
use crate::error::StoreError;
use crate::ids::{RecordId, Serial};
use crate::journal::{Act, Phase};
use crate::records::record_row;
use crate::store::{By, Change, Store, point};

/// Codes that were made and encrypted, before the chip is told.
#[derive(Clone, Copy)]
pub struct NewCodes<'a> {
    /// The record they are for.
    pub record: RecordId,
    /// The card that is to take them.
    pub serial: Serial,
    /// Which codes of the document, by [`Store::next_codes`]: what the ciphertext is bound to.
    pub generation: u32,
    /// Encrypted to the issuing circuit.
    pub ciphertext: &'a [u8],
    /// What the CIP is checked against.
    pub verifier: &'a [u8],
}

/// One set of codes of a document.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct CodesRow {
    /// Whose.
    pub document_number: String,
    /// Which, counted from 1.
    pub generation: u32,
    /// The record.
    pub record: RecordId,
    /// The card.
    pub serial: Serial,
    /// Where they are.
    pub state: CodesState,
    /// When they were made, RFC 3339.
    pub made_at: String,
}

/// What was taken out in order to be printed; the register has it no more.
pub struct ConsumedCodes {
    /// The record whose letter it is.
    pub record: RecordId,
    /// Which codes of the document.
    pub generation: u32,
    /// Encrypted to the issuing circuit, in the context of document and generation.
    pub ciphertext: Vec<u8>,
}

impl Store {
    /// The generation that the next codes of a document will have.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn next_codes(&self, document_number: &str) -> Result<u32, StoreError> {
        next_generation(self.sql(), document_number)
    }

    /// New codes, before the chip is told: to set them is an open act of the card. Whatever was not printed of the document is
    /// lost from here on.
    ///
    /// # Errors
    ///
    /// `store.unknown-record`, `store.unknown-card`, `store.other-record` for a card that is not this record's;
    /// `codes.permit-state` unless the record is in formation or its permit can be used; `codes.generation` if another made
    /// codes meanwhile.
    pub fn codes_made(&mut self, by: By<'_>, new: NewCodes<'_>) -> Result<(), StoreError> {
        self.change(point!("codes-made"), by, |change| {
            let record = record_row(change.sql(), new.record)?;
            let card = change.card(new.serial)?;
            if card.record != Some(new.record) || card.state == CardState::Scrapped {
                return Err(StoreError::OtherRecord);
            }
            let usable = [RecordState::InFormation, RecordState::NotIssued, RecordState::Valid];
            if !usable.contains(&record.state) {
                return Err(StoreError::CodesOfPermit);
            }
            let number = record.document_number.ok_or(StoreError::BlankNumber)?;
            if new.generation != next_generation(change.sql(), &number)? {
                return Err(StoreError::CodesGeneration);
            }
            for row in codes_of(change.sql(), &number)? {
                if row.state.apply(CodesEvent::Lose).is_ok() {
                    change.codes_event(&row, CodesEvent::Lose, "codes-lost", &[("reason", "replaced".to_owned())])?;
                }
            }
            change.sql().write(
                "INSERT INTO codes (document_number, generation, record, serial, state, ciphertext, verifier, made_at) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                &[
                    &number,
                    &new.generation,
                    &new.record,
                    &new.serial,
                    &CodesState::Made.name(),
                    &new.ciphertext,
                    &new.verifier,
                    &change.at,
                ],
            )?;
            let details = [("generation", new.generation.to_string()), ("card", new.serial.to_string())];
            change.trace(subject(new.record)?, "codes-made", None, &details)?;
            change.end_setting(new.serial, Phase::Failed, &[("codes", "replaced".to_owned())])?;
            change.intend(Act::SetCodes, new.serial, &[("generation", new.generation.to_string())]).map(drop)
        })
    }

    /// The chip answered that it has the newest codes of its record.
    ///
    /// # Errors
    ///
    /// `codes.none`, or the refusal of their state.
    pub fn codes_set(&mut self, by: By<'_>, serial: Serial) -> Result<(), StoreError> {
        self.change(point!("codes-set"), by, |change| {
            let newest = format!("{CODES} WHERE serial = ?1 ORDER BY generation DESC LIMIT 1");
            let row = change.sql().row(&newest, &[&serial], read)?.ok_or(StoreError::CodesNone)?;
            change.codes_event(&row, CodesEvent::Set, "codes-set", &[])?;
            change.end_setting(serial, Phase::Done, &[("generation", row.generation.to_string())])
        })
    }

    /// Takes the codes of a valid permit out in order to print them: the change that deletes the ciphertext is the one that
    /// records who prints and why. Whoever comes second is refused.
    ///
    /// # Errors
    ///
    /// `codes.none`, `codes.permit-state` unless the permit is valid, or the refusal of their state: `codes.consumed`,
    /// `codes.printed`, `codes.not-set`, `codes.lost`.
    pub fn consume_codes(
        &mut self,
        by: By<'_>,
        document_number: &str,
        reason: &str,
    ) -> Result<ConsumedCodes, StoreError> {
        self.change(point!("codes-consumed"), by, |change| {
            let (row, state) = change.newest_of_permit(document_number)?;
            if state != RecordState::Valid {
                return Err(StoreError::CodesOfPermit);
            }
            row.state.apply(CodesEvent::Consume)?;
            let sql = "SELECT ciphertext FROM codes WHERE document_number = ?1 AND generation = ?2";
            let ciphertext = change.sql().one(sql, &[&document_number, &row.generation])?;
            let reason = Token::parse(reason)?.as_str().to_owned();
            change.codes_event(&row, CodesEvent::Consume, "codes-consumed", &[("reason", reason)])?;
            Ok(ConsumedCodes { record: row.record, generation: row.generation, ciphertext })
        })
    }

    /// The printer took the letter.
    ///
    /// # Errors
    ///
    /// `codes.none`, or the refusal of their state.
    pub fn envelope_printed(&mut self, by: By<'_>, document_number: &str, generation: u32) -> Result<(), StoreError> {
        self.change(point!("envelope-printed"), by, |change| {
            let row = change.codes(document_number, generation)?;
            change.codes_event(&row, CodesEvent::Print, "envelope-printed", &[])
        })
    }

    /// The letter is there whose printing was cut off: somebody found it, and says so.
    ///
    /// # Errors
    ///
    /// `codes.none`, `trace.token`, or the refusal of their state, which must be the one in doubt: `codes.not-printing` for codes
    /// that were not taken out, `codes.printed`, `codes.lost`.
    pub fn letter_came_out(
        &mut self,
        by: By<'_>,
        document_number: &str,
        generation: u32,
        reason: &str,
    ) -> Result<(), StoreError> {
        self.change(point!("letter-came-out"), by, |change| {
            let row = change.codes(document_number, generation)?;
            let reason = Token::parse(reason)?.as_str().to_owned();
            // A printer gives no reason: it tells the word of a person from that of a program.
            change.codes_event(&row, CodesEvent::Print, "envelope-printed", &[("reason", reason)])
        })
    }

    /// No letter came out of these codes, and none will.
    ///
    /// # Errors
    ///
    /// `codes.none`, `trace.token`, or the refusal of their state.
    pub fn codes_lost(
        &mut self,
        by: By<'_>,
        document_number: &str,
        generation: u32,
        reason: &str,
    ) -> Result<(), StoreError> {
        self.change(point!("codes-lost"), by, |change| {
            let row = change.codes(document_number, generation)?;
            let reason = Token::parse(reason)?.as_str().to_owned();
            change.codes_event(&row, CodesEvent::Lose, "codes-lost", &[("reason", reason)])
        })
    }

    /// Every set of codes of a document, oldest first.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn codes_of(&self, document_number: &str) -> Result<Vec<CodesRow>, StoreError> {
        codes_of(self.sql(), document_number)
    }

    /// What a CIP of a document is checked against: that of the newest letter which may be in somebody's hands.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn cip_verifier(&self, document_number: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let sql = "SELECT verifier FROM codes WHERE document_number = ?1 AND state IN (?2, ?3) \
                   ORDER BY generation DESC LIMIT 1";
        let states = [CodesState::Consumed.name(), CodesState::Printed.name()];
        self.sql().row(sql, &[&document_number, &states[0], &states[1]], |row| row.get(0))
    }

    /// The newest codes of each permit of which no letter is there, nor can come: new ones must be set on its chip.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn codes_due_for_reissue(&self) -> Result<Vec<CodesRow>, StoreError> {
        let newest = self.newest_of_permits(&[RecordState::NotIssued, RecordState::Valid])?;
        Ok(newest.into_iter().filter(|row| row.state.is_due_for_reissue()).collect())
    }

    /// The newest codes of each valid permit whose letter can be printed.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn codes_to_print(&self) -> Result<Vec<CodesRow>, StoreError> {
        let newest = self.newest_of_permits(&[RecordState::Valid])?;
        Ok(newest.into_iter().filter(|row| row.state == CodesState::Set).collect())
    }

    /// Of permits in these states, the newest codes that are not printed.
    fn newest_of_permits(&self, states: &[RecordState]) -> Result<Vec<CodesRow>, StoreError> {
        let sql = "SELECT c.document_number, c.generation, c.record, c.serial, c.state, c.made_at, r.state \
                   FROM codes c JOIN permit p ON p.record = c.record JOIN record r ON r.id = c.record \
                   WHERE c.state <> 'printed' AND NOT EXISTS (SELECT 1 FROM codes n \
                   WHERE n.document_number = c.document_number AND n.generation > c.generation) \
                   ORDER BY c.document_number";
        let rows = self.sql().rows(sql, &[], |row| Ok((read(row)?, row.get::<String>(6)?)))?;
        let wanted = |name: &str| states.iter().any(|state| state.name() == name);
        Ok(rows.into_iter().filter(|(_, state)| wanted(state)).map(|(row, _)| row).collect())
    }
}

impl Change<'_> {
    /// Moves a set of codes by its table; what may not be printed any more is deleted at once.
    fn codes_event(
        &self,
        row: &CodesRow,
        event: CodesEvent,
        act: &str,
        details: &[(&str, String)],
    ) -> Result<(), StoreError> {
        let next = row.state.apply(event)?;
        let sql = if next.has_ciphertext() {
            "UPDATE codes SET state = ?3 WHERE document_number = ?1 AND generation = ?2"
        } else {
            "UPDATE codes SET state = ?3, ciphertext = NULL WHERE document_number = ?1 AND generation = ?2"
        };
        self.sql().write(sql, &[&row.document_number, &row.generation, &next.name()])?;
        let mut all = vec![("generation", row.generation.to_string())];
        all.extend_from_slice(details);
        self.trace(subject(row.record)?, act, None, &all)
    }

    /// Ends the act of setting codes, if it is open: a resume may have ended it before.
    fn end_setting(&self, serial: Serial, phase: Phase, outcome: &[(&str, String)]) -> Result<(), StoreError> {
        match self.close_open(serial, Act::SetCodes, phase, outcome) {
            Err(StoreError::NoIntent) => Ok(()),
            closed => closed,
        }
    }

    fn codes(&self, document_number: &str, generation: u32) -> Result<CodesRow, StoreError> {
        let one = format!("{CODES} WHERE document_number = ?1 AND generation = ?2");
        self.sql().row(&one, &[&document_number, &generation], read)?.ok_or(StoreError::CodesNone)
    }

    /// The newest codes of the permit's card, and the permit's state.
    fn newest_of_permit(&self, document_number: &str) -> Result<(CodesRow, RecordState), StoreError> {
        let sql = "SELECT p.record, p.serial, r.state FROM permit p JOIN record r ON r.id = p.record \
                   WHERE p.document_number = ?1 ORDER BY p.record DESC LIMIT 1";
        let permit = self.sql().row(sql, &[&document_number], |row| {
            Ok((row.get::<RecordId>(0)?, row.get::<Serial>(1)?, row.get::<String>(2)?))
        })?;
        let (record, serial, state) = permit.ok_or(StoreError::CodesNone)?;
        let state = RecordState::parse(&state).ok_or(StoreError::Damaged { table: "record" })?;
        let newest = codes_of(self.sql(), document_number)?.pop().ok_or(StoreError::CodesNone)?;
        if newest.record != record || newest.serial != serial {
            return Err(StoreError::CodesNone);
        }
        Ok((newest, state))
    }
}

/// Shape only.
impl std::fmt::Debug for NewCodes<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewCodes(record {}, generation {})", self.record, self.generation)
    }
}

/// Shape only.
impl std::fmt::Debug for ConsumedCodes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ConsumedCodes(record {}, generation {})", self.record, self.generation)
    }
}

fn next_generation(sql: &dyn Engine, document_number: &str) -> Result<u32, StoreError> {
    let last: u32 =
        sql.one("SELECT coalesce(max(generation), 0) FROM codes WHERE document_number = ?1", &[&document_number])?;
    last.checked_add(1).ok_or(StoreError::Damaged { table: "codes" })
}

fn codes_of(sql: &dyn Engine, document_number: &str) -> Result<Vec<CodesRow>, StoreError> {
    sql.rows(&format!("{CODES} WHERE document_number = ?1 ORDER BY generation"), &[&document_number], read)
}

fn read(row: &Row<'_>) -> Result<CodesRow, StoreError> {
    let state: String = row.get(4)?;
    Ok(CodesRow {
        document_number: row.get(0)?,
        generation: row.get(1)?,
        record: row.get(2)?,
        serial: row.get(3)?,
        state: CodesState::parse(&state).ok_or(StoreError::Damaged { table: "codes" })?,
        made_at: row.get(5)?,
    })
}

fn subject(record: RecordId) -> Result<Subject, StoreError> {
    let id = u64::try_from(record.number()).map_err(|_| StoreError::Damaged { table: "codes" })?;
    Ok(Subject::Record { id })
}

const CODES: &str = "SELECT document_number, generation, record, serial, state, made_at FROM codes";
