//! MSE:Set KAT, MSE:Set AT and the dynamic authentication data, as both ends lay them out.

use sigillo_apdu::{CommandApdu, ins};
use sigillo_tlv::{Reader, Tlv, TlvError, encode, single};

use super::protocol::CaProtocol;
use crate::error::ChannelError;

const MECHANISM: u32 = 0x80;
const TERMINAL_KEY_OF_AGREEMENT: u32 = 0x91;
const KEY_ID: u32 = 0x84;
const DYNAMIC_AUTHENTICATION_DATA: u32 = 0x7C;
const TERMINAL_KEY: u32 = 0x80;
/// P1 and P2: set the key agreement template for computation.
const SET_KEY_AGREEMENT: (u8, u8) = (0x41, 0xA6);
/// P1 and P2: set the authentication template for internal authentication.
const SET_INTERNAL: (u8, u8) = (0x41, 0xA4);

/// What MSE:Set KAT carries; the protocol is triple DES.
///
/// | tag | value |
/// |---|---|
/// | 91 | the terminal's ephemeral public key, uncompressed |
/// | 84 | which of the chip's keys, needed where there are several |
///
/// Spec: `icao-9303-11#ca-kat`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeyAgreement {
    /// The octets of the terminal's key; whether they are one is seen when it is used.
    pub terminal_key: Vec<u8>,
    /// Which of the chip's keys, where it is named.
    pub key_id: Option<u8>,
}

/// What MSE:Set AT chooses.
///
/// | tag | value |
/// |---|---|
/// | 80 | content octets of the protocol's object identifier |
/// | 84 | which of the chip's keys, needed where there are several |
///
/// Spec: `icao-9303-11#ca-at`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Selection {
    /// The protocol; triple DES may be chosen here too.
    pub protocol: CaProtocol,
    /// Which of the chip's keys, where it is named.
    pub key_id: Option<u8>,
}

impl KeyAgreement {
    /// The command.
    #[must_use]
    pub fn encode(&self) -> CommandApdu {
        let data = [encode(TERMINAL_KEY_OF_AGREEMENT, &self.terminal_key), key_reference(self.key_id)].concat();
        let (p1, p2) = SET_KEY_AGREEMENT;
        CommandApdu::new(0x00, ins::MANAGE_SECURITY_ENVIRONMENT, p1, p2).with_data(data)
    }

    /// Reads the data field; whether the command is MSE:Set KAT is for its dispatcher to see.
    ///
    /// The objects may stand in any order.
    ///
    /// # Errors
    ///
    /// `ca.object` for objects that are missing, doubled, unknown or of another length.
    pub fn decode(data: &[u8]) -> Result<Self, ChannelError> {
        let [key, key_id] = template(data, [TERMINAL_KEY_OF_AGREEMENT, KEY_ID])?;
        let key = key.ok_or(ChannelError::CaObject { at: data.len() })?;
        Ok(Self { terminal_key: key.value.to_vec(), key_id: key_id.map(octet).transpose()? })
    }
}

impl Selection {
    /// The command.
    #[must_use]
    pub fn encode(&self) -> CommandApdu {
        let data = [encode(MECHANISM, &self.protocol.oid()), key_reference(self.key_id)].concat();
        let (p1, p2) = SET_INTERNAL;
        CommandApdu::new(0x00, ins::MANAGE_SECURITY_ENVIRONMENT, p1, p2).with_data(data)
    }

    /// Reads the data field; whether the command is MSE:Set AT for internal authentication is for its dispatcher to see.
    ///
    /// The objects may stand in any order.
    ///
    /// # Errors
    ///
    /// `ca.object` for objects that are missing, doubled, unknown or of another length, `ca.protocol` for a protocol that is
    /// not spoken here.
    pub fn decode(data: &[u8]) -> Result<Self, ChannelError> {
        let [mechanism, key_id] = template(data, [MECHANISM, KEY_ID])?;
        let mechanism = mechanism.ok_or(ChannelError::CaObject { at: data.len() })?;
        let protocol = CaProtocol::from_oid(mechanism.value).ok_or(ChannelError::CaProtocol)?;
        Ok(Self { protocol, key_id: key_id.map(octet).transpose()? })
    }
}

/// GENERAL AUTHENTICATE with the terminal's ephemeral public key.
pub(super) fn general_authenticate(terminal_key: &[u8]) -> CommandApdu {
    let data = encode(DYNAMIC_AUTHENTICATION_DATA, &encode(TERMINAL_KEY, terminal_key));
    CommandApdu::new(0x00, ins::GENERAL_AUTHENTICATE, 0x00, 0x00).with_data(data).with_le(256)
}

/// The terminal's ephemeral public key in the data field of GENERAL AUTHENTICATE.
///
/// | tag | value |
/// |---|---|
/// | 7C | dynamic authentication data with one object |
/// | 80 | the terminal's ephemeral public key, uncompressed |
///
/// Spec: `icao-9303-11#ca-at`.
///
/// # Errors
///
/// `ca.object` unless that is all there is.
pub fn decode_general_authenticate(data: &[u8]) -> Result<Vec<u8>, ChannelError> {
    let mut objects = single(data, DYNAMIC_AUTHENTICATION_DATA).map_err(malformed)?.reader();
    let key = objects.expect(TERMINAL_KEY).map_err(malformed)?;
    objects.finish().map_err(malformed)?;
    Ok(key.value.to_vec())
}

/// The answer to GENERAL AUTHENTICATE: dynamic authentication data without an object.
pub(super) fn empty_answer() -> Vec<u8> {
    encode(DYNAMIC_AUTHENTICATION_DATA, &[])
}

fn key_reference(key_id: Option<u8>) -> Vec<u8> {
    key_id.map(|id| encode(KEY_ID, &[id])).unwrap_or_default()
}

/// The objects with these tags, each at most once, and no others.
fn template(data: &[u8], tags: [u32; 2]) -> Result<[Option<Tlv<'_>>; 2], ChannelError> {
    let mut found = [None, None];
    let mut reader = Reader::new(data);
    while let Some(object) = reader.next().map_err(malformed)? {
        let place = tags.iter().zip(&mut found).find(|(tag, _)| **tag == object.tag.number());
        let (_, place) = place.ok_or(ChannelError::CaObject { at: object.at })?;
        if place.replace(object).is_some() {
            return Err(ChannelError::CaObject { at: object.at });
        }
    }
    Ok(found)
}

fn octet(object: Tlv<'_>) -> Result<u8, ChannelError> {
    match *object.value {
        [octet] => Ok(octet),
        _ => Err(ChannelError::CaObject { at: object.at }),
    }
}

fn malformed(error: TlvError) -> ChannelError {
    ChannelError::CaObject { at: error.at() }
}
