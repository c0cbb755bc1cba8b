//! The chip from outside: raw commands in, raw responses out.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod access_protocols;
mod active_authentication;
mod applications;
mod card;
mod codes;
mod host;
mod images;
mod life;
mod locked;
mod refusals;
mod sessions;
mod tearing;
mod terminal_authentication;
mod terminals;
mod worked_examples;
