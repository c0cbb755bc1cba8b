//! PIN, PUK, CIP and CAN of a card: made in formation, encrypted to the issuing circuit before the chip is told, and never read
//! again by the line (decision D6). The CAN alone is kept for it, until it stands on the card.

use sigillo_codes::{Can, CipVerifier, CodePolicy, CodeSet, CodesState, EnvelopeContents, Generator};
use sigillo_crypto::record_cipher;
use sigillo_store::{Ciphertext, NewCodes};

use crate::error::LineError;
use crate::formation::Formation;
use crate::work::Line;

impl Line<'_> {
    /// Makes the codes that the steps behind set on the chip; whatever an earlier attempt made is replaced.
    pub(crate) fn make_codes(&mut self, work: &mut Formation) -> Result<(), LineError> {
        let policy = CodePolicy::of(self.home.profile()).ok_or(LineError::GateUnavailable("codes"))?;
        let codes = CodeSet::generate(&mut Generator::new(self.entropy), &policy)?;
        let (number, serial, record) = (work.number().to_owned(), work.card.serial, work.record.id);
        if let Some(can) = &codes.can {
            let sealed = self.seal_can(&number, can)?;
            let at = self.at();
            self.store.can_made(self.by_run(&at, work.run), serial, &sealed)?;
        }
        let generation = self.store.next_codes(&number)?;
        let context = EnvelopeContents::context(&number, generation);
        let ciphertext = self.keys.encrypt_code(&context, &codes.to_plain(), self.entropy)?;
        let mac = self.keys.cip_mac(&number, &codes.cip)?;
        let verifier = CipVerifier::make(&mac, CipVerifier::COST, self.entropy)?;
        let at = self.at();
        let verifier = verifier.encode();
        let new = NewCodes { record, serial, generation, ciphertext: &ciphertext, verifier: &verifier };
        self.store.codes_made(self.by_run(&at, work.run), new)?;
        work.take_codes(codes);
        Ok(())
    }

    /// The chip took every code: said before the lock, behind which nobody can set them any more.
    pub(crate) fn codes_set(&mut self, work: &mut Formation) -> Result<(), LineError> {
        if work.has_codes() {
            let at = self.at();
            self.store.codes_set(self.by_run(&at, work.run), work.card.serial)?;
        }
        Ok(())
    }

    /// Whether the register holds codes that this very chip took.
    pub(crate) fn are_codes_set(&self, work: &Formation) -> Result<bool, LineError> {
        let newest = self.store.codes_of(work.number())?.pop();
        Ok(newest.is_some_and(|codes| codes.serial == work.card.serial && codes.state == CodesState::Set))
    }

    /// The CAN that is to be printed on a card; `None` if the card has none, or it is printed.
    pub(crate) fn can_of(&self, work: &Formation) -> Result<Option<Can>, LineError> {
        let Some(sealed) = self.store.can_of(work.card.serial)? else { return Ok(None) };
        let context = can_context(work.number());
        let key = self.keys.unwrap_data_key(&context, &sealed.wrapped_key)?;
        let plain = record_cipher::open(&key, &sealed.nonce, &context, &sealed.bytes);
        Ok(Some(Can::parse(plain.map_err(|_| LineError::RecordAltered)?)?))
    }

    fn seal_can(&mut self, number: &str, can: &Can) -> Result<Ciphertext, LineError> {
        let context = can_context(number);
        let refused = |_| LineError::RecordAltered;
        let key = record_cipher::generate_key(self.entropy).map_err(refused)?;
        let mut nonce = [0; record_cipher::NONCE_LENGTH];
        self.entropy.fill(&mut nonce);
        let bytes = can.expose(|digits| record_cipher::seal(&key, &nonce, &context, digits)).map_err(refused)?;
        Ok(Ciphertext { nonce, wrapped_key: self.keys.wrap_data_key(&context, &key, self.entropy)?, bytes })
    }
}

/// `sigillo/v1/can`, 00 and the document number: a CAN moved to another card's row is refused.
pub(crate) fn can_context(number: &str) -> Vec<u8> {
    [b"sigillo/v1/can\0", number.as_bytes()].concat()
}
