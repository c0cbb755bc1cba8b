//! Files from anybody: PEM, objects and registers of any content are read or refused, never more.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use proptest::collection::vec;
use proptest::prelude::{Just, any, prop_oneof};
use proptest::proptest;
use sigillo_authority::Register;
use sigillo_authority::encoding::{Object, from_pem, to_pem};

proptest! {
    #[test]
    fn pem_comes_back(der in vec(any::<u8>(), 0..400)) {
        let text = to_pem("CERTIFICATE", &der);
        assert!(text.lines().all(|line| line.len() <= 64));
        assert_eq!(from_pem(text.clone().into_bytes()).unwrap(), der);
        assert_eq!(from_pem(text.replace('\n', "\r\n").into_bytes()).unwrap(), der);
        let twice = text.clone() + &text;
        assert_eq!(from_pem(twice.into_bytes()).unwrap_err().code(), "pki.pem");
        let torn = &text[..text.len() - 3];
        assert_eq!(from_pem(torn.as_bytes().to_vec()).unwrap_err().code(), "pki.pem");
    }

    #[test]
    fn anything_is_an_object_or_refused(
        start in prop_oneof![Just(vec![0x30, 0x82]), Just(vec![0x7F, 0x21]), Just(vec![0x67]), Just(vec![0x77]), Just(vec![])],
        rest in vec(any::<u8>(), 0..300),
    ) {
        let octets = [start, rest].concat();
        let _ = Object::decode(&octets);
        let _ = from_pem([b"-----BEGIN ".as_slice(), &octets].concat());
    }

    #[test]
    fn any_text_is_a_register_or_refused(lines in vec("[ -~]{0,60}", 0..4)) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("register.jsonl"), lines.join("\n") + "\n").unwrap();
        if let Err(error) = Register::open(folder.path()) {
            assert_eq!(error.code(), "pki.register");
        }
    }
}

/// The kinds of what cannot be read: each by the code of its own decoder.
#[test]
fn what_cannot_be_read_is_refused_by_its_kind() {
    for (octets, code) in [
        (&b""[..], "pki.unknown-object"),
        (b"hello", "pki.unknown-object"),
        (&[0x7F, 0x21, 0x01, 0x00], "cvc.objects"),
        (&[0x67, 0x00], "cvc.objects"),
    ] {
        assert_eq!(Object::decode(octets).unwrap_err().code(), code, "{octets:02X?}");
    }
    assert_eq!(from_pem(b"-----BEGIN X-----\n!\n-----END X-----\n".to_vec()).unwrap_err().code(), "pki.pem");
    assert_eq!(from_pem(b"-----BEGIN X-----\nAA==\n-----END Y-----\n".to_vec()).unwrap_err().code(), "pki.pem");
}
