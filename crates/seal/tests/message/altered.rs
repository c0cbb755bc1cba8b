//! No octet of a message can be altered, left out or put behind it, and arbitrary octets end in a refusal.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use sigillo_crypto::SeededEntropy;
use sigillo_seal::message::{EncryptedMessage, encrypt_to};
use sigillo_secret::SecretBytes;

use crate::correspondence::{Correspondence, TO_RECIPIENT, open};

/// Each octet altered in one bit is refused, and each kind of refusal is met.
#[test]
fn every_altered_octet_is_refused() {
    let partner = Correspondence::on("P-256");
    let message = partner.send(b"a lot of one record", "recipient", 9);
    let (recipient, key, signer) = (partner.read("recipient"), partner.key("recipient"), [partner.read("signer")]);
    let now = partner.now();
    open(&message, &recipient, &key, &signer, now).unwrap();
    let mut met: BTreeMap<&str, usize> = BTreeMap::new();
    for at in 0..message.len() {
        let mut altered = message.clone();
        altered[at] ^= 1 << (at % 8);
        match open(&altered, &recipient, &key, &signer, now) {
            Err(error) => *met.entry(error.code()).or_default() += 1,
            Ok(_) => panic!("octet {at} may be altered"),
        }
    }
    let codes: BTreeSet<&str> = met.keys().copied().collect();
    for expected in [
        "seal.cms-version",
        "seal.content-altered",
        "seal.content-encryption",
        "seal.content-type",
        "seal.der",
        "seal.key-agreement",
        "seal.not-enveloped-data",
        "seal.not-recipient",
        "seal.recipients",
        "seal.wrapped-key",
    ] {
        assert!(codes.contains(expected), "{expected} is not met: {met:?}");
    }
    for end in 0..message.len() {
        assert!(EncryptedMessage::decode(&message[..end]).is_err(), "cut at {end}");
    }
    assert!(EncryptedMessage::decode(&[message.as_slice(), &[0]].concat()).is_err());
}

/// The same for what is inside: encrypted anew, so that the signature alone stands in the way.
#[test]
fn every_altered_octet_of_the_signed_content_is_refused() {
    let partner = Correspondence::on("P-256");
    partner.write("content", b"a lot of one record");
    partner.openssl_sends(&["-nosmimecap"], &TO_RECIPIENT);
    let signed = std::fs::read(partner.path().join("signed.der")).unwrap();
    let (recipient, key, signer) = (partner.read("recipient"), partner.key("recipient"), [partner.read("signer")]);
    let now = partner.now();
    let opened = |signed: &[u8]| {
        let entropy = &mut SeededEntropy::new([7; 32]);
        let message = encrypt_to(&recipient, &SecretBytes::copy_of(signed), now, entropy).unwrap();
        open(&message, &recipient, &key, &signer, now)
    };
    opened(&signed).unwrap();
    let mut met = BTreeSet::new();
    for at in 0..signed.len() {
        let mut altered = signed.clone();
        altered[at] ^= 1 << (at % 8);
        match opened(&altered) {
            Err(error) => _ = met.insert(error.code()),
            Ok(_) => panic!("octet {at} of the signed message may be altered: {}", hex::encode(&signed)),
        }
    }
    for expected in [
        "seal.content-type",
        "seal.hash-algorithm",
        "seal.irregular",
        "seal.message-digest",
        "seal.message-signer",
        "seal.not-signed-data",
        "seal.signature",
        "seal.signature-algorithm",
        "seal.signed-attributes",
        "seal.signer-certificate",
    ] {
        assert!(met.contains(expected), "{expected} is not met: {met:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn arbitrary_octets_end(octets in proptest::collection::vec(any::<u8>(), 0..300)) {
        _ = EncryptedMessage::decode(&octets);
    }
}

#[test]
fn what_is_sent_is_what_is_received() {
    let partner = Correspondence::on("P-256");
    for (length, seed) in [0, 1, 7, 11, 16, 100].into_iter().zip(0_u8..) {
        let content: Vec<u8> =
            (0..length * length).map(|octet: usize| u8::try_from(octet * 31 % 251).unwrap()).collect();
        let message = partner.send(&content, "recipient", seed);
        partner.opens(&message).unwrap().into_content().expose(|opened| assert_eq!(opened, content));
    }
}

#[test]
fn a_message_prints_nothing_of_its_content() {
    let partner = Correspondence::on("P-256");
    let message = partner.send(b"ROSSI", "recipient", 5);
    let decoded = EncryptedMessage::decode(&message).unwrap();
    let printed =
        format!("{decoded:?}{:?}{:?}", decoded.agreement(&partner.read("recipient")), partner.opens(&message));
    assert!(!printed.contains("ROSSI") && !printed.contains("82, 79, 83"), "{printed}");
}
