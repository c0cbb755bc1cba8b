//! Public keys inside certificates, with domain parameters or without.

use sigillo_crypto::{Curve, CurvePoint, DomainParameters, HashAlgorithm, PublicKey, RsaPublicKey, SignatureAlgorithm};
use sigillo_tlv::{Reader, encode, encode_into};

use crate::error::{CvcError, CvcErrorKind};
use crate::objects::{OBJECT_IDENTIFIER, PUBLIC_KEY, expect, optional, single};

/// How a key signs: an object identifier below id-TA, 0.4.0.127.0.7.2.2.2.
///
/// | arcs | algorithm |
/// |---|---|
/// | 1.1, 1.2, 1.5 | RSA PKCS#1 v1.5 with SHA-1, SHA-256, SHA-512 |
/// | 1.3, 1.4, 1.6 | RSASSA-PSS with SHA-1, SHA-256, SHA-512, salt as long as the hash |
/// | 2.1 to 2.5 | ECDSA, plain, with SHA-1, SHA-224, SHA-256, SHA-384, SHA-512 |
///
/// Spec: `bsi-tr-03110-3#ta-algorithms`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TaAlgorithm {
    /// ECDSA with plain signatures.
    Ecdsa(HashAlgorithm),
    /// RSA PKCS#1 v1.5.
    RsaPkcs1(HashAlgorithm),
    /// RSASSA-PSS.
    RsaPss(HashAlgorithm),
}

/// How an RSA key pads what it signs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RsaScheme {
    /// PKCS#1 v1.5.
    Pkcs1,
    /// PSS, the salt as long as the hash.
    Pss,
}

/// The public key of a certificate.
///
/// | tag | RSA | elliptic curve |
/// |---|---|---|
/// | 06 | algorithm | algorithm |
/// | 81 | modulus | prime, with domain parameters |
/// | 82 | exponent | first coefficient, with domain parameters |
/// | 83 | | second coefficient, with domain parameters |
/// | 84 | | base point, with domain parameters |
/// | 85 | | order, with domain parameters |
/// | 86 | | public point |
/// | 87 | | cofactor, may stand with domain parameters |
///
/// Numbers are unsigned, in the fewest octets. The curves are P-256, P-384 and brainpool's of 224 to 512 bits, the moduli of
/// 1024, 1280, 1536, 2048 or 3072: the standard allows neither P-521 nor other moduli.
///
/// Spec: `bsi-tr-03110-3#public-keys`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum CvPublicKey {
    /// A point with the domain parameters of its curve: of a root, and of requests.
    Ec {
        /// The hash of its signatures.
        hash: HashAlgorithm,
        /// The point.
        point: CurvePoint,
    },
    /// A point whose domain parameters are those of the issuer's key.
    EcInherited {
        /// The hash of its signatures.
        hash: HashAlgorithm,
        /// The uncompressed point.
        octets: Vec<u8>,
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

impl TaAlgorithm {
    /// All that have an object identifier.
    pub const ALL: [Self; 11] = [
        Self::RsaPkcs1(HashAlgorithm::Sha1),
        Self::RsaPkcs1(HashAlgorithm::Sha256),
        Self::RsaPss(HashAlgorithm::Sha1),
        Self::RsaPss(HashAlgorithm::Sha256),
        Self::RsaPkcs1(HashAlgorithm::Sha512),
        Self::RsaPss(HashAlgorithm::Sha512),
        Self::Ecdsa(HashAlgorithm::Sha1),
        Self::Ecdsa(HashAlgorithm::Sha224),
        Self::Ecdsa(HashAlgorithm::Sha256),
        Self::Ecdsa(HashAlgorithm::Sha384),
        Self::Ecdsa(HashAlgorithm::Sha512),
    ];

    /// The algorithm with these content octets of its object identifier.
    #[must_use]
    pub fn from_oid(content: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.oid().is_some_and(|oid| oid == content))
    }

    /// The content octets of its object identifier; `None` for the few hashes that RSA has none with.
    #[must_use]
    pub fn oid(self) -> Option<[u8; 10]> {
        let place = Self::ALL.into_iter().position(|algorithm| algorithm == self)?;
        let number = u8::try_from(place).ok()?;
        let (kind, number) = if number < RSA_ALGORITHMS { (1, number + 1) } else { (2, number - RSA_ALGORITHMS + 1) };
        Some([0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x02, kind, number])
    }

    /// The hash.
    #[must_use]
    pub const fn hash(self) -> HashAlgorithm {
        match self {
            Self::Ecdsa(hash) | Self::RsaPkcs1(hash) | Self::RsaPss(hash) => hash,
        }
    }
}

