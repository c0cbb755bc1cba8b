use aes::{Aes128, Aes192, Aes256};
use cmac::{Cmac, KeyInit, Mac};
use subtle::ConstantTimeEq;

use crate::error::{CryptoError, CryptoErrorKind};
use crate::key::Key;

/// AES-CMAC (NIST SP 800-38B) over the parts in order; the key length chooses the cipher.
///
/// # Errors
///
/// `crypto.key-form` unless the key has 16, 24 or 32 octets.
pub fn aes_cmac(key: &impl Key, parts: &[&[u8]]) -> Result<[u8; 16], CryptoError> {
    key.lend(|key| match key.len() {
        16 => cmac_with::<Cmac<Aes128>>(key, parts),
        24 => cmac_with::<Cmac<Aes192>>(key, parts),
        32 => cmac_with::<Cmac<Aes256>>(key, parts),
        _ => Err(CryptoError::new(CryptoErrorKind::KeyForm)),
    })
}

/// Compares in constant time; the lengths are not secret.
#[must_use]
pub fn ct_eq(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

fn cmac_with<M: Mac + KeyInit>(key: &[u8], parts: &[&[u8]]) -> Result<[u8; 16], CryptoError> {
    let refused = CryptoError::new(CryptoErrorKind::KeyForm);
    let mut mac = <M as KeyInit>::new_from_slice(key).map_err(|_| refused)?;
    parts.iter().for_each(|part| Mac::update(&mut mac, part));
    mac.finalize().into_bytes().as_slice().try_into().map_err(|_| refused)
}

#[cfg(test)]
mod tests {
    use sigillo_secret::SymmetricKey;

    use super::*;

    #[test]
    fn rfc_4493_and_sp_800_38b_examples() {
        let message =
            hex::decode("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411").unwrap();
        for (key, expected) in [
            ("2b7e151628aed2a6abf7158809cf4f3c", "dfa66747de9ae63030ca32611497c827"),
            ("8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b", "8a1de5be2eb31aad089a82e6ee908b0e"),
            ("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", "aaf3d8f1de5640c232f5b169b9c911e6"),
        ] {
            let key = SymmetricKey::new(&hex::decode(key).unwrap()).unwrap();
            let (head, tail) = message.split_at(7);
            assert_eq!(hex::encode(aes_cmac(&key, &[head, tail]).unwrap()), expected);
        }
        assert!(ct_eq(b"a", b"a") && !ct_eq(b"a", b"b") && !ct_eq(b"a", b"ab"));
    }
}
