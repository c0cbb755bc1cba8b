use sigillo_crypto::Entropy;

/// The operating system's random source.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsEntropy;

impl Entropy for OsEntropy {
    /// # Panics
    ///
    /// If the operating system gives no randomness: no key, nonce or challenge may be made then.
    fn fill(&mut self, out: &mut [u8]) {
        assert!(getrandom::fill(out).is_ok(), "the operating system gives no randomness");
    }
}
