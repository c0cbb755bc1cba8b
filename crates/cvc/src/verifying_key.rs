use sigillo_crypto::{CurvePoint, HashAlgorithm, RsaPublicKey, SignatureAlgorithm, ecdsa_signature_from_der};

use crate::error::{CvcError, CvcErrorKind};
use crate::public_key::{CvPublicKey, RsaScheme, TaAlgorithm};

/// A public key with its domain parameters, which verifies certificates and the answers of terminals.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum VerifyingKey {
    /// A point on a known curve.
    Ec {
        /// The hash of its signatures.
        hash: HashAlgorithm,
        /// The point.
        point: CurvePoint,
    },
    /// An RSA key.
    Rsa {
        /// Its padding.
        scheme: RsaScheme,
        /// The hash of its signatures.
        hash: HashAlgorithm,
        /// The key.
        key: RsaPublicKey,
    },
}

impl VerifyingKey {
    /// The key of a certificate, its domain parameters inherited from the issuer's where it has none.
    ///
    /// # Errors
    ///
    /// `cvc.domain-parameters` if there is nothing to inherit, `cvc.public-key` if the point is not on the issuer's curve.
    pub fn resolve(key: &CvPublicKey, issuer: Option<&Self>) -> Result<Self, CvcError> {
        match (key, issuer) {
            (CvPublicKey::Ec { hash, point }, _) => Ok(Self::Ec { hash: *hash, point: point.clone() }),
            (CvPublicKey::Rsa { scheme, hash, key }, _) => {
                Ok(Self::Rsa { scheme: *scheme, hash: *hash, key: key.clone() })
            }
            (CvPublicKey::EcInherited { hash, octets }, Some(Self::Ec { point, .. })) => {
                let point =
                    CurvePoint::decode(point.curve(), octets).map_err(|_| CvcError::new(CvcErrorKind::PublicKey))?;
                Ok(Self::Ec { hash: *hash, point })
            }
            (CvPublicKey::EcInherited { .. }, _) => Err(CvcError::new(CvcErrorKind::DomainParameters)),
        }
    }

    /// Verifies a signature over a message; that of an elliptic curve is plain, `r ‖ s`.
    ///
    /// # Errors
    ///
    /// `cvc.signature`.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), CvcError> {
        match self {
            Self::Ec { hash, point } => point.verify(*hash, message, signature),
            Self::Rsa { scheme: RsaScheme::Pkcs1, hash, key } => key.verify_pkcs1(*hash, message, signature),
            Self::Rsa { scheme: RsaScheme::Pss, hash, key } => {
                key.verify_pss(*hash, hash.output_length(), message, signature)
            }
        }
        .map_err(|_| CvcError::new(CvcErrorKind::Signature))
    }

    /// How whoever holds the private key signs for it; signatures of elliptic curves come in DER then.
    #[must_use]
    pub const fn signature_algorithm(&self) -> SignatureAlgorithm {
        match self {
            Self::Ec { hash, .. } => SignatureAlgorithm::Ecdsa(*hash),
            Self::Rsa { scheme: RsaScheme::Pkcs1, hash, .. } => SignatureAlgorithm::RsaPkcs1(*hash),
            Self::Rsa { scheme: RsaScheme::Pss, hash, .. } => {
                SignatureAlgorithm::RsaPss { hash: *hash, salt: hash.output_length() }
            }
        }
    }

    /// A signature by [`Self::signature_algorithm`] in the form of certificates: on an elliptic curve `r ‖ s`, for RSA as it is.
    ///
    /// # Errors
    ///
    /// `cvc.signature` if it is none.
    pub fn plain_signature(&self, signature: &[u8]) -> Result<Vec<u8>, CvcError> {
        match self {
            Self::Ec { point, .. } => {
                ecdsa_signature_from_der(point.curve(), signature).map_err(|_| CvcError::new(CvcErrorKind::Signature))
            }
            Self::Rsa { .. } => Ok(signature.to_vec()),
        }
    }

    /// Its algorithm.
    #[must_use]
    pub fn algorithm(&self) -> TaAlgorithm {
        self.public_key().algorithm()
    }

    /// The same key as certificates of roots carry it, with domain parameters.
    #[must_use]
    pub fn public_key(&self) -> CvPublicKey {
        match self {
            Self::Ec { hash, point } => CvPublicKey::Ec { hash: *hash, point: point.clone() },
            Self::Rsa { scheme, hash, key } => CvPublicKey::Rsa { scheme: *scheme, hash: *hash, key: key.clone() },
        }
    }
}
