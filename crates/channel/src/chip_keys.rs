//! The key set of one chip, from the formation master key and the chip's serial (decision D11).

use sigillo_crypto::{aes_cmac, kdf_counter_with};
use sigillo_secret::SymmetricKey;

use crate::error::ChannelError;
use crate::scp03::KeySet;

const KEY_BITS: u16 = 128;

/// Derives ENC, MAC and DEK of a chip by SP 800-108 in counter mode with AES-256-CMAC.
///
/// | offset | octets | content |
/// |---|---|---|
/// | 0 | 1 | counter 01 |
/// | 1 | 14 | label `sigillo/v1/ENC`, `sigillo/v1/MAC` or `sigillo/v1/DEK` |
/// | 15 | 1 | 00 |
/// | 16 | 10 | serial |
/// | 26 | 1 | key version |
/// | 27 | 2 | length of the key in bits, 0080 |
///
/// Spec: `nist-sp-800-108#counter-mode`.
///
/// # Errors
///
/// `channel.key-length` unless the master key is AES-256.
pub fn diversify(master: &SymmetricKey, serial: &[u8; 10], version: u8) -> Result<KeySet, ChannelError> {
    if master.len() != 32 {
        return Err(ChannelError::KeyLength { found: master.len() });
    }
    diversify_with(|block| Ok(aes_cmac(master, &[block])?), serial, version)
}

/// As [`diversify`], with a CMAC under the master that a token computes: it does not lend the key.
///
/// # Errors
///
/// That of `cmac`.
pub fn diversify_with<E: From<ChannelError>>(
    mut cmac: impl FnMut(&[u8]) -> Result<[u8; 16], E>,
    serial: &[u8; 10],
    version: u8,
) -> Result<KeySet, E> {
    let context = [serial.as_slice(), &[version]].concat();
    let mut key = |label: &[u8]| -> Result<SymmetricKey, E> {
        let octets = kdf_counter_with(&mut cmac, label, &context, KEY_BITS)?;
        octets.expose(SymmetricKey::new).map_err(|error| E::from(error.into()))
    };
    Ok(KeySet::new(key(b"sigillo/v1/ENC")?, key(b"sigillo/v1/MAC")?, key(b"sigillo/v1/DEK")?))
}
