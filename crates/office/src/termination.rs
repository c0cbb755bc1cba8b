//! The end of a card whose permit is dead.

use sigillo_inspect::services::{Order, OrderName, OrderResult, ServiceRequest};
use sigillo_issuance::check::ChipWord;
use sigillo_issuance::life_cycle::{CardEvent, CardState, RecordEvent, ScrapManner};
use sigillo_store::{Act, JournalId, Scrapped, Serial, StoreError};

use crate::activation::refusal;
use crate::counter::{CardAtCounter, order};
use crate::desk::{Desk, by};
use crate::error::OfficeError;

impl Desk<'_> {
    /// Terminates the card of a revoked or annulled permit by the office's right: it never says anything again.
    ///
    /// # Errors
    ///
    /// `permit.lives` before the permit is revoked or annulled, `card.scrapped`, `store.intent-open`, `inspect.…` for what the
    /// chip refused, `office.unanswered`.
    pub fn terminate(&mut self, document_number: &str, at: &mut CardAtCounter<'_>) -> Result<(), OfficeError> {
        let standing = self.standing_for(document_number, RecordEvent::CardScrapped)?;
        let (Some(serial), Some(digest)) = (standing.serial, standing.sod_digest) else {
            return Err(OfficeError::CardMissing);
        };
        let card = self.store.card(serial)?.ok_or(StoreError::UnknownCard)?;
        card.state.apply(CardEvent::Scrap(ScrapManner::Terminated))?;
        let terminal = self.terminal()?;
        let request = ServiceRequest::of_office((at.opening)()?, self.verifier.application, terminal, digest);
        let moment = self.at();
        let act = self.store.intent(by(self.operator, &moment), Act::Terminate, serial, &[])?;
        let outcome = order(at, request.order(Order::Terminate), self.entropy);
        match outcome.result(OrderName::Terminate) {
            Some(OrderResult::Done | OrderResult::AlreadySo) => self.terminated(serial),
            Some(OrderResult::Unanswered) | None => self.settle_termination(serial, act, at),
            Some(_) => {
                let refused = refusal(&outcome, OrderName::Terminate);
                self.close(act, &[("code", refused.code().to_owned())])?;
                Err(refused)
            }
        }
    }

    /// Asks the chip what came of its termination. A chip that still opens was not terminated; whether one that says nothing is
    /// this one, only the person who holds it knows.
    pub(crate) fn settle_termination(
        &mut self,
        serial: Serial,
        act: JournalId,
        at: &mut CardAtCounter<'_>,
    ) -> Result<(), OfficeError> {
        let Ok(reading) = self.verifier.read(at, self.now(), self.entropy) else {
            return Err(OfficeError::Unanswered);
        };
        let card = self.store.card(serial)?.ok_or(StoreError::UnknownCard)?;
        match reading.word {
            ChipWord::Terminated => self.terminated(serial),
            _ if reading.sod_digest.is_some() && reading.sod_digest == card.sod_digest => {
                self.close(act, &[("chip", "alive".to_owned())])
            }
            _ if reading.sod_digest.is_some() => Err(OfficeError::CardMissing),
            _ => Err(OfficeError::Unanswered),
        }
    }

    /// The chip confirmed its end.
    fn terminated(&mut self, serial: Serial) -> Result<(), OfficeError> {
        let scrapped = Scrapped { manner: ScrapManner::Terminated, reason: REASON.to_owned(), witness: None };
        let moment = self.at();
        Ok(self.store.scrap(by(self.operator, &moment), serial, &scrapped)?)
    }
}

/// Whether a card is with an office, so that its open acts are an office's.
pub(crate) fn is_released(state: CardState) -> bool {
    state == CardState::Released
}

/// Why an office terminates a card: its permit is dead.
const REASON: &str = "permit-ended";
