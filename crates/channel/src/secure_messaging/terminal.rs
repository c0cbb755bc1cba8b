//! The terminal's end of secure messaging.

use sigillo_apdu::{CommandApdu, ResponseApdu, StatusWord};
use sigillo_crypto::ct_eq;

use super::objects::{CHECKSUM, PROTECTED_LE, STATUS, push, push_cryptogram, read};
use super::session_keys::SessionKeys;
use super::suite::Suite;
use crate::error::ChannelError;

/// A keyed session as the terminal sees it.
#[derive(Debug)]
pub struct Session {
    keys: Option<SessionKeys>,
    suite: Suite,
    /// The instruction whose response is due.
    due: Option<u8>,
}

impl Session {
    /// Begins a session.
    #[must_use]
    pub fn new(keys: SessionKeys) -> Self {
        Self { suite: keys.suite(), keys: Some(keys), due: None }
    }

    /// The algorithms, for computing how much fits into an APDU.
    #[must_use]
    pub const fn suite(&self) -> Suite {
        self.suite
    }

    /// Gives up the session for its keys, with which a conformance test makes what no session would.
    ///
    /// # Errors
    ///
    /// `channel.ended`, or `channel.out-of-turn` while a response is due.
    pub fn into_keys(self) -> Result<SessionKeys, ChannelError> {
        match self.due {
            Some(_) => Err(ChannelError::OutOfTurn),
            None => self.keys.ok_or(ChannelError::Ended),
        }
    }

    /// Protects a command: class | 0C, the objects, and an outer Le that asks for as much as fits.
    ///
    /// # Errors
    ///
    /// `channel.class` for a class byte that is protected already (links of a chain are protected one by one),
    /// `channel.out-of-turn` while a response is due, `channel.too-long`, `channel.counter`; `channel.ended` after any earlier error.
    pub fn wrap(&mut self, command: &CommandApdu) -> Result<CommandApdu, ChannelError> {
        let head = command.head();
        if head.cla & 0x4C != 0 {
            return Err(ChannelError::Class { class: head.cla });
        }
        if self.due.is_some() {
            return Err(ChannelError::OutOfTurn);
        }
        // Padding, the cryptogram's header and the other objects take less than 40 octets.
        if usize::from(head.lc) + 40 > 65_535 {
            return Err(ChannelError::TooLong);
        }
        let mut keys = self.keys.take().ok_or(ChannelError::Ended)?;
        keys.advance()?;
        let mut objects = Vec::new();
        if head.lc != 0 {
            push_cryptogram(&mut objects, head.ins, &keys.encrypt(command.data())?);
        }
        if head.le != 0 {
            let [.., high, low] = head.le.to_be_bytes();
            let le: &[u8] = if command.is_extended() { &[high, low] } else { &[low] };
            push(&mut objects, PROTECTED_LE, le);
        }
        let cla = head.cla | 0x0C;
        let checksum = keys.checksum(Some([cla, head.ins, head.p1, head.p2]), &objects)?;
        push(&mut objects, CHECKSUM, &checksum);
        self.keys = Some(keys);
        self.due = Some(head.ins);
        let extended = command.is_extended() || objects.len() > 255;
        let wrapped = CommandApdu::new(cla, head.ins, head.p1, head.p2).with_data(objects);
        Ok(wrapped.with_le(if extended { 65_536 } else { 256 }))
    }

    /// Checks a protected response and decrypts its data.
    ///
    /// # Errors
    ///
    /// `sm.plain-response` for a response without objects (with its status), `sm.object`, `sm.missing-object`, `sm.mac`,
    /// `sm.status`, `sm.padding`, `channel.counter`, `channel.out-of-turn`: each ends the session; `channel.ended` from
    /// then on.
    pub fn unwrap(&mut self, response: &ResponseApdu) -> Result<ResponseApdu, ChannelError> {
        let mut keys = self.keys.take().ok_or(ChannelError::Ended)?;
        let instruction = self.due.take().ok_or(ChannelError::OutOfTurn)?;
        keys.advance()?;
        if response.data().is_empty() {
            return Err(ChannelError::SmPlainResponse { status: response.status() });
        }
        let objects = read(response.data(), instruction, STATUS)?;
        let status = objects.second.ok_or(ChannelError::SmMissingObject { tag: STATUS })?;
        if !ct_eq(&keys.checksum(None, objects.covered)?, objects.checksum) {
            return Err(ChannelError::SmMac);
        }
        let status = <[u8; 2]>::try_from(status).map_err(|_| ChannelError::SmStatus)?;
        let status = StatusWord::from(u16::from_be_bytes(status));
        if status != response.status() {
            return Err(ChannelError::SmStatus);
        }
        let plain = match objects.cryptogram {
            Some(cipher) => ResponseApdu::new(keys.decrypt(cipher)?.to_vec(), status),
            None => ResponseApdu::from(status),
        };
        self.keys = Some(keys);
        Ok(plain)
    }
}
