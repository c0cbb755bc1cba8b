//! The group operations on octets, once for all curves: the only file that names their crates (P-256's apart).

use p256::elliptic_curve::group::Group;
use p256::elliptic_curve::ops::Reduce;
use p256::elliptic_curve::sec1::{FromSec1Point, ModulusSize, ToSec1Point};
use p256::elliptic_curve::{AffinePoint, CurveArithmetic, FieldBytes, FieldBytesSize, NonZeroScalar, Scalar};
use zeroize::Zeroizing;

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
        }
    };
}

/// Uncompressed octets of a point.
type Octets = Zeroizing<Vec<u8>>;

/// The base point.
pub(super) fn generator(curve: Curve) -> Vec<u8> {
    on_curve!(curve, |C| encode::<C>(<C as CurveArithmetic>::ProjectivePoint::generator()).unwrap_or_default().to_vec())
}

/// Whether the octets are an uncompressed point of the curve.
pub(super) fn is_point(curve: Curve, point: &[u8]) -> bool {
    on_curve!(curve, |C| decode::<C>(point).is_some())
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

/// `number · base point + point`, the number taken modulo the group order; `None` if the sum is the point at infinity.
pub(super) fn translate(curve: Curve, number: &[u8], point: &[u8]) -> Option<Octets> {
    on_curve!(curve, |C| {
        let mut octets = FieldBytes::<C>::default();
        let start = octets.len().checked_sub(number.len())?;
        octets.get_mut(start..)?.copy_from_slice(number);
        let octets = Zeroizing::new(octets);
        let number = Zeroizing::new(<Scalar<C> as Reduce<FieldBytes<C>>>::reduce(&octets));
        encode::<C>(<C as CurveArithmetic>::ProjectivePoint::generator() * *number + decode::<C>(point)?)
    })
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
