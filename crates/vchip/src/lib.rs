//! The virtual chip: an ISO 7816-4 card in memory, from the vendor's delivery to the lock and beyond.
//!
//! It is pure: [`Chip::process`] takes the octets of a command and a source of randomness, and gives the octets of a response.
//! It knows no profile, no data group and no plan: every check comes from what it was *sent*: file control parameters,
//! security environments, data objects. So a wrong parameter shows as a wrong chip.
//!
//! Memory changes by transactions only; [`Chip::arm_cut`] lets the power fail before, inside, between and after them, or
//! behind the finished response (decision D11).
//!
//! Where the standards leave the status word open, this chip says:
//!
//! | status | when |
//! |--------|----------------------------------------------------------------------------------------------------|
//! | `6282` | READ BINARY asked by number for more than there is; Le of zero asks for all and is answered `9000` |
//! | `6700` | octets that are no command; Le is missing where data is asked for; a chain above 8 KiB |
//! | `6982` | no rule is met, whatever the body says; a class of SCP03 without its session; a wrong C-MAC |
//! | `6985` | no master file yet; BAC before the lock or outside its application; a handshake that is not the one just before; the session of the lock; anything after termination |
//! | `6987` | anything but secure messaging inside a BAC session, which ends it |
//! | `6988` | a wrong secure messaging object, which ends the session; secure messaging without a session |
//! | `6A80` | parameters, environments and objects that cannot be enforced, or are none |
//! | `6A84` | 128 KiB are used up; a write across the end of its file |
//! | `6Cxx` | Le is smaller than a response inside a session; outside, GET RESPONSE fetches the rest (`61xx`) |
#![forbid(unsafe_code)]

mod access;
mod chain;
mod channel;
mod chip;
mod commands;
mod files;
mod image;
mod keys;
mod memory;
mod objects;
mod power;
mod status;

pub use chip::{ATR, Chip};
pub use image::ImageRefused;
pub use power::PowerLost;
