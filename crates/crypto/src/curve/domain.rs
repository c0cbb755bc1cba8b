use const_oid::ObjectIdentifier;

/// An elliptic curve, by its standardized domain parameters; each has prime order, so every point but infinity generates it.
///
/// | identifier | curve | octets of a coordinate |
/// |---|---|---|
/// | 11 | brainpoolP224r1 | 28 |
/// | 12 | P-256 (secp256r1) | 32 |
/// | 13 | brainpoolP256r1 | 32 |
/// | 14 | brainpoolP320r1 | 40 |
/// | 15 | P-384 (secp384r1) | 48 |
/// | 16 | brainpoolP384r1 | 48 |
/// | 17 | brainpoolP512r1 | 64 |
/// | 18 | P-521 (secp521r1) | 66 |
///
/// Spec: `icao-9303-11#domain-parameters`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Curve {
    /// brainpoolP224r1, identifier 11.
    BrainpoolP224r1,
    /// P-256, identifier 12.
    P256,
    /// brainpoolP256r1, identifier 13.
    BrainpoolP256r1,
    /// brainpoolP320r1, identifier 14.
    BrainpoolP320r1,
    /// P-384, identifier 15.
    P384,
    /// brainpoolP384r1, identifier 16.
    BrainpoolP384r1,
    /// brainpoolP512r1, identifier 17.
    BrainpoolP512r1,
    /// P-521, identifier 18.
    P521,
}

impl Curve {
    /// All of them, by identifier.
    pub const ALL: [Self; 8] = [
        Self::BrainpoolP224r1,
        Self::P256,
        Self::BrainpoolP256r1,
        Self::BrainpoolP320r1,
        Self::P384,
        Self::BrainpoolP384r1,
        Self::BrainpoolP512r1,
        Self::P521,
    ];

    /// The curve with this identifier of standardized domain parameters; `None` for one that is not read here.
    #[must_use]
    pub fn from_parameter_id(id: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|curve| curve.parameter_id() == id)
    }

    /// The identifier of the standardized domain parameters.
    #[must_use]
    pub const fn parameter_id(self) -> u8 {
        match self {
            Self::BrainpoolP224r1 => 11,
            Self::P256 => 12,
            Self::BrainpoolP256r1 => 13,
            Self::BrainpoolP320r1 => 14,
            Self::P384 => 15,
            Self::BrainpoolP384r1 => 16,
            Self::BrainpoolP512r1 => 17,
            Self::P521 => 18,
        }
    }

    /// The object identifier that certificates name it by.
    #[must_use]
    pub const fn oid(self) -> ObjectIdentifier {
        ObjectIdentifier::new_unwrap(match self {
            Self::BrainpoolP224r1 => "1.3.36.3.3.2.8.1.1.5",
            Self::P256 => "1.2.840.10045.3.1.7",
            Self::BrainpoolP256r1 => "1.3.36.3.3.2.8.1.1.7",
            Self::BrainpoolP320r1 => "1.3.36.3.3.2.8.1.1.9",
            Self::P384 => "1.3.132.0.34",
            Self::BrainpoolP384r1 => "1.3.36.3.3.2.8.1.1.11",
            Self::BrainpoolP512r1 => "1.3.36.3.3.2.8.1.1.13",
            Self::P521 => "1.3.132.0.35",
        })
    }

    /// The curve of an object identifier; `None` for one that is not read here.
    #[must_use]
    pub fn from_oid(oid: ObjectIdentifier) -> Option<Self> {
        Self::ALL.into_iter().find(|curve| curve.oid() == oid)
    }

    /// The bits of the prime.
    #[must_use]
    pub const fn field_bits(self) -> usize {
        match self {
            Self::P521 => 521,
            _ => 8 * self.field_octets(),
        }
    }

    /// The octets of a coordinate, and of a private key.
    #[must_use]
    pub const fn field_octets(self) -> usize {
        match self {
            Self::BrainpoolP224r1 => 28,
            Self::P256 | Self::BrainpoolP256r1 => 32,
            Self::BrainpoolP320r1 => 40,
            Self::P384 | Self::BrainpoolP384r1 => 48,
            Self::BrainpoolP512r1 => 64,
            Self::P521 => 66,
        }
    }
}
