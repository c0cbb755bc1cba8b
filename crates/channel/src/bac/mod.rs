//! Basic Access Control: who has read the MRZ may open a session.
//!
//! ```text
//! terminal                                              chip
//!   00 84 00 00 08                                  ->
//!                                                   <-  RND.IC (8)
//!   00 82 00 00 28  E(RND.IFD, RND.IC, K.IFD) MAC 28 ->
//!                                                   <-  E(RND.IC, RND.IFD, K.IC) MAC
//! ```
//!
//! The session keys come from K.IFD xor K.IC, the counter from the last four octets of both challenges.
//!
//! Spec: `icao-9303-11#bac`.

pub mod chip;
mod mrz_secret;
mod primitives;
pub mod terminal;

pub use mrz_secret::MrzSecret;
