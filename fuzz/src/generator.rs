//! A tiny deterministic source of bytes and mutations (SplitMix64): the same seed gives the same run everywhere.

/// Pseudo-random numbers for tests; no secret may ever come from here.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Starts at a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `end`; 0 if there is none.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end.max(1)).unwrap_or(u64::MAX)).unwrap_or(0)
    }

    /// A byte, every fourth time one that borders on something.
    fn byte(&mut self) -> u8 {
        const BORDERS: [u8; 12] = [0x00, 0x01, 0x7F, 0x80, 0x81, 0x82, 0x84, 0xFE, 0xFF, 0x30, 0x61, 0x3C];
        if self.below(4) == 0 { BORDERS[self.below(BORDERS.len())] } else { self.next().to_le_bytes()[0] }
    }

    /// A changed copy of one of the seeds, at most `longest` bytes.
    pub fn variant(&mut self, seeds: &[Vec<u8>], longest: usize) -> Vec<u8> {
        let mut bytes = match seeds.len() {
            0 => Vec::new(),
            count => seeds[self.below(count)].clone(),
        };
        for _ in 0..=self.below(4) {
            self.mutate(&mut bytes, seeds);
        }
        bytes.truncate(longest);
        bytes
    }

    fn mutate(&mut self, bytes: &mut Vec<u8>, seeds: &[Vec<u8>]) {
        let at = self.below(bytes.len() + 1);
        match self.below(8) {
            0 => bytes.truncate(at),
            1 => bytes.insert(at, self.byte()),
            2 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
            3 if at < bytes.len() => bytes[at] = self.byte(),
            4 if at < bytes.len() => {
                let end = at + self.below(bytes.len() - at) + 1;
                bytes.drain(at..end);
            }
            5 if at < bytes.len() => {
                let end = at + self.below((bytes.len() - at).min(64)) + 1;
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
            6 if !seeds.is_empty() => {
                let other = &seeds[self.below(seeds.len())];
                let piece = other[self.below(other.len())..].to_vec();
                bytes.truncate(at);
                bytes.extend_from_slice(&piece);
            }
            _ => {
                for _ in 0..=self.below(8) {
                    let byte = self.byte();
                    bytes.push(byte);
                }
            }
        }
    }
}
