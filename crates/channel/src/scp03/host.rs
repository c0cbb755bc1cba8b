//! The host's end of SCP03.
//!
//! [`initialize_update`] → [`Opening::card_answer`] → choose the keys by [`CardAnswer::key_version`] →
//! [`CardAnswer::authenticate`] → send EXTERNAL AUTHENTICATE, see 9000 → [`HostSession::wrap`], [`HostSession::unwrap`].
//! After a wrong card cryptogram there is no EXTERNAL AUTHENTICATE to send: it would burn a try of the chip.

use sigillo_apdu::{CommandApdu, ResponseApdu, StatusWord, ins};
use sigillo_crypto::ct_eq;

use super::key_set::KeySet;
use super::primitives::{
    BLOCK, Challenges, Direction, Keys, MAC_LENGTH, PARAMETER, PROTOCOL, SECURITY_LEVEL, header, is_protected,
    split_mac,
};
use super::put_key::PutKey;
use crate::error::ChannelError;

/// INITIALIZE UPDATE was made; the card has not answered yet.
#[derive(Debug)]
pub struct Opening {
    host_challenge: [u8; 8],
}

/// What the card said of itself, before anything is proven.
///
/// | offset | octets | content |
/// |---|---|---|
/// | 0 | 10 | serial (key diversification data) |
/// | 10 | 1 | key version |
/// | 11 | 1 | protocol 03 |
/// | 12 | 1 | parameter "i" 60: random challenge, R-MAC, R-ENC |
/// | 13 | 8 | card challenge |
/// | 21 | 8 | card cryptogram |
///
/// Spec: `globalplatform-scp03#initialize-update`.
#[derive(Debug)]
pub struct CardAnswer {
    /// The chip's serial.
    pub serial: [u8; 10],
    /// The version of the key set that the chip used.
    pub key_version: u8,
    host_challenge: [u8; 8],
    card_challenge: [u8; 8],
    card_cryptogram: [u8; 8],
}

/// A session with a card that proved its keys.
pub struct HostSession {
    keys: Option<Keys>,
    waiting: bool,
}

/// INITIALIZE UPDATE for the key set that the card itself prefers.
#[must_use]
pub fn initialize_update(host_challenge: [u8; 8]) -> (Opening, CommandApdu) {
    let command = CommandApdu::new(0x80, ins::INITIALIZE_UPDATE, 0x00, 0x00).with_data(host_challenge).with_le(256);
    (Opening { host_challenge }, command)
}

/// PUT KEY, to be wrapped in a session under `current`: replaces `old_version` by a whole new set.
///
/// # Errors
///
/// `channel.key-length` unless all keys are AES-128.
pub fn put_key(
    current: &KeySet,
    old_version: u8,
    new_version: u8,
    new: KeySet,
) -> Result<(PutKey, CommandApdu), ChannelError> {
    let put_key = PutKey { old_version, new_version, keys: new };
    let command = put_key.command(current.dek())?;
    Ok((put_key, command))
}

/// The most plain data octets that a wrapped command without Le carries in a command APDU of at most `max_apdu` octets.
///
/// An APDU of up to 260 octets is taken as short (Lc of one octet), a longer one as extended (three). Padding takes at
/// least one octet, the C-MAC eight.
#[must_use]
pub const fn max_plain(max_apdu: usize) -> usize {
    let lc = if max_apdu <= 4 + 1 + 255 { 1 } else { 3 };
    let field = max_apdu.saturating_sub(4 + lc + MAC_LENGTH);
    let field = if field > 65_535 - MAC_LENGTH { 65_535 - MAC_LENGTH } else { field };
    (field / BLOCK * BLOCK).saturating_sub(1)
}

/// The most plain data octets that a wrapped response carries in a response APDU of at most `max_apdu` octets.
#[must_use]
pub const fn max_plain_response(max_apdu: usize) -> usize {
    (max_apdu.saturating_sub(2 + MAC_LENGTH) / BLOCK * BLOCK).saturating_sub(1)
}

impl Opening {
    /// Reads the answer to INITIALIZE UPDATE.
    ///
    /// # Errors
    ///
    /// `channel.length` unless there are 29 octets, `scp03.protocol` if the card offers anything but SCP03 with i = 60.
    pub fn card_answer(self, data: &[u8]) -> Result<CardAnswer, ChannelError> {
        let length = ChannelError::Length { field: "answer to INITIALIZE UPDATE", found: data.len() };
        let (&serial, data) = data.split_first_chunk::<10>().ok_or(length)?;
        let (&[key_version, protocol, parameter], data) = data.split_first_chunk::<3>().ok_or(length)?;
        let (&card_challenge, data) = data.split_first_chunk::<8>().ok_or(length)?;
        let card_cryptogram = data.try_into().map_err(|_| length)?;
        if (protocol, parameter) != (PROTOCOL, PARAMETER) {
            return Err(ChannelError::Scp03Protocol { protocol, parameter });
        }
        Ok(CardAnswer { serial, key_version, host_challenge: self.host_challenge, card_challenge, card_cryptogram })
    }
}

