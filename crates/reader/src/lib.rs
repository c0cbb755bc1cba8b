//! The ways to a card: a PC/SC reader, a virtual chip in this process, and a virtual chip that other programs reach as a reader
//! of vpcd.
//!
//! [`drive`] is the one loop of the whole program that touches a card: an engine says what it wants, a [`Card`] does it.
//! Whatever crosses a card may be counted and logged by an [`Observer`], which sees heads and lengths and never a body.
#![forbid(unsafe_code)]

mod card;
mod chip_file;
pub mod doctor;
mod entropy;
mod error;
mod observer;
mod pcsc_card;
mod virtual_card;
pub mod vpcd;

pub use card::{Card, DriveError, drive};
pub use chip_file::IMAGE_EXTENSION;
pub use entropy::OsEntropy;
pub use error::LinkError;
pub use observer::{Exchange, Log, Observed, Observer, Tally};
pub use pcsc_card::{PcscCard, Presence};
pub use virtual_card::VirtualCard;
