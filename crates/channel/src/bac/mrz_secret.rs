use sigillo_crypto::sha1;
use sigillo_secret::SecretBytes;

use crate::error::ChannelError;

/// SHA-1 of the MRZ information: what BAC (first 16 octets) and PACE (all 20) take from the MRZ.
///
/// Spec: `icao-9303-11#bac-keys`.
#[derive(Debug)]
pub struct MrzSecret(SecretBytes);

impl MrzSecret {
    /// Derives the secret from the MRZ information: document number, birth date and expiry date, each with its check digit.
    #[must_use]
    pub fn from_mrz_information(information: &str) -> Self {
        Self(SecretBytes::copy_of(&sha1(information.as_bytes())))
    }

    /// Takes the 20 octets as a chip stores them.
    ///
    /// # Errors
    ///
    /// `channel.length` unless there are 20 octets.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ChannelError> {
        match bytes.len() {
            20 => Ok(Self(SecretBytes::copy_of(bytes))),
            found => Err(ChannelError::Length { field: "MRZ secret", found }),
        }
    }

    /// Lends the 20 octets to one closure.
    pub fn expose<R>(&self, with: impl FnOnce(&[u8]) -> R) -> R {
        self.0.expose(with)
    }

    /// Compares in constant time.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        self.0.matches(&other.0)
    }
}
