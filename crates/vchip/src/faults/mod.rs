//! Faults that a test plants into a chip, so that it is seen which conformance case finds each.
//!
//! Without the feature `faults` no chip can have one: [`Faults`] has no state then, and every question to it is a constant `false`.

mod list;
#[cfg(feature = "faults")]
mod messaging;
#[cfg(feature = "faults")]
mod planted;
#[cfg(not(feature = "faults"))]
mod sound;

pub use list::Fault;
#[cfg(feature = "faults")]
pub(crate) use planted::Faults;
#[cfg(not(feature = "faults"))]
pub(crate) use sound::Faults;

/// Whether this build can plant faults: `false` in every program that is given away.
pub const CAN_BE_FAULTY: bool = cfg!(feature = "faults");
