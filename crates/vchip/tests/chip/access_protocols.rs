//! PACE and Chip Authentication against the terminal's end of `channel`: what they open, their order, and what they refuse.

use sigillo_channel::chip_authentication::CaProtocol;
use sigillo_channel::pace::{PaceMapping, Password};
use sigillo_channel::secure_messaging::Suite;
use sigillo_crypto::CurvePrivateKey;
use sigillo_vchip::Chip;

use crate::card::{Card, can, info, mrz, select_application};
use crate::host::{EF_COM, EMRTD, Host};

const MSE: &str = "0022C1A40F 800A04007F00070202040202 830102";
const CA_128: CaProtocol = CaProtocol::ecdh(Suite::Aes128);

#[test]
fn every_mapping_opens_a_session_with_mrz_and_can() {
    for mapping in [PaceMapping::Generic, PaceMapping::Integrated, PaceMapping::ChipAuthentication] {
        for password in [mrz, can] {
            let mut card = Card::locked();
            let opened = card.host.pace(info(mapping), password()).unwrap();
            match (mapping, opened.chip_authentication) {
                (PaceMapping::ChipAuthentication, Some(proof)) => proof.verify(&card.keys[&("MF", 1)]).unwrap(),
                (PaceMapping::ChipAuthentication, None) => panic!("nothing proves the chip's key"),
                (_, proof) => assert!(proof.is_none()),
            }
            card.host.secure = Some(opened.session);
            card.host.expect("00B09C0002", "313C 9000");
            card.host.expect(&select_application(EMRTD), "9000");
            card.host.expect("00B09E0000", &format!("{EF_COM}9000"));
            card.host.expect("00B0830001", "6982");
        }
    }
}

#[test]
fn another_password_is_refused_in_the_last_step() {
    let mut card = Card::locked();
    let image = card.host.chip.image();
    assert_eq!(card.open_pace(Password::can("123457").unwrap()).unwrap_err(), "6300");
    assert_eq!(card.host.raw("1086000002 7C00 00"), "6985", "the run is over");
    assert_eq!(card.host.chip.image(), image, "MRZ and CAN have no counter");
    card.host.open_pace(can());
}

#[test]
fn mse_set_at_takes_what_is_offered() {
    let mut host = Card::locked().host;
    for (why, command, answer) in [
        ("the CAN", MSE, "9000"),
        ("with its domain parameters", "0022C1A412 800A04007F00070202040202 830101 84010C", "9000"),
        ("in another order", "0022C1A40F 830102 800A04007F00070202040202", "9000"),
        ("a protocol that is not offered", "0022C1A40F 800A04007F00070202040204 830102", "6A80"),
        ("an unknown protocol", "0022C1A40F 800A04007F00070202040902 830102", "6A80"),
        ("other domain parameters", "0022C1A412 800A04007F00070202040202 830101 84010D", "6A80"),
        ("no password", "0022C1A40C 800A04007F00070202040202", "6A80"),
        ("password 5", "0022C1A40F 800A04007F00070202040202 830105", "6A88"),
        ("password 0", "0022C1A40F 800A04007F00070202040202 830100", "6A88"),
        ("nothing", "0022C1A4", "6A80"),
        ("no objects", "0022C1A403 FFFFFF", "6A80"),
    ] {
        assert_eq!(host.raw(command), answer, "{why}");
    }
}

#[test]
fn a_password_that_was_not_given_is_not_found() {
    let mut host = Card::formed().host;
    host.expect("00A4000C023F00", "9000");
    host.lock().unwrap();
    host.reset();
    assert_eq!(host.raw(MSE), "9000");
    let mut bare = Host::locked();
    assert_eq!(bare.raw(MSE), "6A80", "without EF.CardAccess nothing is offered");
}

/// The secret in the master file is PACE's; Basic Access Control is offered by an application that has one.
#[test]
fn basic_access_control_belongs_to_its_application() {
    let mut host = Card::locked().host;
    assert_eq!(host.raw("0084000008"), "6985");
    host.expect(&select_application(EMRTD), "9000");
    assert_eq!(host.raw("0084000008").len(), 20);
}

#[test]
fn before_the_lock_there_is_no_pace() {
    let mut host = Card::formed().host;
    host.reset();
    assert_eq!(host.raw(MSE), "6985");
    assert_eq!(host.raw("1086000002 7C00 00"), "6985");
}

