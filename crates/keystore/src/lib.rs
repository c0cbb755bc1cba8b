//! Issuer keys and signers. Today: software keys in a folder, for tests and the demo; a PKCS#11 token takes the same
//! seam later ([`sigillo_seal::signer::DocumentSigner`]).
//!
//! Every key bears a mark, `test` or `production`, in its own file and in the inventory; the certificates of test keys say
//! TEST in their subject. Under [`Mode::Production`] a store with any test key does not open at all. No key can be
//! exported, printed or compared; what leaves this crate are certificates, signatures, wrapped data keys and the
//! diversified keys of one chip at a time.
//!
//! Files are written once, private, and synced with their folder; nothing is overwritten.
#![forbid(unsafe_code)]

mod disk;
mod entropy;
mod error;
mod inventory;
mod key_file;
mod settings;
mod software;

pub use disk::read_private;
pub use entropy::OsEntropy;
pub use error::{KeystoreError, KeystoreErrorKind};
pub use inventory::SignerLimit;
pub use key_file::{KeyKind, KeyRole};
pub use settings::IssuerSettings;
pub use software::{Mode, SoftwareKeys};
