//! Loss and theft, told by a holder with his CIP: no card is needed, and the next check says suspended.

use sigillo_codes::{Cip, CipVerifier};
use sigillo_issuance::life_cycle::{RecordEvent, RecordState};
use sigillo_store::{CipCaller, PermitFacts};

use crate::desk::{Desk, by};
use crate::error::OfficeError;

impl Desk<'_> {
    /// Suspends a permit whose holder tells the CIP.
    ///
    /// The attempt is counted durably before it is compared. A number that no permit has, a permit without a verifier and a
    /// wrong CIP cost the same work and get the same answer.
    ///
    /// # Errors
    ///
    /// `office.caller-missing`, `office.caller-limited`, `office.reason`, `office.cip-wrong`; with the right CIP the refusal of the life
    /// cycle.
    pub fn report_loss(
        &mut self,
        document_number: &str,
        caller: &str,
        reason: &str,
        cip: &Cip,
    ) -> Result<RecordState, OfficeError> {
        self.rules.reason(RecordEvent::Suspend, reason)?;
        let digest = self.caller_digest(caller)?;
        let limit = self.rules.cip;
        let moment = self.at();
        let caller = CipCaller {
            digest,
            seconds: (self.clock)().as_second(),
            window: i64::from(limit.minutes) * 60,
            limit: limit.wrong,
        };
        let attempt = self.store.count_attempt(by(self.operator, &moment), document_number, caller)?;
        let attempt = attempt.ok_or(OfficeError::CallerLimited { wrong: limit.wrong, minutes: limit.minutes })?;
        if !self.is_right(document_number, cip)? {
            return Err(OfficeError::CipWrong);
        }
        let facts = PermitFacts {
            reason: Some(reason),
            reported_by: Some(BY_CIP),
            attempt: Some(attempt),
            ..PermitFacts::default()
        };
        let suspended = self.event(document_number, RecordEvent::Suspend, &facts);
        if suspended.is_err() {
            self.store.attempt_was_right(by(self.operator, &moment), attempt)?;
        }
        suspended
    }

    /// One comparison, of the permit's verifier or of one that nothing fits.
    fn is_right(&self, document_number: &str, cip: &Cip) -> Result<bool, OfficeError> {
        let mac = self.keys.cip_mac(document_number, cip)?;
        let stored = self.store.cip_verifier(document_number)?;
        let verifier = stored.as_deref().map_or(Ok(CipVerifier::OF_NOBODY), CipVerifier::decode)?;
        let fits = verifier.verify(&mac)?;
        Ok(fits && stored.is_some())
    }

    /// What register and trace know a caller by: his name under a key, whatever its blanks and capitals.
    fn caller_digest(&self, caller: &str) -> Result<[u8; 32], OfficeError> {
        let words: Vec<String> = caller.split_whitespace().map(str::to_lowercase).collect();
        if words.is_empty() {
            return Err(OfficeError::CallerMissing);
        }
        Ok(self.keys.reference_digest(&format!("sigillo/v1/caller {}", words.join(" ")))?)
    }
}

/// Who reported, where the CIP says so.
const BY_CIP: &str = "holder-by-cip";
