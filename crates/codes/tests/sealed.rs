//! What is encrypted at birth, what the register keeps of a CIP, and what of either is refused.
#![allow(clippy::expect_used, reason = "a test says what it expects")]

use proptest::prelude::*;
use sigillo_codes::{
    Cip, CipVerifier, CodeCiphertext, CodePolicy, CodeSet, CodesError, EnvelopeContents, Generator, Pin,
};
use sigillo_crypto::passphrase::PassphraseCost;
use sigillo_crypto::{Curve, CurvePrivateKey, SeededEntropy};
use sigillo_profile::{Profile, embedded};
use sigillo_secret::SecretBytes;

const WITH_CAN: CodePolicy = CodePolicy { pin_tries: 3, puk_tries: 10, can: true };

#[test]
fn the_profile_says_how_many_tries_and_whether_there_is_a_can() {
    let policy = |name| CodePolicy::of(&Profile::parse(embedded(name).expect("it is embedded")).expect("it is sound"));
    assert_eq!(policy("pse-rf"), Some(WITH_CAN));
    assert_eq!(policy("pse-rf-bac"), None);
}

#[test]
fn codes_are_drawn_and_laid_out_in_their_order() {
    let mut source = SeededEntropy::new([7; 32]);
    let set = CodeSet::generate(&mut Generator::new(&mut source), &WITH_CAN).expect("the source is sound");
    let plain = set.to_plain();
    let mut again = SeededEntropy::new([7; 32]);
    let mut again = Generator::new(&mut again);
    let mut expected = vec![1, 1];
    again.pin().expect("sound").expose(|digits| expected.extend_from_slice(digits));
    again.puk().expect("sound").expose(|digits| expected.extend_from_slice(digits));
    again.cip().expect("sound").expose(|digits| expected.extend_from_slice(digits));
    again.can().expect("sound").expose(|digits| expected.extend_from_slice(digits));
    plain.expose(|plain| assert_eq!(plain, expected));
    let printed = format!("{set:?}{plain:?}");
    assert!(printed.contains("PIN(redacted)") && !printed.contains(char::is_numeric), "{printed}");
}

#[test]
fn a_ciphertext_opens_in_its_context_alone() {
    let (private, other) = (key([1; 32]), key([2; 32]));
    let recipient = private.public().expect("a key has a point");
    let contents = EnvelopeContents::new("I12345678", 2, codes([9; 32], false));
    let context = EnvelopeContents::context(contents.document_number(), contents.generation());
    let mut entropy = SeededEntropy::new([3; 32]);
    let sealed =
        CodeCiphertext::encrypt(5, &recipient, &context, &contents.to_plain(), &mut entropy).expect("on the curve");
    let octets = sealed.encode();
    assert_eq!(octets.len(), 1 + 4 + 65 + 29 + 16);
    let open = |octets: &[u8], context: &[u8], private: &CurvePrivateKey| {
        let sealed = CodeCiphertext::decode(octets)?;
        let agreed = private.agree(sealed.point()).expect("the point is on the curve");
        sealed.open(context, &agreed.x(), &private.public().expect("a key has a point"))
    };
    let plain = open(&octets, &context, &private).expect("it was closed here");
    let opened = EnvelopeContents::decode("I12345678", 2, &plain).expect("it was laid out here");
    opened.codes.cip.expose(|read| contents.codes.cip.expose(|made| assert_eq!(read, made)));
    assert_eq!(CodeCiphertext::decode(&octets).expect("it was made here").generation(), 5);
    for refused in [
        open(&octets, &EnvelopeContents::context("I12345678", 1), &private),
        open(&octets, &EnvelopeContents::context("I12345679", 2), &private),
        open(&octets, &context, &other),
    ] {
        assert_eq!(refused.map(drop), Err(CodesError::Ciphertext));
    }
    // The generation of the key only says which key to take.
    for at in (0..octets.len()).filter(|at| !(1..5).contains(at)) {
        let mut altered = octets.clone();
        altered[at] ^= 1;
        assert_eq!(open(&altered, &context, &private).map(drop), Err(CodesError::Ciphertext), "octet {at}");
        assert_eq!(open(&octets[..at], &context, &private).map(drop), Err(CodesError::Ciphertext), "cut at {at}");
    }
}

