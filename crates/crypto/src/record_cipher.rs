//! AES-256-GCM for personal data: one data key a record (decision D7).
//!
//! | part       | octets | meaning                                                        |
//! |------------|--------|----------------------------------------------------------------|
//! | nonce      | 12     | random, kept beside the ciphertext                             |
//! | ciphertext | n + 16 | the data, then the tag                                         |
//!
//! The associated data bind a ciphertext to its place, so that it cannot be moved to another record.

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use sigillo_secret::SymmetricKey;

use crate::entropy::Entropy;
use crate::error::{CryptoError, CryptoErrorKind};

/// Length of a nonce in octets.
pub const NONCE_LENGTH: usize = 12;

/// Draws a fresh 256-bit data key.
///
/// # Errors
///
/// None in practice: 32 octets are always a key.
pub fn generate_key(entropy: &mut dyn Entropy) -> Result<SymmetricKey, CryptoError> {
    let mut key = zeroize::Zeroizing::new([0; 32]);
    entropy.fill(&mut *key);
    SymmetricKey::new(&*key).map_err(|_| CryptoError::new(CryptoErrorKind::KeyForm))
}

/// Encrypts and authenticates.
///
/// # Errors
///
/// `crypto.key-form` unless the key has 32 octets.
pub fn seal(
    key: &SymmetricKey,
    nonce: &[u8; NONCE_LENGTH],
    context: &[u8],
    plain: &[u8],
) -> Result<Vec<u8>, CryptoError> {
    let failed = CryptoError::new(CryptoErrorKind::Authentication);
    cipher(key)?.encrypt(nonce.into(), Payload { msg: plain, aad: context }).map_err(|_| failed)
}

/// Checks and decrypts.
///
/// # Errors
///
/// `crypto.authentication` if key, nonce, context or ciphertext is not the one of [`seal`].
pub fn open(
    key: &SymmetricKey,
    nonce: &[u8; NONCE_LENGTH],
    context: &[u8],
    ciphertext: &[u8],
) -> Result<sigillo_secret::SecretBytes, CryptoError> {
    let failed = CryptoError::new(CryptoErrorKind::Authentication);
    let plain = cipher(key)?.decrypt(nonce.into(), Payload { msg: ciphertext, aad: context }).map_err(|_| failed)?;
    Ok(sigillo_secret::SecretBytes::new(plain))
}

fn cipher(key: &SymmetricKey) -> Result<Aes256Gcm, CryptoError> {
    key.expose(Aes256Gcm::new_from_slice).map_err(|_| CryptoError::new(CryptoErrorKind::KeyForm))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gcm_specification_test_case_16() {
        let key = SymmetricKey::new(
            &hex::decode("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308").unwrap(),
        )
        .unwrap();
        let nonce = hex::decode("cafebabefacedbaddecaf888").unwrap().try_into().unwrap();
        let aad = hex::decode("feedfacedeadbeeffeedfacedeadbeefabaddad2").unwrap();
        let plain = hex::decode("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39").unwrap();
        let sealed = seal(&key, &nonce, &aad, &plain).unwrap();
        assert!(hex::encode(&sealed).ends_with("76fc6ece0f4e1768cddf8853bb2d551b"));
        open(&key, &nonce, &aad, &sealed).unwrap().expose(|back| assert_eq!(back, plain));
        for at in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            assert_eq!(open(&key, &nonce, &aad, &altered).unwrap_err().code(), "crypto.authentication");
        }
        assert!(open(&key, &nonce, b"another record", &sealed).is_err());
    }
}
