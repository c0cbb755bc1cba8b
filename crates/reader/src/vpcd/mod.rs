//! The virtual chip as a reader that every PC/SC program can use: a client of vsmartcard's vpcd.
//!
//! The daemon listens, the chip connects. Each message is a length of two octets, big-endian, and that many octets.
//!
//! | message to the chip | meaning | answer |
//! |---------------------|---------|--------|
//! | one octet `00` | power off | none |
//! | one octet `01` | power on | none |
//! | one octet `02` | reset | none |
//! | one octet `04` | answer to reset? | the answer to reset |
//! | anything longer | a command | its response |
//!
//! vpcd sends length and body apart, so that Nagle's algorithm meets the delayed acknowledgement: without TCP_QUICKACK before each
//! receive (it does not stick) every command takes 50 ms longer.
//!
//! A card is in the reader while a connection stands: a magazine ends one connection and opens the next, and every PC/SC program
//! sees a card taken out and another put in, as with a hand.
//!
//! Spec: `vpcd#protocol`.

mod framing;
mod magazine;
mod serve;

pub use magazine::{Source, Turn};
pub use serve::{Event, Served, serve, stop_on_signals};
