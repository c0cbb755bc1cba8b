//! The card at the counter: read as a stranger reads it, judged, and put into one word.

use jiff::civil::{Date, DateTime};
use sigillo_apdu::StatusWord;
use sigillo_apdu::fcp::LifeCycle;
use sigillo_authority::{Revocations, Status};
use sigillo_channel::ChannelError;
use sigillo_channel::bac::MrzSecret;
use sigillo_crypto::{Entropy, sha256};
use sigillo_inspect::services::{ServiceOutcome, ServiceRequest, ServiceSession};
use sigillo_inspect::{Ended, FileName, InspectErrorKind, ReadOutcome, ReadSession, Refusal, Report, Request, judge};
use sigillo_issuance::check::{Authenticity, ChipFacts, ChipWord, Services, SignerStatus, Validity};
use sigillo_lds::DataGroupNumber;
use sigillo_lds::dg1::Dg1;
use sigillo_reader::{Card, DriveError, drive};
use sigillo_seal::DocumentSecurityObject;
use sigillo_seal::x509::Certificate;
use sigillo_seal::x509::status::Verdict;

use crate::error::OfficeError;

/// A card, and what opens it.
pub struct CardAtCounter<'c> {
    /// The card.
    pub card: &'c mut dyn Card,
    /// What a session is opened with: the machine readable zone or the card access number. Each session takes a request of its own.
    pub opening: &'c dyn Fn() -> Result<Request, ChannelError>,
    /// The printed machine readable zone, if it was given: the chip's is compared with it.
    pub printed: Option<&'c MrzSecret>,
}

/// Whom a terminal believes, and where it looks for revocations.
#[derive(Clone, Copy, Debug)]
pub struct Verifier<'v> {
    /// Certificates of country signing CAs.
    pub anchors: &'v [Certificate],
    /// What is revoked.
    pub revocations: &'v Revocations,
    /// The name of the eServices application.
    pub application: &'v [u8],
}

/// What the card says, and what is true of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Reading {
    /// What was found, part by part; `None` if the card could not be read or is terminated.
    pub facts: Option<ChipFacts>,
    /// All of it in one word.
    pub word: ChipWord,
    /// SHA-256 of EF.SOD.
    pub sod_digest: Option<[u8; 32]>,
    /// The number in DG1.
    pub document_number: Option<String>,
    /// The last day in DG1.
    pub valid_to: Option<Date>,
    /// What the revocation lists say of the document's signer.
    pub signer: Option<Status>,
    /// Every check by name.
    pub report: Report,
}

impl Verifier<'_> {
    /// Reads a card and judges it at a moment (UTC).
    ///
    /// # Errors
    ///
    /// Of the reader, where it says nothing about the card.
    pub fn read(
        &self,
        at: &mut CardAtCounter<'_>,
        now: DateTime,
        entropy: &mut dyn Entropy,
    ) -> Result<Reading, OfficeError> {
        at.card.reset()?;
        let request = (at.opening)()?.asking_for_services(self.application);
        let mut session = ReadSession::new(request, entropy);
        match drive(at.card, &mut session) {
            Ok(()) | Err(DriveError::Driver(_)) => {}
            Err(DriveError::Link(error)) if error.is_card_gone() => {}
            Err(DriveError::Link(error)) => return Err(error.into()),
        }
        Ok(self.reading(&session.into_outcome(), at.printed, now))
    }

    fn reading(&self, outcome: &ReadOutcome, printed: Option<&MrzSecret>, now: DateTime) -> Reading {
        let report = Report::new(outcome, judge(outcome, self.anchors, printed, now));
        let sod = outcome.file(FileName::Sod);
        let signer = sod
            .and_then(|sod| DocumentSecurityObject::decode(sod).ok())
            .and_then(|sod| sod.signer_certificate().ok().map(|signer| self.revocations.check(signer, now)));
        let mrz = outcome.file(FileName::DataGroup(DataGroupNumber::DG1)).and_then(|file| Dg1::decode(file).ok());
        let valid_to = mrz.as_ref().and_then(|dg1| last_day(dg1.mrz.expiry_date()));
        let unread = unread(outcome);
        let facts = unread.is_none().then(|| ChipFacts {
            authenticity: authenticity(&report),
            signer: signer.as_ref().map_or(SignerStatus::Unknown, signer_status),
            services: services(outcome),
            validity: Validity::on(now.date(), valid_to),
        });
        Reading {
            word: unread.or(facts.map(ChipWord::of)).unwrap_or(ChipWord::Unread),
            facts,
            sod_digest: sod.map(sha256),
            document_number: mrz.map(|dg1| dg1.mrz.document_number()),
            valid_to,
            signer,
            report,
        }
    }
}

