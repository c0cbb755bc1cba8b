//! AES key wrap: a key under another key, authenticated by itself.
//!
//! | part    | octets | meaning                              |
//! |---------|--------|--------------------------------------|
//! | wrapped | n + 8  | the key of n octets, and its check   |
//!
//! Spec: `rfc-3394#key-wrap`.

use aes_kw::{KeyInit, KwAes256};
use sigillo_secret::SymmetricKey;
use zeroize::Zeroizing;

use crate::error::{CryptoError, CryptoErrorKind};
use crate::key::Key;

/// Wraps a key under a 256-bit key.
///
/// # Errors
///
/// `crypto.key-form` unless the wrapping key has 32 octets.
pub fn wrap(wrapping: &impl Key, key: &SymmetricKey) -> Result<Vec<u8>, CryptoError> {
    let mut wrapped = vec![0; key.len() + CHECK_LENGTH];
    let cipher = cipher(wrapping)?;
    let done = key.expose(|key| cipher.wrap_key(key, &mut wrapped).map(|_| ()));
    done.map_err(|_| CryptoError::new(CryptoErrorKind::KeyForm))?;
    Ok(wrapped)
}

/// Checks and unwraps a key of 16, 24 or 32 octets.
///
/// # Errors
///
/// `crypto.key-form` unless the wrapping key has 32 octets; `crypto.authentication` if the wrapped key was altered or wrapped
/// under another key.
pub fn unwrap(wrapping: &impl Key, wrapped: &[u8]) -> Result<SymmetricKey, CryptoError> {
    let refused = CryptoError::new(CryptoErrorKind::Authentication);
    let mut key = Zeroizing::new(vec![0; wrapped.len().checked_sub(CHECK_LENGTH).ok_or(refused)?]);
    cipher(wrapping)?.unwrap_key(wrapped, &mut key).map_err(|_| refused)?;
    SymmetricKey::new(&key).map_err(|_| refused)
}

fn cipher(wrapping: &impl Key) -> Result<KwAes256, CryptoError> {
    wrapping.lend(KwAes256::new_from_slice).map_err(|_| CryptoError::new(CryptoErrorKind::KeyForm))
}

const CHECK_LENGTH: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_3394_example_4_6() {
        let key = |text: &str| SymmetricKey::new(&hex::decode(text).unwrap()).unwrap();
        let wrapping = key("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
        let data = key("00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f");
        let wrapped = wrap(&wrapping, &data).unwrap();
        assert_eq!(
            hex::encode(&wrapped),
            "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21"
        );
        assert!(unwrap(&wrapping, &wrapped).unwrap().matches(&data));
        for at in 0..wrapped.len() {
            let mut altered = wrapped.clone();
            altered[at] ^= 1;
            assert_eq!(unwrap(&wrapping, &altered).unwrap_err().code(), "crypto.authentication");
        }
        for short in 0..wrapped.len() {
            assert_eq!(unwrap(&wrapping, &wrapped[..short]).unwrap_err().code(), "crypto.authentication");
        }
        assert_eq!(unwrap(&data, &wrapped).unwrap_err().code(), "crypto.authentication");
    }
}
