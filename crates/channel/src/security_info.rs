//! SecurityInfos: the protocols and public keys that a chip publishes in DG14 and EF.CardAccess.
//!
//! ```text
//! SecurityInfos ::= SET OF SecurityInfo
//! SecurityInfo  ::= SEQUENCE { protocol OBJECT IDENTIFIER, requiredData ANY, optionalData ANY OPTIONAL }
//! ```
//!
//! Spec: `icao-9303-11#security-infos`.

use sigillo_crypto::{CurvePoint, HashAlgorithm};
use sigillo_tlv::{Reader, TlvError, encode, single};

use crate::chip_authentication::{CaProtocol, decode_public_key};
use crate::error::ChannelError;
use crate::pace::{PaceInfo, PaceProtocol};
use crate::secure_messaging::Suite;

const SET: u32 = 0x31;
const SEQUENCE: u32 = 0x30;
const OBJECT_IDENTIFIER: u32 = 0x06;
const INTEGER: u32 = 0x02;
const OCTET_STRING: u32 = 0x04;

/// id-PK-ECDH, 0.4.0.127.0.7.2.2.1.2
const PK_ECDH: &[u8] = &[0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x01, 0x02];
/// id-TA, 0.4.0.127.0.7.2.2.2
const TERMINAL_AUTHENTICATION: &[u8] = &[0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x02];
/// id-AA, 2.23.136.1.1.5
const ACTIVE_AUTHENTICATION: &[u8] = &[0x67, 0x81, 0x08, 0x01, 0x01, 0x05];
/// ecdsa-plain-signatures, 0.4.0.127.0.7.1.1.4.1; one arc more names the hash.
const ECDSA_PLAIN: [u8; 9] = [0x04, 0x00, 0x7F, 0x00, 0x07, 0x01, 0x01, 0x04, 0x01];
/// Of Chip, Terminal and Active Authentication.
const VERSION: u8 = 1;
const PACE_VERSION: u8 = 2;

/// A list of SecurityInfos; a new one is in DER order, a decoded one in the order it was read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SecurityInfos {
    infos: Vec<SecurityInfo>,
}

/// One entry.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SecurityInfo {
    /// ChipAuthenticationInfo, version 1, with one of id-CA-ECDH.
    ChipAuthentication {
        /// The protocol.
        protocol: CaProtocol,
        /// Which key, where there are several.
        key_id: Option<u8>,
    },
    /// ChipAuthenticationPublicKeyInfo with id-PK-ECDH.
    ChipAuthenticationPublicKey {
        /// DER of the SubjectPublicKeyInfo.
        public_key: Vec<u8>,
        /// Which key, where there are several.
        key_id: Option<u8>,
    },
    /// TerminalAuthenticationInfo, version 1.
    TerminalAuthentication {
        /// Where EF.CVCA is, if it is not where it is by default.
        ef_cvca: Option<EfCvcaReference>,
    },
    /// ActiveAuthenticationInfo, version 1, for ECDSA with plain signatures.
    ActiveAuthentication {
        /// The hash of the signatures.
        hash: HashAlgorithm,
    },
    /// PACEInfo, version 2, of a protocol that is spoken here.
    Pace(
        /// Protocol and domain parameters.
        PaceInfo,
    ),
    /// Any other protocol or version of PACE, as its whole SEQUENCE.
    Unknown(
        /// DER of the SEQUENCE.
        Vec<u8>,
    ),
}

/// Where EF.CVCA is.
///
/// Spec: `icao-9303-11#ef-cvca`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct EfCvcaReference {
    /// File identifier.
    pub file_id: [u8; 2],
    /// Short file identifier, if there is one.
    pub short_id: Option<u8>,
}

impl SecurityInfos {
    /// Puts the entries into the order that DER asks of a SET OF.
    #[must_use]
    pub fn new(mut infos: Vec<SecurityInfo>) -> Self {
        infos.sort_by_cached_key(SecurityInfo::encode);
        Self { infos }
    }

    /// The entries.
    #[must_use]
    pub fn infos(&self) -> &[SecurityInfo] {
        &self.infos
    }

    /// The SubjectPublicKeyInfo for Chip Authentication with this key identifier.
    #[must_use]
    pub fn chip_authentication_key(&self, wanted: Option<u8>) -> Option<&[u8]> {
        self.infos.iter().find_map(|info| match info {
            SecurityInfo::ChipAuthenticationPublicKey { public_key, key_id } if *key_id == wanted => {
                Some(public_key.as_slice())
            }
            _ => None,
        })
    }

    /// The protocols of Chip Authentication that are spoken here, each with the key it is for, in their order.
    ///
    /// A chip may publish a key without a protocol: it is then for triple DES.
    pub fn chip_authentication(&self) -> impl Iterator<Item = (CaProtocol, Option<u8>)> {
        let unnamed = !self.infos.iter().any(|info| matches!(info, SecurityInfo::ChipAuthentication { .. }));
        self.infos.iter().filter_map(move |info| match info {
            SecurityInfo::ChipAuthentication { protocol, key_id } => Some((*protocol, *key_id)),
            SecurityInfo::ChipAuthenticationPublicKey { key_id, .. } if unnamed => {
                Some((CaProtocol::ecdh(Suite::TripleDes), *key_id))
            }
            _ => None,
        })
    }

