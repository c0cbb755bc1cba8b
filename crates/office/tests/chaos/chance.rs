//! What comes to a mind, by a seed.

use sigillo_crypto::{Entropy, SeededEntropy};

pub(crate) fn seed(number: u64) -> [u8; 32] {
    let mut seed = [0xC4; 32];
    seed[..8].copy_from_slice(&number.to_be_bytes());
    seed
}

/// Uniform enough for chaos.
pub(crate) fn draw(chance: &mut SeededEntropy) -> u64 {
    let mut octets = [0; 8];
    chance.fill(&mut octets);
    u64::from_be_bytes(octets)
}
