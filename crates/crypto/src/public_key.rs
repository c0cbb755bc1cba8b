use der::asn1::{AnyRef, BitString, BitStringRef, ObjectIdentifier, OctetStringRef, UintRef};
use der::{Decode, Encode, Sequence};
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use p256::ecdsa::{DerSignature, VerifyingKey};
use rsa::RsaPublicKey;
use rsa::pkcs1::DecodeRsaPublicKey;
use rsa::traits::PublicKeyParts;
use spki::{AlgorithmIdentifier, SubjectPublicKeyInfo, SubjectPublicKeyInfoRef};

use crate::error::{CryptoError, CryptoErrorKind};
use crate::hash::HashAlgorithm;
use crate::signature::SignatureAlgorithm;

/// A public key that verifies signatures: P-256, or RSA of 2048 to 4096 bits.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PublicKey(Kind);

/// How an EC public key says which curve it is on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum EcParameters {
    /// All domain parameters, with cofactor and an uncompressed base point: what ICAO 9303-12 asks of certificates.
    Explicit,
    /// The object identifier of the curve: what general-purpose software expects.
    Named,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Kind {
    P256(VerifyingKey),
    Rsa(RsaPublicKey),
}

impl PublicKey {
    pub(crate) fn from_p256(key: VerifyingKey) -> Self {
        Self(Kind::P256(key))
    }

    /// Takes an uncompressed point of P-256: `04 ‖ X(32) ‖ Y(32)`.
    ///
    /// # Errors
    ///
    /// `crypto.public-key-form` unless it is such a point on the curve.
    pub fn from_p256_point(point: &[u8]) -> Result<Self, CryptoError> {
        let form = CryptoError::new(CryptoErrorKind::PublicKeyForm);
        if point.len() != 65 {
            return Err(form);
        }
        VerifyingKey::from_sec1_bytes(point).map(Self::from_p256).map_err(|_| form)
    }

    /// Reads a DER SubjectPublicKeyInfo; explicit curve parameters are matched to the named curve, value by value.
    ///
    /// # Errors
    ///
    /// `crypto.public-key-form` or `crypto.curve-unknown`.
    pub fn from_spki_der(der: &[u8]) -> Result<Self, CryptoError> {
        let form = CryptoError::new(CryptoErrorKind::PublicKeyForm);
        let info = SubjectPublicKeyInfoRef::from_der(der).map_err(|_| form)?;
        let key = info.subject_public_key.as_bytes().ok_or(form)?;
        match info.algorithm.oid {
            EC_PUBLIC_KEY => {
                curve_is_p256(info.algorithm.parameters.ok_or(form)?)?;
                VerifyingKey::from_sec1_bytes(key).map(Self::from_p256).map_err(|_| form)
            }
            RSA_ENCRYPTION => {
                let key = RsaPublicKey::from_pkcs1_der(key).map_err(|_| form)?;
                if !(2048..=4096).contains(&(key.n_bytes().len() * 8)) {
                    return Err(form);
                }
                Ok(Self(Kind::Rsa(key)))
            }
            _ => Err(form),
        }
    }

    /// Writes a DER SubjectPublicKeyInfo; `parameters` has no meaning for RSA.
    ///
    /// # Errors
    ///
    /// `crypto.public-key-form` if the encoder refuses, which no key that exists makes it do.
    pub fn to_spki_der(&self, parameters: EcParameters) -> Result<Vec<u8>, CryptoError> {
        self.encode_spki(parameters).map_err(|_| CryptoError::new(CryptoErrorKind::PublicKeyForm))
    }

    /// The uncompressed point `04 ‖ X ‖ Y` of an EC key; `None` for RSA.
    #[must_use]
    pub fn p256_point(&self) -> Option<Vec<u8>> {
        match &self.0 {
            Kind::P256(key) => Some(key.to_sec1_point(false).as_bytes().to_vec()),
            Kind::Rsa(_) => None,
        }
    }