impl CvPublicKey {
    /// Takes a key that is held elsewhere, with the algorithm that it will sign by.
    ///
    /// # Errors
    ///
    /// `cvc.public-key` if the algorithm does not go with the key, or certificates have no such algorithm, curve or size.
    pub fn new(key: &PublicKey, algorithm: SignatureAlgorithm) -> Result<Self, CvcError> {
        let taken = match (algorithm, key.point(), key.rsa()) {
            (SignatureAlgorithm::Ecdsa(hash), Some(point), _) => Self::Ec { hash, point: point.clone() },
            (SignatureAlgorithm::RsaPkcs1(hash), _, Some(key)) => {
                Self::Rsa { scheme: RsaScheme::Pkcs1, hash, key: key.clone() }
            }
            (SignatureAlgorithm::RsaPss { hash, salt }, _, Some(key)) if salt == hash.output_length() => {
                Self::Rsa { scheme: RsaScheme::Pss, hash, key: key.clone() }
            }
            _ => return Err(REFUSED),
        };
        // What can be written can be read: sizes that the standard does not have are found here.
        Self::decode(&taken.encode()?)
    }

    /// Reads a key, tag 7F49 included.
    ///
    /// # Errors
    ///
    /// `cvc.public-key`, `cvc.objects` or `cvc.length-form`.
    pub fn decode(octets: &[u8]) -> Result<Self, CvcError> {
        let mut reader = single(octets, PUBLIC_KEY)?.reader();
        let algorithm = TaAlgorithm::from_oid(expect(&mut reader, OBJECT_IDENTIFIER)?.value).ok_or(REFUSED)?;
        let key = match algorithm {
            TaAlgorithm::Ecdsa(hash) => decode_ec(hash, &mut reader)?,
            TaAlgorithm::RsaPkcs1(hash) => decode_rsa(RsaScheme::Pkcs1, hash, &mut reader)?,
            TaAlgorithm::RsaPss(hash) => decode_rsa(RsaScheme::Pss, hash, &mut reader)?,
        };
        reader.finish()?;
        Ok(key)
    }

    /// Writes it, tag 7F49 included.
    ///
    /// # Errors
    ///
    /// `cvc.public-key` if its algorithm has no object identifier, or certificates have no such curve.
    pub fn encode(&self) -> Result<Vec<u8>, CvcError> {
        let mut content = encode(OBJECT_IDENTIFIER, &self.algorithm().oid().ok_or(REFUSED)?);
        match self {
            Self::Ec { point, .. } => {
                if !CURVES.contains(&point.curve()) {
                    return Err(REFUSED);
                }
                let domain = point.curve().domain_parameters();
                for (tag, number) in numbers(&domain) {
                    encode_into(&mut content, tag, number);
                }
                encode_into(&mut content, POINT, point.octets());
                encode_into(&mut content, COFACTOR, &[1]);
            }
            Self::EcInherited { octets, .. } => encode_into(&mut content, POINT, octets),
            Self::Rsa { key, .. } => {
                encode_into(&mut content, MODULUS, &key.modulus());
                encode_into(&mut content, EXPONENT, &key.exponent());
            }
        }
        Ok(encode(PUBLIC_KEY, &content))
    }

    /// Its algorithm.
    #[must_use]
    pub const fn algorithm(&self) -> TaAlgorithm {
        match self {
            Self::Ec { hash, .. } | Self::EcInherited { hash, .. } => TaAlgorithm::Ecdsa(*hash),
            Self::Rsa { scheme: RsaScheme::Pkcs1, hash, .. } => TaAlgorithm::RsaPkcs1(*hash),
            Self::Rsa { scheme: RsaScheme::Pss, hash, .. } => TaAlgorithm::RsaPss(*hash),
        }
    }