impl Reading {
    /// The word of this card if its application were active: everything else that an office must know before it activates it.
    pub(crate) fn word_once_active(&self) -> ChipWord {
        match self.facts {
            Some(facts) if facts.services != Services::Unknown => {
                ChipWord::of(ChipFacts { services: Services::Activated, ..facts })
            }
            _ => self.word,
        }
    }

    /// Whether the office's application is active.
    pub(crate) fn is_active(&self) -> Option<bool> {
        match self.facts?.services {
            Services::Activated => Some(true),
            Services::Deactivated => Some(false),
            Services::Unknown => None,
        }
    }
}

/// Gives orders to a card; what came of them is in the outcome, also when the card or the reader failed.
pub(crate) fn order(at: &mut CardAtCounter<'_>, request: ServiceRequest, entropy: &mut dyn Entropy) -> ServiceOutcome {
    let mut session = ServiceSession::new(request, entropy);
    if at.card.reset().is_ok() {
        // Whatever broke it: an order that was on its way stands there as unanswered.
        let _ = drive(at.card, &mut session);
    }
    session.outcome()
}

/// Why nothing can be said of the document. A terminated chip refuses every command alike, the first one too;
/// so does one that was never formed.
fn unread(outcome: &ReadOutcome) -> Option<ChipWord> {
    let error = outcome.broken?;
    let refused = outcome.refused.get(&FileName::CardAccess);
    if outcome.access.is_none() && refused == Some(&Refusal::Status(StatusWord::ConditionsNotSatisfied)) {
        return Some(ChipWord::Terminated);
    }
    // Once a session is open only somebody between terminal and chip, or a copy, answers wrongly.
    let is_unread = outcome.access.is_none() || error.kind() == InspectErrorKind::CardRemoved;
    is_unread.then_some(ChipWord::Unread)
}

fn authenticity(report: &Report) -> Authenticity {
    if report.verified {
        Authenticity::Proven
    } else if report.checks.iter().any(sigillo_inspect::Check::is_failed) {
        Authenticity::Refuted
    } else {
        Authenticity::Unproven
    }
}

fn signer_status(status: &Status) -> SignerStatus {
    match (&status.refusal, &status.verdict) {
        (None, _) => SignerStatus::Good,
        (Some(_), Verdict::Revoked { .. }) => SignerStatus::Revoked,
        (Some(_), _) => SignerStatus::Unknown,
    }
}

fn services(outcome: &ReadOutcome) -> Services {
    match outcome.services {
        Ended::Passed(LifeCycle::Activated) => Services::Activated,
        Ended::Passed(LifeCycle::Deactivated) => Services::Deactivated,
        _ => Services::Unknown,
    }
}

/// The day of six digits; permits of this century.
fn last_day(digits: &str) -> Option<Date> {
    let part = |range: std::ops::Range<usize>| digits.get(range)?.parse::<i8>().ok();
    Date::new(2000 + i16::from(part(0..2)?), part(2..4)?, part(4..6)?).ok()
}

/// Not what opens the card.
impl std::fmt::Debug for CardAtCounter<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CardAtCounter").finish_non_exhaustive()
    }
}