    /// What the subjectPublicKey BIT STRING holds: this is what key identifiers by method 1 hash.
    ///
    /// # Errors
    ///
    /// As [`PublicKey::to_spki_der`].
    pub fn subject_public_key(&self) -> Result<Vec<u8>, CryptoError> {
        let form = CryptoError::new(CryptoErrorKind::PublicKeyForm);
        match &self.0 {
            Kind::P256(_) => self.p256_point().ok_or(form),
            Kind::Rsa(key) => {
                use rsa::pkcs1::EncodeRsaPublicKey;
                Ok(key.to_pkcs1_der().map_err(|_| form)?.as_bytes().to_vec())
            }
        }
    }

    /// Verifies a signature over a message.
    ///
    /// # Errors
    ///
    /// `crypto.algorithm-mismatch` if the algorithm does not go with the key, else `crypto.signature`.
    pub fn verify(&self, algorithm: SignatureAlgorithm, message: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
        let refused = CryptoError::new(CryptoErrorKind::Signature);
        let hash = algorithm.hash();
        match (&self.0, algorithm) {
            (Kind::P256(key), SignatureAlgorithm::Ecdsa(_)) => {
                let signature = DerSignature::from_bytes(signature).map_err(|_| refused)?;
                key.verify_prehash(&hash.digest(message), &signature).map_err(|_| refused)
            }
            (Kind::Rsa(key), SignatureAlgorithm::RsaPkcs1(_)) => {
                let digest = hash.digest(message);
                let scheme = match hash {
                    HashAlgorithm::Sha1 => rsa::Pkcs1v15Sign::new::<sha1::Sha1>(),
                    HashAlgorithm::Sha224 => rsa::Pkcs1v15Sign::new::<sha2::Sha224>(),
                    HashAlgorithm::Sha256 => rsa::Pkcs1v15Sign::new::<sha2::Sha256>(),
                    HashAlgorithm::Sha384 => rsa::Pkcs1v15Sign::new::<sha2::Sha384>(),
                    HashAlgorithm::Sha512 => rsa::Pkcs1v15Sign::new::<sha2::Sha512>(),
                };
                key.verify(scheme, &digest, signature).map_err(|_| refused)
            }
            (Kind::Rsa(key), SignatureAlgorithm::RsaPss { salt, .. }) => {
                let digest = hash.digest(message);
                match hash {
                    HashAlgorithm::Sha1 => key.verify(rsa::Pss::<sha1::Sha1>::new_with_salt(salt), &digest, signature),
                    HashAlgorithm::Sha224 => {
                        key.verify(rsa::Pss::<sha2::Sha224>::new_with_salt(salt), &digest, signature)
                    }
                    HashAlgorithm::Sha256 => {
                        key.verify(rsa::Pss::<sha2::Sha256>::new_with_salt(salt), &digest, signature)
                    }
                    HashAlgorithm::Sha384 => {
                        key.verify(rsa::Pss::<sha2::Sha384>::new_with_salt(salt), &digest, signature)
                    }
                    HashAlgorithm::Sha512 => {
                        key.verify(rsa::Pss::<sha2::Sha512>::new_with_salt(salt), &digest, signature)
                    }
                }
                .map_err(|_| refused)
            }
            _ => Err(CryptoError::new(CryptoErrorKind::AlgorithmMismatch)),
        }
    }

    fn encode_spki(&self, parameters: EcParameters) -> der::Result<Vec<u8>> {
        let null = AnyRef::NULL;
        let explicit;
        let (oid, parameters) = match (&self.0, parameters) {
            (Kind::P256(_), EcParameters::Named) => (EC_PUBLIC_KEY, AnyRef::from(&SECP256R1)),
            (Kind::P256(_), EcParameters::Explicit) => {
                explicit = p256_domain()?.to_der()?;
                (EC_PUBLIC_KEY, AnyRef::from_der(&explicit)?)
            }
            (Kind::Rsa(_), _) => (RSA_ENCRYPTION, null),
        };
        let key = self.subject_public_key().map_err(|_| der::Error::from(der::ErrorKind::Failed))?;
        let info = SubjectPublicKeyInfo {
            algorithm: AlgorithmIdentifier { oid, parameters: Some(parameters) },
            subject_public_key: BitString::from_bytes(&key)?,
        };
        info.to_der()
    }
}

