use crate::backend::Backend;
use crate::error::CryptoError;
use crate::public_key::PublicKey;
use crate::signature::SignatureAlgorithm;

/// A public key that was prepared once and verifies many signatures.
#[derive(Clone, Debug)]
pub struct VerifyingKey {
    public: PublicKey,
    #[cfg(feature = "aws-lc")]
    fast: Option<crate::aws_lc::Verifier>,
}

impl VerifyingKey {
    /// Prepares a key; one that the backend lacks is left to [`Backend::Pure`].
    #[must_use]
    pub fn new(public: PublicKey, backend: Backend) -> Self {
        match backend {
            Backend::Pure => Self {
                public,
                #[cfg(feature = "aws-lc")]
                fast: None,
            },
            #[cfg(feature = "aws-lc")]
            Backend::AwsLc => Self { fast: crate::aws_lc::Verifier::new(&public), public },
        }
    }

    /// The key.
    #[must_use]
    pub const fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The backend that verifies signatures as they are made today.
    #[must_use]
    pub const fn backend(&self) -> Backend {
        #[cfg(feature = "aws-lc")]
        if self.fast.is_some() {
            return Backend::AwsLc;
        }
        Backend::Pure
    }

    /// Verifies a signature over a message.
    ///
    /// # Errors
    ///
    /// As [`PublicKey::verify`].
    pub fn verify(&self, algorithm: SignatureAlgorithm, message: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
        #[cfg(feature = "aws-lc")]
        if let Some(verified) = self.fast.as_ref().and_then(|fast| fast.verify(algorithm, message, signature)) {
            return verified;
        }
        self.public.verify(algorithm, message, signature)
    }
}
