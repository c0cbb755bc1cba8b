//! The desk: who works there, with what; and the events that are one transaction of the register.

use std::path::Path;

use jiff::Timestamp;
use jiff::civil::DateTime;
use sigillo_authority::terminal_credentials;
use sigillo_crypto::Entropy;
use sigillo_inspect::TerminalCredentials;
use sigillo_issuance::check::{Answer, Asked, RegisterWord, SealMatch};
use sigillo_issuance::life_cycle::{RecordEvent, RecordState};
use sigillo_keystore::{KeyRole, Keystore};
use sigillo_store::{By, PermitFacts, PermitStanding, Store, StoreError};

use crate::check::seal_match;
use crate::counter::{CardAtCounter, Reading, Verifier};
use crate::error::OfficeError;
use crate::rules::Rules;

/// One clerk at a counter, with the register, the keys and the rules of the office.
pub struct Desk<'a> {
    /// The register.
    pub store: &'a mut Store,
    /// The keys: the office terminal's, and those that digests and verifiers are made with.
    pub keys: &'a dyn Keystore,
    /// Randomness.
    pub entropy: &'a mut dyn Entropy,
    /// The time.
    pub clock: &'a dyn Fn() -> Timestamp,
    /// The operator.
    pub operator: &'a str,
    /// The second person, for what two persons do.
    pub second: Option<&'a str>,
    /// Lists and limits.
    pub rules: &'a Rules,
    /// Whom a card is believed by.
    pub verifier: Verifier<'a>,
    /// The folder `pki/` of the home: the certificates of the office's terminal.
    pub pki: &'a Path,
}

/// Who reported a loss to the office, and what kind.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "both words of a report")]
pub struct LossReport<'a> {
    /// A code of the list of reasons.
    pub reason: &'a str,
    /// A code of the list of reporters.
    pub reported_by: &'a str,
}

impl Desk<'_> {
    /// Hands a permit over: its card is here, active, genuine, and the register says valid.
    ///
    /// # Errors
    ///
    /// `check.…` for a card that is not fit, `store.delivered`, the refusal of the life cycle; of reader and register.
    pub fn deliver(&mut self, document_number: &str, at: &mut CardAtCounter<'_>) -> Result<RecordState, OfficeError> {
        let standing = self.standing_for(document_number, RecordEvent::Deliver)?;
        let reading = self.verifier.read(at, self.now(), self.entropy)?;
        self.fit_for_use(&reading, &standing)?;
        self.event(
            document_number,
            RecordEvent::Deliver,
            &PermitFacts { card: reading.sod_digest, ..PermitFacts::default() },
        )
    }

    /// Suspends a permit on the office's own word: no CIP, and no limit of callers.
    ///
    /// # Errors
    ///
    /// `office.reason`, `office.reporter`, the refusal of the life cycle, `store.…`.
    pub fn suspend(&mut self, document_number: &str, report: LossReport<'_>) -> Result<RecordState, OfficeError> {
        self.rules.reason(RecordEvent::Suspend, report.reason)?;
        self.rules.reporter(report.reported_by)?;
        let facts = PermitFacts {
            reason: Some(report.reason),
            reported_by: Some(report.reported_by),
            ..PermitFacts::default()
        };
        self.event(document_number, RecordEvent::Suspend, &facts)
    }

    /// Makes a suspended permit valid again: two persons.
    ///
    /// # Errors
    ///
    /// `office.reason`, `store.second-person`, the refusal of the life cycle, `store.…`.
    pub fn reinstate(&mut self, document_number: &str, reason: &str) -> Result<RecordState, OfficeError> {
        self.with_reason(document_number, RecordEvent::Reinstate, reason)
    }

    /// Withdraws a permit for good.
    ///
    /// # Errors
    ///
    /// `office.reason`, the refusal of the life cycle, `store.…`.
    pub fn revoke(&mut self, document_number: &str, reason: &str) -> Result<RecordState, OfficeError> {
        self.with_reason(document_number, RecordEvent::Revoke, reason)
    }

    /// Annuls a permit that was never handed over.
    ///
    /// # Errors
    ///
    /// As [`Self::revoke`].
    pub fn annul(&mut self, document_number: &str, reason: &str) -> Result<RecordState, OfficeError> {
        self.with_reason(document_number, RecordEvent::Annul, reason)
    }

    fn with_reason(
        &mut self,
        document_number: &str,
        event: RecordEvent,
        reason: &str,
    ) -> Result<RecordState, OfficeError> {
        self.rules.reason(event, reason)?;
        let facts = PermitFacts { reason: Some(reason), second: self.second, ..PermitFacts::default() };
        self.event(document_number, event, &facts)
    }

    /// One event, now, in the operator's name.
    pub(crate) fn event(
        &mut self,
        document_number: &str,
        event: RecordEvent,
        facts: &PermitFacts<'_>,
    ) -> Result<RecordState, OfficeError> {
        let at = self.at();
        Ok(self.store.permit_event(by(self.operator, &at), document_number, event, facts)?)
    }

    /// The permit, if its state takes this event.
    pub(crate) fn standing_for(
        &self,
        document_number: &str,
        event: RecordEvent,
    ) -> Result<PermitStanding, OfficeError> {
        let standing = self.store.permit_standing(document_number)?.ok_or(StoreError::UnknownPermit)?;
        standing.state.apply(event)?;
        Ok(standing)
    }

    /// The office's terminal, with its key where it is.
    pub(crate) fn terminal(&self) -> Result<TerminalCredentials, OfficeError> {
        let label = self.keys.current(KeyRole::OfficeTerminal)?;
        Ok(terminal_credentials(self.pki, self.keys, &label, self.now().date())?)
    }

    /// The moment, UTC, in whole seconds as certificates have them.
    pub(crate) fn now(&self) -> DateTime {
        let now = (self.clock)().to_zoned(jiff::tz::TimeZone::UTC).datetime();
        now.with().subsec_nanosecond(0).build().unwrap_or(now)
    }

    /// The moment as the register writes it.
    pub(crate) fn at(&self) -> String {
        (self.clock)().to_string()
    }

    /// Whether the card at the counter is the permit's, and chip and register both say valid.
    pub(crate) fn fit_for_use(&self, reading: &Reading, standing: &PermitStanding) -> Result<(), OfficeError> {
        let seal = seal_match(self.store, reading, Some(standing))?;
        let register = crate::check::RegisterSays::of(Some(standing), self.now().date()).word;
        fit(Asked::Both { chip: reading.word, seal, register })
    }

    /// Whether the card at the counter is the permit's and nothing but the office's application keeps it from being valid.
    pub(crate) fn fit_for_activation(&self, reading: &Reading, standing: &PermitStanding) -> Result<(), OfficeError> {
        let seal: SealMatch = seal_match(self.store, reading, Some(standing))?;
        fit(Asked::Both { chip: reading.word_once_active(), seal, register: RegisterWord::Valid })
    }
}

/// In whose name something is changed; an office's work belongs to no run.
pub(crate) const fn by<'b>(operator: &'b str, at: &'b str) -> By<'b> {
    By { operator, at, run: None }
}

fn fit(asked: Asked) -> Result<(), OfficeError> {
    match Answer::of(asked) {
        answer if answer.is_valid() => Ok(()),
        answer => Err(OfficeError::Card(answer)),
    }
}

/// Who works here; nothing of the keys.
impl std::fmt::Debug for Desk<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk").field("operator", &self.operator).field("second", &self.second).finish_non_exhaustive()
    }
}
