//! Keys and points, and the key agreement that PACE and Chip Authentication make with them.

use std::fmt;

use sigillo_secret::SecretBytes;
use zeroize::Zeroizing;

use crate::entropy::Entropy;
use crate::error::{CryptoError, CryptoErrorKind};

use super::arithmetic;
use super::domain::Curve;

/// A public point of a curve, never the one at infinity.
///
/// | offset | octets | content |
/// |---|---|---|
/// | 0 | 1 | 04, uncompressed |
/// | 1 | n | X, big-endian, n as the curve says |
/// | 1 + n | n | Y, big-endian |
///
/// Spec: `bsi-tr-03111#point-encoding`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CurvePoint {
    curve: Curve,
    octets: Vec<u8>,
}

/// A point that only the two parties may know: a shared secret, or a base point made from one.
#[derive(Debug)]
pub struct SecretPoint {
    curve: Curve,
    octets: SecretBytes,
}

/// A private key on a curve; wiped when dropped, never printed.
pub struct CurvePrivateKey {
    curve: Curve,
    scalar: SecretBytes,
}

impl CurvePoint {
    /// The standard's base point of a curve.
    #[must_use]
    pub fn generator(curve: Curve) -> Self {
        Self { curve, octets: arithmetic::generator(curve) }
    }

    /// Reads an uncompressed point.
    ///
    /// # Errors
    ///
    /// `crypto.public-key-form` unless the octets are such a point on the curve.
    pub fn decode(curve: Curve, octets: &[u8]) -> Result<Self, CryptoError> {
        if !arithmetic::is_point(curve, octets) {
            return Err(CryptoError::new(CryptoErrorKind::PublicKeyForm));
        }
        Ok(Self { curve, octets: octets.to_vec() })
    }

    /// Reads a compressed point: 02 if Y is even, 03 if it is odd, then X.
    ///
    /// Spec: `bsi-tr-03111#point-encoding`.
    ///
    /// # Errors
    ///
    /// `crypto.public-key-form` unless the octets are such a point on the curve.
    pub fn decode_compressed(curve: Curve, octets: &[u8]) -> Result<Self, CryptoError> {
        let octets = arithmetic::decompress(curve, octets).ok_or(CryptoError::new(CryptoErrorKind::PublicKeyForm))?;
        Ok(Self { curve, octets })
    }

    /// The compressed octets: 02 if Y is even, 03 if it is odd, then X.
    #[must_use]
    pub fn compressed(&self) -> Vec<u8> {
        let is_odd = self.octets.last().is_some_and(|octet| octet & 1 == 1);
        [&[if is_odd { 0x03 } else { 0x02 }], self.x()].concat()
    }

    /// Its curve.
    #[must_use]
    pub const fn curve(&self) -> Curve {
        self.curve
    }

    /// The uncompressed octets.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// The X coordinate, which is also the compressed form of the EAC protocols.
    #[must_use]
    pub fn x(&self) -> &[u8] {
        self.octets.get(1..=self.curve.field_octets()).unwrap_or_default()
    }
}

impl CurvePrivateKey {
    /// Draws a key: as many octets as a coordinate has (P-521: the highest seven bits cleared), until they are a scalar
    /// between 1 and the group order less one.
    #[must_use]
    pub fn generate(curve: Curve, entropy: &mut dyn Entropy) -> Self {
        let mut octets = Zeroizing::new(vec![0; curve.field_octets()]);
        loop {
            entropy.fill(&mut octets);
            if let (Curve::P521, Some(highest)) = (curve, octets.first_mut()) {
                *highest &= 1;
            }
            if let Ok(key) = Self::from_bytes(curve, &octets) {
                return key;
            }
        }
    }

    /// Takes a stored scalar, big-endian, in as many octets as a coordinate has.
    ///
    /// # Errors
    ///
    /// `crypto.key-form` unless it lies between 1 and the group order less one.
    pub fn from_bytes(curve: Curve, octets: &[u8]) -> Result<Self, CryptoError> {
        if !arithmetic::is_scalar(curve, octets) {
            return Err(CryptoError::new(CryptoErrorKind::KeyForm));
        }
        Ok(Self { curve, scalar: SecretBytes::copy_of(octets) })
    }

    /// Lends the scalar, big-endian, to one closure.
    pub fn expose<R>(&self, with: impl FnOnce(&[u8]) -> R) -> R {
        self.scalar.expose(with)
    }

    /// Its curve.
    #[must_use]
    pub const fn curve(&self) -> Curve {
        self.curve
    }

