//! Whether codes are what they should be: uniform at each place, independent, and never made out of a broken source.
//!
//! Fixed seeds: the figures below are always the same. The bounds are those of a chance of one in a million.
#![allow(clippy::expect_used, reason = "a test says what it expects")]

use sigillo_codes::{Cip, CodesError, Generator, Pin, Puk};
use sigillo_crypto::{Entropy, SeededEntropy};

/// Chi-square with 9 degrees of freedom passes this once in a million.
const CHI_SQUARE_9: f64 = 45.08;
const CODES: usize = 1_000_000;

#[test]
fn every_place_of_a_million_codes_is_uniform() {
    let counts = tally(Pin::DIGITS, |generator| generator.pin().map(|code| code.expose(<[u8]>::to_vec)), seeded(1));
    assert_uniform("PIN", &counts);
    let counts = tally(Puk::DIGITS, |generator| generator.puk().map(|code| code.expose(<[u8]>::to_vec)), seeded(2));
    assert_uniform("PUK", &counts);
    // The check digit is uniform too: it is a bijection of each digit.
    let counts = tally(Cip::DIGITS, |generator| generator.cip().map(|code| code.expose(<[u8]>::to_vec)), seeded(3));
    assert_uniform("CIP", &counts);
}

/// Neighbouring digits are independent: each of the hundred pairs is as frequent as any other.
#[test]
fn neighbouring_digits_are_independent() {
    let mut source = seeded(4);
    let mut generator = Generator::new(&mut source);
    let mut pairs = [0_u32; 100];
    for _ in 0..CODES / 4 {
        let pin = generator.pin().expect("the source is sound");
        pin.expose(|digits| {
            for pair in digits.chunks_exact(2) {
                if let [high, low] = pair {
                    pairs[usize::from((high - b'0') * 10 + low - b'0')] += 1;
                }
            }
        });
    }
    let chi_square = chi_square(&pairs);
    // 99 degrees of freedom, one in a million.
    assert!(chi_square < 176.0, "{chi_square}");
}

/// A million out of 10⁸: n²/2N = 5 000 collisions are expected, with a deviation of 71.
#[test]
fn as_many_codes_collide_as_chance_has_it() {
    let mut source = seeded(5);
    let mut generator = Generator::new(&mut source);
    let mut codes: Vec<Vec<u8>> =
        (0..CODES).map(|_| generator.pin().expect("the source is sound").expose(<[u8]>::to_vec)).collect();
    codes.sort_unstable();
    let pairs: usize = codes.chunk_by(|one, other| one == other).map(|same| same.len() * (same.len() - 1) / 2).sum();
    assert!((4_650..=5_350).contains(&pairs), "{pairs}");
}

/// What the statistics must find: a source whose octets are a little small too often.
#[test]
fn a_biased_source_is_caught() {
    let counts =
        tally(Pin::DIGITS, |generator| generator.pin().map(|code| code.expose(<[u8]>::to_vec)), Biased(seeded(6)));
    let worst = counts.iter().map(|place| chi_square(place)).fold(0.0, f64::max);
    assert!(worst > CHI_SQUARE_9, "the bias of one in 128 was not seen: {worst}");
}

#[test]
fn a_dead_source_makes_no_code() {
    for octet in 0..=255 {
        let mut source = Constant(octet);
        let mut generator = Generator::new(&mut source);
        assert_eq!(generator.pin().err(), Some(CodesError::Source), "{octet}");
        assert_eq!(generator.cip().err(), Some(CodesError::Source), "{octet}, once more");
    }
}

/// Two octets in turn pass the repetition count; the adaptive proportion finds them.
#[test]
fn a_source_with_a_short_period_makes_no_code() {
    let mut source = Alternating(0);
    let mut generator = Generator::new(&mut source);
    let made = (0..64).take_while(|_| generator.puk().is_ok()).count();
    assert!(made < 3, "{made} codes were made");
    assert_eq!(generator.puk().err(), Some(CodesError::Source), "a failed source stays failed");
}

/// Only octets that must be dropped, and never five alike.
#[test]
fn a_source_without_a_usable_octet_ends() {
    let mut source = Dropped(0);
    assert_eq!(Generator::new(&mut source).can().err(), Some(CodesError::Source));
}

fn tally<E: Entropy>(
    places: usize,
    mut draw: impl FnMut(&mut Generator<'_>) -> Result<Vec<u8>, CodesError>,
    mut source: E,
) -> Vec<[u32; 10]> {
    let mut generator = Generator::new(&mut source);
    let mut counts = vec![[0_u32; 10]; places];
    for _ in 0..CODES {
        let digits = draw(&mut generator).expect("the source looks sound");
        assert_eq!(digits.len(), places);
        for (place, digit) in counts.iter_mut().zip(digits) {
            place[usize::from(digit - b'0')] += 1;
        }
    }
    counts
}

fn assert_uniform(code: &str, counts: &[[u32; 10]]) {
    for (place, digits) in counts.iter().enumerate() {
        let chi_square = chi_square(digits);
        assert!(chi_square < CHI_SQUARE_9, "{code}, place {place}: {chi_square}");
    }
}

fn chi_square(counts: &[u32]) -> f64 {
    let total: u32 = counts.iter().sum();
    let expected = f64::from(total) / counts.len() as f64;
    counts.iter().map(|&count| (f64::from(count) - expected).powi(2) / expected).sum()
}

fn seeded(seed: u8) -> SeededEntropy {
    SeededEntropy::new([seed; 32])
}

/// Every 128th octet or so is made smaller than it was.
struct Biased(SeededEntropy);

impl Entropy for Biased {
    fn fill(&mut self, out: &mut [u8]) {
        self.0.fill(out);
        let mut chance = vec![0; out.len()];
        self.0.fill(&mut chance);
        for (octet, _) in out.iter_mut().zip(chance).filter(|(_, chance)| *chance < 2) {
            *octet = 0;
        }
    }
}

struct Constant(u8);

impl Entropy for Constant {
    fn fill(&mut self, out: &mut [u8]) {
        out.fill(self.0);
    }
}

struct Alternating(u8);

impl Entropy for Alternating {
    fn fill(&mut self, out: &mut [u8]) {
        for octet in out {
            self.0 ^= 0x5A;
            *octet = self.0;
        }
    }
}

struct Dropped(u8);

impl Entropy for Dropped {
    fn fill(&mut self, out: &mut [u8]) {
        for octet in out {
            self.0 = (self.0 + 1) % 6;
            *octet = 250 + self.0;
        }
    }
}
