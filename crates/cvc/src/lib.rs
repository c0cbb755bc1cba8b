//! Card-verifiable certificates of BSI TR-03110: what a terminal proves its rights with, and what a chip makes of them.
//!
//! Certificates are decoded and encoded to the byte, and [`import`] holds the rules by which a chip accepts one: as a
//! function of the chip's trust points, its date, and the key that the terminal selected. Nothing is stored here: what must
//! change comes out as an [`Effect`].
//!
//! Spec: `bsi-tr-03110-3#certificate-profile`, `bsi-tr-03110-3#validation`.
#![forbid(unsafe_code)]

mod authority;
mod body;
mod certificate;
mod date;
pub mod ef_cvca;
mod error;
mod import;
pub mod issue;
mod objects;
mod oid;
pub mod policy;
mod private_key;
mod public_key;
mod reference;
mod request;
mod template;
mod trust_point;
mod verifying_key;

pub use authority::Authority;
pub use body::CertificateBody;
pub use certificate::CvCertificate;
pub use date::CvDate;
pub use error::{CvcError, CvcErrorKind};
pub use import::{ChipState, Effect, Imported, import};
pub use oid::Oid;
pub use private_key::CvPrivateKey;
pub use public_key::{CvPublicKey, RsaScheme, TaAlgorithm};
pub use reference::HolderReference;
pub use request::{CertificateRequest, UnsignedRequest};
pub use template::{Chat, OFFICE_OID, Rights, Role, TerminalType};
pub use trust_point::TrustPoint;
pub use verifying_key::VerifyingKey;
