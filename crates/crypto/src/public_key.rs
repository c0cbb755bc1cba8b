use crate::curve::{Curve, CurvePoint, EcParameters, ecdsa_signature_from_der};
use crate::error::{CryptoError, CryptoErrorKind};
use crate::rsa_keys::RsaPublicKey;
use crate::signature::SignatureAlgorithm;

/// A public key of a certificate, which verifies signatures: on one of the curves, or RSA of 2048 to 4096 bits.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PublicKey(Kind);

#[derive(Clone, Debug, Eq, PartialEq)]
enum Kind {
    Ec(CurvePoint),
    Rsa(RsaPublicKey),
}

impl PublicKey {
    /// Takes a point of any curve.
    #[must_use]
    pub const fn from_point(point: CurvePoint) -> Self {
        Self(Kind::Ec(point))
    }

    /// Takes an uncompressed point of P-256: `04 ‖ X(32) ‖ Y(32)`.
    ///
    /// # Errors
    ///
    /// `crypto.public-key-form` unless it is such a point on the curve.
    pub fn from_p256_point(point: &[u8]) -> Result<Self, CryptoError> {
        CurvePoint::decode(Curve::P256, point).map(Self::from_point)
    }

    /// Takes an RSA key.
    ///
    /// # Errors
    ///
    /// `crypto.public-key-form` if it is shorter than [`RsaPublicKey::MIN_SIGNER_BITS`].
    pub fn from_rsa(key: RsaPublicKey) -> Result<Self, CryptoError> {
        // Rounded up to octets: some issuers' moduli begin with a zero bit.
        if 8 * key.octets() < RsaPublicKey::MIN_SIGNER_BITS {
            return Err(CryptoError::new(CryptoErrorKind::PublicKeyForm));
        }
        Ok(Self(Kind::Rsa(key)))
    }

    /// Reads a DER SubjectPublicKeyInfo; explicit curve parameters are matched to a curve, value by value.
    ///
    /// # Errors
    ///
    /// `crypto.public-key-form` or `crypto.curve-unknown`.
    pub fn from_spki_der(der: &[u8]) -> Result<Self, CryptoError> {
        match RsaPublicKey::from_spki_der(der) {
            Ok(key) => Self::from_rsa(key),
            Err(_) => CurvePoint::from_spki_der(der).map(Self::from_point),
        }
    }

    /// Writes a DER SubjectPublicKeyInfo; `parameters` has no meaning for RSA.
    ///
    /// # Errors
    ///
    /// `crypto.public-key-form` if the encoder refuses, which no key that exists makes it do.
    pub fn to_spki_der(&self, parameters: EcParameters) -> Result<Vec<u8>, CryptoError> {
        match &self.0 {
            Kind::Ec(point) => point.to_spki_der(parameters),
            Kind::Rsa(key) => key.to_spki_der(),
        }
    }

    /// The point of an EC key; `None` for RSA.
    #[must_use]
    pub const fn point(&self) -> Option<&CurvePoint> {
        match &self.0 {
            Kind::Ec(point) => Some(point),
            Kind::Rsa(_) => None,
        }
    }

    /// The RSA key; `None` for a curve.
    #[must_use]
    pub const fn rsa(&self) -> Option<&RsaPublicKey> {
        match &self.0 {
            Kind::Ec(_) => None,
            Kind::Rsa(key) => Some(key),
        }
    }

    /// The uncompressed point `04 ‖ X ‖ Y` of a key on P-256; `None` for any other.
    #[must_use]
    pub fn p256_point(&self) -> Option<Vec<u8>> {
        self.point().filter(|point| point.curve() == Curve::P256).map(|point| point.octets().to_vec())
    }

    /// What the subjectPublicKey BIT STRING holds: this is what key identifiers by method 1 hash.
    ///
    /// # Errors
    ///
    /// As [`PublicKey::to_spki_der`].
    pub fn subject_public_key(&self) -> Result<Vec<u8>, CryptoError> {
        match &self.0 {
            Kind::Ec(point) => Ok(point.octets().to_vec()),
            Kind::Rsa(key) => key.to_pkcs1_der(),
        }
    }

    /// Verifies a signature over a message.
    ///
    /// # Errors
    ///
    /// `crypto.algorithm-mismatch` if the algorithm does not go with the key, else `crypto.signature`.
    pub fn verify(&self, algorithm: SignatureAlgorithm, message: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
        match (&self.0, algorithm) {
            (Kind::Ec(point), SignatureAlgorithm::Ecdsa(hash)) => {
                point.verify(hash, message, &ecdsa_signature_from_der(point.curve(), signature)?)
            }
            (Kind::Rsa(key), SignatureAlgorithm::RsaPkcs1(hash)) => key.verify_pkcs1(hash, message, signature),
            (Kind::Rsa(key), SignatureAlgorithm::RsaPss { hash, salt }) => {
                key.verify_pss(hash, salt, message, signature)
            }
            _ => Err(CryptoError::new(CryptoErrorKind::AlgorithmMismatch)),
        }
    }
}