#[test]
fn the_steps_of_pace_keep_their_order() {
    let mut host = Card::locked().host;
    let begun = |host: &mut Host| assert_eq!(host.raw(MSE), "9000");
    assert_eq!(host.raw("1086000002 7C00 00"), "6985", "without MSE:Set AT");
    begun(&mut host);
    assert_eq!(host.raw("0086000002 7C00 00"), "6985", "the first step is not the last");
    assert_eq!(host.raw("1086000002 7C00 00"), "6985", "and it ended the run");
    begun(&mut host);
    assert_eq!(host.raw("00A4000C023F00"), "9000");
    assert_eq!(host.raw("1086000002 7C00 00"), "6985", "a command came between");
    begun(&mut host);
    assert_eq!(host.raw("1086010002 7C00 00"), "6A86");
    begun(&mut host);
    assert_eq!(host.raw("1086000004 7C028100 00"), "6A80", "data before the nonce");
    begun(&mut host);
    assert_eq!(host.raw("1086000000"), "6A80", "no data");
    begun(&mut host);
    let nonce = host.raw("1086000002 7C00 00");
    assert!(nonce.starts_with("7C128010") && nonce.ends_with("9000"), "{nonce}");
    assert_eq!(host.raw("1086000002 7C00 00"), "6A80", "the nonce is not given twice");
    begun(&mut host);
    host.raw("1086000002 7C00 00");
    assert_eq!(host.raw(&format!("1086000045 7C438141{}00", "04".repeat(65))), "6A80", "no point");
    begun(&mut host);
    host.raw("1086000002 7C00 00");
    assert_eq!(host.raw("1086000045 7C43"), "6700", "no command at all");
    assert_eq!(host.raw("1086000002 7C00 00"), "6985");
}

/// A reader that asks without Le fetches the answer, and the run goes on.
#[test]
fn get_response_does_not_end_a_run() {
    let mut host = Card::locked().host;
    assert_eq!(host.raw(MSE), "9000");
    assert_eq!(host.raw("1086000002 7C00"), "6114");
    assert!(host.raw("00C0000014").ends_with("9000"));
    let key = CurvePrivateKey::generate(sigillo_crypto::Curve::P256, &mut host.entropy);
    let point = hex::encode(key.public().unwrap().octets());
    assert!(host.raw(&format!("1086000045 7C438141{point}00")).starts_with("7C438241"));
}

/// The first three steps with the CAN, by hand; the chip's ephemeral key was given.
fn three_steps(host: &mut Host) {
    let point = |host: &mut Host| {
        let key = CurvePrivateKey::generate(sigillo_crypto::Curve::P256, &mut host.entropy);
        hex::encode(key.public().unwrap().octets())
    };
    assert_eq!(host.raw(MSE), "9000");
    assert!(host.raw("1086000002 7C00 00").ends_with("9000"));
    for tag in ["81", "83"] {
        let key = point(host);
        assert!(host.raw(&format!("1086000045 7C43{tag}41{key}00")).ends_with("9000"));
    }
}

#[test]
fn the_last_step_is_the_last_of_its_chain() {
    let mut host = Card::locked().host;
    three_steps(&mut host);
    assert_eq!(host.raw("108600000C 7C0A85080102030405060708 00"), "6883");
    assert_eq!(host.raw("008600000C 7C0A85080102030405060708 00"), "6985");
    three_steps(&mut host);
    assert_eq!(host.raw("008600000C 7C0A85080102030405060708 00"), "6300");
    three_steps(&mut host);
    assert_eq!(host.raw("008600000B 7C09850701020304050607 00"), "6300");
    three_steps(&mut host);
    assert_eq!(host.raw("008600000C 7C0A86080102030405060708 00"), "6A80");
}

#[test]
fn inside_a_session_nothing_is_opened() {
    let mut card = Card::locked();
    card.open_can();
    card.host.expect(MSE, "6985");
    card.host.expect("0022C1A40F 800A04007F00070202040202 830103", "6985");
    card.host.expect("0022C1A40F 800A04007F00070202040202 830104", "6985");
    card.host.expect(&select_application(EMRTD), "9000");
    card.host.expect("0084000008", "6985");
    card.host.expect(&format!("0082000028{}28", "00".repeat(40)), "6985");
    card.host.expect("00B09E0001", "60 9000");
    assert_eq!(card.host.raw(MSE), "6987", "a plain command ends the session");
    assert_eq!(card.host.raw(MSE), "9000");
}

#[test]
fn chip_authentication_restarts_secure_messaging_with_each_key_and_suite() {
    for (protocol, key) in [(CaProtocol::ecdh(Suite::TripleDes), 1), (CA_128, 1), (CaProtocol::ecdh(Suite::Aes256), 2)]
    {
        let mut card = Card::locked();
        card.open_can();
        card.authenticate_chip(protocol, key);
        card.host.expect("00B09E0000", &format!("{EF_COM}9000"));
        card.host.expect("00A4000C023F00", "9000");
        card.host.expect("00B09C0001", "31 9000");
        let mut after_bac = card.host;
        assert!(after_bac.open_bac().unwrap());
        let point = card.keys[&("eMRTD", key)].clone();
        after_bac.authenticate_chip(protocol, &point, Some(key)).unwrap();
        after_bac.expect("00B09E0001", "60 9000");
    }
}

