//! The terminal's end of BAC: [`get_challenge`] → [`answer`] → [`Pending::finish`].

use sigillo_apdu::{CommandApdu, ResponseApdu, ins};
use sigillo_crypto::{Entropy, ct_eq};
use zeroize::Zeroizing;

use super::mrz_secret::MrzSecret;
use super::primitives::{AccessKeys, TOKEN, Token, session_keys};
use crate::error::ChannelError;
use crate::secure_messaging::terminal::Session;

/// EXTERNAL AUTHENTICATE was made; the chip has proven nothing yet.
pub struct Pending {
    keys: AccessKeys,
    token: Token,
}

/// GET CHALLENGE for the eight octets of RND.IC; the eMRTD application must be selected.
#[must_use]
pub fn get_challenge() -> CommandApdu {
    CommandApdu::new(0x00, ins::GET_CHALLENGE, 0x00, 0x00).with_le(8)
}

/// EXTERNAL AUTHENTICATE for the chip's challenge; draws RND.IFD (8 octets), then K.IFD (16 octets).
///
/// # Errors
///
/// `channel.length` unless the challenge has eight octets.
pub fn answer(
    secret: &MrzSecret,
    challenge: &[u8],
    entropy: &mut dyn Entropy,
) -> Result<(Pending, CommandApdu), ChannelError> {
    let length = ChannelError::Length { field: "RND.IC", found: challenge.len() };
    let other = challenge.try_into().map_err(|_| length)?;
    let mut own = [0; 8];
    entropy.fill(&mut own);
    let mut half = Zeroizing::new([0; 16]);
    entropy.fill(half.as_mut_slice());
    let keys = AccessKeys::derive(secret)?;
    let token = Token { own, other, half };
    let command =
        CommandApdu::new(0x00, ins::EXTERNAL_AUTHENTICATE, 0x00, 0x00).with_data(keys.seal(&token)?).with_le(0x28);
    Ok((Pending { keys, token }, command))
}

impl Pending {
    /// Checks the chip's answer and opens the session.
    ///
    /// # Errors
    ///
    /// `channel.refused` for another status than 9000 (a wrong MRZ: 6300), `channel.length` unless there are 40 octets,
    /// `bac.card-answer` for a wrong MAC or a challenge that is not ours.
    pub fn finish(self, response: &ResponseApdu) -> Result<Session, ChannelError> {
        if !response.status().is_success() {
            return Err(ChannelError::Refused { status: response.status() });
        }
        if response.data().len() != TOKEN {
            return Err(ChannelError::Length {
                field: "answer to EXTERNAL AUTHENTICATE",
                found: response.data().len(),
            });
        }
        let chip = self.keys.open(response.data()).ok_or(ChannelError::BacCardAnswer)?;
        if !(ct_eq(&chip.own, &self.token.other) & ct_eq(&chip.other, &self.token.own)) {
            return Err(ChannelError::BacCardAnswer);
        }
        Ok(Session::new(session_keys(&chip, &self.token)?))
    }
}

impl std::fmt::Debug for Pending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pending(redacted)")
    }
}
