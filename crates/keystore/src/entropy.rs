use sigillo_crypto::Entropy;

use crate::error::KeystoreError;

/// The operating system's random source.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsEntropy;

/// The operating system's randomness, exclusive-or a container's: as good as the better of the two.
pub(crate) struct MixedEntropy<F>(F);

impl<F: FnMut(&mut [u8]) -> Result<(), KeystoreError>> MixedEntropy<F> {
    pub(crate) const fn new(other: F) -> Self {
        Self(other)
    }
}

impl Entropy for OsEntropy {
    /// # Panics
    ///
    /// If the operating system gives no randomness: no key, nonce or challenge may be made then.
    fn fill(&mut self, out: &mut [u8]) {
        assert!(getrandom::fill(out).is_ok(), "the operating system gives no randomness");
    }
}

impl<F: FnMut(&mut [u8]) -> Result<(), KeystoreError>> Entropy for MixedEntropy<F> {
    /// A container that is away adds nothing: the operating system's half is enough by itself.
    fn fill(&mut self, out: &mut [u8]) {
        OsEntropy.fill(out);
        // One half alone tells nothing about the whole, so that this buffer needs no wiping.
        let mut other = vec![0; out.len()];
        if (self.0)(&mut other).is_ok() {
            out.iter_mut().zip(&other).for_each(|(octet, other)| *octet ^= other);
        }
    }
}
