//! New codes for a card at the counter (decision D6): for a letter that was lost, read by others, or never came out.
//!
//! ```text
//! register  the permit is valid
//! chip      read and judged: the permit's own, active
//! register  new codes: encrypted, with the CIP's verifier; whatever was not printed of the old ones is deleted
//! chip      PACE, Chip Authentication, Terminal Authentication, new PIN, new PUK
//! register  set
//! ```
//!
//! Killed between the two entries of the register, nobody knows which codes the chip has: the permit stays due for new ones,
//! and doing it again makes them. The codes that a chip may have are never printed unless it confirmed them.

use sigillo_codes::{CipVerifier, CodePolicy, CodeSet, EnvelopeContents, Generator};
use sigillo_inspect::services::{Order, OrderName, OrderResult, ServiceRequest};
use sigillo_issuance::life_cycle::RecordState;
use sigillo_store::{NewCodes, StoreError};

use crate::activation::refusal;
use crate::counter::{CardAtCounter, order};
use crate::desk::{Desk, by};
use crate::error::OfficeError;

impl Desk<'_> {
    /// Sets new PIN and PUK on the card of a valid permit, and makes a new CIP; which codes of the document they are. The access
    /// number stays: it is printed on the card.
    ///
    /// # Errors
    ///
    /// `codes.permit-state` unless the permit is valid; `check.…` for a card that is not the permit's or not fit;
    /// `codes.generation` if somebody else made codes meanwhile; `inspect.…` for what the chip refused, `office.unanswered` if it
    /// did not say: the permit is then due for new codes.
    pub fn reissue_codes(
        &mut self,
        document_number: &str,
        policy: CodePolicy,
        at: &mut CardAtCounter<'_>,
    ) -> Result<u32, OfficeError> {
        let standing = self.store.permit_standing(document_number)?.ok_or(StoreError::UnknownPermit)?;
        let (RecordState::Valid, Some(serial), Some(digest)) = (standing.state, standing.serial, standing.sod_digest)
        else {
            return Err(StoreError::CodesOfPermit.into());
        };
        let terminal = self.terminal()?;
        let reading = self.verifier.read(at, self.now(), self.entropy)?;
        self.fit_for_use(&reading, &standing)?;
        let policy = CodePolicy { can: false, ..policy };
        let codes = CodeSet::generate(&mut Generator::new(self.entropy), &policy)?;
        let generation = self.store.next_codes(document_number)?;
        let context = EnvelopeContents::context(document_number, generation);
        let ciphertext = self.keys.encrypt_code(&context, &codes.to_plain(), self.entropy)?;
        let mac = self.keys.cip_mac(document_number, &codes.cip)?;
        let verifier = CipVerifier::make(&mac, CipVerifier::COST, self.entropy)?.encode();
        let opening = (at.opening)()?;
        let moment = self.at();
        let new =
            NewCodes { record: standing.record, serial, generation, ciphertext: &ciphertext, verifier: &verifier };
        self.store.codes_made(by(self.operator, &moment), new)?;
        let request = ServiceRequest::of_office(opening, self.verifier.application, terminal, digest);
        let set = Order::SetCodes { pin: codes.pin, puk: codes.puk };
        let outcome = order(at, request.order(set), self.entropy);
        match outcome.result(OrderName::SetCodes) {
            Some(OrderResult::Done) => {
                self.store.codes_set(by(self.operator, &moment), serial)?;
                Ok(generation)
            }
            Some(OrderResult::Unanswered) | None => Err(OfficeError::Unanswered),
            Some(_) => Err(refusal(&outcome, OrderName::SetCodes)),
        }
    }
}