    /// The public key over the standard's base point.
    ///
    /// # Errors
    ///
    /// `crypto.key-form`, which no key that exists causes.
    pub fn public(&self) -> Result<CurvePoint, CryptoError> {
        let octets = self.scalar.expose(|scalar| arithmetic::multiply_generator(self.curve, scalar));
        let octets = octets.ok_or(CryptoError::new(CryptoErrorKind::KeyForm))?;
        Ok(CurvePoint { curve: self.curve, octets: octets.to_vec() })
    }

    /// The public key over a mapped base point.
    ///
    /// # Errors
    ///
    /// `crypto.curve-mismatch` if the base point is on another curve.
    pub fn public_over(&self, base: &SecretPoint) -> Result<CurvePoint, CryptoError> {
        let octets = base.octets.expose(|base_octets| self.multiply(base.curve, base_octets))?;
        Ok(CurvePoint { curve: self.curve, octets: octets.to_vec() })
    }

    /// Diffie-Hellman with the other party's public key.
    ///
    /// The curves have cofactor 1 and a [`CurvePoint`] is on its curve, so the result is never infinity.
    ///
    /// # Errors
    ///
    /// `crypto.curve-mismatch` if the other key is on another curve.
    pub fn agree(&self, other: &CurvePoint) -> Result<SecretPoint, CryptoError> {
        let octets = self.multiply(other.curve, &other.octets)?;
        Ok(SecretPoint { curve: self.curve, octets: SecretBytes::copy_of(&octets) })
    }

    /// This key divided by another one, modulo the group order: who knows the quotient and the other public key knows this
    /// public key, but neither private key.
    ///
    /// # Errors
    ///
    /// `crypto.curve-mismatch` if the other key is on another curve.
    pub fn quotient(&self, divisor: &Self) -> Result<Self, CryptoError> {
        if divisor.curve != self.curve {
            return Err(CryptoError::new(CryptoErrorKind::CurveMismatch));
        }
        let quotient =
            self.scalar.expose(|own| divisor.scalar.expose(|other| arithmetic::divide(self.curve, own, other)));
        Self::from_bytes(self.curve, &quotient.ok_or(CryptoError::new(CryptoErrorKind::KeyForm))?)
    }

    fn multiply(&self, curve: Curve, point: &[u8]) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
        if curve != self.curve {
            return Err(CryptoError::new(CryptoErrorKind::CurveMismatch));
        }
        let product = self.scalar.expose(|scalar| arithmetic::multiply(curve, scalar, point));
        product.ok_or(CryptoError::new(CryptoErrorKind::PublicKeyForm))
    }
}

impl SecretPoint {
    /// The X coordinate: what key derivation takes as the shared secret.
    #[must_use]
    pub fn x(&self) -> SecretBytes {
        self.octets.expose(|octets| SecretBytes::copy_of(octets.get(1..=self.curve.field_octets()).unwrap_or_default()))
    }

    /// Lends the uncompressed octets to one closure.
    pub fn expose<R>(&self, with: impl FnOnce(&[u8]) -> R) -> R {
        self.octets.expose(with)
    }

    /// The base point of the integrated mapping: the point that a pseudorandom number encodes, the number big-endian and
    /// taken modulo the prime.
    ///
    /// # Errors
    ///
    /// `crypto.key-form` for the few numbers without a point, such as zero and one.
    pub fn encode_number(curve: Curve, number: &SecretBytes) -> Result<Self, CryptoError> {
        let octets = number
            .expose(|number| arithmetic::encode_number(curve, number))
            .ok_or(CryptoError::new(CryptoErrorKind::KeyForm))?;
        Ok(Self { curve, octets: SecretBytes::copy_of(&octets) })
    }

    /// The base point of the generic mapping, `number · G + self`, the number big-endian and taken modulo the group order.
    ///
    /// # Errors
    ///
    /// `crypto.key-form` if the sum is the point at infinity.
    pub fn map_generator(&self, number: &SecretBytes) -> Result<Self, CryptoError> {
        let mapped = self
            .octets
            .expose(|octets| number.expose(|number| arithmetic::translate(self.curve, number, octets)))
            .ok_or(CryptoError::new(CryptoErrorKind::KeyForm))?;
        Ok(Self { curve: self.curve, octets: SecretBytes::copy_of(&mapped) })
    }
}

impl fmt::Debug for CurvePrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CurvePrivateKey({:?}, redacted)", self.curve)
    }
}
