//! `sigillo pki`: whole ceremonies in two homes, each file judged by a program that is not ours, each with a tampered twin.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot be set up must fail"
)]

mod documents;
mod foreign;
mod house;
mod lists;
mod revocations;
mod terminals;
#[path = "../workshop/mod.rs"]
mod workshop;
