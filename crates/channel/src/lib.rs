//! Protected channels to a chip: both ends of SCP03, of Basic Access Control, of PACE, of Chip, Terminal and Active
//! Authentication and of the secure messaging they open, and the SecurityInfos a chip publishes.
//!
//! Everything is sans-io: commands and responses go in and come out as values, randomness is an argument. The two ends of
//! a protocol live in files of their own and share primitives and codecs only; neither imports the other. A session that
//! met an error is over: its keys are wiped, and every further call says `channel.ended`. Counters never wrap.
//!
//! | module | protocol | ends |
//! |---|---|---|
//! | [`scp03`] | GlobalPlatform Secure Channel Protocol 03 | [`scp03::host`], [`scp03::chip`] |
//! | [`bac`] | Basic Access Control | [`bac::terminal`], [`bac::chip`] |
//! | [`pace`] | Password Authenticated Connection Establishment | [`pace::terminal`], [`pace::chip`] |
//! | [`chip_authentication`] | Chip Authentication, version 1 | [`chip_authentication::terminal`], [`chip_authentication::chip`] |
//! | [`terminal_authentication`] | Terminal Authentication, version 1 | [`terminal_authentication::terminal`], [`terminal_authentication::chip`] |
//! | [`active_authentication`] | Active Authentication | [`active_authentication::terminal`], [`active_authentication::chip`] |
//! | [`secure_messaging`] | ICAO 9303-11 secure messaging | [`secure_messaging::terminal`], [`secure_messaging::chip`] |
//! | [`security_info`] | SecurityInfos of DG14 and EF.CardAccess | codec |
//! | [`chip_keys`] | diversified key sets (decision D11) | host |
#![forbid(unsafe_code)]

pub mod active_authentication;
pub mod bac;
pub mod chip_authentication;
pub mod chip_keys;
mod error;
mod key_derivation;
pub mod pace;
pub mod scp03;
pub mod secure_messaging;
pub mod security_info;
pub mod terminal_authentication;

pub use error::ChannelError;
pub use key_derivation::{KeyPurpose, derive_key};
