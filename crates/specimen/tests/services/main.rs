//! Orders to formed chips: the office's and the holder's, with the codes' counters held against the chip's own memory, and with
//! the power cut everywhere.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up must fail")]

mod bench;
mod counter;
mod cuts;
mod holder;
mod office;
mod tampered;
