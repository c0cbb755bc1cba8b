use sigillo_crypto::Curve;
use sigillo_tlv::encode;

use crate::secure_messaging::Suite;

/// id-PACE, 0.4.0.127.0.7.2.2.4; one arc more names key agreement and mapping, another the suite.
const PACE: [u8; 8] = [0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x04];

/// How the nonce becomes a base point of a curve.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum PaceMapping {
    /// By a key agreement: `nonce · G + H`.
    Generic,
    /// By a pseudorandom function of the nonce and one of the terminal's.
    Integrated,
    /// As the generic one, and the chip proves that it holds the private key of a public key in EF.CardSecurity.
    ChipAuthentication,
}

/// A protocol identifier: a mapping on elliptic curves, and the suite of the session.
///
/// | last arc but one | mapping | last arc | suite |
/// |---|---|---|---|
/// | 2 | generic | 1 | triple DES |
/// | 4 | integrated | 2 | AES-128 |
/// | 6 | chip authentication | 3 | AES-192 |
/// | | | 4 | AES-256 |
///
/// Spec: `icao-9303-11#pace-identifiers`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PaceProtocol {
    mapping: PaceMapping,
    suite: Suite,
}

/// PACEInfo: a protocol and the standardized domain parameters it runs on.
///
/// Spec: `icao-9303-11#pace-info`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PaceInfo {
    /// The protocol.
    pub protocol: PaceProtocol,
    /// The identifier of the domain parameters; absent only beside explicit ones, which are not read here.
    pub parameter_id: Option<u8>,
}

impl PaceProtocol {
    /// A mapping on elliptic curves with a suite; the chip authentication mapping has no protocol with triple DES.
    #[must_use]
    pub const fn ecdh(mapping: PaceMapping, suite: Suite) -> Self {
        Self { mapping, suite }
    }

    /// The protocol with this object identifier (content octets); `None` for one that is not spoken here.
    #[must_use]
    pub fn from_oid(oid: &[u8]) -> Option<Self> {
        let &[mapping, suite] = oid.strip_prefix(&PACE)? else { return None };
        let mapping = match mapping {
            2 => PaceMapping::Generic,
            4 => PaceMapping::Integrated,
            6 if suite != 1 => PaceMapping::ChipAuthentication,
            _ => return None,
        };
        let suite = match suite {
            1 => Suite::TripleDes,
            2 => Suite::Aes128,
            3 => Suite::Aes192,
            4 => Suite::Aes256,
            _ => return None,
        };
        Some(Self { mapping, suite })
    }

    /// The content octets of the object identifier.
    #[must_use]
    pub fn oid(self) -> Vec<u8> {
        let mapping = match self.mapping {
            PaceMapping::Generic => 2,
            PaceMapping::Integrated => 4,
            PaceMapping::ChipAuthentication => 6,
        };
        let suite = match self.suite {
            Suite::TripleDes => 1,
            Suite::Aes128 => 2,
            Suite::Aes192 => 3,
            Suite::Aes256 => 4,
        };
        [PACE.as_slice(), &[mapping, suite]].concat()
    }

    /// The mapping.
    #[must_use]
    pub const fn mapping(self) -> PaceMapping {
        self.mapping
    }

    /// The suite of nonce, tokens and session.
    #[must_use]
    pub const fn suite(self) -> Suite {
        self.suite
    }

    /// The octets of the nonce this chip draws: as few whole blocks as the key has octets.
    pub(super) const fn nonce_length(self) -> usize {
        self.suite.key_length().next_multiple_of(16)
    }

    /// Ephemeral public key data object: what a token is computed over.
    pub(super) fn key_object(self, point: &[u8]) -> Vec<u8> {
        encode(0x7F49, &[encode(0x06, &self.oid()), encode(0x86, point)].concat())
    }
}

impl PaceInfo {
    /// The curve; `None` for domain parameters that are not spoken here.
    #[must_use]
    pub fn curve(&self) -> Option<Curve> {
        self.parameter_id.and_then(Curve::from_parameter_id)
    }
}