    /// The same key without its domain parameters, as certificates of document verifiers and terminals carry it.
    #[must_use]
    pub fn without_domain_parameters(self) -> Self {
        match self {
            Self::Ec { hash, point } => Self::EcInherited { hash, octets: point.octets().to_vec() },
            other => other,
        }
    }
}

fn decode_ec(hash: HashAlgorithm, reader: &mut Reader<'_>) -> Result<CvPublicKey, CvcError> {
    let Some(prime) = optional(reader, PRIME)? else {
        let octets = expect(reader, POINT)?.value.to_vec();
        // Which curve it is on is not known yet; the longest that the standard allows has coordinates of 64 octets.
        let plausible = octets.first() == Some(&4) && octets.len() <= 129;
        return if plausible { Ok(CvPublicKey::EcInherited { hash, octets }) } else { Err(REFUSED) };
    };
    let mut values = vec![(PRIME, prime.value)];
    for tag in [FIRST_COEFFICIENT, SECOND_COEFFICIENT, BASE_POINT, ORDER] {
        values.push((tag, expect(reader, tag)?.value));
    }
    let curve = CURVES.into_iter().find(|curve| numbers(&curve.domain_parameters()) == values[..]).ok_or(REFUSED)?;
    let point = CurvePoint::decode(curve, expect(reader, POINT)?.value).map_err(|_| REFUSED)?;
    match optional(reader, COFACTOR)? {
        Some(cofactor) if cofactor.value != [1] => Err(REFUSED),
        _ => Ok(CvPublicKey::Ec { hash, point }),
    }
}

fn decode_rsa(scheme: RsaScheme, hash: HashAlgorithm, reader: &mut Reader<'_>) -> Result<CvPublicKey, CvcError> {
    let modulus = expect(reader, MODULUS)?.value;
    let exponent = expect(reader, EXPONENT)?.value;
    let padded = modulus.first() == Some(&0) || exponent.first() == Some(&0);
    let key = RsaPublicKey::from_components(modulus, exponent).map_err(|_| REFUSED)?;
    if padded || exponent.len() > 4 || !MODULUS_BITS.contains(&key.bits()) {
        return Err(REFUSED);
    }
    Ok(CvPublicKey::Rsa { scheme, hash, key })
}

/// The domain parameters before the public point, as data objects.
fn numbers(domain: &DomainParameters) -> [(u32, &[u8]); 5] {
    [
        (PRIME, unsigned(&domain.prime)),
        (FIRST_COEFFICIENT, unsigned(&domain.a)),
        (SECOND_COEFFICIENT, unsigned(&domain.b)),
        (BASE_POINT, &domain.generator),
        (ORDER, unsigned(&domain.order)),
    ]
}

/// Without leading zeros.
fn unsigned(number: &[u8]) -> &[u8] {
    let start = number.iter().position(|octet| *octet != 0).unwrap_or(number.len());
    number.get(start..).unwrap_or_default()
}

const REFUSED: CvcError = CvcError::new(CvcErrorKind::PublicKey);

/// How many of [`TaAlgorithm::ALL`] are RSA's.
const RSA_ALGORITHMS: u8 = 6;
/// Of 160 to 512 bits, among those that are read here.
const CURVES: [Curve; 7] = [
    Curve::P256,
    Curve::BrainpoolP224r1,
    Curve::BrainpoolP256r1,
    Curve::BrainpoolP320r1,
    Curve::P384,
    Curve::BrainpoolP384r1,
    Curve::BrainpoolP512r1,
];
const MODULUS_BITS: [usize; 5] = [1024, 1280, 1536, 2048, 3072];

const MODULUS: u32 = 0x81;
const EXPONENT: u32 = 0x82;
const PRIME: u32 = 0x81;
const FIRST_COEFFICIENT: u32 = 0x82;
const SECOND_COEFFICIENT: u32 = 0x83;
const BASE_POINT: u32 = 0x84;
const ORDER: u32 = 0x85;
const POINT: u32 = 0x86;
const COFACTOR: u32 = 0x87;
