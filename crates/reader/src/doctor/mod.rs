//! What is wrong with PC/SC, drivers and readers on this machine, and what to do about it.
//!
//! ```text
//! Surroundings::look(roots, time_out) ─ what is there ─→ diagnose ─→ Finding, Finding, …
//! ```
//!
//! Looking disturbs nobody: no card is taken, nothing is started or changed. The diagnosis is a pure function of what was seen,
//! so that every illness can be tried on a machine that is well.

mod diagnosis;
mod surroundings;

pub use diagnosis::{Finding, Verdict, diagnose};
pub use surroundings::{ReaderSeen, Roots, ServiceSeen, Surroundings};
