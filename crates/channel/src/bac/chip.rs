//! The chip's end of BAC.

use sigillo_apdu::CommandApdu;
use sigillo_crypto::{Entropy, ct_eq};
use zeroize::Zeroizing;

use super::mrz_secret::MrzSecret;
use super::primitives::{AccessKeys, TOKEN, Token, session_keys};
use crate::error::ChannelError;
use crate::secure_messaging::chip::Session;

/// A challenge that was given out; it serves one EXTERNAL AUTHENTICATE.
#[derive(Debug)]
pub struct Challenge {
    octets: [u8; 8],
}

impl Challenge {
    /// Draws RND.IC (8 octets).
    #[must_use]
    pub fn draw(entropy: &mut dyn Entropy) -> Self {
        let mut octets = [0; 8];
        entropy.fill(&mut octets);
        Self { octets }
    }

    /// The answer to GET CHALLENGE.
    #[must_use]
    pub fn octets(&self) -> [u8; 8] {
        self.octets
    }

    /// Checks EXTERNAL AUTHENTICATE; draws K.IC (16 octets) only after the terminal proved itself.
    ///
    /// Yields the session and the 40 octets of the answer, which is the last plain one.
    ///
    /// # Errors
    ///
    /// `channel.length` unless there are 40 octets, `bac.terminal-answer` for a wrong MAC or another challenge.
    pub fn external_authenticate(
        self,
        secret: &MrzSecret,
        command: &CommandApdu,
        entropy: &mut dyn Entropy,
    ) -> Result<(Session, Vec<u8>), ChannelError> {
        if command.data().len() != TOKEN {
            return Err(ChannelError::Length { field: "EXTERNAL AUTHENTICATE", found: command.data().len() });
        }
        let keys = AccessKeys::derive(secret)?;
        let terminal = keys.open(command.data()).ok_or(ChannelError::BacTerminalAnswer)?;
        if !ct_eq(&terminal.other, &self.octets) {
            return Err(ChannelError::BacTerminalAnswer);
        }
        let mut half = Zeroizing::new([0; 16]);
        entropy.fill(half.as_mut_slice());
        let chip = Token { own: self.octets, other: terminal.own, half };
        let answer = keys.seal(&chip)?;
        Ok((Session::new(session_keys(&chip, &terminal)?), answer))
    }
}
