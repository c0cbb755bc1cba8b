//! MSE:Set AT and the dynamic authentication data, as both ends write and read them.

use sigillo_apdu::{CommandApdu, ins};
use sigillo_tlv::{Reader, TlvError, encode, single};

use super::info::{PaceInfo, PaceProtocol};
use super::password::PasswordReference;
use crate::error::ChannelError;

pub(super) const NONCE: u32 = 0x80;
pub(super) const TERMINAL_MAPPING: u32 = 0x81;
pub(super) const CHIP_MAPPING: u32 = 0x82;
pub(super) const TERMINAL_KEY: u32 = 0x83;
pub(super) const CHIP_KEY: u32 = 0x84;
pub(super) const TERMINAL_TOKEN: u32 = 0x85;
pub(super) const CHIP_TOKEN: u32 = 0x86;
pub(super) const CHIP_AUTHENTICATION: u32 = 0x8A;
const DYNAMIC_AUTHENTICATION_DATA: u32 = 0x7C;

const CHAINED: u8 = 0x10;
const MECHANISM: u32 = 0x80;
const PASSWORD: u32 = 0x83;
const PARAMETERS: u32 = 0x84;
/// P1 and P2: set the authentication template for mutual authentication.
const SET_MUTUAL: (u8, u8) = (0xC1, 0xA4);

/// What MSE:Set AT chooses.
///
/// | tag | value |
/// |---|---|
/// | 80 | content octets of the protocol's object identifier |
/// | 83 | password: 01 MRZ, 02 CAN, 03 PIN, 04 PUK |
/// | 84 | identifier of the domain parameters, needed where the chip offers several |
///
/// Spec: `icao-9303-11#pace-apdu`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Selection {
    /// The protocol.
    pub protocol: PaceProtocol,
    /// The password.
    pub password: PasswordReference,
    /// The domain parameters, where they are named.
    pub parameter_id: Option<u8>,
}

impl Selection {
    /// The command.
    #[must_use]
    pub fn encode(&self) -> CommandApdu {
        let mut data = encode(MECHANISM, &self.protocol.oid());
        data.extend(encode(PASSWORD, &[self.password.octet()]));
        if let Some(id) = self.parameter_id {
            data.extend(encode(PARAMETERS, &[id]));
        }
        CommandApdu::new(0x00, ins::MANAGE_SECURITY_ENVIRONMENT, SET_MUTUAL.0, SET_MUTUAL.1).with_data(data)
    }

    /// Reads the data field; whether the command is MSE:Set AT for mutual authentication is for its dispatcher to see.
    ///
    /// The objects may stand in any order.
    ///
    /// # Errors
    ///
    /// `pace.object` for objects that are missing, doubled, unknown or of another length, `pace.protocol` for a protocol that
    /// is not spoken here, `pace.password-reference` for another password than those four.
    pub fn decode(data: &[u8]) -> Result<Self, ChannelError> {
        let (mut protocol, mut password, mut parameter_id) = (None, None, None);
        let mut reader = Reader::new(data);
        while let Some(object) = reader.next().map_err(malformed)? {
            let place = match object.tag.number() {
                MECHANISM => &mut protocol,
                PASSWORD => &mut password,
                PARAMETERS => &mut parameter_id,
                _ => return Err(ChannelError::PaceObject { at: object.at }),
            };
            if place.replace(object).is_some() || (object.tag.number() != MECHANISM && object.value.len() != 1) {
                return Err(ChannelError::PaceObject { at: object.at });
            }
        }
        let missing = ChannelError::PaceObject { at: data.len() };
        let protocol = PaceProtocol::from_oid(protocol.ok_or(missing)?.value).ok_or(ChannelError::PaceProtocol)?;
        let octet = |object: sigillo_tlv::Tlv<'_>| object.value.first().copied().ok_or(missing);
        let password = PasswordReference::from_octet(octet(password.ok_or(missing)?)?);
        Ok(Self {
            protocol,
            password: password.ok_or(ChannelError::PacePasswordReference)?,
            parameter_id: parameter_id.map(octet).transpose()?,
        })
    }

    /// The entry of the chip's list that is chosen; the only one of its protocol if no parameters are named.
    ///
    /// # Errors
    ///
    /// `pace.parameters` if there is no such entry, or several.
    pub fn choose(&self, offered: &[PaceInfo]) -> Result<PaceInfo, ChannelError> {
        let named = |info: &&PaceInfo| self.parameter_id.is_none() || info.parameter_id == self.parameter_id;
        let mut fitting = offered.iter().filter(|info| info.protocol == self.protocol).filter(named);
        match (fitting.next(), fitting.next()) {
            (Some(info), None) => Ok(*info),
            _ => Err(ChannelError::PaceParameters),
        }
    }
}

/// GENERAL AUTHENTICATE with one object, or none; every step but the last says that more follow.
pub(super) fn general_authenticate(object: Option<(u32, &[u8])>) -> CommandApdu {
    let cla = if matches!(object, Some((TERMINAL_TOKEN, _))) { 0x00 } else { CHAINED };
    let inner = object.map(|(tag, value)| encode(tag, value)).unwrap_or_default();
    let data = encode(DYNAMIC_AUTHENTICATION_DATA, &inner);
    CommandApdu::new(cla, ins::GENERAL_AUTHENTICATE, 0x00, 0x00).with_data(data).with_le(256)
}

/// Dynamic authentication data with one object.
pub(super) fn answer(tag: u32, value: &[u8]) -> Vec<u8> {
    encode(DYNAMIC_AUTHENTICATION_DATA, &encode(tag, value))
}

/// Dynamic authentication data with two objects.
pub(super) fn answer_both(objects: [(u32, &[u8]); 2]) -> Vec<u8> {
    encode(DYNAMIC_AUTHENTICATION_DATA, &objects.map(|(tag, value)| encode(tag, value)).concat())
}

/// The value of the one object of dynamic authentication data.
pub(super) fn read(data: &[u8], tag: u32) -> Result<&[u8], ChannelError> {
    let [value] = read_all(data, [tag])?;
    Ok(value)
}

/// The values of these objects of dynamic authentication data, in this order, and no others.
pub(super) fn read_all<const N: usize>(data: &[u8], tags: [u32; N]) -> Result<[&[u8]; N], ChannelError> {
    let mut reader = single(data, DYNAMIC_AUTHENTICATION_DATA).map_err(malformed)?.reader();
    let mut values: [&[u8]; N] = [&[]; N];
    for (value, tag) in values.iter_mut().zip(tags) {
        *value = reader.expect(tag).map_err(malformed)?.value;
    }
    reader.finish().map_err(malformed)?;
    Ok(values)
}

/// Dynamic authentication data without an object.
pub(super) fn read_empty(data: &[u8]) -> Result<(), ChannelError> {
    let template = single(data, DYNAMIC_AUTHENTICATION_DATA).map_err(malformed)?;
    template.reader().finish().map_err(malformed)
}

fn malformed(error: TlvError) -> ChannelError {
    ChannelError::PaceObject { at: error.at() }
}
