//! The group operations on octets, once for all curves: the only file beside [`super::brainpool`] that names their crates.

use ecdsa::hazmat::{sign_prehashed_rfc6979, verify_prehashed};
use ecdsa::{EcdsaCurve, Signature};
use p256::elliptic_curve::ff::{Field, PrimeField};
use p256::elliptic_curve::group::Group;
use p256::elliptic_curve::point::AffineCoordinates;
use p256::elliptic_curve::sec1::{FromSec1Point, ModulusSize, ToSec1Point};
use p256::elliptic_curve::{AffinePoint, CurveArithmetic, FieldBytes, FieldBytesSize, NonZeroScalar, Scalar};
use primeorder::{PrimeCurveParams, PrimeFieldExt};
use subtle::{ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroizing;

use crate::hash::HashAlgorithm;

use super::brainpool::{BrainpoolP224r1, BrainpoolP320r1, BrainpoolP512r1};
use super::domain::Curve;

/// First octet of an uncompressed point.
const UNCOMPRESSED: u8 = 0x04;

/// Runs `$body` with `$C` standing for the curve's type.
macro_rules! on_curve {
    ($curve:expr, |$C:ident| $body:expr) => {
        match $curve {
            Curve::P256 => {
                type $C = p256::NistP256;
                $body
            }
            Curve::P384 => {
                type $C = p384::NistP384;
                $body
            }
            Curve::P521 => {
                type $C = p521::NistP521;
                $body
            }
            Curve::BrainpoolP256r1 => {
                type $C = bp256::BrainpoolP256r1;
                $body
            }
            Curve::BrainpoolP384r1 => {
                type $C = bp384::BrainpoolP384r1;
                $body
            }
            Curve::BrainpoolP224r1 => {
                type $C = BrainpoolP224r1;
                $body
            }
            Curve::BrainpoolP320r1 => {
                type $C = BrainpoolP320r1;
                $body
            }
            Curve::BrainpoolP512r1 => {
                type $C = BrainpoolP512r1;
                $body
            }
        }
    };
}

/// The values that define a curve `y² = x³ + ax + b` and its group; the cofactor is 1.
///
/// | value | octets |
/// |---|---|
/// | prime, a, b, order | as many as a coordinate has |
/// | generator | uncompressed point |
///
/// Spec: `bsi-tr-03111#ec-parameters`.
#[derive(Clone, Debug, Eq, PartialEq)]
#[allow(missing_docs, reason = "named in the table")]
pub struct DomainParameters {
    pub prime: Vec<u8>,
    pub a: Vec<u8>,
    pub b: Vec<u8>,
    pub generator: Vec<u8>,
    pub order: Vec<u8>,
}

/// Uncompressed octets of a point.
type Octets = Zeroizing<Vec<u8>>;

/// All values of a curve.
pub(super) fn domain(curve: Curve) -> DomainParameters {
    on_curve!(curve, |C| {
        type Element = <C as primeorder::FieldArithmetic>::FieldElement;
        DomainParameters {
            prime: digits(Element::MODULUS, curve.field_octets()),
            a: C::EQUATION_A.to_be_repr().to_vec(),
            b: C::EQUATION_B.to_be_repr().to_vec(),
            generator: generator(curve),
            order: digits(Scalar::<C>::MODULUS, curve.field_octets()),
        }
    })
}

/// ECDSA with the nonce of RFC 6979, whose hash is the one that made the digest; `r ‖ s`. `None` for a malformed scalar.
///
/// Spec: `bsi-tr-03111#ecdsa`.
pub(super) fn sign(curve: Curve, scalar: &[u8], hash: HashAlgorithm, digest: &[u8]) -> Option<Vec<u8>> {
    on_curve!(curve, |C| {
        let scalar = Zeroizing::new(non_zero::<C>(scalar)?);
        let (signature, _) = match hash {
            HashAlgorithm::Sha1 => sign_prehashed_rfc6979::<C, sha1::Sha1>(&scalar, digest, &[]),
            HashAlgorithm::Sha224 => sign_prehashed_rfc6979::<C, sha2::Sha224>(&scalar, digest, &[]),
            HashAlgorithm::Sha256 => sign_prehashed_rfc6979::<C, sha2::Sha256>(&scalar, digest, &[]),
            HashAlgorithm::Sha384 => sign_prehashed_rfc6979::<C, sha2::Sha384>(&scalar, digest, &[]),
            HashAlgorithm::Sha512 => sign_prehashed_rfc6979::<C, sha2::Sha512>(&scalar, digest, &[]),
        };
        Some(signature.to_bytes().to_vec())
    })
}

/// Whether `r ‖ s` is the signature over a digest by the key with this point.
pub(super) fn verifies(curve: Curve, point: &[u8], digest: &[u8], signature: &[u8]) -> bool {
    fn judge<C: EcdsaCurve + CurveArithmetic>(
        point: Option<C::ProjectivePoint>,
        digest: &[u8],
        signature: Option<Signature<C>>,
    ) -> Option<bool> {
        Some(verify_prehashed::<C>(&point?, digest, &signature?).is_ok())
    }
    // Numbers are right-aligned; the generic arithmetic refuses hash values of less than half a coordinate instead.
    let zeros = curve.field_octets().saturating_sub(digest.len());
    let digest = &[&vec![0; zeros], digest].concat();
    on_curve!(curve, |C| {
        judge::<C>(decode::<C>(point), digest, Signature::from_slice(signature).ok()).unwrap_or(false)
    })
}

/// The base point.
pub(super) fn generator(curve: Curve) -> Vec<u8> {
    on_curve!(curve, |C| encode::<C>(<C as CurveArithmetic>::ProjectivePoint::generator()).unwrap_or_default().to_vec())
}

/// Whether the octets are an uncompressed point of the curve.
pub(super) fn is_point(curve: Curve, point: &[u8]) -> bool {
    on_curve!(curve, |C| decode::<C>(point).is_some())
}

/// The uncompressed form of a compressed point, `02` or `03` and X; `None` where the curve has no such point.
pub(super) fn decompress(curve: Curve, point: &[u8]) -> Option<Vec<u8>> {
    on_curve!(curve, |C| {
        if !matches!(point.first(), Some(0x02 | 0x03)) {
            return None;
        }
        let point: AffinePoint<C> = AffinePoint::<C>::from_sec1_bytes(point).ok()?;
        encode::<C>(point.into()).map(|octets| octets.to_vec())
    })
}

/// Whether the octets are a scalar between 1 and the group order less one.
pub(super) fn is_scalar(curve: Curve, scalar: &[u8]) -> bool {
    on_curve!(curve, |C| non_zero::<C>(scalar).is_some())
}

/// `scalar · point`; `None` if one of them is malformed.
pub(super) fn multiply(curve: Curve, scalar: &[u8], point: &[u8]) -> Option<Octets> {
    on_curve!(curve, |C| {
        let scalar = Zeroizing::new(*non_zero::<C>(scalar)?);
        encode::<C>(decode::<C>(point)? * *scalar)
    })
}

/// `scalar · base point`, faster where the curve has a table for it; `None` if the scalar is malformed.
pub(super) fn multiply_generator(curve: Curve, scalar: &[u8]) -> Option<Octets> {
    on_curve!(curve, |C| {
        let scalar = Zeroizing::new(*non_zero::<C>(scalar)?);
        encode::<C>(<C as CurveArithmetic>::ProjectivePoint::mul_by_generator(&scalar))
    })
}

/// `dividend · divisor⁻¹` modulo the group order; `None` if one of them is malformed.
pub(super) fn divide(curve: Curve, dividend: &[u8], divisor: &[u8]) -> Option<Octets> {
    on_curve!(curve, |C| {
        let dividend = Zeroizing::new(*non_zero::<C>(dividend)?);
        let divisor = Zeroizing::new(*non_zero::<C>(divisor)?);
        let inverse = Zeroizing::new(Field::invert(&*divisor).into_option()?);
        let quotient = Zeroizing::new(*dividend * *inverse);
        Some(Zeroizing::new(quotient.to_repr().to_vec()))
    })
}

/// `number · base point + point`, the number taken modulo the group order; `None` if the sum is the point at infinity.
pub(super) fn translate(curve: Curve, number: &[u8], point: &[u8]) -> Option<Octets> {
    on_curve!(curve, |C| {
        // A nonce of 32 octets may be longer than a coordinate.
        let radix = Scalar::<C>::from(256u64);
        let append = |sum: Scalar<C>, octet: &u8| sum * radix + Scalar::<C>::from(u64::from(*octet));
        let number = Zeroizing::new(number.iter().fold(Scalar::<C>::ZERO, append));
        encode::<C>(<C as CurveArithmetic>::ProjectivePoint::mul_by_generator(&number) + decode::<C>(point)?)
    })
}

/// The integrated mapping's point encoding of a number, taken modulo the prime; `None` for the few that have no point.
pub(super) fn encode_number(curve: Curve, number: &[u8]) -> Option<Octets> {
    on_curve!(curve, |C| {
        let (x, y) = point_of::<C>(number)?;
        let point = AffinePoint::<C>::from_coordinates(&x, &y).into_option()?;
        encode::<C>(point.into())
    })
}

/// Simplified Shallue-Woestijne-Ulas, without a branch on a secret; the primes are all 3 modulo 4.
///
/// Spec: `icao-9303-11#integrated-mapping-points`.
fn point_of<C: PrimeCurveParams>(number: &[u8]) -> Option<(FieldBytes<C>, FieldBytes<C>)> {
    let (a, b) = (C::EQUATION_A, C::EQUATION_B);
    let octet = |octet: u8| C::FieldElement::from(u64::from(octet));
    let radix = C::FieldElement::from(256);
    let u = number.iter().fold(C::FieldElement::ZERO, |sum, digit| sum * radix + octet(*digit));
    let alpha = -u.square();
    let inverse = Field::invert(&(alpha + alpha.square())).into_option()?;
    let x2 = -b * Field::invert(&a).into_option()? * (C::FieldElement::ONE + inverse);
    let x3 = alpha * x2;
    let h2 = x2.square() * x2 + a * x2 + b;
    // h2^(p - 1 - (p + 1) / 4), which is the inverse of h2^((p + 1) / 4).
    let root = Field::invert(&h2.pow(root_exponent::<C>())).into_option()?;
    let square = (root.square() * h2).ct_eq(&C::FieldElement::ONE);
    let x = C::FieldElement::conditional_select(&x3, &x2, square);
    let y = C::FieldElement::conditional_select(&(root * u.square() * u * h2), &(root * h2), square);
    Some((x.to_be_repr(), y.to_be_repr()))
}

/// `(p + 1) / 4` in limbs, the lowest first; the prime is 3 modulo 4.
fn root_exponent<C: PrimeCurveParams>() -> [u64; 9] {
    let mut limbs = [0; 9];
    let digits = C::FieldElement::MODULUS.trim_start_matches("0x").chars().rev().filter_map(|digit| digit.to_digit(16));
    for (at, digit) in digits.enumerate() {
        if let Some(limb) = limbs.get_mut(at / 16) {
            *limb |= u64::from(digit) << (at % 16 * 4);
        }
    }
    let mut above = 0;
    for limb in limbs.iter_mut().rev() {
        (*limb, above) = (*limb >> 2 | above << 62, *limb & 3);
    }
    let mut carry = true;
    for limb in &mut limbs {
        (*limb, carry) = limb.overflowing_add(carry.into());
    }
    limbs
}

/// The octets of a number in hexadecimal, right-aligned.
fn digits(number: &str, length: usize) -> Vec<u8> {
    let mut octets = vec![0; length];
    let digits = number.trim_start_matches("0x").chars().rev().filter_map(|digit| digit.to_digit(16));
    for (at, digit) in digits.enumerate() {
        let place = (length - 1).checked_sub(at / 2).and_then(|index| octets.get_mut(index));
        if let (Some(octet), Ok(digit)) = (place, u8::try_from(digit)) {
            *octet |= digit << (at % 2 * 4);
        }
    }
    octets
}

fn non_zero<C: CurveArithmetic>(octets: &[u8]) -> Option<NonZeroScalar<C>> {
    let octets = Zeroizing::new(FieldBytes::<C>::try_from(octets).ok()?);
    NonZeroScalar::<C>::from_repr(*octets).into_option()
}

fn decode<C: CurveArithmetic>(octets: &[u8]) -> Option<C::ProjectivePoint>
where
    AffinePoint<C>: FromSec1Point<C>,
    FieldBytesSize<C>: ModulusSize,
{
    if octets.first() != Some(&UNCOMPRESSED) {
        return None;
    }
    AffinePoint::<C>::from_sec1_bytes(octets).ok().map(Into::into)
}

fn encode<C: CurveArithmetic>(point: C::ProjectivePoint) -> Option<Octets>
where
    AffinePoint<C>: ToSec1Point<C>,
    FieldBytesSize<C>: ModulusSize,
{
    if point.is_identity().into() {
        return None;
    }
    let point = Zeroizing::new(<C::ProjectivePoint as Into<AffinePoint<C>>>::into(point));
    Some(Zeroizing::new(point.to_sec1_point(false).as_bytes().to_vec()))
}
