//! Active Authentication: the chip signs a challenge of the terminal's with the private key of DG15.
//!
//! ```text
//! terminal                                chip
//!   00 88 00 00 08  RND.IFD  00        ->
//!                                      <-  signature
//! ```
//!
//! | key of DG15 | signature |
//! |---|---|
//! | elliptic curve | ECDSA, plain `r ‖ s`, over RND.IFD; the hash is named in DG14 |
//! | RSA | ISO/IEC 9796-2, scheme 1, with partial recovery: the chip adds random octets of its own before RND.IFD |
//!
//! Who reads along learns a signature that proves where the chip was: travel documents use Chip Authentication where they can.
//!
//! Spec: `icao-9303-11#aa`.

pub mod chip;
mod representative;
pub mod terminal;

/// The octets of RND.IFD.
pub const CHALLENGE: usize = 8;
