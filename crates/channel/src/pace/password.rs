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
    /// The holder's PIN, 03.
    Pin,
    /// The PUK, 04.
    Puk,
}

/// A password that PACE turns into a key.
///
/// | password | octets |
/// |---|---|
/// | MRZ | SHA-1 of the MRZ information, 20 |
/// | CAN | its six digits in ASCII |
/// | PIN, PUK | their digits in ASCII, 4 to 12 |
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
            Self::Pin => 3,
            Self::Puk => 4,
        }
    }

    /// The password that an octet in object 83 names.
    #[must_use]
    pub const fn from_octet(octet: u8) -> Option<Self> {
        match octet {
            1 => Some(Self::Mrz),
            2 => Some(Self::Can),
            3 => Some(Self::Pin),
            4 => Some(Self::Puk),
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
        Self::from_stored(PasswordReference::Can, digits.as_bytes())
    }

    /// The holder's PIN as a password.
    ///
    /// # Errors
    ///
    /// `pace.password` unless it has 4 to 12 decimal digits.
    pub fn pin(digits: &str) -> Result<Self, ChannelError> {
        Self::from_stored(PasswordReference::Pin, digits.as_bytes())
    }

    /// The PUK as a password.
    ///
    /// # Errors
    ///
    /// `pace.password` unless it has 4 to 12 decimal digits.
    pub fn puk(digits: &str) -> Result<Self, ChannelError> {
        Self::from_stored(PasswordReference::Puk, digits.as_bytes())
    }

    /// Takes the octets as a chip stores them.
    ///
    /// # Errors
    ///
    /// `pace.password` unless they are what the table says of this password.
    pub fn from_stored(reference: PasswordReference, octets: &[u8]) -> Result<Self, ChannelError> {
        let digits = octets.iter().all(u8::is_ascii_digit);
        let fits = match reference {
            PasswordReference::Mrz => octets.len() == 20,
            PasswordReference::Can => digits && octets.len() == 6,
            PasswordReference::Pin | PasswordReference::Puk => digits && (4..=12).contains(&octets.len()),
        };
        if !fits {
            return Err(ChannelError::PacePassword);
        }
        Ok(Self { reference, octets: SecretBytes::copy_of(octets) })
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
