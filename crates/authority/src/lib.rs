//! A certification authority at work: it makes certificates, requests, revocation lists and lists of certificates with keys
//! that stay in the key store, and keeps what it must remember in a folder of the home.
//!
//! | entry of `pki/` | content |
//! |---|---|
//! | `register.jsonl` | every number that was taken, every certificate, every revocation: [`Register`] |
//! | `certificates/` | our own certificates, those of our authorities and what they issued; a file each, never overwritten |
//! | `crls/` | revocation lists of others and our own, by issuer and number |
//!
//! Everything that changes the folder is done by one program at a time, which holds the lock of the home.
#![forbid(unsafe_code)]

mod chains;
mod documents;
pub mod encoding;
mod error;
pub mod judgement;
mod lists;
mod office;
mod register;
mod revocations;
mod stored_terminal;
mod terminals;
mod test_authorities;

pub use chains::{terminal_chain, trust_points};
pub use documents::Purpose;
pub use error::AuthorityError;
pub use lists::DeviationNote;
pub use office::{CrlPolicy, Occasion, Office, Settings};
pub use register::{Act, By, Entry, Issued, Register};
pub use revocations::{Revocations, Status};
pub use stored_terminal::{StoredTerminal, terminal_credentials};
pub use terminals::{CvKey, CvTerms};
pub use test_authorities::{TestAuthorities, make_test_authorities};
