use std::collections::VecDeque;

use sigillo_secret::SecretBytes;

use crate::hash::sha256;
use crate::padding;

/// A source of randomness, handed to whatever needs some.
pub trait Entropy {
    /// Fills the buffer with random octets.
    fn fill(&mut self, out: &mut [u8]);
}

impl Entropy for Box<dyn Entropy + '_> {
    fn fill(&mut self, out: &mut [u8]) {
        (**self).fill(out);
    }
}

/// Replays the draws that a vector lists, in order.
pub struct ScriptedEntropy(VecDeque<Vec<u8>>);

/// A deterministic stream of SHA-256 blocks out of a seed: for tests and reproducible vectors, never for keys in use.
pub struct SeededEntropy {
    seed: SecretBytes,
    counter: u64,
    rest: Vec<u8>,
}

impl ScriptedEntropy {
    /// Takes the draws of a vector.
    #[must_use]
    pub fn new(draws: impl IntoIterator<Item = Vec<u8>>) -> Self {
        Self(draws.into_iter().collect())
    }

    /// How many draws have not been asked for.
    #[must_use]
    pub fn left(&self) -> usize {
        self.0.len()
    }
}

/// The draws become keys and nonces.
impl std::fmt::Debug for ScriptedEntropy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ScriptedEntropy({} draws, redacted)", self.left())
    }
}

impl Entropy for ScriptedEntropy {
    /// # Panics
    ///
    /// If the vector lists no further draw, or one of another length: the vector does not describe this run.
    fn fill(&mut self, out: &mut [u8]) {
        let Some(draw) = self.0.pop_front() else { panic!("the vector lists every draw") };
        assert_eq!(draw.len(), out.len(), "the vector's next draw has another length");
        out.copy_from_slice(&draw);
    }
}

impl SeededEntropy {
    /// Starts the stream of this seed.
    #[must_use]
    pub fn new(seed: [u8; 32]) -> Self {
        Self { seed: SecretBytes::copy_of(&seed), counter: 0, rest: Vec::new() }
    }
}

/// What was not drawn yet becomes keys and nonces.
impl std::fmt::Debug for SeededEntropy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SeededEntropy(redacted)")
    }
}

impl Entropy for SeededEntropy {
    fn fill(&mut self, out: &mut [u8]) {
        for octet in out {
            if self.rest.is_empty() {
                let counter = self.counter.to_be_bytes();
                self.rest = self.seed.expose(|seed| sha256(&padding::concat(&[seed, &counter]))).to_vec();
                self.counter += 1;
            }
            *octet = self.rest.pop().unwrap_or_default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_one_stream_however_it_is_cut() {
        let (mut whole, mut pieces) = ([0; 100], [0; 100]);
        SeededEntropy::new([7; 32]).fill(&mut whole);
        let mut stream = SeededEntropy::new([7; 32]);
        pieces.chunks_mut(7).for_each(|piece| stream.fill(piece));
        assert_eq!(whole, pieces);
        let mut other = [0; 100];
        SeededEntropy::new([8; 32]).fill(&mut other);
        assert_ne!(whole, other);
    }

    #[test]
    #[should_panic(expected = "another length")]
    fn a_script_insists_on_its_lengths() {
        ScriptedEntropy::new([vec![1, 2]]).fill(&mut [0; 3]);
    }
}
