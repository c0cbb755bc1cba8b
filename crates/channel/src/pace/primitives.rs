//! What both ends compute: the session and the tokens.

use sigillo_crypto::{CurvePoint, SecretPoint, padding};
use sigillo_secret::SessionKey;

use super::info::PaceProtocol;
use crate::error::ChannelError;
use crate::key_derivation::{KeyPurpose, derive_key};
use crate::secure_messaging::{SendSequenceCounter, SessionKeys, Suite};

/// What the ephemeral keys give.
pub(super) struct Agreed {
    pub(super) keys: SessionKeys,
    /// The session's key for encryption, which serves the chip's authentication data too.
    pub(super) encryption: SessionKey,
    /// What this end sends.
    pub(super) token: [u8; 8],
    /// What the other end must send.
    pub(super) expected: [u8; 8],
}

/// Session keys and both tokens from the shared point and both ephemeral keys.
pub(super) fn agreed(
    protocol: PaceProtocol,
    shared: &SecretPoint,
    own: &CurvePoint,
    other: &CurvePoint,
) -> Result<Agreed, ChannelError> {
    shared.x().expose(|secret| {
        let suite = protocol.suite();
        let mac = derive_key(suite, secret, KeyPurpose::Authentication)?;
        Ok(Agreed {
            token: token(protocol, &mac, other)?,
            expected: token(protocol, &mac, own)?,
            encryption: derive_key(suite, secret, KeyPurpose::Encryption)?,
            keys: SessionKeys::derive(suite, secret, SendSequenceCounter::new(0))?,
        })
    })
}

/// Until it was received, the expected token would authenticate whoever reads it.
impl std::fmt::Debug for Agreed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Agreed(redacted)")
    }
}

/// The other party's ephemeral key, which must not be our own sent back.
pub(super) fn ephemeral(own: &CurvePoint, octets: &[u8]) -> Result<CurvePoint, ChannelError> {
    match CurvePoint::decode(own.curve(), octets) {
        Ok(other) if other != *own => Ok(other),
        _ => Err(ChannelError::PaceKey),
    }
}

/// Who holds the key saw this ephemeral key.
fn token(protocol: PaceProtocol, mac: &SessionKey, seen: &CurvePoint) -> Result<[u8; 8], ChannelError> {
    let object = protocol.key_object(seen.octets());
    match protocol.suite() {
        // CMAC pads by itself.
        Suite::TripleDes => protocol.suite().mac(mac, &[&padding::pad(&object, 8)]),
        suite => suite.mac(mac, &[&object]),
    }
}
