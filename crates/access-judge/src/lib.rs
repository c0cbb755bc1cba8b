//! Who may do what on a chip, judged by a list that was written by hand.
//!
//! A test made from the profile proves only that code and profile agree. This crate knows no profile: its list
//! (`expectations.toml`, a clause a row) was written from the law's decision D2 and from ICAO 9303-10 and -11. [`judge`] tries every command
//! on every object in every state a terminal can reach, in every phase of a chip's life, and names each [`Deviation`];
//! [`broken`] adds rules that hold whatever the list says. The tests that bring a chip live with the specimens, which
//! know both; there each right of each row of the profile is flipped, and this list must see it.
#![forbid(unsafe_code)]

mod invariants;
mod judge;
mod list;
mod probe;
mod state;
mod subject;
mod terminal;

pub use invariants::broken;
pub use judge::{Deviation, Judgement, Observations, carry_out, first_deviation, judge};
pub use list::Expectations;
pub use state::{Phase, State};
pub use subject::Subject;