#[test]
fn a_verifier_knows_its_cip_and_no_other() {
    let (cip, other) = (codes([1; 32], false).cip, codes([2; 32], false).cip);
    let mac = |document: &str, cip: &Cip| {
        // The key store's part, with a digest instead of its key.
        let message = CipVerifier::message(document, cip);
        message.expose(|message| SecretBytes::copy_of(&sigillo_crypto::sha256(message)[..16]))
    };
    let mut entropy = SeededEntropy::new([4; 32]);
    let made = CipVerifier::make(&mac("I12345678", &cip), CHEAP, &mut entropy).expect("the cost is allowed");
    let verifier = CipVerifier::decode(&made.encode()).expect("it was made here");
    assert_eq!(verifier, made);
    assert_eq!(verifier.verify(&mac("I12345678", &cip)), Ok(true));
    assert_eq!(verifier.verify(&mac("I12345678", &other)), Ok(false));
    assert_eq!(verifier.verify(&mac("I12345679", &cip)), Ok(false), "it is bound to its document");
    let again = CipVerifier::make(&mac("I12345678", &cip), CHEAP, &mut entropy).expect("the cost is allowed");
    assert_ne!(again, made, "each verifier has a salt of its own");
}

/// Whoever has no verifier of his own is refused at the price of one: what stands before salt and value is the same.
#[test]
fn nobodys_verifier_costs_what_every_other_does() {
    let mac = |octet| SecretBytes::copy_of(&[octet; 16]);
    let made = CipVerifier::make(&mac(1), CipVerifier::COST, &mut SeededEntropy::new([4; 32])).expect("it is allowed");
    assert_eq!(CipVerifier::OF_NOBODY.encode()[..7], made.encode()[..7]);
    assert_eq!(CipVerifier::OF_NOBODY.verify(&mac(1)), Ok(false));
}

#[test]
fn a_cost_without_measure_is_refused_before_it_is_paid() {
    let mut octets = vec![1];
    octets.extend(u32::MAX.to_be_bytes());
    octets.extend([0xFF; 50]);
    let verifier = CipVerifier::decode(&octets).expect("its form is right");
    assert_eq!(verifier.encode(), octets);
    assert_eq!(verifier.verify(&SecretBytes::copy_of(b"x")), Err(CodesError::Verifier));
    for refused in [&octets[..54], &[&octets[..], &[0]].concat(), &[&[2], &octets[1..]].concat(), &[]] {
        assert_eq!(CipVerifier::decode(refused), Err(CodesError::Verifier));
    }
}

#[test]
fn what_is_no_plain_form_is_refused() {
    let mut digits = codes([1; 32], false).to_plain().expose(<[u8]>::to_vec);
    let refused = |octets: &[u8]| CodeSet::decode(&SecretBytes::copy_of(octets)).expect_err("it is altered");
    for length in 0..digits.len() {
        assert_eq!(refused(&digits[..length]), CodesError::PlainForm, "{length} octets");
    }
    assert_eq!(refused(&[&digits[..], b"1"].concat()), CodesError::PlainForm);
    assert_eq!(refused(&[&[2], &digits[1..]].concat()), CodesError::PlainForm);
    assert_eq!(refused(&[&[1, 2], &digits[2..]].concat()), CodesError::PlainForm);
    digits[28] = (digits[28] - b'0' + 1) % 10 + b'0';
    assert_eq!(refused(&digits), CodesError::CheckDigit);
    digits[2] = b'a';
    assert_eq!(refused(&digits), CodesError::Form { code: "PIN", digits: Pin::DIGITS });
}

proptest! {
    #[test]
    fn what_was_laid_out_is_read(seed: [u8; 32], can: bool) {
        let set = codes(seed, can);
        let plain = set.to_plain();
        prop_assert_eq!(plain.len(), if can { 35 } else { 29 });
        let read = CodeSet::decode(&plain).expect("it was laid out here");
        prop_assert!(read.to_plain().matches(&plain));
    }

    #[test]
    fn arbitrary_octets_never_panic(octets: Vec<u8>, head in 0_usize..6) {
        let begun = [&[1, 1, 0, 0, 0, 4][..head], &octets].concat();
        let _ = CodeSet::decode(&SecretBytes::copy_of(&begun));
        let _ = CodeCiphertext::decode(&begun);
        if let Ok(verifier) = CipVerifier::decode(&begun) {
            prop_assert_eq!(verifier.encode(), begun);
        }
    }
}

fn codes(seed: [u8; 32], can: bool) -> CodeSet {
    let mut source = SeededEntropy::new(seed);
    CodeSet::generate(&mut Generator::new(&mut source), &CodePolicy { can, ..WITH_CAN }).expect("the source is sound")
}

fn key(seed: [u8; 32]) -> CurvePrivateKey {
    CurvePrivateKey::generate(Curve::P256, &mut SeededEntropy::new(seed))
}

const CHEAP: PassphraseCost = PassphraseCost::RANDOM;
