//! Issuer keys and signers, behind one seam: [`Keystore`]. They are in files, encrypted, for tests and the demo, or in a
//! PKCS#11 token.
//!
//! | part                     | is                                                                                  |
//! |--------------------------|-------------------------------------------------------------------------------------|
//! | [`ROLES`]                | the table of keys (decision D9): who holds what, of which algorithm, for how long    |
//! | the register             | what happened to the keys, line by line, hash-chained                                |
//! | the container            | the keys themselves: they are used there, and do not come out                        |
//! | the certificates         | of the country signing CA and the document signers, verified when the store opens    |
//!
//! The register says what the container must hold, and [`Keystore::inventory`] holds one against the other. Keys in files are
//! test keys; under [`Mode::Production`] a store with them does not open at all. What leaves this crate are certificates,
//! signatures, wrapped data keys and the diversified keys of one chip at a time.
//!
//! Files are written once, private, and synced with their folder; the register alone grows.
#![forbid(unsafe_code)]

mod ceremony;
mod certificates;
mod chain;
mod container;
mod disk;
mod entropy;
mod entry;
mod error;
mod issue;
mod keys;
mod keystore;
mod label;
mod manage;
mod open;
mod operator;
mod register;
mod role;
mod secrets;
mod serve;
mod settings;
mod software;
mod token;

pub use ceremony::{CeremonyScript, CeremonyStep, Custodians, Transcript};
pub use disk::{read_private, write_new};
pub use entropy::OsEntropy;
pub use entry::{Finding, InventoryFault, KeyEntry, KeyKind, KeyState, Mode, SignerEntry, SignerLimit};
pub use error::{KeystoreError, KeystoreErrorKind};
pub use issue::make_test_certificates;
pub use keystore::{Component, KeyAct, Keystore, KeystoreEntropy};
pub use label::KeyLabel;
pub use manage::component_check_value;
pub use open::{is_made, open};
pub use operator::OperatorSigner;
pub use role::{Ceremony, KeyRole, Purpose, ROLES, RoleRow, StoredAlgorithm, ToldApart};
pub use secrets::{NoSecrets, SecretName, SecretSource};
pub use settings::IssuerSettings;
pub use software::SoftwareKeys;
pub use token::{Patience, TokenKeys};
