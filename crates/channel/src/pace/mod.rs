//! Password Authenticated Connection Establishment: who knows the MRZ, the CAN, the PIN or the PUK may open a session, and an
//! eavesdropper cannot try passwords at home.
//!
//! ```text
//! terminal                                              chip
//!   00 22 C1 A4  80 protocol, 83 password, [84 curve] ->
//!   10 86 00 00  7C {}                                ->
//!                                                     <-  7C { 80 nonce encrypted under the password }
//!   10 86 00 00  7C { 81 mapping key }                ->
//!                                                     <-  7C { 82 mapping key }
//!   10 86 00 00  7C { 83 ephemeral key }              ->
//!                                                     <-  7C { 84 ephemeral key }
//!   00 86 00 00  7C { 85 token }                      ->
//!                                                     <-  7C { 86 token, [8A chip authentication data] }
//! ```
//!
//! Generic mapping: the mapping keys give a point H, nonce and H give the base point `nonce · G + H` of the ephemeral keys.
//! Integrated mapping: 81 is a nonce of the terminal's, 82 is empty, and both nonces give the base point. Chip authentication
//! mapping: as generic, and 8A proves that the chip made its mapping key from the private key of a public key in
//! EF.CardSecurity. The X coordinate that the ephemeral keys agree on gives the session keys. Each token authenticates the
//! other party's ephemeral key; the chip shows its own only after the terminal's was right. The counter begins at zero.
//!
//! Elliptic curves only: the protocols on prime fields (id-PACE-DH-…) are not spoken.
//!
//! Spec: `icao-9303-11#pace`.

pub mod chip;
mod chip_mapping;
mod info;
mod integrated;
mod objects;
mod password;
mod primitives;
pub mod terminal;

pub use chip_mapping::ChipAuthenticationData;
pub use info::{PaceInfo, PaceMapping, PaceProtocol};
pub use objects::Selection;
pub use password::{Password, PasswordReference};
