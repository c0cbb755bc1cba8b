//! AES in CBC mode without padding, and single blocks. The key length (16, 24 or 32 octets) chooses the cipher.

use aes::cipher::{BlockCipherEncrypt, BlockModeDecrypt, BlockModeEncrypt, KeyInit, KeyIvInit};
use aes::{Aes128, Aes192, Aes256, Block};

use crate::blocks::{key_form, whole_blocks};
use crate::error::{CryptoError, CryptoErrorKind};
use crate::key::Key;

macro_rules! by_length {
    ($key:expr, |$cipher:ident| $body:expr) => {
        match $key.len() {
            16 => {
                type $cipher = Aes128;
                $body
            }
            24 => {
                type $cipher = Aes192;
                $body
            }
            32 => {
                type $cipher = Aes256;
                $body
            }
            _ => Err(CryptoError::new(CryptoErrorKind::KeyForm)),
        }
    };
}

/// Encrypts whole blocks where they stand.
///
/// # Errors
///
/// `crypto.block-length`, or `crypto.key-form`.
pub fn encrypt(key: &impl Key, iv: &[u8; 16], data: &mut [u8]) -> Result<(), CryptoError> {
    let blocks = whole_blocks(data)?;
    key.lend(|key| {
        by_length!(key, |Cipher| {
            let mut mode = cbc::Encryptor::<Cipher>::new_from_slices(key, iv).map_err(key_form)?;
            mode.encrypt_blocks(blocks);
            Ok(())
        })
    })
}

/// Decrypts whole blocks where they stand.
///
/// # Errors
///
/// `crypto.block-length`, or `crypto.key-form`.
pub fn decrypt(key: &impl Key, iv: &[u8; 16], data: &mut [u8]) -> Result<(), CryptoError> {
    let blocks = whole_blocks(data)?;
    key.lend(|key| {
        by_length!(key, |Cipher| {
            let mut mode = cbc::Decryptor::<Cipher>::new_from_slices(key, iv).map_err(key_form)?;
            mode.decrypt_blocks(blocks);
            Ok(())
        })
    })
}

/// Encrypts one block (initial vectors, key check values).
///
/// # Errors
///
/// `crypto.key-form`.
pub fn encrypt_block(key: &impl Key, block: [u8; 16]) -> Result<[u8; 16], CryptoError> {
    let mut block = Block::from(block);
    key.lend(|key| {
        by_length!(key, |Cipher| {
            Cipher::new_from_slice(key).map_err(key_form)?.encrypt_block(&mut block);
            Ok(())
        })
    })?;
    Ok(block.into())
}

#[cfg(test)]
mod tests {
    use sigillo_secret::SymmetricKey;

    use super::*;

    #[test]
    fn nist_sp_800_38a_cbc_examples() {
        let iv: [u8; 16] = hex::decode("000102030405060708090a0b0c0d0e0f").unwrap().try_into().unwrap();
        let plain = hex::decode("6bc1bee22e409f96e93d7e117393172a").unwrap();
        for (key, cipher) in [
            ("2b7e151628aed2a6abf7158809cf4f3c", "7649abac8119b246cee98e9b12e9197d"),
            ("8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b", "4f021db243bc633d7178183a9fa071e8"),
            ("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", "f58c4c04d6e5f1ba779eabfb5f7bfbd6"),
        ] {
            let key = SymmetricKey::new(&hex::decode(key).unwrap()).unwrap();
            let mut data = plain.clone();
            encrypt(&key, &iv, &mut data).unwrap();
            assert_eq!(hex::encode(&data), cipher);
            decrypt(&key, &iv, &mut data).unwrap();
            assert_eq!(data, plain);
        }
    }

    #[test]
    fn broken_blocks_are_refused() {
        let key = SymmetricKey::new(&[0; 16]).unwrap();
        assert_eq!(encrypt(&key, &[0; 16], &mut [0; 17]).unwrap_err().code(), "crypto.block-length");
        assert_eq!(decrypt(&key, &[0; 16], &mut [0; 15]).unwrap_err().code(), "crypto.block-length");
    }
}
