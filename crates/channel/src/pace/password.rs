use sigillo_crypto::aes_cbc;
use sigillo_crypto::tdes;
use sigillo_secret::{SecretBytes, SessionKey};
use zeroize::Zeroizing;

use crate::bac::MrzSecret;
use crate::error::ChannelError;
use crate::key_derivation::{KeyPurpose, derive_key};
use crate::secure_messaging::Suite;

/// Which password, as MSE:Set AT names it in object 83.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum PasswordReference {
    /// The MRZ information, 01.
    Mrz,
    /// The card access number, 02.
    Can,
}

/// A password that PACE turns into a key.
///
/// | password | octets |
/// |---|---|
/// | MRZ | SHA-1 of the MRZ information, 20 |
/// | CAN | its six digits in ASCII |
///
/// Spec: `icao-9303-11#pace-passwords`.
#[derive(Debug)]
pub struct Password {
    reference: PasswordReference,
    octets: SecretBytes,
}

impl PasswordReference {
    /// The octet in object 83.
    #[must_use]
    pub const fn octet(self) -> u8 {
        match self {
            Self::Mrz => 1,
            Self::Can => 2,
        }
    }

    /// The password that an octet in object 83 names.
    #[must_use]
    pub const fn from_octet(octet: u8) -> Option<Self> {
        match octet {
            1 => Some(Self::Mrz),
            2 => Some(Self::Can),
            _ => None,
        }
    }
}

impl Password {
    /// The MRZ as a password.
    #[must_use]
    pub fn mrz(secret: &MrzSecret) -> Self {
        Self { reference: PasswordReference::Mrz, octets: secret.expose(SecretBytes::copy_of) }
    }

    /// The card access number as a password.
    ///
    /// # Errors
    ///
    /// `pace.password` unless it has six decimal digits.
    pub fn can(digits: &str) -> Result<Self, ChannelError> {
        if digits.len() != 6 || !digits.bytes().all(|octet| octet.is_ascii_digit()) {
            return Err(ChannelError::PacePassword);
        }
        Ok(Self { reference: PasswordReference::Can, octets: SecretBytes::copy_of(digits.as_bytes()) })
    }

    /// Which password it is.
    #[must_use]
    pub const fn reference(&self) -> PasswordReference {
        self.reference
    }

    /// Encrypts a nonce of whole blocks.
    pub(super) fn encrypt_nonce(&self, suite: Suite, nonce: &SecretBytes) -> Result<Vec<u8>, ChannelError> {
        let mut octets = nonce.expose(<[u8]>::to_vec);
        let key = self.key(suite)?;
        match suite {
            Suite::TripleDes => tdes::cbc_encrypt(&key, &[0; 8], &mut octets)?,
            _ => aes_cbc::encrypt(&key, &[0; 16], &mut octets)?,
        }
        Ok(octets)
    }

    /// Decrypts a nonce of whole blocks; under another password it is another nonce.
    pub(super) fn decrypt_nonce(&self, suite: Suite, cipher: &[u8]) -> Result<SecretBytes, ChannelError> {
        let mut octets = Zeroizing::new(cipher.to_vec());
        let key = self.key(suite)?;
        match suite {
            Suite::TripleDes => tdes::cbc_decrypt(&key, &[0; 8], &mut octets)?,
            _ => aes_cbc::decrypt(&key, &[0; 16], &mut octets)?,
        }
        Ok(SecretBytes::copy_of(&octets))
    }

    fn key(&self, suite: Suite) -> Result<SessionKey, ChannelError> {
        self.octets.expose(|octets| derive_key(suite, octets, KeyPurpose::Password))
    }
}
