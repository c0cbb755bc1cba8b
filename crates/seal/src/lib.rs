//! EF.SOD, EF.CardSecurity and the certificates behind them, by ICAO 9303-10 and -12: build, seal, verify.
//!
//! Making a seal is a way without return: [`prepare`] hashes the data groups, the document signer signs
//! [`Hashed::to_be_signed`], and [`Hashed::seal`] verifies the signature under a [`SignerCertificate`] (whose chain was
//! verified before) and only then gives a [`Seal`]. A sealed document that was not verified again cannot exist.
//!
//! Reading: [`DocumentSecurityObject`] decodes a stranger's EF.SOD, [`passive::verify`] judges it, check by check.
//!
//! Everything signed is judged over the bytes that came, never over a re-encoding. Decoders are bounded and total.
#![forbid(unsafe_code)]

mod algorithm;
mod asn1;
mod card_security;
mod document_security_object;
mod error;
mod lds_security_object;
pub mod passive;
mod sealing;
mod signed_message;
pub mod signer;
mod signer_certificate;
pub mod x509;

pub use card_security::{CardSecurity, SECURITY_OBJECT, UnsignedCardSecurity, prepare_card_security};
pub use document_security_object::{DocumentSecurityObject, LDS_SECURITY_OBJECT};
pub use error::{SealError, SealErrorKind};
pub use lds_security_object::{LdsSecurityObject, LdsVersion, LdsVersionInfo};
pub use sealing::{Hashed, Seal, prepare};
pub use signer_certificate::SignerCertificate;
