//! Certificates of ICAO 9303-12: the country signing CA (CSCA), its link certificates and signers; the CA of electronic
//! services and its holders.
//!
//! Building takes two steps, because the private key lives elsewhere: a function named for the kind of certificate, such as
//! [`country_signer`], gives the bytes to be signed, and `complete` takes the signature, which it verifies before there is a
//! [`Certificate`].

mod build;
mod certificate;
mod chain;
mod extension;
mod lint;
mod name;
mod period;
mod profile;
mod request;
mod revocation_list;
mod signed;
pub mod status;
mod trust_store;

pub use build::{
    country_signer, deviation_list_signer, document_signer, eservices_authority, holder, link, master_list_signer,
    message_recipient, message_signer,
};
pub use certificate::Certificate;
pub use lint::{Finding, Kind, Level, lint, lint_revocation_list};
pub use name::{Country, SubjectName};
pub use period::Period;
pub use profile::{CertificateProfile, SerialNumber};
pub use request::{CertificateRequest, certificate_request};
pub use revocation_list::{Crl, CrlProfile, RevocationReason, RevokedCertificate, revocation_list};
pub use signed::Unsigned;
pub use trust_store::{Refused, TrustStore};

pub(crate) use build::{DEVIATION_LIST_SIGNING, MASTER_LIST_SIGNING};
pub(crate) use chain::{check_document_signer, check_validity, find_issuer};
pub(crate) use period::{decode as decode_time, encode as encode_time, encode_generalized as generalized_time};
