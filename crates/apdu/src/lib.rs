//! ISO 7816-4/-9 commands and responses, status words, file control parameters, and the sans-io [`Driver`].
//!
//! What may be logged and what may not are two parts of a command: [`ApduHead`] prints, the body never does.
#![forbid(unsafe_code)]

mod command;
mod driver;
mod error;
pub mod fcp;
mod response;
mod status;

pub use command::{ApduHead, CommandApdu, ins};
pub use driver::{Action, Driver, Event};
pub use error::{ApduError, ApduErrorKind};
pub use response::ResponseApdu;
pub use status::StatusWord;
