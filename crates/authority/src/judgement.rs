//! What is wrong with certificates, requests and lists that are looked at together.

use jiff::civil::DateTime;
use sigillo_cvc::policy;
use sigillo_cvc::{CvCertificate, CvDate};
use sigillo_seal::SealError;
use sigillo_seal::x509::{Certificate, Crl, Finding, Kind, Level, lint, lint_revocation_list};

use crate::encoding::Object;
use crate::error::AuthorityError;
use crate::office::cv_date;
use crate::revocations::{Revocations, Status};

/// What was found out about one object.
#[derive(Debug)]
#[allow(clippy::exhaustive_structs, reason = "a row of a report")]
pub struct Judged {
    /// Whose it is: subject, holder or issuer.
    pub of: String,
    /// What the revocation lists say; `None` for what they say nothing of.
    pub status: Option<Status>,
    /// What is wrong; empty if nothing is.
    pub remarks: Vec<Remark>,
}

/// Something that is wrong.
#[derive(Clone, Debug, Eq, PartialEq)]
#[allow(clippy::exhaustive_structs, reason = "a row of a report")]
pub struct Remark {
    /// The stable code.
    pub code: String,
    /// Whether it must not be so, or should not: what should not be so is said and is no fault.
    pub level: Level,
    /// The clause, as a key of `docs/specs/index.toml`; empty where the code itself is all.
    pub clause: &'static str,
    /// One sentence.
    pub says: String,
}

/// Judges objects together at a moment (UTC), in their order: each certificate under its issuer's among them or among the
/// `anchors`, each revocation list under its issuer's, and the card-verifiable ones as one chain. Roots among them are believed.
///
/// # Errors
///
/// `cvc.date` for a moment before 2000 or after 2099.
pub fn judge(
    objects: &[Object],
    anchors: &[Certificate],
    revocations: &Revocations,
    now: DateTime,
) -> Result<Vec<Judged>, AuthorityError> {
    let today = cv_date(now.date())?;
    let mut issuers: Vec<&Certificate> = anchors.iter().collect();
    issuers.extend(objects.iter().filter_map(|object| match object {
        Object::Certificate(certificate) => Some(&**certificate),
        _ => None,
    }));
    let owned: Vec<Certificate> = issuers.iter().map(|issuer| (*issuer).clone()).collect();
    let cv = cv_findings(objects, today);
    let judged = objects.iter().map(|object| match object {
        Object::Certificate(it) => certificate(it, &issuers, revocations, now),
        Object::Crl(it) => list(it, &issuers, now),
        Object::MasterList(it) => {
            signed_list(it.signer_certificate(), it.verify(&owned, now), "icao-9303-12#master-list")
        }
        Object::DeviationList(it) => {
            signed_list(it.signer_certificate(), it.verify(&owned, now), "icao-9303-12#deviation-list")
        }
        Object::CvCertificate(it) => {
            let remarks = cv.iter().filter(|(certificate, _)| *certificate == &**it);
            Judged {
                of: it.holder().to_string(),
                status: None,
                remarks: remarks.map(|(_, remark)| remark.clone()).collect(),
            }
        }
        // The signature of a request is verified when it is read.
        Object::Request(it) => Judged { of: it.subject(), status: None, remarks: Vec::new() },
        Object::CvRequest(it) => Judged { of: it.holder().to_string(), status: None, remarks: Vec::new() },
        Object::SecurityObject(_) | Object::CardSecurity(_) => {
            Judged { of: "a chip".to_owned(), status: None, remarks: Vec::new() }
        }
    });
    Ok(judged.collect())
}

fn certificate(it: &Certificate, issuers: &[&Certificate], revocations: &Revocations, now: DateTime) -> Judged {
    let mut remarks = Vec::new();
    if let Some(error) = refusal(it, issuers) {
        remarks.push(Remark::of(&error, "icao-9303-12#chain"));
    }
    if now < it.valid().from() {
        remarks.push(Remark::new("seal.chain-not-yet-valid", "icao-9303-12#chain", "it is not valid yet"));
    }
    if now > it.valid().to() {
        remarks.push(Remark::new("seal.chain-expired", "icao-9303-12#chain", "it is expired"));
    }
    // The CA of electronic services states a purpose; it and its holders are none of ICAO's.
    let issuer = issuers.iter().find(|issuer| it.verify_issued_by(issuer).is_ok());
    let is_of_holders = it.is_authority() && it.states_purpose();
    if !is_of_holders && !issuer.is_some_and(|issuer| issuer.states_purpose()) {
        remarks.extend(lint(it, Kind::of(it)).into_iter().map(Remark::from));
    }
    let is_root = it.issuer_der() == it.subject_der();
    let status = (!is_root).then(|| revocations.check(it, now));
    if let Some(refusal) = status.and_then(|status| status.refusal) {
        remarks.push(Remark::of(&refusal, "icao-9303-12#revocation"));
    }
    Judged { of: it.subject(), status, remarks }
}

