//! What the revocation lists of the home say of a document signer: asked by whoever verifies a seal or a chip.

use serde_json::{Value, json};
use sigillo_authority::{Revocations, Settings, Status};
use sigillo_inspect::{Check, Outcome};
use sigillo_line::{Home, LineError};
use sigillo_seal::DocumentSecurityObject;
use sigillo_seal::x509::Certificate;
use sigillo_seal::x509::status::Verdict;

use crate::context::Context;
use crate::failure::Failure;

/// The check's name in reports.
const NAME: &str = "sod.revocation";

/// What is said of the signer inside an EF.SOD, whose issuers are the anchors given and the certificates of the home; `None`
/// if there is no signer to ask about.
pub(crate) fn of_signer(context: &Context, ef_sod: &[u8], anchors: &[Certificate]) -> Result<Option<Status>, Failure> {
    let Ok(object) = DocumentSecurityObject::decode(ef_sod) else { return Ok(None) };
    let Ok(signer) = object.signer_certificate() else { return Ok(None) };
    Ok(Some(revocations(context, anchors)?.check(signer, context.whole_seconds())))
}

/// The revocation lists of the home, whose issuers are its own and those given; without a home none.
pub(crate) fn revocations(context: &Context, issuers: &[Certificate]) -> Result<Revocations, Failure> {
    let (folder, settings) = match Home::open(&context.global.home) {
        Ok(home) => (home.pki(), home.pki_settings().clone()),
        Err(LineError::NoHome { home }) => (home.join("pki"), Settings::default()),
        Err(error) => return Err(error.into()),
    };
    Ok(Revocations::open(&folder, issuers, &settings)?)
}

/// The verdict as a check of a report: passed, failed where the policy refuses, not run where it takes a certificate without
/// the word of a list in date.
pub(crate) fn check(status: &Status) -> Check {
    let outcome = match (&status.refusal, &status.verdict) {
        (Some(refusal), _) => Outcome::Failed { code: refusal.code().to_owned(), detail: text(status) },
        (None, Verdict::Good { .. }) => Outcome::Passed,
        (None, _) => Outcome::NotRun { why: text(status) },
    };
    Check { name: NAME.to_owned(), outcome }
}

/// `good as of 2026-11-02T10:00:00Z`; a list that is missing or stale is said, also where the policy takes it.
pub(crate) fn text(status: &Status) -> String {
    match &status.verdict {
        Verdict::Good { as_of } => format!("good as of {as_of}Z"),
        Verdict::Revoked { on, reason } => {
            let reason = reason.map_or(String::new(), |reason| format!(", {}", reason.name()));
            format!("revoked since {on}Z{reason}")
        }
        Verdict::Stale { as_of, since } => format!("the list of {as_of}Z is stale since {since}Z"),
        _ => "no revocation list of its issuer is here".to_owned(),
    }
}

/// Verdict, date, and what the policy makes of it.
pub(crate) fn json(status: &Status) -> Value {
    json!({
        "verdict": status.verdict.name(),
        "says": text(status),
        "refused": status.refusal.map(|refusal| refusal.code()),
    })
}
