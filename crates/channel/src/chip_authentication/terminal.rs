//! The terminal's end of Chip Authentication: [`begin`] → [`Exchange`] → [`Opened`].

use sigillo_apdu::{CommandApdu, ResponseApdu};
use sigillo_crypto::{CurvePoint, CurvePrivateKey, Entropy};

use super::objects::{KeyAgreement, Selection, empty_answer, general_authenticate};
use super::primitives::session_keys;
use super::protocol::CaProtocol;
use crate::error::ChannelError;
use crate::secure_messaging::SessionKeys;
use crate::secure_messaging::Suite;
use crate::secure_messaging::terminal::Session;

/// A command was made whose response is due; nothing is proven yet.
#[derive(Debug)]
pub struct Exchange {
    sent: Sent,
    keys: SessionKeys,
    terminal_key: CurvePoint,
}

/// The command whose response is due.
#[derive(Clone, Copy, Debug)]
enum Sent {
    SetKeyAgreement,
    SetAuthentication,
    GeneralAuthenticate,
}

/// What follows a response.
#[derive(Debug)]
pub enum Progress {
    /// Another command, still inside the old session.
    Next(Exchange, CommandApdu),
    /// The key agreement is done.
    Done(Opened),
}

/// The key agreement is done. The chip has proven its key when the first response of this session was unwrapped.
#[derive(Debug)]
pub struct Opened {
    /// The session that takes the old one's place.
    pub session: Session,
    /// The terminal's ephemeral public key, compressed to its X coordinate: what Terminal Authentication signs.
    pub compressed_key: Vec<u8>,
}

/// Draws an ephemeral key and begins; the commands are plain, and belong into the session that is open.
///
/// Triple DES takes one command, MSE:Set KAT; AES takes two, MSE:Set AT and GENERAL AUTHENTICATE. `key_id` is that of
/// the chip's infos.
///
/// Spec: `icao-9303-11#ca`.
///
/// # Errors
///
/// None that a key which exists would cause.
pub fn begin(
    protocol: CaProtocol,
    chip_key: &CurvePoint,
    key_id: Option<u8>,
    entropy: &mut dyn Entropy,
) -> Result<(Exchange, CommandApdu), ChannelError> {
    let key = CurvePrivateKey::generate(chip_key.curve(), entropy);
    let terminal_key = key.public()?;
    let keys = session_keys(protocol, &key, chip_key)?;
    let (sent, command) = match protocol.suite() {
        Suite::TripleDes => {
            let command = KeyAgreement { terminal_key: terminal_key.octets().to_vec(), key_id };
            (Sent::SetKeyAgreement, command.encode())
        }
        _ => (Sent::SetAuthentication, Selection { protocol, key_id }.encode()),
    };
    Ok((Exchange { sent, keys, terminal_key }, command))
}

impl Exchange {
    /// Takes the response as the old session unwrapped it.
    ///
    /// # Errors
    ///
    /// `channel.refused` for another status than 9000, `ca.object` for data where none belong.
    pub fn answered(self, response: &ResponseApdu) -> Result<Progress, ChannelError> {
        if !response.status().is_success() {
            return Err(ChannelError::Refused { status: response.status() });
        }
        let expected = match self.sent {
            Sent::GeneralAuthenticate => empty_answer(),
            Sent::SetKeyAgreement | Sent::SetAuthentication => Vec::new(),
        };
        if response.data() != expected {
            return Err(ChannelError::CaObject { at: 0 });
        }
        Ok(match self.sent {
            Sent::SetAuthentication => {
                let command = general_authenticate(self.terminal_key.octets());
                Progress::Next(Self { sent: Sent::GeneralAuthenticate, ..self }, command)
            }
            Sent::SetKeyAgreement | Sent::GeneralAuthenticate => Progress::Done(Opened {
                session: Session::new(self.keys),
                compressed_key: self.terminal_key.x().to_vec(),
            }),
        })
    }
}
