//! Terminal Authentication, version 1: the terminal proves by a chain of certificates and a signature what it may read.
//!
//! ```text
//! terminal                                                    chip
//!   00 22 81 B6  83 issuer of the first certificate        ->
//!   00 2A 00 BE  7F4E body, 5F37 signature                 ->        and so on, certificate by certificate
//!   00 22 81 A4  83 holder of the last certificate         ->
//!   00 84 00 00 08                                         ->
//!                                                          <-  challenge (8)
//!   00 82 00 00  signature                                 ->
//! ```
//!
//! The signature covers the chip's identifier, the challenge and the compressed key that Chip Authentication was opened with,
//! so it serves no other chip and no other session. All of it happens inside that session, once.
//!
//! | after | the chip's identifier |
//! |---|---|
//! | BAC | the document number with its check digit, in ASCII |
//! | PACE | the X coordinate of the chip's ephemeral public key |
//!
//! Spec: `icao-9303-11#ta`.

pub mod chip;
mod objects;
pub mod terminal;

use sigillo_secret::SecretBytes;
use zeroize::Zeroizing;

/// The octets of the challenge.
pub const CHALLENGE: usize = 8;

/// What binds a signature to one chip and one session: the chip's identifier, and the terminal's compressed key.
#[derive(Debug)]
pub struct Binding {
    /// After BAC it is a person's document number.
    id_picc: SecretBytes,
    compressed_key: Vec<u8>,
}

impl Binding {
    /// Joins the chip's identifier and the compressed key of Chip Authentication (or of PACE, where its chip authentication
    /// mapping took the place of that).
    #[must_use]
    pub fn new(id_picc: &[u8], compressed_key: &[u8]) -> Self {
        Self { id_picc: SecretBytes::copy_of(id_picc), compressed_key: compressed_key.to_vec() }
    }

    /// Lends what is signed to one closure: `ID_PICC ‖ r_PICC ‖ Comp(PK_PCD)`.
    pub fn expose<R>(&self, challenge: [u8; CHALLENGE], with: impl FnOnce(&[u8]) -> R) -> R {
        let message = self.id_picc.expose(|id| [id, &challenge, &self.compressed_key].concat());
        with(&Zeroizing::new(message))
    }
}
