//! SubjectPublicKeyInfo of elliptic curves, by name or with all domain parameters.

use der::asn1::{AnyRef, BitString, BitStringRef, ObjectIdentifier, OctetStringRef, UintRef};
use der::{Decode, Encode, Sequence};
use spki::{AlgorithmIdentifier, SubjectPublicKeyInfo, SubjectPublicKeyInfoRef};

use crate::error::{CryptoError, CryptoErrorKind};

use super::arithmetic::{self, DomainParameters};
use super::domain::Curve;
use super::keys::CurvePoint;

/// How an EC public key says which curve it is on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum EcParameters {
    /// All domain parameters, with cofactor and an uncompressed base point: what ICAO 9303-12 asks of certificates.
    Explicit,
    /// The object identifier of the curve: what general-purpose software expects.
    Named,
}

impl Curve {
    /// The values that define it.
    #[must_use]
    pub fn domain_parameters(self) -> DomainParameters {
        arithmetic::domain(self)
    }
}

impl CurvePoint {
    /// Writes a DER SubjectPublicKeyInfo.
    ///
    /// # Errors
    ///
    /// `crypto.public-key-form` if the encoder refuses, which no key that exists makes it do.
    pub fn to_spki_der(&self, parameters: EcParameters) -> Result<Vec<u8>, CryptoError> {
        self.encode_spki(parameters).map_err(|_| CryptoError::new(CryptoErrorKind::PublicKeyForm))
    }

    /// Reads a DER SubjectPublicKeyInfo; explicit curve parameters are matched to a curve, value by value.
    ///
    /// # Errors
    ///
    /// `crypto.public-key-form` or `crypto.curve-unknown`.
    pub fn from_spki_der(der: &[u8]) -> Result<Self, CryptoError> {
        let form = CryptoError::new(CryptoErrorKind::PublicKeyForm);
        let info = SubjectPublicKeyInfoRef::from_der(der).map_err(|_| form)?;
        if info.algorithm.oid != EC_PUBLIC_KEY {
            return Err(form);
        }
        let curve = curve_of(info.algorithm.parameters.ok_or(form)?)?;
        Self::decode(curve, info.subject_public_key.as_bytes().ok_or(form)?)
    }

    fn encode_spki(&self, parameters: EcParameters) -> der::Result<Vec<u8>> {
        let (oid, explicit) = (self.curve().oid(), self.curve().domain_parameters());
        let explicit = EcDomain::of(&explicit)?.to_der()?;
        let parameters = match parameters {
            EcParameters::Named => AnyRef::from(&oid),
            EcParameters::Explicit => AnyRef::from_der(&explicit)?,
        };
        let info = SubjectPublicKeyInfo {
            algorithm: AlgorithmIdentifier { oid: EC_PUBLIC_KEY, parameters: Some(parameters) },
            subject_public_key: BitString::from_bytes(self.octets())?,
        };
        info.to_der()
    }
}

/// ECParameters of X9.62 / RFC 3279. Spec: `icao-9303-12#ec-parameters`, `bsi-tr-03111#ec-parameters`.
#[derive(Sequence)]
struct EcDomain<'a> {
    version: u8,
    field: FieldId<'a>,
    curve: Coefficients<'a>,
    base: &'a OctetStringRef,
    order: UintRef<'a>,
    cofactor: Option<UintRef<'a>>,
}

#[derive(Sequence)]
struct FieldId<'a> {
    kind: ObjectIdentifier,
    prime: UintRef<'a>,
}

#[derive(Sequence)]
struct Coefficients<'a> {
    a: &'a OctetStringRef,
    b: &'a OctetStringRef,
    seed: Option<BitStringRef<'a>>,
}

impl<'a> EcDomain<'a> {
    fn of(domain: &'a DomainParameters) -> der::Result<Self> {
        Ok(Self {
            version: 1,
            field: FieldId { kind: PRIME_FIELD, prime: UintRef::new(&domain.prime)? },
            curve: Coefficients { a: OctetStringRef::new(&domain.a)?, b: OctetStringRef::new(&domain.b)?, seed: None },
            base: OctetStringRef::new(&domain.generator)?,
            order: UintRef::new(&domain.order)?,
            cofactor: Some(UintRef::new(&[1])?),
        })
    }

    /// Seed and cofactor are optional and the base point may be compressed; every value that defines the curve must be the
    /// same.
    fn is(&self, curve: Curve) -> bool {
        let domain = curve.domain_parameters();
        let base = self.base.as_bytes();
        let y_is_odd = domain.generator.last().is_some_and(|octet| octet & 1 == 1);
        let x = domain.generator.get(1..=curve.field_octets());
        let compressed =
            base.split_first().is_some_and(|(form, rest)| *form == 2 + u8::from(y_is_odd) && Some(rest) == x);
        (1..=3).contains(&self.version)
            && self.field.kind == PRIME_FIELD
            && UintRef::new(&domain.prime) == Ok(self.field.prime)
            && same_number(self.curve.a.as_bytes(), &domain.a)
            && same_number(self.curve.b.as_bytes(), &domain.b)
            && (base == domain.generator || compressed)
            && UintRef::new(&domain.order) == Ok(self.order)
            && self.cofactor.is_none_or(|cofactor| cofactor.as_bytes() == [1])
    }
}

/// Coefficients are octet strings; some issuers write them with a leading zero octet, as if they were integers.
fn same_number(one: &[u8], other: &[u8]) -> bool {
    let significant = |octets: &[u8]| octets.iter().position(|octet| *octet != 0).unwrap_or(octets.len());
    one.get(significant(one)..) == other.get(significant(other)..)
}

/// The curve that parameters name or spell out.
pub(crate) fn curve_of(parameters: AnyRef<'_>) -> Result<Curve, CryptoError> {
    let unknown = CryptoError::new(CryptoErrorKind::CurveUnknown);
    if let Ok(oid) = parameters.decode_as::<ObjectIdentifier>() {
        return Curve::from_oid(oid).ok_or(unknown);
    }
    let domain: EcDomain<'_> = parameters.decode_as().map_err(|_| unknown)?;
    Curve::ALL.into_iter().find(|curve| domain.is(*curve)).ok_or(unknown)
}

pub(crate) const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const PRIME_FIELD: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.1.1");
