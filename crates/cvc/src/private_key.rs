use sigillo_crypto::{CurvePrivateKey, Entropy, HashAlgorithm, RsaPrivateKey};

use crate::error::{CvcError, CvcErrorKind};
use crate::public_key::{CvPublicKey, RsaScheme};

/// A private key of an issuer or a terminal, with the algorithm it signs by.
#[derive(Debug)]
pub enum CvPrivateKey {
    /// On an elliptic curve.
    Ec {
        /// The hash of its signatures.
        hash: HashAlgorithm,
        /// The key.
        key: CurvePrivateKey,
    },
    /// RSA.
    Rsa {
        /// Its padding.
        scheme: RsaScheme,
        /// The hash of its signatures.
        hash: HashAlgorithm,
        /// The key.
        key: RsaPrivateKey,
    },
}

impl CvPrivateKey {
    /// The public key that goes with it, with domain parameters.
    ///
    /// # Errors
    ///
    /// `cvc.signer`; no key that exists causes it.
    pub fn public(&self) -> Result<CvPublicKey, CvcError> {
        match self {
            Self::Ec { hash, key } => {
                let point = key.public().map_err(|error| CvcError::new(CvcErrorKind::Signer(error)))?;
                Ok(CvPublicKey::Ec { hash: *hash, point })
            }
            Self::Rsa { scheme, hash, key } => Ok(CvPublicKey::Rsa { scheme: *scheme, hash: *hash, key: key.public() }),
        }
    }

    /// Signs a message; randomness is drawn for the salt of PSS only.
    ///
    /// # Errors
    ///
    /// `cvc.signer` if an RSA key is too short for the hash.
    pub fn sign(&self, message: &[u8], entropy: &mut dyn Entropy) -> Result<Vec<u8>, CvcError> {
        match self {
            Self::Ec { hash, key } => key.sign(*hash, message),
            Self::Rsa { scheme: RsaScheme::Pkcs1, hash, key } => key.sign_pkcs1(*hash, message),
            Self::Rsa { scheme: RsaScheme::Pss, hash, key } => key.sign_pss(*hash, message, entropy),
        }
        .map_err(|error| CvcError::new(CvcErrorKind::Signer(error)))
    }
}
