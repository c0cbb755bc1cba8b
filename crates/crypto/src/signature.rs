use crate::curve::Curve;
use crate::error::{CryptoError, CryptoErrorKind};
use crate::hash::HashAlgorithm;
use crate::key_algorithm::KeyAlgorithm;
use crate::public_key::PublicKey;
use crate::rsa_keys::RsaPublicKey;

/// How a signature was made.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum SignatureAlgorithm {
    /// ECDSA over this hash; the signature is a DER `Ecdsa-Sig-Value`.
    Ecdsa(HashAlgorithm),
    /// RSA PKCS#1 v1.5 over this hash.
    RsaPkcs1(HashAlgorithm),
    /// RSASSA-PSS over this hash, which is also that of MGF1.
    RsaPss {
        /// The hash of message and mask generation.
        hash: HashAlgorithm,
        /// Salt length in octets.
        salt: usize,
    },
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

    /// RSASSA-PSS with a salt as long as the hash, the only one that is made.
    #[must_use]
    pub const fn pss(hash: HashAlgorithm) -> Self {
        Self::RsaPss { hash, salt: hash.output_length() }
    }

    /// The hash.
    #[must_use]
    pub const fn hash(self) -> HashAlgorithm {
        match self {
            Self::Ecdsa(hash) | Self::RsaPkcs1(hash) | Self::RsaPss { hash, .. } => hash,
        }
    }

    /// The name in reports.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Ecdsa(hash) => format!("ECDSA with {}", hash.name()),
            Self::RsaPkcs1(hash) => format!("RSA PKCS#1 v1.5 with {}", hash.name()),
            Self::RsaPss { hash, salt } => format!("RSASSA-PSS with {}, salt of {salt} octets", hash.name()),
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
