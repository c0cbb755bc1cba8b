//! The letter with the holder's codes (decision D6): one page A4 for a window mailer, in Italian and English.
//!
//! ```text
//! Letter { holder, office, document, CodeSet } → letter → page (what stands where) → sheet (ink) → PDF octets
//!                                                words (sentences)     text, metrics (WinAnsi, widths)
//! ```
//!
//! The same letter gives the same octets. They hold the codes once, as text of the page: neither metadata nor outline nor
//! an identifier of the file knows them. Buffers that hold digits have room for all from the start and are wiped, so that no
//! copy stays behind in memory.
#![forbid(unsafe_code)]

mod error;
mod letter;
mod metrics;
mod page;
mod sheet;
mod text;
mod words;

pub use error::EnvelopeError;
pub use letter::{Letter, Office};