#[test]
fn chip_authentication_refuses_what_it_cannot_do_and_keeps_the_session() {
    let mut card = Card::locked();
    card.open_can();
    card.host.expect("002241A40C 800A04007F00070202030202", "6A80");
    card.host.expect(&select_application(EMRTD), "9000");
    let key = hex::encode(card.keys[&("eMRTD", 1)].octets());
    for (why, command, answer) in [
        ("an unknown protocol", "002241A40C 800A04007F00070202030205", "6A80"),
        ("a protocol that no key serves", "002241A40C 800A04007F00070202030203", "6A80"),
        ("an unknown key", "002241A40F 800A04007F00070202030202 840109", "6A88"),
        ("a key for something else", "002241A40F 800A04007F00070202030202 840103", "6A80"),
        ("no protocol", "002241A403 840101", "6A80"),
        ("GENERAL AUTHENTICATE without MSE:Set AT", "0086000004 7C028000 00", "6985"),
        ("a key agreement without a key", "002241A603 840101", "6A80"),
        ("a key agreement with no point", "002241A607 9102FFFF 840101", "6A80"),
        ("a key agreement with an unknown key", &format!("002241A646 9141{key} 840109"), "6A88"),
        ("a key agreement with an AES key", &format!("002241A646 9141{key} 840102"), "6A80"),
        ("another P2", "002241B60C 800A04007F00070202030202", "6A86"),
    ] {
        assert_eq!(card.host.send(command).unwrap(), answer, "{why}");
        card.host.expect("00B09E0001", "60 9000");
    }
    for (why, command, answer) in [
        ("no point", "0086000006 7C048002FFFF 00".to_owned(), "6A80"),
        ("another object", format!("0086000045 7C438141{key} 00"), "6A80"),
        ("a chain", format!("1086000045 7C438041{key} 00"), "6883"),
    ] {
        card.host.expect("002241A40F 800A04007F00070202030202 840101", "9000");
        assert_eq!(card.host.send(&command).unwrap(), answer.replace(' ', ""), "{why}");
        card.host.expect(&format!("0086000045 7C438041{key} 00"), "6985");
    }
    card.host.expect("002241A40F 800A04007F00070202030202 840101", "9000");
    card.host.expect("00B09E0001", "60 9000");
    card.host.expect(&format!("0086000045 7C438041{key} 00"), "6985");
    card.authenticate_chip(CA_128, 1);
    card.host.expect("002241A40F 800A04007F00070202030202 840101", "6985");
}

#[test]
fn without_a_session_there_is_no_chip_authentication() {
    let mut host = Card::locked().host;
    host.expect(&select_application(EMRTD), "9000");
    host.expect("002241A40F 800A04007F00070202030202 840101", "6982");
}

/// A certificate is longer than a short APDU inside secure messaging: links are protected one by one.
#[test]
fn a_chain_goes_through_secure_messaging() {
    let mut card = Card::locked();
    card.open_can();
    let name = &EMRTD[..6];
    card.host.expect(&format!("10A4040C03{name}"), "9000");
    card.host.expect(&format!("00A4040C04{}", &EMRTD[6..]), "9000");
    card.host.expect("00B09E0001", "60 9000");
    card.host.expect("10A4040C03A00000", "9000");
    card.host.expect("00B09E0001", "6883");
    card.host.expect(&format!("00A4040C04{}", &EMRTD[6..]), "6A82");
    card.host.expect("10A4040C03A00000", "9000");
    assert_eq!(card.host.raw("00B09E0001"), "6987");
}

#[test]
fn an_image_keeps_what_the_protocols_need() {
    let card = Card::locked();
    let keys = card.keys;
    let image = card.host.chip.image();
    let mut card = Card { host: Host::holding(Chip::from_image(&image).unwrap()), keys };
    assert_eq!(card.host.chip.image(), image);
    card.open_can();
    card.authenticate_chip(CA_128, 1);
    card.host.expect("00B09E0001", "60 9000");
}

/// Chips that were formed alike answer a stranger alike, octet by octet, and what is drawn has the same shape.
#[test]
fn before_a_session_two_chips_are_one() {
    let mut one = Card::locked().host;
    let mut other = {
        let mut card = Card::formed();
        for tag in ["DF22", "DF23"] {
            let data = if tag == "DF22" { "363534333231" } else { "033837363534333231" };
            card.host.expect("00A4000C023F00", "9000");
            card.host.expect(&format!("00DA{tag}{:02X}{data}", data.len() / 2), "9000");
        }
        card.host.lock().unwrap();
        card.host.reset();
        card.host
    };
    let application = select_application(EMRTD);
    for command in [
        "00A4000C023F00",
        "00B09C0000",
        "00A40004023F0000",
        &application,
        "00B09E0001",
        "0022C1A400",
        MSE,
        "0022C1A40F 800A04007F00070202040202 830103",
        "0022C1A40F 800A04007F00070202040202 830104",
        "0020000308 0000000000000000",
        "0088000008 0000000000000000 00",
        "00CA9F7F00",
        "8050000008 0000000000000000 00",
        "002241A40C 800A04007F00070202030202",
        "00A4040C09F0534947494C4C4F01",
        "00440000",
        "00FE0000",
    ] {
        assert_eq!(one.raw(command), other.raw(command), "{command}");
    }
    let (drawn, other) = (one.raw("0084000008"), other.raw("0084000008"));
    assert_eq!(drawn.len(), other.len());
}
