//! Messages between partners, held against OpenSSL in both directions, and altered octet by octet.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "OpenSSL is a process that works on files")]

mod altered;
mod correspondence;
mod foreign;
mod ours;
