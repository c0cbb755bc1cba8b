//! Two-key Triple DES as ICAO 9303-11 uses it: CBC without padding, and the retail MAC (ISO/IEC 9797-1 algorithm 3).

use des::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use des::{Des, TdesEde2};
use retail_mac::{KeyInit, Mac, RetailMac};

use crate::blocks::{key_form, whole_blocks};
use crate::error::{CryptoError, CryptoErrorKind};
use crate::key::Key;

/// Encrypts whole 8-octet blocks where they stand.
///
/// # Errors
///
/// `crypto.block-length`, or `crypto.key-form` unless the key has 16 octets.
pub fn cbc_encrypt(key: &impl Key, iv: &[u8; 8], data: &mut [u8]) -> Result<(), CryptoError> {
    let blocks = whole_blocks(data)?;
    key.lend(|key| {
        cbc::Encryptor::<TdesEde2>::new_from_slices(key, iv).map_err(key_form)?.encrypt_blocks(blocks);
        Ok(())
    })
}

/// Decrypts whole 8-octet blocks where they stand.
///
/// # Errors
///
/// `crypto.block-length`, or `crypto.key-form` unless the key has 16 octets.
pub fn cbc_decrypt(key: &impl Key, iv: &[u8; 8], data: &mut [u8]) -> Result<(), CryptoError> {
    let blocks = whole_blocks(data)?;
    key.lend(|key| {
        cbc::Decryptor::<TdesEde2>::new_from_slices(key, iv).map_err(key_form)?.decrypt_blocks(blocks);
        Ok(())
    })
}

/// The retail MAC over data that the caller padded to whole 8-octet blocks.
///
/// # Errors
///
/// `crypto.block-length`, or `crypto.key-form` unless the key has 16 octets.
pub fn retail_mac(key: &impl Key, padded: &[&[u8]]) -> Result<[u8; 8], CryptoError> {
    let length: usize = padded.iter().map(|part| part.len()).sum();
    if length == 0 || !length.is_multiple_of(8) {
        return Err(CryptoError::new(CryptoErrorKind::BlockLength));
    }
    key.lend(|key| {
        let mut mac = RetailMac::<Des>::new_from_slice(key).map_err(key_form)?;
        padded.iter().for_each(|part| mac.update(part));
        Ok(mac.finalize().into_bytes().into())
    })
}

#[cfg(test)]
mod tests {
    use sigillo_secret::SymmetricKey;

    use super::*;

    /// ICAO 9303-11 Appendix D.2 and D.3: the exchange of a Basic Access Control.
    #[test]
    fn icao_9303_11_appendix_d() {
        let k_enc = SymmetricKey::new(&hex::decode("AB94FDECF2674FDFB9B391F85D7F76F2").unwrap()).unwrap();
        let k_mac = SymmetricKey::new(&hex::decode("7962D9ECE03D1ACD4C76089DCE131543").unwrap()).unwrap();
        let mut s = hex::decode("781723860C06C2264608F919887022120B795240CB7049B01C19B33E32804F0B").unwrap();
        let plain = s.clone();
        cbc_encrypt(&k_enc, &[0; 8], &mut s).unwrap();
        assert_eq!(hex::encode_upper(&s), "72C29C2371CC9BDB65B779B8E8D37B29ECC154AA56A8799FAE2F498F76ED92F2");
        let mac = retail_mac(&k_mac, &[&s, &[0x80, 0, 0, 0, 0, 0, 0, 0]]).unwrap();
        assert_eq!(hex::encode_upper(mac), "5F1448EEA8AD90A7");
        cbc_decrypt(&k_enc, &[0; 8], &mut s).unwrap();
        assert_eq!(s, plain);
    }

    #[test]
    fn broken_blocks_and_keys_are_refused() {
        let key = SymmetricKey::new(&[1; 16]).unwrap();
        let long = SymmetricKey::new(&[1; 24]).unwrap();
        assert_eq!(retail_mac(&key, &[&[0; 7]]).unwrap_err().code(), "crypto.block-length");
        assert_eq!(retail_mac(&key, &[]).unwrap_err().code(), "crypto.block-length");
        assert_eq!(cbc_encrypt(&long, &[0; 8], &mut [0; 8]).unwrap_err().code(), "crypto.key-form");
    }
}