    /// The chip's static key for PACE's chip authentication mapping, as EF.CardSecurity lists it: the one whose identifier is
    /// that of the domain parameters, else the first on that curve.
    #[must_use]
    pub fn chip_authentication_mapping_key(&self, parameter_id: u8) -> Option<CurvePoint> {
        let on_the_curve =
            |spki: &[u8]| decode_public_key(spki).ok().filter(|key| key.curve().parameter_id() == parameter_id);
        let named = self.chip_authentication_key(Some(parameter_id)).and_then(on_the_curve);
        named.or_else(|| {
            self.infos.iter().find_map(|info| match info {
                SecurityInfo::ChipAuthenticationPublicKey { public_key, .. } => on_the_curve(public_key),
                _ => None,
            })
        })
    }

    /// Whether Terminal Authentication is offered.
    #[must_use]
    pub fn terminal_authentication(&self) -> bool {
        self.infos.iter().any(|info| matches!(info, SecurityInfo::TerminalAuthentication { .. }))
    }

    /// The hash of Active Authentication with ECDSA.
    #[must_use]
    pub fn active_authentication(&self) -> Option<HashAlgorithm> {
        self.infos.iter().find_map(|info| match info {
            SecurityInfo::ActiveAuthentication { hash } => Some(*hash),
            _ => None,
        })
    }

    /// The entries that another list lacks. EF.CardAccess is not signed; DG14 is, and must have every entry of it.
    ///
    /// Spec: `icao-9303-11#security-infos`.
    pub fn missing_from<'a>(&'a self, signed: &'a Self) -> impl Iterator<Item = &'a SecurityInfo> {
        self.infos.iter().filter(|info| !signed.infos.contains(info))
    }

    /// The entries for PACE that are spoken here, in their order.
    pub fn pace(&self) -> impl Iterator<Item = PaceInfo> {
        self.infos.iter().filter_map(|info| match info {
            SecurityInfo::Pace(info) => Some(*info),
            _ => None,
        })
    }

    /// DER of the SET.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        encode(SET, &self.infos.iter().flat_map(SecurityInfo::encode).collect::<Vec<_>>())
    }

    /// Reads the SET; encoding the result gives the same octets again.
    ///
    /// Entries out of DER order are accepted (issued chips have them), entries that are not DER are not.
    ///
    /// # Errors
    ///
    /// `securityinfo.der` with the offset.
    pub fn decode(bytes: &[u8]) -> Result<Self, ChannelError> {
        let set = single(bytes, SET).map_err(malformed)?;
        let mut entries = set.reader();
        let mut infos = Vec::new();
        while let Some(entry) = entries.next().map_err(malformed)? {
            let refused = ChannelError::SecurityInfos { at: entry.at };
            if entry.tag.number() != SEQUENCE {
                return Err(refused);
            }
            let mut fields = entry.reader();
            let protocol = fields.expect(OBJECT_IDENTIFIER).map_err(malformed)?;
            let info = SecurityInfo::decode(protocol.value, fields, entry.raw)?;
            if info.encode() != entry.raw {
                return Err(refused);
            }
            infos.push(info);
        }
        let decoded = Self { infos };
        if decoded.encode() == bytes { Ok(decoded) } else { Err(ChannelError::SecurityInfos { at: 0 }) }
    }
}

