use std::fmt;

use rsa::pkcs1::{DecodeRsaPrivateKey, EncodeRsaPrivateKey};
use sigillo_secret::SecretBytes;

use crate::entropy::Entropy;
use crate::error::{CryptoError, CryptoErrorKind};
use crate::hash::HashAlgorithm;

use super::drawn::Drawn;
use super::public::{RsaPublicKey, pkcs1_scheme, representative, right_aligned};

/// An RSA private key of 1024 to 4096 bits: of virtual chips and of test certificates, never of an issuer.
///
/// Its operations are checked against faults, but not blinded.
pub struct RsaPrivateKey(Box<rsa::RsaPrivateKey>);

impl RsaPrivateKey {
    /// Draws a key with the exponent 65537.
    ///
    /// # Errors
    ///
    /// `crypto.key-form` unless the size is a multiple of 64 between 1024 and 4096 bits.
    pub fn generate(bits: usize, entropy: &mut dyn Entropy) -> Result<Self, CryptoError> {
        let form = CryptoError::new(CryptoErrorKind::KeyForm);
        if !(RsaPublicKey::MIN_BITS..=RsaPublicKey::MAX_BITS).contains(&bits) || !bits.is_multiple_of(64) {
            return Err(form);
        }
        rsa::RsaPrivateKey::new(&mut Drawn(entropy), bits).map(|key| Self(Box::new(key))).map_err(|_| form)
    }

    /// Takes a stored key, the DER RSAPrivateKey of PKCS#1.
    ///
    /// # Errors
    ///
    /// `crypto.key-form` unless it is one of an allowed size whose numbers fit together.
    pub fn from_pkcs1_der(der: &[u8]) -> Result<Self, CryptoError> {
        let form = CryptoError::new(CryptoErrorKind::KeyForm);
        let key = Self(Box::new(rsa::RsaPrivateKey::from_pkcs1_der(der).map_err(|_| form)?));
        let sizes = RsaPublicKey::MIN_BITS..=RsaPublicKey::MAX_BITS;
        if sizes.contains(&key.public().bits()) { Ok(key) } else { Err(form) }
    }

    /// Lends the DER RSAPrivateKey of PKCS#1 to one closure.
    pub fn expose<R>(&self, with: impl FnOnce(&[u8]) -> R) -> R {
        let der = self.0.to_pkcs1_der().map(|document| SecretBytes::new(document.as_bytes().to_vec()));
        der.unwrap_or_else(|_| SecretBytes::new(Vec::new())).expose(with)
    }

    /// The public key that goes with it.
    #[must_use]
    pub fn public(&self) -> RsaPublicKey {
        RsaPublicKey::new(self.0.to_public_key())
    }

    /// The private operation on a representative, `representativeᵈ mod n`: the caller brings the padding.
    ///
    /// # Errors
    ///
    /// `crypto.signature` unless the representative is as long as the modulus and below it.
    pub fn sign_raw(&self, padded: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let refused = CryptoError::new(CryptoErrorKind::Signature);
        let number = representative(&*self.0, padded).ok_or(refused)?;
        let unblinded = None::<&mut Drawn<'_>>;
        let signed = rsa::hazmat::rsa_decrypt_and_check(&*self.0, unblinded, &number).map_err(|_| refused)?;
        right_aligned(&signed.to_be_bytes(), padded.len()).ok_or(refused)
    }

    /// Signs a message by PKCS#1 v1.5.
    ///
    /// # Errors
    ///
    /// `crypto.signature`; no key that exists causes it.
    pub fn sign_pkcs1(&self, hash: HashAlgorithm, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let signed = self.0.sign(pkcs1_scheme(hash), &hash.digest(message));
        signed.map_err(|_| CryptoError::new(CryptoErrorKind::Signature))
    }

    /// Signs a message by RSASSA-PSS with a drawn salt as long as the hash.
    ///
    /// # Errors
    ///
    /// `crypto.signature` if the key is too short for the hash.
    pub fn sign_pss(
        &self,
        hash: HashAlgorithm,
        message: &[u8],
        entropy: &mut dyn Entropy,
    ) -> Result<Vec<u8>, CryptoError> {
        let digest = hash.digest(message);
        let drawn = &mut Drawn(entropy);
        match hash {
            HashAlgorithm::Sha1 => self.0.sign_with_rng(drawn, rsa::Pss::<sha1::Sha1>::new(), &digest),
            HashAlgorithm::Sha224 => self.0.sign_with_rng(drawn, rsa::Pss::<sha2::Sha224>::new(), &digest),
            HashAlgorithm::Sha256 => self.0.sign_with_rng(drawn, rsa::Pss::<sha2::Sha256>::new(), &digest),
            HashAlgorithm::Sha384 => self.0.sign_with_rng(drawn, rsa::Pss::<sha2::Sha384>::new(), &digest),
            HashAlgorithm::Sha512 => self.0.sign_with_rng(drawn, rsa::Pss::<sha2::Sha512>::new(), &digest),
        }
        .map_err(|_| CryptoError::new(CryptoErrorKind::Signature))
    }
}

impl fmt::Debug for RsaPrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RsaPrivateKey({} bits, redacted)", self.public().bits())
    }
}
