//! Activation: chip and register, of which neither alone makes a permit valid.
//!
//! ```text
//! register  the permit is not issued
//! chip      read and judged: genuine, in date, its signer good, its EF.SOD the permit's
//! register  intent
//! chip      PACE, Chip Authentication, Terminal Authentication, ACTIVATE FILE
//! register  valid, last day, act closed: one transaction
//! ```
//!
//! Killed before the chip changed, the chip is deactivated and the register says not issued; killed after it, the chip is active
//! and the register still says not issued, which every check repeats. Resume asks the chip, and closes the act by what it says.

use sigillo_inspect::services::{Order, OrderName, OrderResult, ServiceOutcome, ServiceRequest};
use sigillo_issuance::life_cycle::{RecordEvent, RecordState};
use sigillo_issuance::trace::Token;
use sigillo_store::{Act, JournalId, PermitFacts, StoreError};

use crate::counter::{CardAtCounter, Reading, order};
use crate::desk::{Desk, by};
use crate::error::OfficeError;

impl Desk<'_> {
    /// Makes a permit valid. A chip that an interrupted attempt left active is recognised, and the register follows it.
    ///
    /// # Errors
    ///
    /// The refusal of the life cycle; `check.…` for a card that is not the permit's or not fit; `store.intent-open` while an earlier
    /// activation has not ended; `inspect.…` for what the chip refused; `office.unanswered` if it did not say.
    pub fn activate(&mut self, document_number: &str, at: &mut CardAtCounter<'_>) -> Result<RecordState, OfficeError> {
        let standing = self.standing_for(document_number, RecordEvent::Activate)?;
        let reading = self.verifier.read(at, self.now(), self.entropy)?;
        self.fit_for_activation(&reading, &standing)?;
        let terminal = self.terminal()?;
        // A permit that the line released has both.
        let (Some(serial), Some(digest)) = (standing.serial, standing.sod_digest) else {
            return Err(OfficeError::CardMissing);
        };
        let request = ServiceRequest::of_office((at.opening)()?, self.verifier.application, terminal, digest);
        let moment = self.at();
        let intended = [("sod", Token::digest(&digest).as_str().to_owned())];
        let act = self.store.intent(by(self.operator, &moment), Act::Activate, serial, &intended)?;
        let outcome = order(at, request.order(Order::Activate), self.entropy);
        match outcome.result(OrderName::Activate) {
            Some(OrderResult::Done | OrderResult::AlreadySo) => self.activated(document_number, act, &reading),
            Some(OrderResult::Unanswered) | None => self.settle_activation(document_number, act, at),
            Some(_) => {
                let refused = refusal(&outcome, OrderName::Activate);
                self.close(act, &[("code", refused.code().to_owned())])?;
                Err(refused)
            }
        }
    }

    /// Asks the chip what came of an activation, and closes its act by the answer.
    pub(crate) fn settle_activation(
        &mut self,
        document_number: &str,
        act: JournalId,
        at: &mut CardAtCounter<'_>,
    ) -> Result<RecordState, OfficeError> {
        let standing = self.store.permit_standing(document_number)?.ok_or(StoreError::UnknownPermit)?;
        standing.state.apply(RecordEvent::Activate)?;
        let Ok(reading) = self.verifier.read(at, self.now(), self.entropy) else {
            return Err(OfficeError::Unanswered);
        };
        match reading.is_active() {
            None => Err(OfficeError::Unanswered),
            Some(_) if reading.sod_digest != standing.sod_digest => Err(OfficeError::CardMissing),
            Some(false) => {
                self.close(act, &[("chip", "deactivated".to_owned())])?;
                Ok(standing.state)
            }
            Some(true) => {
                self.fit_for_activation(&reading, &standing)?;
                self.activated(document_number, act, &reading)
            }
        }
    }

    /// The chip is active: now the register says so too, and knows the last day. If another clerk was faster, or ended the permit
    /// meanwhile, the story is his, and the act ends here.
    fn activated(
        &mut self,
        document_number: &str,
        act: JournalId,
        reading: &Reading,
    ) -> Result<RecordState, OfficeError> {
        let valid_to = reading.valid_to.map(|day| day.to_string());
        let facts = PermitFacts { card: reading.sod_digest, valid_to: valid_to.as_deref(), ..PermitFacts::default() };
        let activated = self.event(document_number, RecordEvent::Activate, &facts);
        if let Err(OfficeError::Store(StoreError::Transition(refused))) = &activated {
            match self.close(act, &[("chip", "activated".to_owned()), ("code", refused.code().to_owned())]) {
                // The end of the permit has closed it.
                Ok(()) | Err(OfficeError::Store(StoreError::UnknownAct)) => {}
                Err(error) => return Err(error),
            }
        }
        activated
    }

    /// Closes an act that left the register as it was.
    pub(crate) fn close(&mut self, act: JournalId, outcome: &[(&str, String)]) -> Result<(), OfficeError> {
        let moment = self.at();
        Ok(self.store.failed(by(self.operator, &moment), act, outcome)?)
    }
}

/// Why the chip was not changed.
pub(crate) fn refusal(outcome: &ServiceOutcome, name: OrderName) -> OfficeError {
    let result = outcome.result(name);
    let code = result.and_then(|result| result.code()).unwrap_or("inspect.session-ended");
    // Before the order something else may have gone wrong, which says more.
    let failed = outcome.checks().into_iter().find_map(|check| match check.outcome {
        sigillo_inspect::Outcome::Failed { code, detail } => Some(format!("{}: {detail} ({code})", check.name)),
        _ => None,
    });
    let why = failed.or(result.map(|result| result.to_string())).unwrap_or_default();
    OfficeError::Order { code, why }
}