/// ECParameters of X9.62 / RFC 3279. Spec: `icao-9303-12#ec-parameters`, `bsi-tr-03111#ec-parameters`.
#[derive(Sequence)]
struct EcDomain<'a> {
    version: u8,
    field: FieldId<'a>,
    curve: Curve<'a>,
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
struct Curve<'a> {
    a: &'a OctetStringRef,
    b: &'a OctetStringRef,
    seed: Option<BitStringRef<'a>>,
}

fn p256_domain() -> der::Result<EcDomain<'static>> {
    Ok(EcDomain {
        version: 1,
        field: FieldId { kind: PRIME_FIELD, prime: UintRef::new(&P256_P)? },
        curve: Curve { a: OctetStringRef::new(&P256_A)?, b: OctetStringRef::new(&P256_B)?, seed: None },
        base: OctetStringRef::new(&P256_G)?,
        order: UintRef::new(&P256_N)?,
        cofactor: Some(UintRef::new(&[1])?),
    })
}

/// Seed and cofactor are optional and the base point may be compressed; every value that defines the curve must be P-256's.
fn curve_is_p256(parameters: AnyRef<'_>) -> Result<(), CryptoError> {
    let unknown = CryptoError::new(CryptoErrorKind::CurveUnknown);
    if let Ok(oid) = parameters.decode_as::<ObjectIdentifier>() {
        return if oid == SECP256R1 { Ok(()) } else { Err(unknown) };
    }
    let domain: EcDomain<'_> = parameters.decode_as().map_err(|_| unknown)?;
    let base = domain.base.as_bytes();
    let y_is_odd = P256_G.last().is_some_and(|octet| octet & 1 == 1);
    let compressed =
        base.split_first().is_some_and(|(form, x)| *form == 2 + u8::from(y_is_odd) && Some(x) == P256_G.get(1..33));
    let same = (1..=3).contains(&domain.version)
        && domain.field.kind == PRIME_FIELD
        && domain.field.prime.as_bytes() == P256_P
        && domain.curve.a.as_bytes() == P256_A
        && domain.curve.b.as_bytes() == P256_B
        && (base == P256_G || compressed)
        && domain.order.as_bytes() == P256_N
        && domain.cofactor.is_none_or(|cofactor| cofactor.as_bytes() == [1]);
    if same { Ok(()) } else { Err(unknown) }
}

const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const SECP256R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const PRIME_FIELD: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.1.1");

// Domain parameters of P-256: FIPS 186-4 D.1.2.3.
#[rustfmt::skip]
const P256_P: [u8; 32] = [
    0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
];
#[rustfmt::skip]
const P256_A: [u8; 32] = [
    0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFC,
];
#[rustfmt::skip]
const P256_B: [u8; 32] = [
    0x5A, 0xC6, 0x35, 0xD8, 0xAA, 0x3A, 0x93, 0xE7, 0xB3, 0xEB, 0xBD, 0x55, 0x76, 0x98, 0x86, 0xBC,
    0x65, 0x1D, 0x06, 0xB0, 0xCC, 0x53, 0xB0, 0xF6, 0x3B, 0xCE, 0x3C, 0x3E, 0x27, 0xD2, 0x60, 0x4B,
];
#[rustfmt::skip]
const P256_G: [u8; 65] = [
    0x04, 0x6B, 0x17, 0xD1, 0xF2, 0xE1, 0x2C, 0x42, 0x47, 0xF8, 0xBC, 0xE6, 0xE5, 0x63, 0xA4, 0x40,
    0xF2, 0x77, 0x03, 0x7D, 0x81, 0x2D, 0xEB, 0x33, 0xA0, 0xF4, 0xA1, 0x39, 0x45, 0xD8, 0x98, 0xC2,
    0x96, 0x4F, 0xE3, 0x42, 0xE2, 0xFE, 0x1A, 0x7F, 0x9B, 0x8E, 0xE7, 0xEB, 0x4A, 0x7C, 0x0F, 0x9E,
    0x16, 0x2B, 0xCE, 0x33, 0x57, 0x6B, 0x31, 0x5E, 0xCE, 0xCB, 0xB6, 0x40, 0x68, 0x37, 0xBF, 0x51,
    0xF5,
];
#[rustfmt::skip]
const P256_N: [u8; 32] = [
    0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51,
];
