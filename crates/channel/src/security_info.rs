//! SecurityInfos: the protocols and public keys that a chip publishes in DG14 and EF.CardAccess.
//!
//! ```text
//! SecurityInfos ::= SET OF SecurityInfo
//! SecurityInfo  ::= SEQUENCE { protocol OBJECT IDENTIFIER, requiredData ANY, optionalData ANY OPTIONAL }
//! ```
//!
//! Spec: `icao-9303-11#security-infos`.

use sigillo_tlv::{Reader, TlvError, encode, single};

use crate::error::ChannelError;
use crate::pace::{PaceInfo, PaceProtocol};

const SET: u32 = 0x31;
const SEQUENCE: u32 = 0x30;
const OBJECT_IDENTIFIER: u32 = 0x06;
const INTEGER: u32 = 0x02;

/// id-CA-ECDH-AES-CBC-CMAC-128, 0.4.0.127.0.7.2.2.3.2.2
const CA_ECDH_AES_CBC_CMAC_128: &[u8] = &[0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x03, 0x02, 0x02];
/// id-PK-ECDH, 0.4.0.127.0.7.2.2.1.2
const PK_ECDH: &[u8] = &[0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x01, 0x02];
const CHIP_AUTHENTICATION_VERSION: u8 = 1;
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
    /// ChipAuthenticationInfo, version 1, with id-CA-ECDH-AES-CBC-CMAC-128.
    ChipAuthentication {
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
            let info = match protocol.value {
                CA_ECDH_AES_CBC_CMAC_128 => {
                    if fields.expect(INTEGER).map_err(malformed)?.value != [CHIP_AUTHENTICATION_VERSION] {
                        return Err(refused);
                    }
                    SecurityInfo::ChipAuthentication { key_id: small_integer(fields)? }
                }
                PK_ECDH => {
                    let public_key = fields.expect(SEQUENCE).map_err(malformed)?.raw.to_vec();
                    SecurityInfo::ChipAuthenticationPublicKey { public_key, key_id: small_integer(fields)? }
                }
                oid => match PaceProtocol::from_oid(oid) {
                    Some(protocol) if fields.expect(INTEGER).map_err(malformed)?.value == [PACE_VERSION] => {
                        SecurityInfo::Pace(PaceInfo { protocol, parameter_id: small_integer(fields)? })
                    }
                    _ => SecurityInfo::Unknown(entry.raw.to_vec()),
                },
            };
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
            Self::ChipAuthentication { key_id } => {
                let version = integer(CHIP_AUTHENTICATION_VERSION);
                entry(CA_ECDH_AES_CBC_CMAC_128, &version, *key_id)
            }
            Self::ChipAuthenticationPublicKey { public_key, key_id } => entry(PK_ECDH, public_key, *key_id),
            Self::Pace(info) => entry(&info.protocol.oid(), &integer(PACE_VERSION), info.parameter_id),
            Self::Unknown(raw) => raw.clone(),
        }
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
