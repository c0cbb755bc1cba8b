use sigillo_secret::SecretBytes;

use crate::error::CryptoError;
use crate::hash::HashAlgorithm;
use crate::key::Key;
use crate::mac::aes_cmac;
use crate::padding;

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

/// Key derivation out of an agreed secret (ANSI X9.63, which SEC 1 repeats).
///
/// One block is `hash(secret ‖ counter(4) ‖ shared information)`, the counter starting at 1; the first octets of the blocks in
/// order are the result.
///
/// Spec: `sec-1#x963-kdf`.
#[must_use]
pub fn kdf_x963(hash: HashAlgorithm, secret: &SecretBytes, shared_information: &[u8], octets: usize) -> SecretBytes {
    let mut out = Vec::with_capacity(octets + hash.output_length());
    for counter in 1..=u32::MAX {
        if out.len() >= octets {
            break;
        }
        let counter = counter.to_be_bytes();
        let block = secret.expose(|secret| hash.digest(&padding::concat(&[secret, &counter, shared_information])));
        out.extend_from_slice(&zeroize::Zeroizing::new(block));
    }
    out.truncate(octets);
    SecretBytes::new(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// NIST's vectors of ANSI X9.63 (CAVS 12.0): SHA-256, shared secret 192 and 521 bits, with shared information.
    #[test]
    fn x963() {
        let derive = |secret: &str, shared: &str, octets| {
            let secret = SecretBytes::new(hex::decode(secret).unwrap());
            kdf_x963(HashAlgorithm::Sha256, &secret, &hex::decode(shared).unwrap(), octets)
                .expose(|key| hex::encode(key))
        };
        assert_eq!(
            derive("96c05619d56c328ab95fe84b18264b08725b85e33fd34f08", "", 16),
            "443024c3dae66b95e6f5670601558f71"
        );
        assert_eq!(
            derive("22518b10e70f2a3f243810ae3254139efbee04aa57c7af7d", "75eef81aa3041e33b80971203d2c0c52", 128),
            "c498af77161cc59f2962b9a713e2b215152d139766ce34a776df11866a69bf2e\
             52a13d9c7c6fc878c50c5ea0bc7b00e0da2447cfd874f6cf92f30d0097111485\
             500c90c3af8b487872d04685d14c8d1dc8d7fa08beb0ce0ababc11f0bd496269\
             142d43525a78e5bc79a17f59676a5706dc54d54d4d1f0bd7e386128ec26afc21"
        );
    }
}
