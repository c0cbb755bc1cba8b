use sigillo_secret::SecretBytes;

use crate::error::{KeystoreError, KeystoreErrorKind};

/// What a store may ask for when it is opened.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SecretName {
    /// The passphrase of a store in files.
    Passphrase,
    /// The user's PIN of a token.
    Pin,
}

/// Where a passphrase or PIN comes from: a prompt, a descriptor, a private file. Never an argument or the environment.
pub trait SecretSource {
    /// Gives the secret, without the end of its line.
    ///
    /// # Errors
    ///
    /// `keystore.secret-missing` if there is nobody to ask; errors of reading.
    fn secret(&mut self, name: SecretName) -> Result<SecretBytes, KeystoreError>;
}

/// Nobody to ask: enough for stores that keep their own test passphrase.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSecrets;

impl SecretSource for NoSecrets {
    fn secret(&mut self, _name: SecretName) -> Result<SecretBytes, KeystoreError> {
        Err(KeystoreErrorKind::SecretMissing.into())
    }
}

impl SecretName {
    /// The words for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Passphrase => "passphrase",
            Self::Pin => "PIN",
        }
    }
}
