//! The virtual chip: an ISO 7816-4 card in memory, from the vendor's delivery to the lock and beyond.
//!
//! It is pure: [`Chip::process`] takes the octets of a command and a source of randomness, and gives the octets of a response.
//! It knows no profile, no data group and no plan: every check comes from what it was *sent*: file control parameters,
//! security environments, data objects. So a wrong parameter shows as a wrong chip.
//!
//! Memory changes by transactions only; [`Chip::arm_cut`] lets the power fail before, inside, between and after them, or
//! behind the finished response (decision D11).
#![forbid(unsafe_code)]

mod access;
mod channel;
mod chip;
mod commands;
mod files;
mod image;
mod memory;
mod power;
mod status;

pub use chip::{ATR, Chip};
pub use image::ImageRefused;
pub use power::PowerLost;
