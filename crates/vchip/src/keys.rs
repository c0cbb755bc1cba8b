//! Key pairs made on the chip, and the protocols that each serves.

use sigillo_crypto::{Curve, CurvePrivateKey, HashAlgorithm, RsaPrivateKey};

/// A key pair and what it may be used for: nothing else, whoever asks.
pub(crate) struct KeyPair {
    pub(crate) key: PrivateKey,
    pub(crate) protocols: Vec<Protocol>,
}

/// A private key that never leaves the chip.
pub(crate) enum PrivateKey {
    Curve(CurvePrivateKey),
    Rsa(Box<RsaPrivateKey>),
}

/// A protocol that a key may serve, by the content octets of its object identifier.
#[derive(Clone, Eq, PartialEq)]
pub(crate) struct Protocol {
    oid: Vec<u8>,
}

/// What kind of protocol an object identifier names.
///
/// | object identifier | use |
/// |-----------------------------------------|----------------------------------------------------------|
/// | 0.4.0.127.0.7.2.2.3.2.1 to .4 | Chip Authentication on elliptic curves |
/// | 0.4.0.127.0.7.2.2.4.6.2 to .4 | the chip authentication mapping of PACE |
/// | 0.4.0.127.0.7.1.1.4.1.2 to .5 | Active Authentication by ECDSA, SHA-224 to SHA-512 |
/// | 2.23.136.1.1.5 | Active Authentication by RSA |
/// | 1.2.840.10045.4.3.2 | the holder's signatures, ECDSA with SHA-256 |
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Use {
    ChipAuthentication,
    ChipAuthenticationMapping,
    ActiveAuthenticationEcdsa(HashAlgorithm),
    ActiveAuthenticationRsa,
    Holder,
}

impl KeyPair {
    /// Whether the key serves the protocol with this object identifier (content octets).
    pub(crate) fn serves(&self, oid: &[u8]) -> bool {
        self.protocols.iter().any(|protocol| protocol.oid == oid)
    }

    /// What it may be used for.
    pub(crate) fn uses(&self) -> impl Iterator<Item = Use> {
        self.protocols.iter().filter_map(|protocol| Use::of(&protocol.oid))
    }

    /// Octets of memory that the pair takes.
    pub(crate) fn footprint(&self) -> usize {
        let key = match &self.key {
            PrivateKey::Curve(key) => key.curve().field_octets(),
            PrivateKey::Rsa(key) => rsa_footprint(key.public().bits()),
        };
        PAIR_FOOTPRINT + key + self.protocols.iter().map(|protocol| protocol.oid.len()).sum::<usize>()
    }
}

impl PrivateKey {
    /// A protocol that this chip knows and this key can serve.
    pub(crate) fn protocol(&self, oid: &[u8]) -> Option<Protocol> {
        match self {
            Self::Curve(_) => Protocol::for_curve(oid),
            Self::Rsa(_) => Protocol::for_rsa(oid),
        }
    }
}

impl Protocol {
    /// A protocol that this chip knows and a key of this kind can serve.
    pub(crate) fn for_curve(oid: &[u8]) -> Option<Self> {
        Use::of(oid).filter(|usage| *usage != Use::ActiveAuthenticationRsa).map(|_| Self { oid: oid.to_vec() })
    }

    /// The same for an RSA key.
    pub(crate) fn for_rsa(oid: &[u8]) -> Option<Self> {
        Use::of(oid).filter(|usage| *usage == Use::ActiveAuthenticationRsa).map(|_| Self { oid: oid.to_vec() })
    }

    pub(crate) fn oid(&self) -> &[u8] {
        &self.oid
    }
}

impl Use {
    /// Whether a key with this use answers INTERNAL AUTHENTICATE.
    pub(crate) fn answers(self) -> bool {
        matches!(self, Self::ActiveAuthenticationEcdsa(_) | Self::ActiveAuthenticationRsa | Self::Holder)
    }

    fn of(oid: &[u8]) -> Option<Self> {
        if let Some([1..=4]) = oid.strip_prefix(CHIP_AUTHENTICATION_ECDH) {
            return Some(Self::ChipAuthentication);
        }
        if let Some([2..=4]) = oid.strip_prefix(PACE_ECDH_CAM) {
            return Some(Self::ChipAuthenticationMapping);
        }
        match oid.strip_prefix(ECDSA_PLAIN) {
            Some([2]) => return Some(Self::ActiveAuthenticationEcdsa(HashAlgorithm::Sha224)),
            Some([3]) => return Some(Self::ActiveAuthenticationEcdsa(HashAlgorithm::Sha256)),
            Some([4]) => return Some(Self::ActiveAuthenticationEcdsa(HashAlgorithm::Sha384)),
            Some([5]) => return Some(Self::ActiveAuthenticationEcdsa(HashAlgorithm::Sha512)),
            _ => {}
        }
        match oid {
            ACTIVE_AUTHENTICATION => Some(Self::ActiveAuthenticationRsa),
            ECDSA_WITH_SHA256 => Some(Self::Holder),
            _ => None,
        }
    }
}

/// What a key pair on this curve takes, without its protocols.
pub(crate) fn curve_footprint(curve: Curve) -> usize {
    PAIR_FOOTPRINT + curve.field_octets()
}

/// What an RSA key of this size takes, without its protocols: modulus, exponents, primes and their companions.
pub(crate) fn rsa_footprint(bits: usize) -> usize {
    PAIR_FOOTPRINT + bits / 8 * 5
}

/// The most protocols that one key serves.
pub(crate) const MAX_PROTOCOLS: usize = 8;
/// What a key pair takes besides its numbers.
const PAIR_FOOTPRINT: usize = 64;

/// id-CA-ECDH, 0.4.0.127.0.7.2.2.3.2
const CHIP_AUTHENTICATION_ECDH: &[u8] = &[0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x03, 0x02];
/// id-PACE-ECDH-CAM, 0.4.0.127.0.7.2.2.4.6
const PACE_ECDH_CAM: &[u8] = &[0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x04, 0x06];
/// ecdsa-plain-signatures, 0.4.0.127.0.7.1.1.4.1
const ECDSA_PLAIN: &[u8] = &[0x04, 0x00, 0x7F, 0x00, 0x07, 0x01, 0x01, 0x04, 0x01];
/// id-AA, 2.23.136.1.1.5
const ACTIVE_AUTHENTICATION: &[u8] = &[0x67, 0x81, 0x08, 0x01, 0x01, 0x05];
/// ecdsa-with-SHA256, 1.2.840.10045.4.3.2
const ECDSA_WITH_SHA256: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02];
