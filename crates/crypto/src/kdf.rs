use sigillo_secret::SecretBytes;

use crate::error::CryptoError;
use crate::key::Key;
use crate::mac::aes_cmac;

/// Key derivation in counter mode with AES-CMAC (NIST SP 800-108, 8-bit counter before the fixed input).
///
/// One block is `CMAC(key, counter(1) ‖ label ‖ 00 ‖ context ‖ bits(2))`, the counter starting at 1; the first `bits / 8`
/// octets of the blocks in order are the result. `bits` is a multiple of 8, up to 4096.
///
/// Spec: `nist-sp-800-108#counter-mode`.
///
/// # Errors
///
/// `crypto.key-form` unless the key has 16, 24 or 32 octets.
pub fn kdf_counter_cmac(key: &impl Key, label: &[u8], context: &[u8], bits: u16) -> Result<SecretBytes, CryptoError> {
    kdf_counter_with(|block| aes_cmac(key, &[block]), label, context, bits)
}

/// As [`kdf_counter_cmac`], with a CMAC that somebody else computes: a token that does not lend its key.
///
/// # Errors
///
/// That of `cmac`.
pub fn kdf_counter_with<E>(
    mut cmac: impl FnMut(&[u8]) -> Result<[u8; 16], E>,
    label: &[u8],
    context: &[u8],
    bits: u16,
) -> Result<SecretBytes, E> {
    let octets = usize::from(bits / 8);
    let mut out = Vec::with_capacity(octets + 16);
    for counter in 1..=u8::MAX {
        if out.len() >= octets {
            break;
        }
        out.extend_from_slice(&cmac(&[&[counter], label, &[0], context, &bits.to_be_bytes()].concat())?);
    }
    out.truncate(octets);
    Ok(SecretBytes::new(out))
}
