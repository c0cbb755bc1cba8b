use sigillo_issuance::life_cycle::{CardEvent, RecordEvent};
use sigillo_issuance::trace::Token;

use crate::cards::{CardRow, Scrapped};
use crate::error::StoreError;
use crate::ids::{RecordId, Serial};
use crate::journal::{Act, Phase};
use crate::records::{RecordNow, record_now};
use crate::store::{By, Change, Store, point};

/// What the release gate found: every check passed, but for those that the profile waives by name.
#[derive(Clone, Copy, Debug)]
pub struct Gate<'a> {
    /// SHA-256 of the gate's report.
    pub report_digest: [u8; 32],
    /// The checks that the profile waives.
    pub waived: &'a [&'a str],
}

impl Store {
    /// Joins a card of the stock and a record without a card; a numbered blank gives its number to the record.
    ///
    /// # Errors
    ///
    /// The refusal of either life cycle, `store.other-profile` if the run has another profile than the card, `store.blank-number` if
    /// number comes from both or from neither, `store.duplicate-number`, `store.unknown-card`, `store.unknown-record`.
    pub fn bind(&mut self, by: By<'_>, serial: Serial, record: RecordId) -> Result<(), StoreError> {
        self.change(point!("bind"), by, |change| {
            let card = change.card(serial)?;
            let now = record_now(change.sql(), record)?;
            card.state.apply(CardEvent::Bind)?;
            now.row.state.apply(RecordEvent::Bind)?;
            change.same_profile(&card)?;
            match (&now.row.document_number, &card.blank_number) {
                (Some(_), None) => {}
                (None, Some(number)) => {
                    change.sql().write(
                        "UPDATE record SET document_number = ?2, number_from_blank = 1 WHERE id = ?1",
                        &[&record, number],
                    )?;
                }
                (None, None) | (Some(_), Some(_)) => return Err(StoreError::BlankNumber),
            }
            // First the record, then the state: the table's own check sees a bound card with its record.
            change.sql().write("UPDATE card SET record = ?2 WHERE serial = ?1", &[&serial, &record])?;
            change.card_event(&card, CardEvent::Bind, &[("record", record.to_string())])?;
            change.record_event(&now, RecordEvent::Bind, &[("card", serial.to_string())])
        })
    }

    /// A seal was made for a bound card and verified: its slot is used, its digest is the card's. A later seal replaces one that was
    /// not written yet.
    ///
    /// # Errors
    ///
    /// The refusal of the card's life cycle unless it is bound, `store.other-record`, `store.slot-not-reserved`, `store.unknown-card`.
    pub fn sealed(
        &mut self,
        by: By<'_>,
        serial: Serial,
        record: RecordId,
        (signer, slot): (&str, u64),
        sod_digest: [u8; 32],
    ) -> Result<(), StoreError> {
        self.change(point!("sealed"), by, |change| {
            let card = change.card(serial)?;
            card.state.apply(CardEvent::Write)?;
            if card.record != Some(record) {
                return Err(StoreError::OtherRecord);
            }
            change.end_slot(signer, slot, "used")?;
            change.sql().write("UPDATE card SET sod_digest = ?2 WHERE serial = ?1", &[&serial, &sod_digest])?;
            let details = [
                ("sod", Token::digest(&sod_digest).as_str().to_owned()),
                ("signer", signer.to_owned()),
                ("slot", slot.to_string()),
            ];
            change.trace(change.card_subject(serial)?, "seal", None, &details)
        })
    }

    /// Every file is stored and was compared with its plan.
    ///
    /// # Errors
    ///
    /// `store.seal-missing`, `store.acts-open`, the refusal of the card's life cycle, `store.unknown-card`.
    pub fn written(&mut self, by: By<'_>, serial: Serial) -> Result<(), StoreError> {
        self.change(point!("written"), by, |change| {
            let card = change.card(serial)?;
            card.state.apply(CardEvent::Write)?;
            let digest = card.sod_digest.ok_or(StoreError::SealMissing)?;
            change.refuse_open_acts(serial)?;
            change.card_event(&card, CardEvent::Write, &[("sod", Token::digest(&digest).as_str().to_owned())])
        })
    }

    /// The chip is locked, as a session with it showed.
    ///
    /// # Errors
    ///
    /// `store.no-intent`, the refusal of the card's life cycle, `store.unknown-card`.
    pub fn locked(&mut self, by: By<'_>, serial: Serial) -> Result<(), StoreError> {
        self.change(point!("locked"), by, |change| {
            let card = change.card(serial)?;
            card.state.apply(CardEvent::Lock)?;
            change.close_open(serial, Act::Lock, Phase::Done, &[])?;
            change.card_event(&card, CardEvent::Lock, &[])
        })
    }

