//! Chip Authentication: which of the keys in DG14.
//!
//! ```text
//! MSE:Set KAT                              triple DES
//! MSE:Set AT, GENERAL AUTHENTICATE         AES
//! the next command, whatever it is         under new keys: a clone has nothing to answer
//! ```

use sigillo_channel::chip_authentication::{CaProtocol, decode_public_key};
use sigillo_channel::secure_messaging::Suite;
use sigillo_channel::security_info::SecurityInfos;
use sigillo_crypto::{Curve, CurvePoint};

use crate::ended::NotRun;
use crate::outcome::ChipKey;
use crate::protocols::offers_chip_authentication;

/// A key to authenticate the chip with.
pub(super) struct Choice {
    pub(super) used: ChipKey,
    pub(super) point: CurvePoint,
}

/// The key with the strongest cipher, then with the longest field, among those that are spoken.
pub(super) fn choose(dg14: &SecurityInfos) -> Result<Choice, NotRun> {
    let keys = dg14.chip_authentication().filter_map(|(protocol, key_id)| {
        let point = decode_public_key(dg14.chip_authentication_key(key_id)?).ok()?;
        Some(Choice { used: ChipKey { protocol, key_id, curve: point.curve() }, point })
    });
    match keys.max_by_key(|choice| strength(choice.used.protocol, choice.used.curve)) {
        Some(choice) => Ok(choice),
        None if offers_chip_authentication(dg14) => Err(NotRun::NotSpoken),
        None => Err(NotRun::NotOffered),
    }
}

fn strength(protocol: CaProtocol, curve: Curve) -> (u8, u8) {
    let suite = match protocol.suite() {
        Suite::Aes256 => 3,
        Suite::Aes192 => 2,
        Suite::Aes128 => 1,
        _ => 0,
    };
    (suite, curve.parameter_id())
}
