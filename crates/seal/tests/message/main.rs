//! Messages between partners, held against OpenSSL in both directions, and altered octet by octet.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "OpenSSL is a process that works on files")]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

mod altered;
mod correspondence;
mod foreign;
mod ours;
