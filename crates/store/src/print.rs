use sigillo_issuance::life_cycle::CardEvent;

use crate::error::StoreError;
use crate::ids::Serial;
use crate::journal::{Act, Phase};
use crate::records::Ciphertext;
use crate::store::{By, Change, Store, point};

impl Store {
    /// Keeps the access number of a card, encrypted, until it stands on the card; one that is made anew takes its place.
    ///
    /// # Errors
    ///
    /// The refusal of the card's life cycle unless it is written and not locked, `store.unknown-card`.
    pub fn can_made(&mut self, by: By<'_>, serial: Serial, sealed: &Ciphertext) -> Result<(), StoreError> {
        self.change(point!("can-made"), by, |change| {
            change.card(serial)?.state.apply(CardEvent::Lock)?;
            change.forget_can(serial)?;
            change.sql().write(
                "INSERT INTO card_access_number (serial, nonce, wrapped_key, ciphertext) VALUES (?1, ?2, ?3, ?4)",
                &[&serial, &sealed.nonce, &sealed.wrapped_key, &sealed.bytes],
            )?;
            change.trace(change.card_subject(serial)?, "can-made", None, &[])
        })
    }

    /// The access number of a card that is not printed yet.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn can_of(&self, serial: Serial) -> Result<Option<Ciphertext>, StoreError> {
        let sql = "SELECT nonce, wrapped_key, ciphertext FROM card_access_number WHERE serial = ?1";
        self.sql().row(sql, &[&serial], |row| {
            Ok(Ciphertext { nonce: row.get(0)?, wrapped_key: row.get(1)?, bytes: row.get(2)? })
        })
    }

    /// The card is printed, and what stands on it was compared: the access number is not needed any more.
    ///
    /// # Errors
    ///
    /// `store.no-intent`, the refusal of the card's life cycle, `store.unknown-card`.
    pub fn printed(&mut self, by: By<'_>, serial: Serial) -> Result<(), StoreError> {
        self.change(point!("printed"), by, |change| {
            let card = change.card(serial)?;
            card.state.apply(CardEvent::Print)?;
            change.close_open(serial, Act::Print, Phase::Done, &[])?;
            change.forget_can(serial)?;
            change.card_event(&card, CardEvent::Print, &[])
        })
    }
}

impl Change<'_> {
    /// A card that is printed or out of the world has no access number here.
    pub(crate) fn forget_can(&self, serial: Serial) -> Result<(), StoreError> {
        self.sql().write("DELETE FROM card_access_number WHERE serial = ?1", &[&serial])?;
        Ok(())
    }
}
