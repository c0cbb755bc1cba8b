//! The desk of an issuing office: what happens to a permit after the line released it.
//!
//! ```text
//! card at the counter → counter::read → Reading ┐
//! register → PermitStanding ────────────────────┴→ issuance::check → Answer
//! Desk: activate · deliver · report_loss · suspend · reinstate · revoke · annul · terminate · resume · print_letter · letter_came_out · reissue_codes
//! ```
//!
//! What changes a chip is journaled before it is tried; the chip's answer, not the memory of the process, is what the register
//! then holds. Every other event is one transaction of the register.
#![forbid(unsafe_code)]

mod activation;
mod check;
mod consignment;
mod counter;
mod desk;
mod error;
mod letter;
mod loss;
mod output;
mod reissue;
mod resume;
mod rules;
mod termination;

pub use check::{Checked, RegisterSays, check};
pub use consignment::parse_list;
pub use counter::{CardAtCounter, Reading, Verifier};
pub use desk::{Desk, LossReport};
pub use error::OfficeError;
pub use letter::{Addressee, LetterRequest};
pub use output::{EncryptedLetter, LetterOutput, PrinterPipe};
pub use resume::{Ended, OpenAct, open_acts};
pub use rules::{CipLimit, Listed, Rules};
