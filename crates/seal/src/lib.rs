//! EF.SOD, EF.CardSecurity and the certificates behind them, by ICAO 9303-10 and -12: build, seal, verify.
//!
//! Making a seal is a way without return: [`prepare`] hashes the data groups, the document signer signs
//! [`Hashed::to_be_signed`], and [`Hashed::seal`] verifies the signature under a [`SignerCertificate`] (whose chain was
//! verified before) and only then gives a [`Seal`]. A sealed document that was not verified again cannot exist.
//!
//! Reading: [`DocumentSecurityObject`] decodes a stranger's EF.SOD, [`passive::verify`] judges it, check by check.
//!
//! Everything signed is judged over the DER that came; a message that came as BER is judged over its DER, which is what its
//! signer signed. Decoders are bounded and total.
#![forbid(unsafe_code)]

mod algorithm;
mod asn1;
mod ber;
mod card_security;
mod deviation_list;
mod document_security_object;
mod error;
mod irregularity;
mod lds_security_object;
mod master_list;
pub mod message;
pub mod passive;
mod sealing;
mod signed_data;
mod signed_list;
mod signed_message;
pub mod signer;
mod signer_certificate;
mod verification_policy;
pub mod x509;

pub use card_security::{CardSecurity, SECURITY_OBJECT, UnsignedCardSecurity, prepare_card_security};
pub use deviation_list::{
    DEVIATION_LIST, Deviation, DeviationDescription, DeviationDocuments, DeviationList, DeviationSigner,
    UnsignedDeviationList, prepare_deviation_list,
};
pub use document_security_object::{DocumentSecurityObject, LDS_SECURITY_OBJECT};
pub use error::{SealError, SealErrorKind};
pub use irregularity::Irregularity;
pub use lds_security_object::{LdsSecurityObject, LdsVersion, LdsVersionInfo};
pub use master_list::{MASTER_LIST, MasterList, UnsignedMasterList, prepare_master_list};
pub use sealing::{Hashed, Seal, prepare};
pub use signer_certificate::SignerCertificate;
pub use verification_policy::VerificationPolicy;
