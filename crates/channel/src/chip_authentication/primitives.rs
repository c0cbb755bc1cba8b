//! What both ends compute: the session keys.

use sigillo_crypto::{CurvePoint, CurvePrivateKey};

use super::protocol::CaProtocol;
use crate::error::ChannelError;
use crate::secure_messaging::{SendSequenceCounter, SessionKeys};

/// Session keys from one's own private key and the other party's public key; the counter begins at zero.
pub(super) fn session_keys(
    protocol: CaProtocol,
    own: &CurvePrivateKey,
    other: &CurvePoint,
) -> Result<SessionKeys, ChannelError> {
    let shared = own.agree(other).map_err(|_| ChannelError::CaKey)?;
    shared.x().expose(|secret| SessionKeys::derive(protocol.suite(), secret, SendSequenceCounter::new(0)))
}
