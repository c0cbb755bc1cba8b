//! Keys from a shared secret or a password, for one suite.

use sigillo_crypto::HashAlgorithm;
use sigillo_secret::SessionKey;
use zeroize::Zeroizing;

use crate::error::ChannelError;
use crate::secure_messaging::suite::Suite;

/// What a derived key is for; its number is the counter that goes into the hash.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub enum KeyPurpose {
    /// Encryption, counter 1.
    Encryption = 1,
    /// Message authentication, counter 2.
    Authentication = 2,
    /// Encryption of PACE's nonce under a password, counter 3.
    Password = 3,
}

/// The key derivation function: the first octets of `hash(secret ‖ counter(4))`.
///
/// | suite | hash | octets |
/// |---|---|---|
/// | triple DES | SHA-1 | 16, each with odd parity |
/// | AES-128 | SHA-1 | 16 |
/// | AES-192 | SHA-256 | 24 |
/// | AES-256 | SHA-256 | 32 |
///
/// Spec: `icao-9303-11#kdf`.
///
/// # Errors
///
/// `channel.key-length`, which no suite causes.
pub fn derive_key(suite: Suite, secret: &[u8], purpose: KeyPurpose) -> Result<SessionKey, ChannelError> {
    let hash = match suite {
        Suite::TripleDes | Suite::Aes128 => HashAlgorithm::Sha1,
        Suite::Aes192 | Suite::Aes256 => HashAlgorithm::Sha256,
    };
    let input = Zeroizing::new([secret, &[0, 0, 0, purpose as u8]].concat());
    let mut key = Zeroizing::new(hash.digest(&input));
    if suite == Suite::TripleDes {
        for octet in key.iter_mut() {
            *octet = (*octet & 0xFE) | u8::from((*octet & 0xFE).count_ones() % 2 == 0);
        }
    }
    Ok(SessionKey::new(key.get(..suite.key_length()).unwrap_or_default())?)
}
