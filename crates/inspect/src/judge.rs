//! From what was read to named checks.

use jiff::civil::DateTime;
use sigillo_channel::bac::MrzSecret;
use sigillo_seal::x509::Certificate;

use crate::access::AccessRefused;
use crate::access_checks::{access, card_access, card_security};
use crate::authenticity::{CHIP_AUTHENTICATION, authenticity, is_unproven};
use crate::check::{Check, Outcome};
use crate::error::{InspectError, InspectErrorKind, Step};
use crate::outcome::ReadOutcome;
use crate::passive::document;

/// Judges what a session brought back, also where it broke off. `now` is in UTC; the anchors' own trust is the caller's affair, and the
/// machine readable zone is the printed one, if it is known.
///
/// | check | what holds |
/// |---|---|
/// | `access.card-access` | EF.CardAccess decodes; not run where the chip has none, or the policy asks for BAC alone |
/// | `access.pace`, `access.bac` | this protocol opened the session with the password; not run for the other one |
/// | `session.integrity` | every answer inside the session was protected, whole and in its turn |
/// | `card-access.matches-dg14` | the chip did not hide or invent a way to open it: EF.CardAccess and DG14 offer the same PACE |
/// | `card-access.matches-card-security` | EF.CardSecurity says everything that EF.CardAccess says; only where it was read |
/// | `card-security.structure`, `.signature`, `.chain`, `.validity` | see [`sigillo_seal::passive::verify_card_security`]; only where it was read |
/// | `sod.structure`, `sod.signature`, `sod.chain`, `sod.validity`, `sod.lds-version`, `sod.document-type` | see [`sigillo_seal::passive::verify`] |
/// | `dgN.hash` | data group N equals its hash in EF.SOD; not run for DG3 and DG4 without the right to read them |
/// | `com.matches-sod` | EF.COM names the data groups, and the LDS version, that EF.SOD does |
/// | `mrz.check-digits` | DG1 is a TD1 MRZ whose check digits hold |
/// | `mrz.matches-access-key` | the MRZ in DG1 gives the access key of the printed one |
/// | `dg2.structure`, `dg11.structure`, `dg12.structure`, `dg14.structure` | the data group decodes; only for those that were read |
/// | `dg11.matches-dg1` | both have the same date of birth |
/// | `chip-authentication-mapping` | the chip holds the private key of a key in EF.CardSecurity: PACE proved it |
/// | `chip-authentication` | the chip holds the private key of a key in DG14, which `dg14.hash` says is the issuer's; must pass wherever DG14 offers it |
/// | `terminal-authentication` | the chip believed the terminal's certificates and signature |
/// | `active-authentication` | the chip signed a challenge with the private key of DG15 |
/// | `eservices.life-cycle` | status word and parameters of the eServices application agree, under the keys of Chip Authentication |
///
/// Spec: `icao-9303-11#passive-authentication`, `icao-9303-11#chip-access-procedure`.
#[must_use]
pub fn judge<'k>(
    outcome: &ReadOutcome,
    trust: &[Certificate],
    access_key: impl Into<Option<&'k MrzSecret>>,
    now: DateTime,
) -> Vec<Check> {
    let mut checks = access(outcome);
    let session = session(outcome, &mut checks);
    checks.push(session);
    checks.push(card_access(outcome));
    checks.extend(card_security(outcome));
    checks.extend(document(outcome, trust, access_key.into(), now));
    checks.extend(authenticity(outcome));
    checks
}

/// `session.integrity`, and the check of the way in that broke.
pub(crate) fn session(outcome: &ReadOutcome, access: &mut [Check]) -> Check {
    match (&outcome.broken, outcome.access) {
        (None, _) if outcome.cut_short => Check::not_run(INTEGRITY, "the session ended with a protocol that failed"),
        (None, _) => Check::passed(INTEGRITY),
        (Some(error), Some(_)) => Check::failed(INTEGRITY, error.code(), error.to_string()),
        (Some(error), None) => {
            let tried = tried(error);
            for check in access.iter_mut().filter(|check| check.name == tried) {
                *check = Check::failed(tried, error.code(), error.to_string());
            }
            Check::not_run(INTEGRITY, "no session was open")
        }
    }
}

/// What an error before the session was met at.
fn tried(error: &InspectError) -> &'static str {
    match (error.kind(), error.step()) {
        (InspectErrorKind::Access(AccessRefused::PaceNotOffered | AccessRefused::PaceNotSpoken), _) => "access.pace",
        (InspectErrorKind::Access(AccessRefused::NoMrz), _) => "access.bac",
        (_, Step::SelectApplication | Step::GetChallenge | Step::ExternalAuthenticate) => "access.bac",
        (_, Step::Pace) => "access.pace",
        _ => "access.card-access",
    }
}

/// Whether this check leaves a document unverified unless it passed.
pub(crate) fn is_essential(check: &Check, outcome: &ReadOutcome) -> bool {
    let sensitive = ["dg3.hash", "dg4.hash"].contains(&check.name.as_str());
    let essential = [INTEGRITY, "sod.structure", "sod.signature", "sod.chain", "sod.validity"];
    essential.contains(&check.name.as_str())
        || check.name == CHIP_AUTHENTICATION && is_unproven(outcome)
        || check.name.ends_with(".hash") && !sensitive
        || matches!(check.outcome, Outcome::Failed { .. })
}

/// The name of the check of the session.
pub(crate) const INTEGRITY: &str = "session.integrity";
