//! Certificates of ICAO 9303-12: the country signing CA (CSCA) and its document signers.
//!
//! Building takes two steps, because the private key lives elsewhere: [`country_signer`] or [`document_signer`] gives the
//! bytes to be signed, and [`Unsigned::complete`] takes the signature, which it verifies before there is a [`Certificate`].

mod build;
mod certificate;
mod chain;
mod name;
mod period;

pub use build::{CertificateProfile, SerialNumber, Unsigned, country_signer, document_signer, holder};
pub use certificate::Certificate;
pub use name::{Country, SubjectName};
pub use period::Period;

pub(crate) use chain::{check_document_signer, check_validity, find_issuer};