impl SecurityInfo {
    /// DER of the SEQUENCE.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::ChipAuthentication { protocol, key_id } => entry(&protocol.oid(), &integer(VERSION), *key_id),
            Self::ChipAuthenticationPublicKey { public_key, key_id } => entry(PK_ECDH, public_key, *key_id),
            Self::TerminalAuthentication { ef_cvca } => {
                let place = ef_cvca.map(EfCvcaReference::encode).unwrap_or_default();
                entry(TERMINAL_AUTHENTICATION, &[integer(VERSION), place].concat(), None)
            }
            Self::ActiveAuthentication { hash } => {
                let signature = encode(OBJECT_IDENTIFIER, &plain_oid(*hash));
                entry(ACTIVE_AUTHENTICATION, &[integer(VERSION), signature].concat(), None)
            }
            Self::Pace(info) => entry(&info.protocol.oid(), &integer(PACE_VERSION), info.parameter_id),
            Self::Unknown(raw) => raw.clone(),
        }
    }

    /// Reads the fields behind the protocol.
    fn decode(protocol: &[u8], mut fields: Reader<'_>, raw: &[u8]) -> Result<Self, ChannelError> {
        if protocol == PK_ECDH {
            let public_key = fields.expect(SEQUENCE).map_err(malformed)?.raw.to_vec();
            return Ok(Self::ChipAuthenticationPublicKey { public_key, key_id: small_integer(fields)? });
        }
        if let Some(protocol) = CaProtocol::from_oid(protocol) {
            return match version(&mut fields)? {
                VERSION => Ok(Self::ChipAuthentication { protocol, key_id: small_integer(fields)? }),
                _ => Ok(Self::Unknown(raw.to_vec())),
            };
        }
        if let Some(protocol) = PaceProtocol::from_oid(protocol) {
            return match version(&mut fields)? {
                PACE_VERSION => Ok(Self::Pace(PaceInfo { protocol, parameter_id: small_integer(fields)? })),
                _ => Ok(Self::Unknown(raw.to_vec())),
            };
        }
        if protocol == TERMINAL_AUTHENTICATION && version(&mut fields)? == VERSION {
            let ef_cvca = fields.optional(SEQUENCE).map_err(malformed)?;
            fields.finish().map_err(malformed)?;
            let ef_cvca = ef_cvca.map(|place| EfCvcaReference::decode(place.reader(), place.at)).transpose()?;
            return Ok(Self::TerminalAuthentication { ef_cvca });
        }
        if protocol == ACTIVE_AUTHENTICATION && version(&mut fields)? == VERSION {
            let signature = fields.expect(OBJECT_IDENTIFIER).map_err(malformed)?;
            fields.finish().map_err(malformed)?;
            if let Some(hash) = plain_hash(signature.value) {
                return Ok(Self::ActiveAuthentication { hash });
            }
        }
        Ok(Self::Unknown(raw.to_vec()))
    }
}

impl EfCvcaReference {
    fn encode(self) -> Vec<u8> {
        let short_id = self.short_id.map(|id| encode(OCTET_STRING, &[id])).unwrap_or_default();
        encode(SEQUENCE, &[encode(OCTET_STRING, &self.file_id), short_id].concat())
    }

    fn decode(mut fields: Reader<'_>, at: usize) -> Result<Self, ChannelError> {
        let refused = ChannelError::SecurityInfos { at };
        let file_id = fields.expect(OCTET_STRING).map_err(malformed)?;
        let short_id = fields.optional(OCTET_STRING).map_err(malformed)?;
        fields.finish().map_err(malformed)?;
        Ok(Self {
            file_id: file_id.value.try_into().map_err(|_| refused)?,
            short_id: match short_id.map(|tlv| tlv.value) {
                None => None,
                Some(&[id]) => Some(id),
                Some(_) => return Err(refused),
            },
        })
    }
}

/// The last arcs of the identifiers of plain ECDSA signatures.
///
/// Spec: `bsi-tr-03111#plain-signature`.
const PLAIN_HASHES: [(u8, HashAlgorithm); 5] = [
    (1, HashAlgorithm::Sha1),
    (2, HashAlgorithm::Sha224),
    (3, HashAlgorithm::Sha256),
    (4, HashAlgorithm::Sha384),
    (5, HashAlgorithm::Sha512),
];

fn plain_oid(hash: HashAlgorithm) -> Vec<u8> {
    let arc = PLAIN_HASHES.into_iter().find(|(_, of)| *of == hash).map(|(arc, _)| arc);
    ECDSA_PLAIN.into_iter().chain(arc).collect()
}

fn plain_hash(oid: &[u8]) -> Option<HashAlgorithm> {
    PLAIN_HASHES.into_iter().map(|(_, hash)| hash).find(|hash| plain_oid(*hash) == oid)
}

/// The version of a protocol, as a small number; a large one is none that is known.
fn version(fields: &mut Reader<'_>) -> Result<u8, ChannelError> {
    match *fields.expect(INTEGER).map_err(malformed)?.value {
        [version @ 0..=0x7F] => Ok(version),
        _ => Ok(u8::MAX),
    }
}

/// `optional` is a key identifier or that of domain parameters.
fn entry(protocol: &[u8], required: &[u8], optional: Option<u8>) -> Vec<u8> {
    let optional = optional.map(integer).unwrap_or_default();
    encode(SEQUENCE, &[&encode(OBJECT_IDENTIFIER, protocol), required, &optional].concat())
}

fn integer(value: u8) -> Vec<u8> {
    let octets: &[u8] = if value < 0x80 { &[value] } else { &[0, value] };
    encode(INTEGER, octets)
}

fn small_integer(mut fields: Reader<'_>) -> Result<Option<u8>, ChannelError> {
    let found = fields.optional(INTEGER).map_err(malformed)?;
    fields.finish().map_err(malformed)?;
    match found {
        None => Ok(None),
        Some(tlv) => match *tlv.value {
            [value @ 0..=0x7F] | [0, value @ 0x80..=0xFF] => Ok(Some(value)),
            _ => Err(ChannelError::SecurityInfos { at: tlv.at }),
        },
    }
}

fn malformed(error: TlvError) -> ChannelError {
    ChannelError::SecurityInfos { at: error.at() }
}
