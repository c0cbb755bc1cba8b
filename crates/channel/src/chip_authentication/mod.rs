//! Chip Authentication, version 1, on elliptic curves: the chip proves that it holds the private key of a public key in DG14,
//! and secure messaging starts anew under keys that nobody else can have.
//!
//! ```text
//! terminal                                          chip            triple DES
//!   00 22 41 A6  91 ephemeral key, [84 key]      ->
//!                                                <-  (no data)
//!
//! terminal                                          chip            AES
//!   00 22 41 A4  80 protocol, [84 key]           ->
//!                                                <-  (no data)
//!   00 86 00 00  7C { 80 ephemeral key }         ->
//!                                                <-  7C {}
//! ```
//!
//! All of this happens inside the session that is open, the last answer too. The X coordinate that the terminal's ephemeral key
//! and the chip's static key agree on gives the new session keys, the counter begins at zero. Nothing is proven until the chip
//! answers a command of the new session; the terminal must then have verified DG14 too.
//!
//! Elliptic curves only, and version 1 only: versions 2 and 3 are not those of travel documents.
//!
//! Spec: `icao-9303-11#ca`.

pub mod chip;
mod objects;
mod primitives;
mod protocol;
mod public_key;
pub mod terminal;

pub use objects::{KeyAgreement, Selection, decode_general_authenticate};
pub use protocol::CaProtocol;
pub use public_key::decode_public_key;
