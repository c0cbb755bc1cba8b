//! The certificate and revocation list profiles of ICAO 9303-12 as a linter: every departure with its clause.
//!
//! A finding refuses nothing: issued certificates break the profiles in many ways and still vouch for passports. What must
//! hold before anything is trusted is checked where it is trusted.

mod fields;
mod finding;
mod keys;
mod names;
mod revocation_list;
mod table;
mod values;

pub use finding::{Finding, Level};
pub use table::Kind;

use super::certificate::Certificate;
use super::revocation_list::Crl;
use fields::Fields;
use finding::Findings;

/// Holds a certificate against the profile of its kind.
///
/// Spec: `icao-9303-12#certificate-fields`, `icao-9303-12#certificate-extensions`.
#[must_use]
pub fn lint(certificate: &Certificate, kind: Kind) -> Vec<Finding> {
    let mut findings = Findings::default();
    match Fields::read(certificate.der()) {
        Ok(fields) => {
            names::check(&fields, &mut findings);
            keys::check(&fields, certificate, kind, &mut findings);
            table::check(&fields, kind, &mut findings);
            values::check(&fields, certificate, kind, &mut findings);
        }
        Err(_) => findings.must(finding::FIELDS, "certificate-malformed", "the certificate is not DER"),
    }
    findings.0
}

/// Holds a revocation list of a country signing CA against its profile.
///
/// Spec: `icao-9303-12#crl`, `icao-9303-12#crl-extensions`.
#[must_use]
pub fn lint_revocation_list(list: &Crl) -> Vec<Finding> {
    let mut findings = Findings::default();
    if revocation_list::check(list, &mut findings).is_err() {
        findings.must(finding::CRL, "crl-malformed", "the revocation list is not DER");
    }
    findings.0
}
