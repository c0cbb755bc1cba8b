//! Certificates, requests, revocation lists, master and deviation lists: what we make is taken by strangers, what was altered
//! is refused by them and by us, and what strangers make is read.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot be set up must fail")]
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "foreign judges are processes that read files")]

mod country;
mod foreign_lists;
mod linting;
mod openssl;
mod python;
mod robustness;
mod rules;
mod status;
