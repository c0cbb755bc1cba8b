//! Specimens: formed and locked virtual TEST chips, each with all its test keys and certificates, made in memory.
//!
//! A specimen goes through the very plan and driver of a line ([`sigillo_perso`]), on a [`sigillo_vchip::Chip`]; only its
//! holder is invented and its issuer lives as long as the call. The same profile, seed and day give the same octets.
//!
//! For tests, benches and the qualification of virtual chips; nothing of it is fit for a real document, and every name in
//! its certificates says TEST.
#![forbid(unsafe_code)]

mod error;
mod forming;
mod holder;
mod issuer;
mod laboratory;
mod specimen;
mod stream;
mod terminals;

pub use error::SpecimenError;
pub use forming::{Stage, form, form_until};
pub use issuer::Issuer;
pub use laboratory::Supply;
pub use specimen::Specimen;
pub use terminals::{ChainTerms, TerminalChain, Terminals};