impl CardAnswer {
    /// Checks the card cryptogram and only then makes EXTERNAL AUTHENTICATE.
    ///
    /// The session may be used once the card answered 9000; it answers 6300 if it does not know our keys.
    ///
    /// # Errors
    ///
    /// `scp03.card-cryptogram`: the card holds other keys, and the station must stop.
    pub fn authenticate(self, keys: &KeySet) -> Result<(HostSession, CommandApdu), ChannelError> {
        let challenges = Challenges { host: self.host_challenge, card: self.card_challenge };
        let mut keys = Keys::derive(keys, &challenges)?;
        if !ct_eq(&keys.card_cryptogram(), &self.card_cryptogram) {
            return Err(ChannelError::CardCryptogram);
        }
        let command = CommandApdu::new(0x84, ins::EXTERNAL_AUTHENTICATE, SECURITY_LEVEL, 0x00);
        let mut data = keys.host_cryptogram().to_vec();
        let mac = keys.command_mac(header(&command), false, &data)?;
        data.extend_from_slice(&mac);
        Ok((HostSession { keys: Some(keys), waiting: false }, command.with_data(data)))
    }
}

impl HostSession {
    /// Encrypts the data field and adds the C-MAC; the command turns extended where it has to.
    ///
    /// # Errors
    ///
    /// `channel.class` for a class byte that is protected or chained already, `channel.out-of-turn` while a response is
    /// due, `channel.too-long`, `channel.counter`; `channel.ended` after any earlier error.
    pub fn wrap(&mut self, command: &CommandApdu) -> Result<CommandApdu, ChannelError> {
        let head = command.head();
        if head.cla & 0x5C != 0 {
            return Err(ChannelError::Class { class: head.cla });
        }
        if self.waiting {
            return Err(ChannelError::OutOfTurn);
        }
        let padded = if head.lc == 0 { 0 } else { (command.data().len() / BLOCK + 1) * BLOCK };
        if padded + MAC_LENGTH > 65_535 {
            return Err(ChannelError::TooLong);
        }
        let mut keys = self.keys.take().ok_or(ChannelError::Ended)?;
        keys.advance()?;
        let mut data = if padded == 0 { Vec::new() } else { keys.encrypt(Direction::Command, command.data())? };
        let extended = command.is_extended() || padded + MAC_LENGTH > 255;
        let bare = CommandApdu::new(head.cla | 0x04, head.ins, head.p1, head.p2);
        let mac = keys.command_mac(header(&bare), extended, &data)?;
        data.extend_from_slice(&mac);
        self.keys = Some(keys);
        self.waiting = true;
        let wrapped = bare.with_data(data);
        let wrapped = if head.le == 0 { wrapped } else { wrapped.with_le(head.le) };
        Ok(if extended { wrapped.extended() } else { wrapped })
    }

    /// Checks the R-MAC and decrypts the data of a response.
    ///
    /// A response with an error status (neither 9000 nor 62xx nor 63xx) is two bare octets that nobody authenticated; it is
    /// passed on, and the session goes on.
    ///
    /// # Errors
    ///
    /// `scp03.response-mac` for a wrong or missing R-MAC and for data beside an error status, `scp03.padding`,
    /// `channel.out-of-turn` without a command; `channel.ended` after any earlier error.
    pub fn unwrap(&mut self, response: &ResponseApdu) -> Result<ResponseApdu, ChannelError> {
        let keys = self.keys.take().ok_or(ChannelError::Ended)?;
        if !self.waiting {
            return Err(ChannelError::OutOfTurn);
        }
        self.waiting = false;
        let plain = unwrap(&keys, response.data(), response.status())?;
        self.keys = Some(keys);
        Ok(plain)
    }
}

impl std::fmt::Debug for HostSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HostSession").field("alive", &self.keys.is_some()).field("waiting", &self.waiting).finish()
    }
}

fn unwrap(keys: &Keys, data: &[u8], status: StatusWord) -> Result<ResponseApdu, ChannelError> {
    if !is_protected(status) {
        return if data.is_empty() { Ok(ResponseApdu::from(status)) } else { Err(ChannelError::ResponseMac) };
    }
    let (data, mac) = split_mac(data).ok_or(ChannelError::ResponseMac)?;
    if !ct_eq(&keys.response_mac(data, status)?, mac) {
        return Err(ChannelError::ResponseMac);
    }
    if data.is_empty() {
        return Ok(ResponseApdu::from(status));
    }
    let plain = keys.decrypt(Direction::Response, data)?;
    Ok(ResponseApdu::new(plain.to_vec(), status))
}
