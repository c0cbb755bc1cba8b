//! Active Authentication by ECDSA and RSA, and what a key may be generated for.

use sigillo_apdu::ResponseApdu;
use sigillo_channel::active_authentication::terminal::{Verifier, internal_authenticate};
use sigillo_crypto::{HashAlgorithm, RsaPublicKey};
use sigillo_tlv::Reader;
use sigillo_vchip::Chip;

use crate::card::{Card, select_application};
use crate::host::{EMRTD, Host, bytes};

const CHALLENGE: [u8; 8] = *b"RND.IFD!";

fn ask(host: &mut Host, le: u32) -> ResponseApdu {
    host.transmit(&internal_authenticate(CHALLENGE, le)).unwrap()
}

#[test]
fn an_ecdsa_key_signs_the_challenge() {
    let mut card = Card::locked();
    card.host.expect(&select_application(EMRTD), "9000");
    assert_eq!(ask(&mut card.host, 256).status().to_string(), "6982", "outside of every session");
    card.open_can();
    card.host.expect(&select_application(EMRTD), "9000");
    let response = ask(&mut card.host, 256);
    let key = card.keys[&("eMRTD", 3)].clone();
    let verifier = Verifier::Ecdsa { key, hash: HashAlgorithm::Sha256 };
    verifier.verify(CHALLENGE, &response).unwrap();
    verifier.verify(*b"RND.IFD?", &response).unwrap_err();
    for (why, command, answer) in [
        ("seven octets", "0088000007 01020304050607 00", "6700"),
        ("nine octets", "0088000009 010203040506070809 00", "6700"),
        ("no Le", "0088000008 0102030405060708", "6700"),
        ("P1", "0088010008 0102030405060708 00", "6A86"),
        ("a signature of the holder's", &format!("002A9E9A20{}00", "00".repeat(32)), "6982"),
    ] {
        assert_eq!(card.host.send(command).unwrap(), answer, "{why}");
    }
}

#[test]
fn an_rsa_key_signs_the_challenge() {
    let mut host = Card::formed().host;
    host.expect(&select_application(EMRTD), "9000");
    // 1024 bits, id-AA, in the place of the ECDSA key.
    let answer = bytes(&host.send("0047800011 AC0F 80020400 830103 0606678108010105 00").unwrap());
    let template = sigillo_tlv::single(answer.strip_suffix(&[0x90, 0x00]).unwrap(), 0x7F49).unwrap();
    let mut parts: Reader<'_> = template.reader();
    let (modulus, exponent) = (parts.expect(0x81).unwrap().value, parts.expect(0x82).unwrap().value);
    let key = RsaPublicKey::from_components(modulus, exponent).unwrap();
    assert_eq!(key.bits(), 1024);
    host.lock().unwrap();
    let image = host.chip.image();
    let mut host = Host::holding(Chip::from_image(&image).unwrap());
    assert_eq!(host.chip.image(), image);
    assert!(host.open_bac().unwrap());
    let response = ask(&mut host, 256);
    assert_eq!(Verifier::Rsa(key).verify(CHALLENGE, &response).unwrap(), HashAlgorithm::Sha256);
}

#[test]
fn a_key_serves_what_it_was_generated_for() {
    let mut host = Card::formed().host;
    host.expect(&select_application(EMRTD), "9000");
    let image = host.chip.image();
    for (why, request, answer) in [
        ("an unknown protocol", "80010C 830105 060A04007F00070202030205", "6A80"),
        ("an elliptic curve key for RSA", "80010C 830105 0606678108010105", "6A80"),
        ("an RSA key for ECDSA", "80020400 830105 06082A8648CE3D040302", "6A80"),
        ("an RSA key for Chip Authentication", "80020400 830105 060A04007F00070202030202", "6A80"),
        ("an RSA key of 512 bits", "80020200 830105 0606678108010105", "6A80"),
        ("an RSA key of 1025 bits", "80020401 830105 0606678108010105", "6A80"),
        ("one protocol twice", "80010C 830105 06082A8648CE3D040302 06082A8648CE3D040302", "6A80"),
        ("plain ECDSA with SHA-1", "80010C 830105 060A04007F00070101040101", "6A80"),
        ("CAM under triple DES", "80010C 830105 060A04007F00070202040601", "6A80"),
        ("another object", "80010C 830105 06082A8648CE3D040302 8401FF", "6A80"),
        ("domain parameters 10", "80010A 830105 06082A8648CE3D040302", "6A80"),
        ("key reference 255", "80010C 8301FF 06082A8648CE3D040302", "6A80"),
    ] {
        let body = bytes(request);
        let template = sigillo_tlv::encode(0xAC, &body);
        let command = format!("00478000{:02X}{}00", template.len(), hex::encode(&template));
        assert_eq!(host.send(&command).unwrap(), answer, "{why}");
    }
    assert_eq!(host.chip.image(), image);
}
