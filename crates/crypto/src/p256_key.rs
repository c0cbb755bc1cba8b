use std::fmt;

use crate::curve::{Curve, CurvePoint, CurvePrivateKey, ecdsa_signature_to_der};
use crate::entropy::Entropy;
use crate::error::{CryptoError, CryptoErrorKind};
use crate::hash::HashAlgorithm;
use crate::public_key::PublicKey;

/// A private key on P-256 that signs seals; wiped when dropped, never printed.
pub struct P256PrivateKey {
    key: CurvePrivateKey,
    public: CurvePoint,
}

impl P256PrivateKey {
    /// Draws a key: 32 octets at a time until they are a scalar between 1 and the group order less one.
    #[must_use]
    pub fn generate(entropy: &mut dyn Entropy) -> Self {
        loop {
            if let Ok(key) = Self::new(CurvePrivateKey::generate(Curve::P256, entropy)) {
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
        Self::new(CurvePrivateKey::from_bytes(Curve::P256, bytes)?)
    }

    /// Lends the scalar, 32 octets big-endian, to one closure.
    pub fn expose<R>(&self, with: impl FnOnce(&[u8]) -> R) -> R {
        self.key.expose(with)
    }

    /// The public key that goes with it.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey::from_point(self.public.clone())
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
        ecdsa_signature_to_der(&self.key.sign(hash, message)?)
    }

    fn new(key: CurvePrivateKey) -> Result<Self, CryptoError> {
        let public = key.public()?;
        Ok(Self { key, public })
    }
}

impl fmt::Debug for P256PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("P256PrivateKey(redacted)")
    }
}
