//! ECDSA: plain signatures `r ‖ s`, as EAC certificates and chips use them, and their DER form, as X.509 does.

use der::asn1::UintRef;
use der::{Decode, Encode, Sequence};

use crate::error::{CryptoError, CryptoErrorKind};
use crate::hash::HashAlgorithm;

use super::arithmetic;
use super::domain::Curve;
use super::keys::{CurvePoint, CurvePrivateKey};

impl CurvePrivateKey {
    /// Signs a message: ECDSA with the nonce of RFC 6979.
    ///
    /// | offset | octets | content |
    /// |---|---|---|
    /// | 0 | n | r, big-endian, n as the group order has |
    /// | n | n | s, big-endian |
    ///
    /// Spec: `bsi-tr-03111#plain-signature`, `rfc-6979#ecdsa`.
    ///
    /// # Errors
    ///
    /// As [`Self::sign_prehash`]; no key that exists causes one.
    pub fn sign(&self, hash: HashAlgorithm, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        self.sign_digest(hash, &hash.digest(message))
    }

    /// Signs a hash value; its length says which hash RFC 6979 draws the nonce with.
    ///
    /// # Errors
    ///
    /// `crypto.hash-mismatch` unless the value is as long as that of a [`HashAlgorithm`].
    pub fn sign_prehash(&self, digest: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let hash = HashAlgorithm::ALL.into_iter().find(|hash| hash.output_length() == digest.len());
        self.sign_digest(hash.ok_or(CryptoError::new(CryptoErrorKind::HashMismatch))?, digest)
    }

    fn sign_digest(&self, hash: HashAlgorithm, digest: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let signature = self.expose(|scalar| arithmetic::sign(self.curve(), scalar, hash, digest));
        signature.ok_or(CryptoError::new(CryptoErrorKind::KeyForm))
    }
}

impl CurvePoint {
    /// Verifies a plain signature over a message.
    ///
    /// # Errors
    ///
    /// `crypto.signature`.
    pub fn verify(&self, hash: HashAlgorithm, message: &[u8], plain: &[u8]) -> Result<(), CryptoError> {
        self.verify_prehash(&hash.digest(message), plain)
    }

    /// Verifies a plain signature over a hash value.
    ///
    /// # Errors
    ///
    /// `crypto.signature`.
    pub fn verify_prehash(&self, digest: &[u8], plain: &[u8]) -> Result<(), CryptoError> {
        let verified = arithmetic::verifies(self.curve(), self.octets(), digest, plain);
        if verified { Ok(()) } else { Err(CryptoError::new(CryptoErrorKind::Signature)) }
    }
}

/// Writes a plain signature as DER `Ecdsa-Sig-Value`.
///
/// # Errors
///
/// `crypto.signature` unless it has two halves of equal length.
pub fn ecdsa_signature_to_der(plain: &[u8]) -> Result<Vec<u8>, CryptoError> {
    let refused = CryptoError::new(CryptoErrorKind::Signature);
    if plain.is_empty() || !plain.len().is_multiple_of(2) {
        return Err(refused);
    }
    let (r, s) = plain.split_at(plain.len() / 2);
    let encode = || SignatureValue { r: UintRef::new(r)?, s: UintRef::new(s)? }.to_der();
    encode().map_err(|_: der::Error| refused)
}

/// Reads a DER `Ecdsa-Sig-Value` into the plain form of a curve.
///
/// # Errors
///
/// `crypto.signature` unless it is one, and both numbers fit.
pub fn ecdsa_signature_from_der(curve: Curve, der: &[u8]) -> Result<Vec<u8>, CryptoError> {
    let refused = CryptoError::new(CryptoErrorKind::Signature);
    let value = SignatureValue::from_der(der).map_err(|_| refused)?;
    let mut plain = Vec::with_capacity(2 * curve.field_octets());
    for number in [value.r.as_bytes(), value.s.as_bytes()] {
        let padding = curve.field_octets().checked_sub(number.len()).ok_or(refused)?;
        plain.resize(plain.len() + padding, 0);
        plain.extend_from_slice(number);
    }
    Ok(plain)
}

#[derive(Sequence)]
struct SignatureValue<'a> {
    r: UintRef<'a>,
    s: UintRef<'a>,
}
