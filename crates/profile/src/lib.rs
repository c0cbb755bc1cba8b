//! The chip as a table: objects, access rules, sizes, security environments, release gate.
//!
//! A profile is a file (`profiles/*.toml`), parsed once into the typed table of [`Profile`]. From its rows come the file
//! control parameters that a chip receives and the manual's page of the file system. A file that is in no row does not
//! exist; an operation that is in no rule is denied.
//!
//! Decisions D2 and D11 say which rows there are, and how a condition becomes octets.
#![forbid(unsafe_code)]

mod check;
mod dates;
mod embedded;
mod error;
mod file_control;
mod gate;
mod issue_day;
mod objects;
mod parse;
mod protocol;
mod table;

pub use dates::Dates;
pub use embedded::{EMBEDDED, embedded};
pub use error::{ProfileError, ProfileErrorKind};
pub use gate::{Check, GateCheck};
pub use objects::{KeyKind, KeyPairSpec, ObjectName, ObjectSpec, PaceSpec, SecretName, SecretSpec};
pub use protocol::{Protocol, Purpose};
pub use table::{
    Access, BiometricRecords, CertificateParameters, ConditionName, Content, Environment, FileKind, FileSpec,
    Mechanism, MechanismReference, Profile,
};
