//! The chip's end of SCP03.
//!
//! [`initialize`] answers INITIALIZE UPDATE; [`ChipOpening::external_authenticate`] proves the host; the chip counts tries
//! around it. After that every command goes through [`ChipSession::unwrap_command`] and every response through
//! [`ChipSession::wrap_response`].

use sigillo_apdu::{CommandApdu, ResponseApdu, ins};
use sigillo_crypto::ct_eq;
use sigillo_secret::SymmetricKey;

use super::key_set::KeySet;
use super::primitives::{
    Challenges, Direction, Keys, PARAMETER, PROTOCOL, SECURITY_LEVEL, header, is_protected, split_mac,
};
use super::put_key::PutKey;
use crate::error::ChannelError;

/// INITIALIZE UPDATE was answered; the host has proven nothing yet.
pub struct ChipOpening {
    keys: Keys,
}

/// A session with a host that proved its keys, at security level 33.
pub struct ChipSession {
    keys: Option<Keys>,
    answering: bool,
}

/// The answer to INITIALIZE UPDATE: 29 octets, as [`super::host::CardAnswer`] lays them out.
///
/// # Errors
///
/// `channel.key-length` never for keys that a [`KeySet`] can hold.
pub fn initialize(
    keys: &KeySet,
    version: u8,
    serial: &[u8; 10],
    host_challenge: [u8; 8],
    card_challenge: [u8; 8],
) -> Result<(ChipOpening, Vec<u8>), ChannelError> {
    let keys = Keys::derive(keys, &Challenges { host: host_challenge, card: card_challenge })?;
    let mut answer = serial.to_vec();
    answer.extend_from_slice(&[version, PROTOCOL, PARAMETER]);
    answer.extend_from_slice(&card_challenge);
    answer.extend_from_slice(&keys.card_cryptogram());
    Ok((ChipOpening { keys }, answer))
}

/// Reads an unwrapped PUT KEY under the DEK of the key set in force.
///
/// # Errors
///
/// `scp03.put-key-form`, `scp03.key-check`: nothing is to be changed.
pub fn parse_put_key(current_dek: &SymmetricKey, command: &CommandApdu) -> Result<PutKey, ChannelError> {
    PutKey::decode(command, current_dek)
}

impl ChipOpening {
    /// Checks EXTERNAL AUTHENTICATE: level, C-MAC and host cryptogram.
    ///
    /// # Errors
    ///
    /// `scp03.security-level`, `channel.class` for another class than 84 or another instruction, `channel.length` unless
    /// there are 16 octets, `scp03.command-mac`, `scp03.host-cryptogram`. A chip must have counted the try before it asks.
    pub fn external_authenticate(self, command: &CommandApdu) -> Result<ChipSession, ChannelError> {
        let Self { mut keys } = self;
        let head = command.head();
        if (head.cla, head.ins) != (0x84, ins::EXTERNAL_AUTHENTICATE) {
            return Err(ChannelError::Class { class: head.cla });
        }
        if (head.p1, head.p2) != (SECURITY_LEVEL, 0x00) {
            return Err(ChannelError::SecurityLevel { level: head.p1 });
        }
        let length = ChannelError::Length { field: "EXTERNAL AUTHENTICATE", found: command.data().len() };
        let (cryptogram, mac) =
            split_mac(command.data()).filter(|(cryptogram, _)| cryptogram.len() == 8).ok_or(length)?;
        if !ct_eq(&keys.command_mac(header(command), command.is_extended(), cryptogram)?, mac) {
            return Err(ChannelError::CommandMac);
        }
        if !ct_eq(&keys.host_cryptogram(), cryptogram) {
            return Err(ChannelError::HostCryptogram);
        }
        Ok(ChipSession { keys: Some(keys), answering: false })
    }
}

impl ChipSession {
    /// Whether the session has not ended.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.keys.is_some()
    }

    /// Checks the C-MAC, decrypts the data field, and clears the secure messaging bit of the class byte.
    ///
    /// # Errors
    ///
    /// `channel.class`, `scp03.command-mac`, `scp03.padding`, `channel.counter`, `channel.out-of-turn`: each ends the
    /// session (status 6982); `channel.ended` from then on.
    pub fn unwrap_command(&mut self, command: &CommandApdu) -> Result<CommandApdu, ChannelError> {
        let mut keys = self.keys.take().ok_or(ChannelError::Ended)?;
        if self.answering {
            return Err(ChannelError::OutOfTurn);
        }
        let head = command.head();
        if head.cla & 0x5C != 0x04 {
            return Err(ChannelError::Class { class: head.cla });
        }
        keys.advance()?;
        let (data, mac) = split_mac(command.data()).ok_or(ChannelError::CommandMac)?;
        if !ct_eq(&keys.command_mac(header(command), command.is_extended(), data)?, mac) {
            return Err(ChannelError::CommandMac);
        }
        let mut plain = CommandApdu::new(head.cla & !0x04, head.ins, head.p1, head.p2);
        if !data.is_empty() {
            plain = plain.with_data(keys.decrypt(Direction::Command, data)?.to_vec());
        }
        if head.le != 0 {
            plain = plain.with_le(head.le);
        }
        self.keys = Some(keys);
        self.answering = true;
        Ok(if command.is_extended() { plain.extended() } else { plain })
    }

    /// Encrypts the data and adds the R-MAC to 9000, 62xx and 63xx; any other status leaves as two bare octets.
    ///
    /// # Errors
    ///
    /// `channel.out-of-turn` without a command; `channel.ended` after any earlier error.
    pub fn wrap_response(&mut self, response: &ResponseApdu) -> Result<ResponseApdu, ChannelError> {
        let keys = self.keys.take().ok_or(ChannelError::Ended)?;
        if !self.answering {
            return Err(ChannelError::OutOfTurn);
        }
        let status = response.status();
        let mut data = match response.data() {
            [] => Vec::new(),
            _ if !is_protected(status) => Vec::new(),
            plain => keys.encrypt(Direction::Response, plain)?,
        };
        if is_protected(status) {
            data.extend_from_slice(&keys.response_mac(&data, status)?);
        }
        self.keys = Some(keys);
        self.answering = false;
        Ok(ResponseApdu::new(data, status))
    }
}

impl std::fmt::Debug for ChipOpening {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ChipOpening(redacted)")
    }
}

impl std::fmt::Debug for ChipSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChipSession").field("alive", &self.keys.is_some()).field("answering", &self.answering).finish()
    }
}