    /// The card leaves the line through the gate: the record is not issued yet, and the permit names its card.
    ///
    /// # Errors
    ///
    /// `card.not-printed` unless the profile waives `print`, `store.acts-open`, the refusal of either life cycle, `store.unknown-card`.
    pub fn release(&mut self, by: By<'_>, serial: Serial, gate: Gate<'_>) -> Result<(), StoreError> {
        self.change(point!("release"), by, |change| {
            let card = change.card(serial)?;
            let event = if gate.waived.contains(&PRINT) { CardEvent::ReleaseWaivingPrint } else { CardEvent::Release };
            let mut details = vec![("report", Token::digest(&gate.report_digest).as_str().to_owned())];
            if !gate.waived.is_empty() {
                details.push(("waived", gate.waived.join(",")));
            }
            change.card_event(&card, event, &details)?;
            change.refuse_open_acts(serial)?;
            let now = change.record_of(&card)?.ok_or(StoreError::Damaged { table: "card" })?;
            change.record_event(&now, RecordEvent::Release, &[("card", serial.to_string())])?;
            let number = now.row.document_number.ok_or(StoreError::Damaged { table: "record" })?;
            let sod_digest = card.sod_digest.ok_or(StoreError::SealMissing)?;
            change.sql().write(
                "INSERT INTO permit (record, document_number, serial, sod_digest, waived, released_at) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                &[&now.row.id, &number, &serial, &sod_digest, &gate.waived.join(","), &change.at],
            )?;
            Ok(())
        })
    }

    /// A card leaves the world; a record that was in formation waits for another one, and loses a number that the blank had brought.
    ///
    /// # Errors
    ///
    /// `store.witness-missing` if it was destroyed and nobody but the operator saw it, `store.no-intent` if it was terminated without an
    /// intent, the refusal of either life cycle (`permit.lives` while the permit of a released card lives), `store.unknown-card`.
    pub fn scrap(&mut self, by: By<'_>, serial: Serial, scrapped: &Scrapped) -> Result<(), StoreError> {
        self.change(point!("scrap"), by, |change| {
            let card = change.card(serial)?;
            let event = CardEvent::Scrap(scrapped.manner);
            card.state.apply(event)?;
            let reason = Token::parse(&scrapped.reason)?;
            let witness = scrapped.witness.as_deref().map(Token::parse).transpose()?;
            let mut details = vec![("reason", reason.as_str().to_owned())];
            match &witness {
                Some(witness) if *witness != change.operator => details.push(("witness", witness.as_str().to_owned())),
                _ if scrapped.manner.needs_witness() => return Err(StoreError::WitnessMissing),
                _ => {}
            }
            if !scrapped.manner.needs_witness() {
                change.close_open(serial, Act::Terminate, Phase::Done, &[])?;
            }
            change.close_all(serial, &[("scrapped", scrapped.manner.name().to_owned())])?;
            change.void_slots_of(serial)?;
            change.forget_can(serial)?;
            // Manner and state change together: the table's own check sees both.
            change.sql().write(
                "UPDATE card SET state = 'scrapped', scrap_manner = ?2, scrap_reason = ?3, scrap_witness = ?4 WHERE serial = ?1",
                &[&serial, &scrapped.manner.name(), &reason, &witness],
            )?;
            change.card_event(&card, event, &details)?;
            match change.record_of(&card)? {
                Some(now) => change.remake(&now, serial),
                None => Ok(()),
            }
        })
    }
}

impl Change<'_> {
    /// The record of a card's scrapping: back to the queue if it was in formation, untouched if its permit is dead.
    fn remake(&self, now: &RecordNow, serial: Serial) -> Result<(), StoreError> {
        let row = &now.row;
        self.record_event(now, RecordEvent::CardScrapped, &[("card", serial.to_string())])?;
        let state = row.state.apply(RecordEvent::CardScrapped)?;
        if state == row.state {
            return Ok(());
        }
        self.sql().write("UPDATE record SET remakes = remakes + 1 WHERE id = ?1", &[&row.id])?;
        self.sql().write(
            "UPDATE record SET document_number = NULL, number_from_blank = 0 WHERE id = ?1 AND number_from_blank = 1",
            &[&row.id],
        )?;
        Ok(())
    }

    fn record_of(&self, card: &CardRow) -> Result<Option<RecordNow>, StoreError> {
        card.record.map(|record| record_now(self.sql(), record)).transpose()
    }

    fn same_profile(&self, card: &CardRow) -> Result<(), StoreError> {
        let Some(run) = self.run else {
            return Ok(());
        };
        let digest: [u8; 32] = self.sql().one("SELECT profile_digest FROM run WHERE id = ?1", &[&run])?;
        if digest == card.profile_digest { Ok(()) } else { Err(StoreError::OtherProfile) }
    }
}

/// The check of the gate whose waiver lets a card pass unprinted.
const PRINT: &str = "print";
