//! The terminal: opens a chip by PACE or Basic Access Control, reads it, judges what it read, and says so by name.
//!
//! [`ReadSession`] is a sans-io [`sigillo_apdu::Driver`]: it asks for APDUs and ends with a [`ReadOutcome`], whatever the chip
//! answers. [`judge`] turns an outcome, the trust anchors and a date into named [`Check`]s; [`gate::compare`] compares it with what
//! a line wrote. [`Report`] holds the checks for people and machines; [`Document`] is what the chip says of its holder.
//!
//! A chip is a stranger here: files and APDUs are bounded, and nothing it sends is trusted before it is checked.
#![forbid(unsafe_code)]

mod access;
mod access_checks;
mod authenticity;
mod check;
mod document;
mod ended;
mod error;
mod file_name;
pub mod gate;
mod judge;
mod outcome;
mod passive;
mod protocols;
mod reading;
mod report;
mod request;
mod sealed;
mod security_options;
pub mod services;
mod session;
mod terminal;
mod terminal_key;

pub use access::{AccessPolicy, AccessRefused};
pub use check::{Check, Outcome};
pub use document::Document;
pub use ended::{Ended, NotRun};
pub use error::{InspectError, InspectErrorKind, Step};
pub use file_name::FileName;
pub use judge::judge;
pub use outcome::{Access, ChipKey, ReadOutcome, Refusal};
pub use report::Report;
pub use request::Request;
pub use session::ReadSession;
pub use terminal::{CredentialsRefused, TerminalCredentials, TerminalRights, TerminalSigner};
pub use terminal_key::{TerminalKey, TerminalKeyRefused};
