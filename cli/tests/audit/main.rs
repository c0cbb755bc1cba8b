//! `sigillo audit` as an auditor has it; Python and OpenSSL judge beside it, and must say the same.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

mod history;
mod retention;
mod shop;
mod twins;
#[path = "../workshop/mod.rs"]
mod workshop;
