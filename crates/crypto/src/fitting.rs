//! Which signature algorithm goes with which key: hash and curve are always of one strength.

use crate::curve::Curve;
use crate::error::{CryptoError, CryptoErrorKind};
use crate::hash::HashAlgorithm;
use crate::key_algorithm::KeyAlgorithm;
use crate::public_key::PublicKey;
use crate::rsa_keys::RsaPublicKey;
use crate::signature::SignatureAlgorithm;

impl KeyAlgorithm {
    /// The kind of a public key; `None` for a curve that is only verified, and for RSA keys of other sizes.
    #[must_use]
    pub fn of(key: &PublicKey) -> Option<Self> {
        let curve = key.point().map(|point| point.curve());
        let bits = key.rsa().map(|key| key.bits());
        Self::ALL.into_iter().find(|algorithm| algorithm.curve() == curve && algorithm.rsa_bits() == bits)
    }
}

impl SignatureAlgorithm {
    /// The one that a key of this kind makes signatures by, if nobody chose another: ECDSA with the hash that is as long as
    /// the curve (for P-521: SHA-512; for brainpoolP320r1: SHA-384), or RSASSA-PSS with SHA-256.
    ///
    /// Spec: `icao-9303-12#algorithms`.
    #[must_use]
    pub const fn for_key(key: KeyAlgorithm) -> Self {
        match key.curve() {
            Some(curve) => Self::Ecdsa(hash_of(curve)),
            None => Self::pss(HashAlgorithm::Sha256),
        }
    }

    /// Whether signatures by it may be made with the private key of this public key: the one hash that goes with a curve;
    /// for RSA of 2048 to 4096 bits SHA-256, SHA-384 or SHA-512, with a salt as long as the hash.
    ///
    /// # Errors
    ///
    /// `crypto.algorithm-mismatch` if it is for another kind of key, `crypto.hash-mismatch` for another hash or salt,
    /// `crypto.key-form` for a key that makes no signatures: brainpoolP224r1, short RSA keys.
    pub fn fits(self, key: &PublicKey) -> Result<(), CryptoError> {
        use HashAlgorithm::{Sha256, Sha384, Sha512};
        let refused = match (self, key.point(), key.rsa()) {
            (_, Some(point), _) if point.curve() == Curve::BrainpoolP224r1 => Some(CryptoErrorKind::KeyForm),
            (_, _, Some(key)) if key.bits() < RsaPublicKey::MIN_SIGNER_BITS => Some(CryptoErrorKind::KeyForm),
            (Self::Ecdsa(hash), Some(point), _) => {
                (hash != hash_of(point.curve())).then_some(CryptoErrorKind::HashMismatch)
            }
            (Self::RsaPkcs1(hash), _, Some(_)) => {
                (!matches!(hash, Sha256 | Sha384 | Sha512)).then_some(CryptoErrorKind::HashMismatch)
            }
            (Self::RsaPss { hash, salt }, _, Some(_)) => {
                let fits = matches!(hash, Sha256 | Sha384 | Sha512) && salt == hash.output_length();
                (!fits).then_some(CryptoErrorKind::HashMismatch)
            }
            _ => Some(CryptoErrorKind::AlgorithmMismatch),
        };
        refused.map_or(Ok(()), |kind| Err(CryptoError::new(kind)))
    }
}

const fn hash_of(curve: Curve) -> HashAlgorithm {
    match curve {
        Curve::BrainpoolP224r1 => HashAlgorithm::Sha224,
        Curve::P256 | Curve::BrainpoolP256r1 => HashAlgorithm::Sha256,
        Curve::BrainpoolP320r1 | Curve::P384 | Curve::BrainpoolP384r1 => HashAlgorithm::Sha384,
        Curve::BrainpoolP512r1 | Curve::P521 => HashAlgorithm::Sha512,
    }
}
