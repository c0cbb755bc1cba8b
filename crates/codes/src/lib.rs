//! PIN, PUK, CIP and CAN: digits that a holder or a terminal types in (decision D6).
//!
//! ```text
//! Entropy → source::Watched → Generator → Pin, Puk, Cip, Can
//! ```
//!
//! Each code is uniform over its digits; the CIP carries a check digit, so that a caller's slip of the tongue is noticed
//! before anything is suspended. A code is lent to one closure (`expose`), never copied, printed or compared with `==`.
#![forbid(unsafe_code)]

mod check_digit;
mod code;
mod error;
mod generator;
mod source;

pub use check_digit::mod_11_10;
pub use code::{Can, Cip, Pin, Puk};
pub use error::CodesError;
pub use generator::Generator;
