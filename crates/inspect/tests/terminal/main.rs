//! The terminal against the virtual chip, against scripted chips, and against chips that mean harm.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

mod habits;
mod hostile;
mod personalized;
mod protocols;
mod reading;
mod recorded;
mod staged;
mod terminals;
mod verdicts;
