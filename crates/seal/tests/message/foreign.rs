//! What OpenSSL makes, we open; what is weaker or for others we refuse by name.

use std::fs;

use crate::correspondence::{Correspondence, TO_RECIPIENT, open};

#[test]
fn what_openssl_signs_and_encrypts_is_opened() {
    for curve in ["P-256", "P-384"] {
        let partner = Correspondence::on(curve);
        let content: Vec<u8> = (0..50_000_u32).flat_map(u32::to_be_bytes).collect();
        partner.write("content", &content);
        // Whole, in pieces, by key identifier, other hashes of the derivation.
        let sha384 = ["-aes-256-gcm", "-recip", "recipient.pem", "-keyopt", "ecdh_kdf_md:sha384"];
        let sha512 = ["-aes-256-gcm", "-recip", "recipient.pem", "-keyopt", "ecdh_kdf_md:sha512"];
        let pieces = [&TO_RECIPIENT[..], &["-stream"]].concat();
        let by_key = [&TO_RECIPIENT[..], &["-keyid"]].concat();
        let forms: [(&[&str], &[&str]); 5] = [
            (&[], &TO_RECIPIENT),
            (&["-stream"], &pieces),
            (&["-keyid"], &by_key),
            (&["-nosmimecap"], &sha384),
            (&[], &sha512),
        ];
        for (sign, encrypt) in forms {
            let message = partner.openssl_sends(sign, encrypt);
            let opened =
                partner.opens(&message).unwrap_or_else(|error| panic!("{curve} {sign:?} {encrypt:?}: {error}"));
            assert_eq!(opened.signer().der(), partner.read("signer").der());
            opened.into_content().expose(|opened| assert_eq!(opened, content));
        }
    }
}

#[test]
fn each_of_several_recipients_opens_it() {
    let partner = Correspondence::on("P-256");
    partner.write("content", b"a lot for two and an archive");
    partner.certificate("archive", &["rsa:2048"], "keyEncipherment");
    partner.certificate("other", &["ec", "-pkeyopt", "ec_paramgen_curve:P-384"], "keyAgreement");
    let other = ["-recip", "other.pem", "-keyopt", "ecdh_kdf_md:sha256"];
    let encrypt = [&["-aes-256-gcm", "-recip", "archive.pem"], &other[..], &TO_RECIPIENT[1..]].concat();
    let message = partner.openssl_sends(&[], &encrypt);
    for name in ["recipient", "other"] {
        let opened = open(&message, &partner.read(name), &partner.key(name), &[partner.read("signer")], partner.now());
        opened.unwrap().into_content().expose(|content| assert_eq!(content, b"a lot for two and an archive"));
    }
    // To the archive the key is transported: that is not read.
    let archive = partner.read("archive");
    let refused = open(&message, &archive, &partner.key("recipient"), &[partner.read("signer")], partner.now());
    assert_eq!(refused.unwrap_err().code(), "seal.not-recipient");
}

#[test]
fn what_is_weaker_or_for_others_is_refused_by_name() {
    let partner = Correspondence::on("P-256");
    partner.write("content", b"a lot");
    let code = |message: &[u8]| partner.opens(message).unwrap_err().code();
    let sent = |encrypt: &[&str]| code(&partner.openssl_sends(&[], encrypt));
    assert_eq!(sent(&["-aes-256-gcm", "-recip", "recipient.pem"]), "seal.key-agreement", "SHA-1 derives the key");
    assert_eq!(sent(&["-aes-256-cbc", "-recip", "recipient.pem"]), "seal.not-enveloped-data");
    let aes_128 = ["-aes-128-gcm", "-recip", "recipient.pem", "-keyopt", "ecdh_kdf_md:sha256"];
    assert_eq!(sent(&aes_128), "seal.key-agreement", "AES-128 wraps the key");
    let wrapped = ["-aes-256-gcm", "-recip", "recipient.pem", "-keyopt", "ecdh_kdf_md:sha256", "-aes128-wrap"];
    assert_eq!(sent(&wrapped), "seal.key-agreement");

    partner.certificate("other", &["ec", "-pkeyopt", "ec_paramgen_curve:P-256"], "digitalSignature,keyAgreement");
    let other = ["-aes-256-gcm", "-recip", "other.pem", "-keyopt", "ecdh_kdf_md:sha256"];
    assert_eq!(sent(&other), "seal.not-recipient");
    // Not signed, and signed without its content.
    assert_eq!(code(&partner.openssl_encrypts("content", &TO_RECIPIENT)), "seal.der");
    let detached = ["cms", "-sign", "-binary", "-in", "content", "-signer", "signer.pem", "-inkey", "signer.key"];
    partner.openssl(&[&detached[..], &["-outform", "DER", "-out", "detached.der"]].concat());
    assert_eq!(code(&partner.openssl_encrypts("detached.der", &TO_RECIPIENT)), "seal.der");

    let message = partner.openssl_sends(&[], &TO_RECIPIENT);
    let (recipient, key, now) = (partner.read("recipient"), partner.key("recipient"), partner.now());
    let by = |signer: &str, now| open(&message, &recipient, &key, &[partner.read(signer)], now).unwrap_err().code();
    assert_eq!(by("other", now), "seal.message-signer");
    assert_eq!(open(&message, &recipient, &key, &[], now).unwrap_err().code(), "seal.message-signer");
    let late = now.checked_add(jiff::SignedDuration::from_hours(24 * 31)).unwrap();
    assert_eq!(by("signer", late), "seal.chain-expired");
    let another = partner.key("other");
    let refused = open(&message, &recipient, &another, &[partner.read("signer")], now).unwrap_err();
    assert_eq!(refused.code(), "seal.wrapped-key");
}

#[test]
fn an_authority_and_a_key_for_something_else_do_not_sign_messages() {
    for (usage, expected) in
        [("keyAgreement", "seal.signer-key-usage"), ("keyCertSign,digitalSignature", "seal.signer-is-authority")]
    {
        let partner = Correspondence::on("P-256");
        let curve = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
        if usage.contains("keyCertSign") {
            let head = ["req", "-x509", "-nodes", "-days", "30", "-newkey"];
            let tail = ["-keyout", "signer.key", "-out", "signer.pem", "-subj", "/CN=ca", "-addext"];
            partner.openssl(&[&head[..], &curve, &tail, &["keyUsage=critical,keyCertSign,digitalSignature"]].concat());
        } else {
            partner.certificate("signer", &curve, usage);
        }
        partner.write("content", b"a lot");
        let message = partner.openssl_sends(&[], &TO_RECIPIENT);
        assert_eq!(partner.opens(&message).unwrap_err().code(), expected);
        fs::remove_file(partner.path().join("content")).unwrap();
    }
}
