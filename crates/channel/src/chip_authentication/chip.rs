//! The chip's end of Chip Authentication. The commands are read by [`KeyAgreement`](super::KeyAgreement),
//! [`Selection`](super::Selection) and [`decode_general_authenticate`](super::decode_general_authenticate).

use sigillo_crypto::{CurvePoint, CurvePrivateKey};

use super::objects::empty_answer;
use super::primitives::session_keys;
use super::protocol::CaProtocol;
use crate::error::ChannelError;
use crate::secure_messaging::chip::Session;

/// By which command the terminal's key came.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Carrier {
    /// MSE:Set KAT, whose answer has no data.
    SetKeyAgreement,
    /// GENERAL AUTHENTICATE, whose answer is an empty 7C.
    GeneralAuthenticate,
}

/// The key agreement is done.
#[derive(Debug)]
pub struct Opened {
    /// The session that takes the old one's place, once the answer has left in the old one.
    pub session: Session,
    /// The data of the answer.
    pub answer: Vec<u8>,
    /// The terminal's ephemeral public key, compressed to its X coordinate: what Terminal Authentication will sign.
    pub compressed_key: Vec<u8>,
}

/// Agrees on session keys with the terminal's ephemeral key.
///
/// Spec: `icao-9303-11#ca`.
///
/// # Errors
///
/// `ca.key` for a key that is no point of our key's curve: the old session stays as it is.
pub fn agree(
    protocol: CaProtocol,
    key: &CurvePrivateKey,
    terminal_key: &[u8],
    carrier: Carrier,
) -> Result<Opened, ChannelError> {
    let terminal_key = CurvePoint::decode(key.curve(), terminal_key).map_err(|_| ChannelError::CaKey)?;
    let keys = session_keys(protocol, key, &terminal_key)?;
    Ok(Opened {
        session: Session::new(keys),
        answer: match carrier {
            Carrier::SetKeyAgreement => Vec::new(),
            Carrier::GeneralAuthenticate => empty_answer(),
        },
        compressed_key: terminal_key.x().to_vec(),
    })
}