/// Why no issuer vouches for a certificate; that of a known name says more than that others have another name.
fn refusal(it: &Certificate, issuers: &[&Certificate]) -> Option<SealError> {
    let mut refusal = None;
    for issuer in issuers {
        match it.verify_issued_by(issuer) {
            Ok(()) => return None,
            Err(error) if error.code() == UNKNOWN_ISSUER => refusal = refusal.or(Some(error)),
            Err(error) => refusal = Some(error),
        }
    }
    refusal
}

fn list(it: &Crl, issuers: &[&Certificate], now: DateTime) -> Judged {
    let mut remarks = Vec::new();
    let refusals: Vec<SealError> = issuers.iter().filter_map(|issuer| it.verify(issuer).err()).collect();
    if refusals.len() == issuers.len() {
        let known = refusals.iter().find(|error| error.code() != "seal.revocation-list-issuer");
        remarks.push(match known.or(refusals.first()) {
            Some(error) => Remark::of(error, "icao-9303-12#crl"),
            None => {
                Remark::new("seal.revocation-list-issuer", "icao-9303-12#crl", "its issuer's certificate is not here")
            }
        });
    }
    if it.next_update().is_some_and(|next| next < now) {
        remarks.push(Remark::new("seal.revocation-list-stale", "icao-9303-12#crl", "a newer list should be there"));
    }
    let is_country_signers = issuers.iter().any(|issuer| it.verify(issuer).is_ok() && !issuer.states_purpose());
    if is_country_signers {
        remarks.extend(lint_revocation_list(it).into_iter().map(Remark::from));
    }
    Judged { of: it.issuer(), status: None, remarks }
}

fn signed_list(
    signer: Result<&Certificate, SealError>,
    verified: Result<&Certificate, SealError>,
    clause: &'static str,
) -> Judged {
    let of = signer.map_or_else(|_| "nobody".to_owned(), Certificate::subject);
    Judged { of, status: None, remarks: verified.err().iter().map(|error| Remark::of(error, clause)).collect() }
}

/// A finding names the holder: of a root and its link both are meant.
fn cv_findings(objects: &[Object], today: CvDate) -> Vec<(&CvCertificate, Remark)> {
    let all: Vec<&CvCertificate> = objects
        .iter()
        .filter_map(|object| match object {
            Object::CvCertificate(certificate) => Some(&**certificate),
            _ => None,
        })
        .collect();
    let owned: Vec<CvCertificate> = all.iter().map(|certificate| (*certificate).clone()).collect();
    let mut found = Vec::new();
    for finding in policy::check(&owned, today) {
        let remark = Remark::new(finding.rule.code(), finding.rule.clause(), &finding.rule.to_string());
        let of_holder = all.iter().filter(|certificate| *certificate.holder() == finding.holder);
        found.extend(of_holder.map(|certificate| (*certificate, remark.clone())));
    }
    found
}

impl Judged {
    /// Whether nothing is wrong; what only should be otherwise is not wrong.
    #[must_use]
    pub fn is_well(&self) -> bool {
        self.remarks.iter().all(|remark| remark.level == Level::Should)
    }
}

impl From<Finding> for Remark {
    fn from(finding: Finding) -> Self {
        Self { code: finding.code, level: finding.level, clause: finding.clause, says: finding.text }
    }
}

impl Remark {
    fn new(code: &str, clause: &'static str, says: &str) -> Self {
        Self { code: code.to_owned(), level: Level::Must, clause, says: says.to_owned() }
    }

    fn of(error: &SealError, clause: &'static str) -> Self {
        Self::new(error.code(), clause, &error.to_string())
    }
}

const UNKNOWN_ISSUER: &str = "seal.chain-unknown-issuer";
