use std::collections::BTreeMap;

use sigillo_crypto::sha256;
use sigillo_issuance::life_cycle::{CardEvent, CardState, ScrapManner};
use sigillo_issuance::trace::Token;

use crate::engine::value::Parameter;
use crate::engine::{Engine, Row};
use crate::error::StoreError;
use crate::ids::{JournalId, RecordId, Serial};
use crate::journal::{Act, Phase};
use crate::store::{By, Change, Store, point};

/// A card that entered.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct CardRow {
    /// Its serial.
    pub serial: Serial,
    /// The vendor's batch.
    pub batch: String,
    /// Its state.
    pub state: CardState,
    /// The digest of the profile that initialized it.
    pub profile_digest: [u8; 32],
    /// The version of its key set, once the transport keys are replaced.
    pub key_version: Option<u8>,
    /// The document number that the blank carries.
    pub blank_number: Option<String>,
    /// The public key for Chip Authentication.
    pub ca_public_key: Option<Vec<u8>>,
    /// SHA-256 of EF.DG14.
    pub dg14_digest: Option<[u8; 32]>,
    /// The record it belongs to, or belonged to when it was scrapped.
    pub record: Option<RecordId>,
    /// SHA-256 of the EF.SOD that was sealed for it.
    pub sod_digest: Option<[u8; 32]>,
    /// How it left the world, if it did.
    pub scrapped: Option<Scrapped>,
}

/// How and why a card was scrapped, and who saw it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Scrapped {
    /// How.
    pub manner: ScrapManner,
    /// Why, as a code.
    pub reason: String,
    /// The second person; needed unless the chip confirmed its end.
    pub witness: Option<String>,
}

impl Store {
    /// Enters a card whose serial is known: from here it is accounted for, and PUT KEY is intended.
    ///
    /// # Errors
    ///
    /// `store.duplicate-card`, `trace.token`, `store.database`.
    pub fn enter_card(
        &mut self,
        by: By<'_>,
        serial: Serial,
        batch: &str,
        profile_digest: [u8; 32],
    ) -> Result<JournalId, StoreError> {
        self.change(point!("enter"), by, |change| {
            let batch = Token::parse(batch)?;
            change.sql().write(
                "INSERT INTO card (serial, batch, state, profile_digest) VALUES (?1, ?2, ?3, ?4)",
                &[&serial, &batch, &CardState::Entering.name(), &profile_digest],
            )?;
            let details =
                [("batch", batch.as_str().to_owned()), ("profile", Token::digest(&profile_digest).as_str().to_owned())];
            change.trace(change.card_subject(serial)?, "enter", None, &details)?;
            change.intend(Act::PutKey, serial, &[])
        })
    }

    /// PUT KEY is done: the chip answers this key version.
    ///
    /// # Errors
    ///
    /// `store.no-intent`, `store.unknown-card`, or the refusal of the card's life cycle outside initialization.
    pub fn key_set_replaced(&mut self, by: By<'_>, serial: Serial, version: u8) -> Result<(), StoreError> {
        self.change(point!("key-set-replaced"), by, |change| {
            change.entering(serial)?;
            change.sql().write("UPDATE card SET key_version = ?2 WHERE serial = ?1", &[&serial, &version])?;
            change.close_open(serial, Act::PutKey, Phase::Done, &[("version", version.to_string())])
        })
    }

    /// The chip generated its key pair; a repetition replaces the key stored before.
    ///
    /// # Errors
    ///
    /// `store.no-intent`, `store.unknown-card`, or the refusal of the card's life cycle outside initialization.
    pub fn key_generated(&mut self, by: By<'_>, serial: Serial, public_key: &[u8]) -> Result<(), StoreError> {
        self.change(point!("key-generated"), by, |change| {
            change.entering(serial)?;
            change.sql().write("UPDATE card SET ca_public_key = ?2 WHERE serial = ?1", &[&serial, &public_key])?;
            let digest = Token::digest(&sha256(public_key)).as_str().to_owned();
            change.close_open(serial, Act::GenerateKey, Phase::Done, &[("public-key", digest)])
        })
    }

