//! Messages from and to partners: the issuing circuit, the permits database.
//!
//! ```text
//! file → open (key store) → header → its place in the row → lot, or acknowledgements → register, in one transaction
//! register (lots to answer, outbox) → content → sign (key store) → encrypt → register → file
//! ```
//!
//! A message is CMS as [`sigillo_seal::message`] has it. Each partner's messages have numbers without gap or repetition, and
//! each one names the digest of the content before it; the register moves the number in the transaction of what the message
//! does. A refused file takes no number and is traced. What goes out is stored as it is before its file is written, so that a
//! lost one can be written again byte for byte.
#![forbid(unsafe_code)]

mod content;
mod desk;
mod error;
mod partner;
mod receive;
mod send;

pub use content::{Header, Kind};
pub use desk::Desk;
pub use error::ExchangeError;
pub use partner::{Certificates, add_partner, renew_partner};
pub use receive::{Received, receive};
pub use send::{Sent, send, write_again};
