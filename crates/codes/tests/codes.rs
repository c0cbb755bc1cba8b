//! What is taken for a code, and what a slip of a digit does to a CIP.
#![allow(clippy::expect_used, reason = "a test says what it expects")]

use proptest::prelude::*;
use sigillo_codes::{Can, Cip, CodesError, Generator, Pin};
use sigillo_crypto::{ScriptedEntropy, SeededEntropy};
use sigillo_secret::SecretBytes;

/// Octets of 250 and more are dropped; the others give their last digit in order.
#[test]
fn digits_are_those_that_the_octets_say() {
    let draw = vec![250, 0, 11, 255, 249, 123, 34, 7, 88, 66, 1, 2, 3, 4, 5, 6];
    let mut source = ScriptedEntropy::new([draw]);
    let pin = Generator::new(&mut source).pin().expect("the source is sound");
    pin.expose(|digits| assert_eq!(digits, b"01934786"));
}

#[test]
fn a_code_has_its_digits_and_nothing_else() {
    let parse = |text: &str| Pin::parse(SecretBytes::copy_of(text.as_bytes())).map(drop);
    assert_eq!(parse("01234567"), Ok(()));
    for refused in ["", "0123456", "012345678", "0123456a", "0123 567", "\u{0661}\u{0662}\u{0663}\u{0664}"] {
        assert_eq!(parse(refused), Err(CodesError::Form { code: "PIN", digits: 8 }), "{refused:?}");
    }
    assert_eq!(Can::parse(SecretBytes::copy_of(b"12345")).err(), Some(CodesError::Form { code: "CAN", digits: 6 }));
}

#[test]
fn codes_print_nothing_of_themselves() {
    let pin = Pin::parse(SecretBytes::copy_of(b"40961728")).expect("eight digits");
    assert_eq!(format!("{pin:?}"), "PIN(redacted)");
}

proptest! {
    /// A single wrong digit is always found.
    #[test]
    fn one_wrong_digit_of_a_cip_is_found(seed: [u8; 32], place in 0_usize..11, other in 1_u8..10) {
        let mut digits = cip(seed);
        digits[place] = (digits[place] - b'0' + other) % 10 + b'0';
        prop_assert_eq!(Cip::parse(SecretBytes::new(digits)).err(), Some(CodesError::CheckDigit));
    }

    #[test]
    fn what_is_generated_is_taken(seed: [u8; 32]) {
        prop_assert!(Cip::parse(SecretBytes::new(cip(seed))).is_ok());
    }
}

/// Swaps of neighbours: MOD 11,10 misses 47 of these 1 805.
#[test]
fn nearly_every_swap_of_neighbours_is_found() {
    let (mut swaps, mut missed) = (0_u32, 0_u32);
    for seed in 0..200 {
        let digits = cip([seed; 32]);
        for place in 0..digits.len() - 1 {
            let mut swapped = digits.clone();
            swapped.swap(place, place + 1);
            if swapped != digits {
                swaps += 1;
                missed += u32::from(Cip::parse(SecretBytes::new(swapped)).is_ok());
            }
        }
    }
    assert!(missed * 30 <= swaps, "{missed} of {swaps} swaps were missed");
}

fn cip(seed: [u8; 32]) -> Vec<u8> {
    let mut source = SeededEntropy::new(seed);
    let cip = Generator::new(&mut source).cip().expect("the source is sound");
    cip.expose(<[u8]>::to_vec)
}
