use std::fmt;

use p256::ecdsa::signature::Signer;
use p256::ecdsa::{DerSignature, SigningKey};
use zeroize::Zeroizing;

use crate::entropy::Entropy;
use crate::error::{CryptoError, CryptoErrorKind};
use crate::hash::HashAlgorithm;
use crate::public_key::PublicKey;

/// A private key on P-256; wiped when dropped, never printed.
pub struct P256PrivateKey(SigningKey);

impl P256PrivateKey {
    /// Draws a key: 32 octets at a time until they are a scalar between 1 and the group order less one.
    #[must_use]
    pub fn generate(entropy: &mut dyn Entropy) -> Self {
        let mut octets = Zeroizing::new([0; 32]);
        loop {
            entropy.fill(&mut *octets);
            if let Ok(key) = Self::from_bytes(&*octets) {
                return key;
            }
        }
    }

    /// Takes a stored scalar, 32 octets big-endian.
    ///
    /// # Errors
    ///
    /// `crypto.key-form` unless it lies between 1 and the group order less one.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CryptoError> {
        SigningKey::from_slice(bytes).map(Self).map_err(|_| CryptoError::new(CryptoErrorKind::KeyForm))
    }

    /// Lends the scalar, 32 octets big-endian, to one closure.
    pub fn expose<R>(&self, with: impl FnOnce(&[u8]) -> R) -> R {
        let scalar = Zeroizing::new(<[u8; 32]>::from(self.0.to_bytes()));
        with(&*scalar)
    }

    /// The public key that goes with it.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey::from_p256(*self.0.verifying_key())
    }

    /// Signs with ECDSA and a nonce by RFC 6979; the result is a DER `Ecdsa-Sig-Value`.
    ///
    /// # Errors
    ///
    /// `crypto.hash-mismatch` for another hash than SHA-256: hash and curve are always of one strength.
    pub fn sign(&self, hash: HashAlgorithm, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        if hash != HashAlgorithm::Sha256 {
            return Err(CryptoError::new(CryptoErrorKind::HashMismatch));
        }
        let signature: DerSignature =
            self.0.try_sign(message).map_err(|_| CryptoError::new(CryptoErrorKind::Signature))?;
        Ok(signature.as_bytes().to_vec())
    }
}

impl fmt::Debug for P256PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("P256PrivateKey(redacted)")
    }
}
