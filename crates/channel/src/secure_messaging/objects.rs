//! The data objects, as both ends lay them out and read them.

use sigillo_tlv::{Reader, Tlv, encode_into, encoded_length};

use super::suite::{MAC_LENGTH, Suite};
use crate::error::ChannelError;

pub(super) const CRYPTOGRAM_ODD: u8 = 0x85;
pub(super) const CRYPTOGRAM_EVEN: u8 = 0x87;
pub(super) const PROTECTED_LE: u8 = 0x97;
pub(super) const STATUS: u8 = 0x99;
pub(super) const CHECKSUM: u8 = 0x8E;
const PADDED: u8 = 0x01;

/// The objects of one APDU: `covered` is what the checksum covers besides counter and header.
pub(super) struct Objects<'a> {
    pub(super) covered: &'a [u8],
    pub(super) cryptogram: Option<&'a [u8]>,
    /// Value of 97 in a command, of 99 in a response.
    pub(super) second: Option<&'a [u8]>,
    pub(super) checksum: &'a [u8],
}

/// The most plain data octets in one protected command whose data field holds at most `field` octets, without Le.
#[must_use]
pub fn max_plain_command(suite: Suite, field: usize) -> usize {
    max_plain(suite, field.saturating_sub(2 + MAC_LENGTH))
}

/// The most plain data octets in one protected response whose data field (no status word) holds at most `field` octets.
///
/// 256 gives 231 under triple DES.
#[must_use]
pub fn max_plain_response(suite: Suite, field: usize) -> usize {
    max_plain(suite, field.saturating_sub(2 + MAC_LENGTH + 4))
}

/// The room inside a cryptogram object of at most `object` octets, padding indicator included.
fn max_plain(suite: Suite, object: usize) -> usize {
    let block = suite.block_length();
    let mut cipher = object / block * block;
    while cipher > 0 && encoded_length(CRYPTOGRAM_EVEN.into(), cipher + 1) > object {
        cipher -= block;
    }
    cipher.saturating_sub(1)
}

/// Which cryptogram object an instruction uses.
pub(super) const fn cryptogram_tag(instruction: u8) -> u8 {
    if instruction & 1 == 0 { CRYPTOGRAM_EVEN } else { CRYPTOGRAM_ODD }
}

pub(super) fn push_cryptogram(objects: &mut Vec<u8>, instruction: u8, cipher: &[u8]) {
    match cryptogram_tag(instruction) {
        CRYPTOGRAM_EVEN => encode_into(objects, CRYPTOGRAM_EVEN.into(), &[&[PADDED], cipher].concat()),
        odd => encode_into(objects, odd.into(), cipher),
    }
}

pub(super) fn push(objects: &mut Vec<u8>, tag: u8, value: &[u8]) {
    encode_into(objects, tag.into(), value);
}

/// Reads `[cryptogram] [second] checksum` and nothing else.
pub(super) fn read(data: &[u8], instruction: u8, second: u8) -> Result<Objects<'_>, ChannelError> {
    let malformed = |error: sigillo_tlv::TlvError| ChannelError::SmObject { at: error.at() };
    let mut reader = Reader::new(data);
    let tag = cryptogram_tag(instruction);
    let cryptogram = reader.optional(tag.into()).map_err(malformed)?;
    let second = reader.optional(second.into()).map_err(malformed)?;
    let covered = data.get(..reader.at()).unwrap_or_default();
    let checksum = match reader.peek_tag().map_err(malformed)? {
        None => return Err(ChannelError::SmMissingObject { tag: CHECKSUM }),
        Some(found) if found.number() != u32::from(CHECKSUM) => return Err(ChannelError::SmObject { at: reader.at() }),
        Some(_) => reader.expect(CHECKSUM.into()).map_err(malformed)?,
    };
    reader.finish().map_err(malformed)?;
    if checksum.value.len() != MAC_LENGTH {
        return Err(ChannelError::SmObject { at: checksum.at });
    }
    let cryptogram = cryptogram.map(|tlv| cipher_of(tag, tlv)).transpose()?;
    Ok(Objects { covered, cryptogram, second: second.map(|tlv| tlv.value), checksum: checksum.value })
}

fn cipher_of(tag: u8, tlv: Tlv<'_>) -> Result<&[u8], ChannelError> {
    match (tag, tlv.value) {
        (CRYPTOGRAM_EVEN, [PADDED, cipher @ ..]) => Ok(cipher),
        (CRYPTOGRAM_EVEN, _) => Err(ChannelError::SmObject { at: tlv.value_at() }),
        (_, cipher) => Ok(cipher),
    }
}
