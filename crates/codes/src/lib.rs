//! PIN, PUK, CIP and CAN: digits that a holder or a terminal types in (decision D6).
//!
//! ```text
//! Entropy → source::Watched → Generator → CodeSet { Pin, Puk, Cip, Can } → EnvelopeContents → (keystore) → ciphertext
//!                                                                    Cip → (keystore) → CipVerifier
//! ```
//!
//! Each code is uniform over its digits; the CIP carries a check digit, so that a caller's slip of the tongue is noticed
//! before anything is suspended. A code is lent to one closure (`expose`), never copied, printed or compared with `==`.
#![forbid(unsafe_code)]

mod check_digit;
mod ciphertext;
mod code;
mod code_set;
mod contents;
mod error;
mod generator;
mod life_cycle;
mod policy;
mod source;
mod verifier;

pub use check_digit::mod_11_10;
pub use ciphertext::CodeCiphertext;
pub use code::{Can, Cip, Pin, Puk};
pub use code_set::CodeSet;
pub use contents::EnvelopeContents;
pub use error::CodesError;
pub use generator::Generator;
pub use life_cycle::{CodesEvent, CodesState};
pub use policy::CodePolicy;
pub use verifier::CipVerifier;
