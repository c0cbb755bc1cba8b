use sigillo_crypto::{SeededEntropy, sha256};

/// The random stream of one purpose: what one purpose draws changes nothing for the others.
pub(crate) fn stream(seed: &[u8; 32], purpose: &str) -> SeededEntropy {
    SeededEntropy::new(sha256(&[seed.as_slice(), purpose.as_bytes()].concat()))
}
