use std::fmt;

use sigillo_secret::SecretBytes;

use crate::backend::Backend;
use crate::curve::{CurvePrivateKey, ecdsa_signature_to_der};
use crate::entropy::Entropy;
use crate::error::{CryptoError, CryptoErrorKind};
use crate::key_algorithm::KeyAlgorithm;
use crate::pkcs8::{self, Decoded};
use crate::public_key::PublicKey;
use crate::rsa_keys::RsaPrivateKey;
use crate::signature::SignatureAlgorithm;

/// A private key in software that signs certificates and seals; wiped when dropped, never printed.
///
/// RSA by [`Backend::Pure`] is for tests and vectors: its arithmetic is not of constant time (RUSTSEC-2023-0071).
pub struct PrivateKey {
    kind: Kind,
    public: PublicKey,
    algorithm: KeyAlgorithm,
    #[cfg(feature = "aws-lc")]
    fast: Option<crate::aws_lc::Signer>,
}

enum Kind {
    Curve(CurvePrivateKey),
    Rsa(RsaPrivateKey),
}

impl PrivateKey {
    /// Draws a key; it signs with [`Backend::Pure`].
    ///
    /// # Errors
    ///
    /// `crypto.key-form`, which no entropy that exists causes.
    pub fn generate(algorithm: KeyAlgorithm, entropy: &mut dyn Entropy) -> Result<Self, CryptoError> {
        match (algorithm.curve(), algorithm.rsa_bits()) {
            (Some(curve), _) => Self::of_curve(CurvePrivateKey::generate(curve, entropy)),
            (None, Some(bits)) => Self::of_rsa(RsaPrivateKey::generate(bits, entropy)?),
            (None, None) => Err(CryptoError::new(CryptoErrorKind::KeyForm)),
        }
    }

    /// Takes a key on a curve.
    ///
    /// # Errors
    ///
    /// `crypto.key-form` for a curve that is only verified.
    pub fn of_curve(key: CurvePrivateKey) -> Result<Self, CryptoError> {
        let public = PublicKey::from_point(key.public()?);
        Self::new(Kind::Curve(key), public)
    }

    /// Takes an RSA key.
    ///
    /// # Errors
    ///
    /// `crypto.key-form` unless it has 2048, 3072 or 4096 bits.
    pub fn of_rsa(key: RsaPrivateKey) -> Result<Self, CryptoError> {
        let public = PublicKey::from_rsa(key.public())?;
        Self::new(Kind::Rsa(key), public)
    }

    /// Reads a DER PrivateKeyInfo (PKCS#8); a curve may be named or come with all its parameters.
    ///
    /// # Errors
    ///
    /// `crypto.key-form` unless it is one of a supported kind whose parts fit together, `crypto.curve-unknown`.
    pub fn from_pkcs8(octets: &SecretBytes) -> Result<Self, CryptoError> {
        match octets.expose(pkcs8::decode)? {
            Decoded::Curve(key) => Self::of_curve(key),
            Decoded::Rsa(key) => Self::of_rsa(key),
        }
    }

    /// Writes a DER PrivateKeyInfo (PKCS#8); a curve is named.
    ///
    /// # Errors
    ///
    /// `crypto.key-form`, which no key that exists causes.
    pub fn to_pkcs8(&self) -> Result<SecretBytes, CryptoError> {
        match &self.kind {
            Kind::Curve(key) => pkcs8::encode_curve(key),
            Kind::Rsa(key) => pkcs8::encode_rsa(key),
        }
    }

    /// Signs with another backend from now on; a key that it lacks stays with [`Backend::Pure`].
    #[must_use]
    pub fn with_backend(self, backend: Backend) -> Self {
        match backend {
            Backend::Pure => Self {
                #[cfg(feature = "aws-lc")]
                fast: None,
                ..self
            },
            #[cfg(feature = "aws-lc")]
            Backend::AwsLc => {
                let fast = match &self.kind {
                    Kind::Curve(key) => crate::aws_lc::Signer::of_curve(key, &self.public),
                    Kind::Rsa(key) => crate::aws_lc::Signer::of_rsa(key),
                };
                Self { fast, ..self }
            }
        }
    }

    /// The backend that signs.
    #[must_use]
    pub const fn backend(&self) -> Backend {
        #[cfg(feature = "aws-lc")]
        if self.fast.is_some() {
            return Backend::AwsLc;
        }
        Backend::Pure
    }

    /// The public key that goes with it.
    #[must_use]
    pub const fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Its kind.
    #[must_use]
    pub const fn algorithm(&self) -> KeyAlgorithm {
        self.algorithm
    }

    /// The curve key, for key agreement; `None` for RSA.
    #[must_use]
    pub const fn curve_key(&self) -> Option<&CurvePrivateKey> {
        match &self.kind {
            Kind::Curve(key) => Some(key),
            Kind::Rsa(_) => None,
        }
    }

    /// Signs a message; ECDSA gives a DER `Ecdsa-Sig-Value`, RSA as many octets as the modulus has.
    ///
    /// The randomness salts and blinds PSS by [`Backend::Pure`], whose ECDSA draws nonces by RFC 6979; other backends ask
    /// the operating system.
    ///
    /// # Errors
    ///
    /// As [`SignatureAlgorithm::fits`]; `crypto.signature` if the arithmetic failed its check.
    pub fn sign(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        entropy: &mut dyn Entropy,
    ) -> Result<Vec<u8>, CryptoError> {
        algorithm.fits(&self.public)?;
        #[cfg(feature = "aws-lc")]
        if let Some(fast) = &self.fast {
            return fast.sign(algorithm, message);
        }
        match (&self.kind, algorithm) {
            (Kind::Curve(key), SignatureAlgorithm::Ecdsa(hash)) => ecdsa_signature_to_der(&key.sign(hash, message)?),
            (Kind::Rsa(key), SignatureAlgorithm::RsaPkcs1(hash)) => key.sign_pkcs1(hash, message),
            (Kind::Rsa(key), SignatureAlgorithm::RsaPss { hash, .. }) => key.sign_pss(hash, message, entropy),
            _ => Err(CryptoError::new(CryptoErrorKind::AlgorithmMismatch)),
        }
    }

    fn new(kind: Kind, public: PublicKey) -> Result<Self, CryptoError> {
        let algorithm = KeyAlgorithm::of(&public).ok_or(CryptoError::new(CryptoErrorKind::KeyForm))?;
        Ok(Self {
            kind,
            public,
            algorithm,
            #[cfg(feature = "aws-lc")]
            fast: None,
        })
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({}, redacted)", self.algorithm)
    }
}
