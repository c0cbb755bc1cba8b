//! The ways to a card, from outside: the image file, and a private pcscd with vpcd.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod host;
mod image_file;
mod private_pcscd;
