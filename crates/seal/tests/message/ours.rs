//! What we make, OpenSSL opens and verifies; it refuses the twins.

use std::fs;

use sigillo_crypto::{SeededEntropy, SignatureAlgorithm};
use sigillo_seal::message::{encrypt_to, prepare_message};
use sigillo_secret::SecretBytes;

use crate::correspondence::Correspondence;

#[test]
fn openssl_opens_and_verifies_ours_on_both_curves() {
    for curve in ["P-256", "P-384"] {
        judge(&Correspondence::on(curve), "recipient");
    }
}

#[test]
fn openssl_opens_what_is_encrypted_to_rsa() {
    let partner = Correspondence::on("P-256");
    partner.certificate("rsa", &["rsa:3072"], "keyEncipherment");
    judge(&partner, "rsa");
}

fn judge(partner: &Correspondence, recipient: &str) {
    let content: Vec<u8> = (0..100_000_u32).flat_map(u32::to_be_bytes).collect();
    for content in [content.as_slice(), b"", b"one line\r\n"] {
        let message = partner.send(content, recipient, 1);
        assert_eq!(received(partner, &message, recipient).as_deref(), Some(content));
    }
    let mut message = partner.send(b"a lot", recipient, 2);
    let last = message.len() - 1;
    message[last] ^= 1;
    assert_eq!(received(partner, &message, recipient), None, "OpenSSL takes an altered tag");
}

/// As the partner does: decrypt, then verify under the certificate that he pinned.
fn received(partner: &Correspondence, message: &[u8], recipient: &str) -> Option<Vec<u8>> {
    partner.write("ours.p7m", message);
    let (certificate, key) = (format!("{recipient}.pem"), format!("{recipient}.key"));
    let decrypt = ["cms", "-decrypt", "-binary", "-inform", "DER", "-in", "ours.p7m", "-out", "signed.der"];
    let with = ["-recip", &certificate, "-inkey", &key];
    if !partner.try_openssl(&[&decrypt[..], &with[..]].concat()).status.success() {
        return None;
    }
    let verify = ["cms", "-verify", "-binary", "-inform", "DER", "-in", "signed.der", "-out", "opened"];
    partner.openssl(&[&verify[..], &["-CAfile", "signer.pem", "-partial_chain"][..]].concat());
    Some(fs::read(partner.path().join("opened")).unwrap())
}

#[test]
fn a_plain_envelope_is_opened_by_openssl() {
    let partner = Correspondence::on("P-256");
    let (plain, entropy) = (SecretBytes::copy_of(b"%PDF-1.7"), &mut SeededEntropy::new([3; 32]));
    let envelope = encrypt_to(&partner.read("recipient"), &plain, partner.now(), entropy).unwrap();
    partner.write("envelope.p7m", &envelope);
    let decrypt = ["cms", "-decrypt", "-binary", "-inform", "DER", "-in", "envelope.p7m", "-out", "plain"];
    partner.openssl(&[&decrypt[..], &["-recip", "recipient.pem", "-inkey", "recipient.key"][..]].concat());
    assert_eq!(fs::read(partner.path().join("plain")).unwrap(), b"%PDF-1.7");
}

#[test]
fn certificates_of_another_use_or_time_are_refused() {
    let partner = Correspondence::on("P-256");
    let (signer, recipient, now) = (partner.read("signer"), partner.read("recipient"), partner.now());
    let entropy = &mut SeededEntropy::new([4; 32]);
    let plain = SecretBytes::copy_of(b"plain");
    let mut encrypt = |to: &_, now| encrypt_to(to, &plain, now, entropy).unwrap_err().code();
    assert_eq!(encrypt(&signer, now), "seal.recipient-key-usage");
    assert_eq!(
        encrypt(&recipient, now.checked_sub(jiff::SignedDuration::from_hours(2)).unwrap()),
        "seal.chain-not-yet-valid"
    );
    let late = now.checked_add(jiff::SignedDuration::from_hours(24 * 31)).unwrap();
    assert_eq!(encrypt(&recipient, late), "seal.chain-expired");
    partner.certificate("rsa", &["rsa:2048"], "keyAgreement");
    assert_eq!(encrypt(&partner.read("rsa"), now), "seal.recipient-key-usage");
    partner.certificate("p521", &["ec", "-pkeyopt", "ec_paramgen_curve:P-521"], "keyAgreement");
    assert_eq!(encrypt(&partner.read("p521"), now), "seal.public-key");

    let algorithm = SignatureAlgorithm::for_key(partner.key("signer").algorithm());
    let prepare =
        |signer: &_, now| prepare_message(SecretBytes::copy_of(b"lot"), signer, now, algorithm).unwrap_err().code();
    assert_eq!(prepare(&recipient, now), "seal.signer-key-usage");
    assert_eq!(prepare(&signer, late), "seal.chain-expired");
    let unsigned = prepare_message(SecretBytes::copy_of(b"lot"), &signer, now, algorithm).unwrap();
    let wrong = partner.key("recipient").sign(algorithm, unsigned.to_be_signed(), entropy).unwrap();
    assert_eq!(unsigned.encrypt_to(&wrong, &recipient, entropy).unwrap_err().code(), "seal.signature");
}
