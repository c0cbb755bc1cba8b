//! The chip's end of secure messaging.

use sigillo_apdu::{CommandApdu, ResponseApdu};
use sigillo_crypto::ct_eq;

use super::objects::{CHECKSUM, PROTECTED_LE, STATUS, max_plain_response, push, push_cryptogram, read};
use super::session_keys::SessionKeys;
use crate::error::ChannelError;

/// A keyed session as the chip sees it.
#[derive(Debug)]
pub struct Session {
    keys: Option<SessionKeys>,
    due: Option<Due>,
}

/// The command whose response is due.
#[derive(Clone, Copy, Debug)]
struct Due {
    instruction: u8,
    field: usize,
}

impl Session {
    /// Begins a session.
    #[must_use]
    pub fn new(keys: SessionKeys) -> Self {
        Self { keys: Some(keys), due: None }
    }

    /// Whether the session has not ended.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.keys.is_some()
    }

    /// The keys, if the session has not ended: with them a chip is made faulty, so that tests of chips are tested.
    #[must_use]
    pub const fn keys_mut(&mut self) -> Option<&mut SessionKeys> {
        self.keys.as_mut()
    }

    /// The most plain octets that fit into the response to the command that was unwrapped last.
    ///
    /// The outer Le limits the protected response; without one, what the form of the command allows.
    #[must_use]
    pub fn max_plain_answer(&self) -> usize {
        match (&self.keys, self.due) {
            (Some(keys), Some(due)) => max_plain_response(keys.suite(), due.field),
            _ => 0,
        }
    }

    /// Checks a protected command, decrypts its data and puts the protected Le in its place. The chaining bit of the class octet
    /// stays: links of a chain are protected one by one.
    ///
    /// # Errors
    ///
    /// `sm.plain-command`, `sm.object`, `sm.missing-object`, `sm.mac`, `sm.padding`, `channel.counter`,
    /// `channel.out-of-turn`: each ends the session ([`ChannelError::chip_status`]); `channel.ended` from then on.
    pub fn unwrap_command(&mut self, command: &CommandApdu) -> Result<CommandApdu, ChannelError> {
        let mut keys = self.keys.take().ok_or(ChannelError::Ended)?;
        if self.due.take().is_some() {
            return Err(ChannelError::OutOfTurn);
        }
        let head = command.head();
        if head.cla & 0x4C != 0x0C {
            return Err(ChannelError::SmPlainCommand);
        }
        keys.advance()?;
        let objects = read(command.data(), head.ins, PROTECTED_LE)?;
        if !ct_eq(&keys.checksum(Some([head.cla, head.ins, head.p1, head.p2]), objects.covered)?, objects.checksum) {
            return Err(ChannelError::SmMac);
        }
        let mut plain = CommandApdu::new(head.cla & !0x0C, head.ins, head.p1, head.p2);
        if let Some(cipher) = objects.cryptogram {
            plain = plain.with_data(keys.decrypt(cipher)?.to_vec());
        }
        plain = match objects.second {
            None => plain,
            Some(&[0]) => plain.with_le(256),
            Some(&[low]) => plain.with_le(low.into()),
            Some(&[0, 0]) => plain.with_le(65_536).extended(),
            Some(&[high, low]) => plain.with_le(u16::from_be_bytes([high, low]).into()).extended(),
            Some(_) => return Err(ChannelError::SmObject { at: 0 }),
        };
        let field = match (head.le, command.is_extended()) {
            (0, true) => 65_536,
            (0, false) => 256,
            (le, _) => usize::try_from(le).unwrap_or(256),
        };
        self.keys = Some(keys);
        self.due = Some(Due { instruction: head.ins, field });
        Ok(plain)
    }

    /// Protects a response: encrypted data if there is any, the status, the checksum.
    ///
    /// # Errors
    ///
    /// `channel.out-of-turn` without a command, `channel.counter`; `channel.ended` after any earlier error.
    pub fn wrap_response(&mut self, response: &ResponseApdu) -> Result<ResponseApdu, ChannelError> {
        let mut keys = self.keys.take().ok_or(ChannelError::Ended)?;
        let due = self.due.take().ok_or(ChannelError::OutOfTurn)?;
        keys.advance()?;
        let mut objects = Vec::new();
        if !response.data().is_empty() {
            push_cryptogram(&mut objects, due.instruction, &keys.encrypt(response.data())?);
        }
        push(&mut objects, STATUS, &u16::from(response.status()).to_be_bytes());
        let checksum = keys.checksum(None, &objects)?;
        push(&mut objects, CHECKSUM, &checksum);
        self.keys = Some(keys);
        Ok(ResponseApdu::new(objects, response.status()))
    }
}
