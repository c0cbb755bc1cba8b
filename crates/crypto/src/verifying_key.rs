use crate::backend::Backend;
use crate::error::CryptoError;
use crate::public_key::PublicKey;
use crate::signature::SignatureAlgorithm;

/// A public key that was prepared once and verifies many signatures.
#[derive(Clone, Debug)]
pub struct VerifyingKey {
    public: PublicKey,
}

impl VerifyingKey {
    /// Prepares a key; one that the backend lacks is left to [`Backend::Pure`].
    #[must_use]
    pub fn new(public: PublicKey, backend: Backend) -> Self {
        match backend {
            Backend::Pure => Self { public },
        }
    }

    /// The key.
    #[must_use]
    pub const fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Verifies a signature over a message.
    ///
    /// # Errors
    ///
    /// As [`PublicKey::verify`].
    pub fn verify(&self, algorithm: SignatureAlgorithm, message: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
        self.public.verify(algorithm, message, signature)
    }
}
