use std::convert::Infallible;

use rsa::rand_core::{TryCryptoRng, TryRng};

use crate::entropy::Entropy;

/// What the crate `rsa` calls a generator of random numbers.
pub(super) struct Drawn<'a>(pub(super) &'a mut dyn Entropy);

impl TryRng for Drawn<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut octets = [0; 4];
        self.0.fill(&mut octets);
        Ok(u32::from_be_bytes(octets))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut octets = [0; 8];
        self.0.fill(&mut octets);
        Ok(u64::from_be_bytes(octets))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill(out);
        Ok(())
    }
}

impl TryCryptoRng for Drawn<'_> {}