    /// The initialization is complete: the card goes to the stock.
    ///
    /// # Errors
    ///
    /// `store.key-missing` without key set or public key, `store.acts-open`, `store.duplicate-blank`, `store.unknown-card`, or the
    /// refusal of the card's life cycle.
    pub fn card_to_stock(
        &mut self,
        by: By<'_>,
        serial: Serial,
        dg14_digest: [u8; 32],
        blank_number: Option<&str>,
    ) -> Result<(), StoreError> {
        self.change(point!("stock"), by, |change| {
            let card = change.card(serial)?;
            card.state.apply(CardEvent::Initialised)?;
            if card.key_version.is_none() || card.ca_public_key.is_none() {
                return Err(StoreError::KeyMissing);
            }
            change.refuse_open_acts(serial)?;
            change.sql().write(
                "UPDATE card SET dg14_digest = ?2, blank_number = ?3 WHERE serial = ?1",
                &[&serial, &dg14_digest, &blank_number],
            )?;
            let details = [("dg14", Token::digest(&dg14_digest).as_str().to_owned())];
            change.card_event(&card, CardEvent::Initialised, &details)
        })
    }

    /// A card, if it entered.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn card(&self, serial: Serial) -> Result<Option<CardRow>, StoreError> {
        card_row(self.sql(), serial)
    }

    /// The living card of a record.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn card_of(&self, record: RecordId) -> Result<Option<CardRow>, StoreError> {
        Ok(cards(self.sql(), "WHERE record = ?1 AND state <> 'scrapped'", &[&record])?.into_iter().next())
    }

    /// The cards in a state, by serial.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn cards_in(&self, state: CardState) -> Result<Vec<CardRow>, StoreError> {
        cards(self.sql(), "WHERE state = ?1 ORDER BY serial", &[&state.name()])
    }

    /// How many cards are in each state; states without cards are left out.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn card_counts(&self) -> Result<BTreeMap<CardState, u64>, StoreError> {
        let counts = self.sql().rows("SELECT state, count(*) FROM card GROUP BY state", &[], |row| {
            let state = CardState::parse(&row.get::<String>(0)?).ok_or(StoreError::Damaged { table: "card" })?;
            Ok((state, row.get(1)?))
        })?;
        Ok(counts.into_iter().collect())
    }
}

impl Change<'_> {
    pub(crate) fn card(&self, serial: Serial) -> Result<CardRow, StoreError> {
        card_row(self.sql(), serial)?.ok_or(StoreError::UnknownCard)
    }

    /// Moves a card by its table, and traces it.
    pub(crate) fn card_event(
        &self,
        card: &CardRow,
        event: CardEvent,
        details: &[(&str, String)],
    ) -> Result<(), StoreError> {
        let state = card.state.apply(event)?;
        self.only(event.actors())?;
        self.sql().write("UPDATE card SET state = ?2 WHERE serial = ?1", &[&card.serial, &state.name()])?;
        self.trace(self.card_subject(card.serial)?, event.name(), Some((card.state.name(), state.name())), details)
    }

    /// A card whose initialization is not finished; the life cycle names what it is otherwise.
    fn entering(&self, serial: Serial) -> Result<CardRow, StoreError> {
        let card = self.card(serial)?;
        card.state.apply(CardEvent::Initialised)?;
        Ok(card)
    }
}

pub(crate) fn card_row(sql: &dyn Engine, serial: Serial) -> Result<Option<CardRow>, StoreError> {
    Ok(cards(sql, "WHERE serial = ?1", &[&serial])?.into_iter().next())
}

fn cards(sql: &dyn Engine, condition: &str, parameters: &[&dyn Parameter]) -> Result<Vec<CardRow>, StoreError> {
    sql.rows(&format!("{CARDS} {condition}"), parameters, read)
}

fn read(row: &Row<'_>) -> Result<CardRow, StoreError> {
    let state: String = row.get(2)?;
    let state = CardState::parse(&state).ok_or(StoreError::Damaged { table: "card" })?;
    let manner: Option<String> = row.get(10)?;
    let scrapped = match (manner.as_deref().and_then(ScrapManner::parse), row.get::<Option<String>>(11)?) {
        (Some(manner), Some(reason)) => Some(Scrapped { manner, reason, witness: row.get(12)? }),
        _ => None,
    };
    Ok(CardRow {
        serial: row.get(0)?,
        batch: row.get(1)?,
        state,
        profile_digest: row.get(3)?,
        key_version: row.get(4)?,
        blank_number: row.get(5)?,
        ca_public_key: row.get(6)?,
        dg14_digest: row.get(7)?,
        record: row.get(8)?,
        sod_digest: row.get(9)?,
        scrapped,
    })
}

const CARDS: &str = "SELECT serial, batch, state, profile_digest, key_version, blank_number, ca_public_key, dg14_digest, \
    record, sod_digest, scrap_manner, scrap_reason, scrap_witness FROM card";
