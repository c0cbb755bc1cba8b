//! PIN and PUK: VERIFY, CHANGE REFERENCE DATA, RESET RETRY COUNTER and PACE, their counters, and power cuts around them.

use sigillo_channel::pace::Password;
use sigillo_vchip::{Chip, PowerLost};

use crate::card::{Card, ESERVICES, PIN, PUK, can, generic, mrz, pin, puk, select_application};
use crate::host::{EMRTD, Host};

const MSE_PIN: &str = "0022C1A40F 800A04007F00070202040202 830103";
const MSE_PUK: &str = "0022C1A40F 800A04007F00070202040202 830104";
const COUNTER: &str = "00200003";

fn digits(code: &str) -> String {
    hex::encode(code)
}

fn verify(code: &str) -> String {
    format!("0020000308{}", digits(code))
}

fn change(old: &str, new: &str) -> String {
    format!("0024000310{}{}", digits(old), digits(new))
}

fn unblock(puk: &str, pin: &str) -> String {
    format!("002C000310{}{}", digits(puk), digits(pin))
}

fn unblock_only(puk: &str) -> String {
    format!("002C010308{}", digits(puk))
}

/// Inside PACE with the CAN, the holder's application current.
fn open(card: &mut Card) {
    card.open_can();
    card.host.expect(&select_application(ESERVICES), "9000");
}

fn opened() -> Card {
    let mut card = Card::locked();
    open(&mut card);
    card
}

#[test]
fn the_pin_has_three_tries_and_success_restores_them() {
    let mut host = opened().host;
    host.expect(COUNTER, "63C3");
    host.expect(&verify("00000000"), "63C2");
    host.expect(COUNTER, "63C2");
    host.expect(&verify(PIN), "9000");
    host.expect(COUNTER, "63C3");
    for answer in ["63C2", "63C1", "63C0", "6983"] {
        host.expect(&verify("00000000"), answer);
    }
    host.expect(&verify(PIN), "6983");
    host.expect(COUNTER, "6983");
}

#[test]
fn what_has_the_wrong_form_costs_no_try() {
    let mut host = opened().host;
    let image = host.chip.image();
    for (why, command, answer) in [
        ("seven digits", "0020000307 30303030303030", "6700"),
        ("nine digits", "0020000309 303030303030303030", "6700"),
        ("the PUK", "0020000408 3030303030303030", "6A88"),
        ("another reference", "0020000108 3030303030303030", "6A88"),
        ("another P1", "0020010308 3030303030303030", "6A86"),
        ("old only", "0024000308 3030303030303030", "6700"),
        ("a new PIN with a letter", "0024000310 33313431353932363030303030303041", "6A80"),
        ("changing the PUK by itself", "0024000410 30303030303030303030303030303030", "6A88"),
        ("setting the PIN without the right", "0024010308 3030303030303030", "6982"),
        ("another P1 of CHANGE", "0024020310 30303030303030303030303030303030", "6982"),
        ("a PUK without a PIN", "002C000308 3030303030303030", "6700"),
        ("a PUK with too much", "002C010310 30303030303030303030303030303030", "6700"),
        ("another P1 of RESET", "002C020310 30303030303030303030303030303030", "6A86"),
        ("resetting the PUK", "002C000410 30303030303030303030303030303030", "6A88"),
    ] {
        assert_eq!(host.send(command).unwrap(), answer, "{why}");
    }
    assert_eq!(host.chip.image(), image);
}

#[test]
fn codes_belong_to_the_application_whose_rules_allow_them() {
    let mut host = opened().host;
    host.expect("00A4000C023F00", "9000");
    host.expect(&verify(PIN), "6982");
    host.expect(&select_application(EMRTD), "9000");
    host.expect(&verify(PIN), "6982");
    let mut host = Card::locked().host;
    assert!(host.open_bac().unwrap());
    host.expect(&select_application(ESERVICES), "9000");
    host.expect(&verify(PIN), "6982");
}

/// Whatever the rules say, a code does not cross the air in clear.
#[test]
fn codes_need_secure_messaging() {
    let mut host = Card::formed().host;
    host.expect("00A4000C023F00", "9000");
    let fcp = "6218 820138 83020300 8405F000000001 8A0103 AB05 840120 9000";
    assert_eq!(host.create(fcp).unwrap(), "9000");
    host.lock().unwrap();
    host.reset();
    host.expect("00A4040C05F000000001", "9000");
    host.expect(&verify(PIN), "6982");
    host.open_pace(can());
    host.expect("00A4040C05F000000001", "9000");
    host.expect(&verify(PIN), "9000");
}

#[test]
fn the_holder_signs_after_the_pin_and_until_another_df_is_selected() {
    let mut card = opened();
    let key = card.keys[&("eServices", 0x10)].clone();
    let host = &mut card.host;
    let hash = sigillo_crypto::sha256(b"a message of the holder's");
    let internal = format!("0088000019{}00", hex::encode(b"a message of the holder's"));
    let compute = format!("002A9E9A20{}00", hex::encode(hash));
    for command in [&internal, &compute] {
        host.expect(command, "6982");
    }
    host.expect(&verify(PIN), "9000");
    for command in [&internal, &compute] {
        let answer = host.send(command).unwrap();
        let signature = hex::decode(answer.strip_suffix("9000").expect(&answer)).unwrap();
        key.verify_prehash(&hash, &signature).unwrap();
    }
    host.expect("00A4020C020201", "9000");
    assert!(host.send(&internal).unwrap().ends_with("9000"), "an EF of the same DF");
    for (command, answer) in [
        ("0088000000", "6700"),
        ("0088000001AA", "6700"),
        ("0088010001AA00", "6A86"),
        ("002A9E9A01AA00", "6700"),
        ("002A9E9B01AA00", "6A86"),
    ] {
        assert_eq!(host.send(command).unwrap(), answer, "{command}");
    }
    host.expect(&format!("0088000041{}00", "00".repeat(65)), "6700");
    host.expect(&verify("00000000"), "63C2");
    host.expect(&internal, "6982");
    host.expect(&verify(PIN), "9000");
    host.expect(&select_application(EMRTD), "9000");
    host.expect(&select_application(ESERVICES), "9000");
    host.expect(&internal, "6982");
}

#[test]
fn a_code_is_changed_and_unblocked() {
    let mut card = opened();
    card.host.expect(&change("00000000", "11111111"), "63C2");
    card.host.expect(&change(PIN, "11111111"), "9000");
    card.host.expect(COUNTER, "63C3");
    card.host.expect(&verify(PIN), "63C2");
    card.host.expect(&verify("11111111"), "9000");
    for _ in 0..3 {
        card.host.send(&verify("00000000")).unwrap();
    }
    card.host.expect(&change("11111111", "22222222"), "6983");
    card.host.expect(&unblock("00000000", "22222222"), "63C9");
    card.host.expect(&unblock_only("00000000"), "63C8");
    card.host.expect(&unblock(PUK, "22222222"), "9000");
    card.host.expect(&verify("22222222"), "9000");
    for _ in 0..3 {
        card.host.send(&verify("00000000")).unwrap();
    }
    card.host.expect(&unblock_only(PUK), "9000");
    card.host.expect(&verify("22222222"), "9000");
    for left in (0..10).rev() {
        card.host.expect(&unblock_only("00000000"), &format!("63C{left:X}"));
    }
    card.host.expect(&unblock_only(PUK), "6983");
    card.host.expect(&verify("22222222"), "9000");
}

fn miss_pin(card: &mut Card) -> String {
    card.host.reset();
    card.host.pace(generic(), Password::pin("00000000").unwrap()).unwrap_err()
}

#[test]
fn pace_with_the_pin_counts_suspends_and_blocks() {
    let mut card = Card::locked();
    card.host.open_pace(pin());
    card.host.expect("00B09C0001", "31 9000");
    card.host.expect(&select_application(EMRTD), "9000");
    card.host.expect("00B09E0001", "6982");
    card.host.reset();
    assert_eq!(card.host.raw(MSE_PIN), "9000");
    assert_eq!(miss_pin(&mut card), "63C2");
    card.host.reset();
    assert_eq!(card.host.raw(MSE_PIN), "63C2");
    assert_eq!(miss_pin(&mut card), "63C1");

    // Suspended: a stranger cannot take the last try.
    card.host.reset();
    assert_eq!(card.host.raw(MSE_PIN), "6985");
    card.host.open_pace(mrz());
    card.host.expect(MSE_PIN, "6985");
    card.open_can();
    card.host.expect(MSE_PIN, "63C1");
    card.host.open_pace(pin());
    card.host.expect("00B09C0001", "31 9000");
    card.host.reset();
    assert_eq!(card.host.raw(MSE_PIN), "9000", "all tries are back");

    assert_eq!([miss_pin(&mut card), miss_pin(&mut card)], ["63C2", "63C1"]);
    card.open_can();
    assert_eq!(card.host.pace(generic(), Password::pin("00000000").unwrap()).unwrap_err(), "63C0");
    card.host.expect("00B09C0001", "31 9000");
    card.host.expect(MSE_PIN, "6983");
    card.host.reset();
    assert_eq!(card.host.raw(MSE_PIN), "6983");
    open(&mut card);
    card.host.expect(&unblock_only(PUK), "9000");
    card.host.reset();
    card.host.open_pace(pin());
}

#[test]
fn pace_with_the_puk_counts_ten_tries() {
    let mut card = Card::locked();
    card.host.open_pace(puk());
    for left in (0..10).rev() {
        card.host.reset();
        let answer = card.host.pace(generic(), Password::puk("00000000").unwrap()).unwrap_err();
        assert_eq!(answer, format!("63C{left:X}"));
    }
    card.host.reset();
    assert_eq!(card.host.raw(MSE_PUK), "6983");
}

/// What is left of the codes: tries of the PIN, and whether the old and the new one open.
fn pin_tries(image: &[u8], keys: &crate::card::PublicKeys) -> (String, bool, bool) {
    let card = || {
        let mut card = Card { host: Host::holding(Chip::from_image(image).unwrap()), keys: keys.clone() };
        open(&mut card);
        card
    };
    let tries = card().host.send(COUNTER).unwrap();
    let opens = |code: &str| card().host.send(&verify(code)).unwrap() == "9000";
    (tries, opens(PIN), opens("11111111"))
}

/// The image after a cut at each point of one command, and the unbroken one.
fn left_behind(card: &Card, missed: usize, command: &str) -> Vec<Vec<u8>> {
    let image = card.host.chip.image();
    let prepare = || {
        let mut card = Card { host: Host::holding(Chip::from_image(&image).unwrap()), keys: card.keys.clone() };
        open(&mut card);
        for _ in 0..missed {
            card.host.send(&verify("00000000")).unwrap();
        }
        card
    };
    let mut whole = prepare();
    let before = whole.host.chip.cut_points_passed();
    whole.host.send(command).unwrap();
    let points = u32::try_from(whole.host.chip.cut_points_passed() - before).unwrap();
    let mut images: Vec<_> = (1..=points)
        .map(|n| {
            let mut card = prepare();
            card.host.chip.arm_cut(n);
            assert_eq!(card.host.send(command), Err(PowerLost), "point {n}");
            card.host.chip.image()
        })
        .collect();
    images.push(whole.host.chip.image());
    images
}

#[test]
fn a_cut_gives_no_try_of_a_code_back() {
    let card = Card::locked();
    let tries = |missed: usize, command: &str| -> Vec<(String, bool, bool)> {
        left_behind(&card, missed, command).iter().map(|image| pin_tries(image, &card.keys)).collect()
    };
    let state = |tries: &str, old: bool, new: bool| (tries.to_owned(), old, new);
    // Before the commit, after it, response lost, unbroken.
    assert_eq!(
        tries(0, &verify("00000000")),
        [
            state("63C3", true, false),
            state("63C2", true, false),
            state("63C2", true, false),
            state("63C2", true, false)
        ]
    );
    // Before and after "one try less", before and after "all tries again", response lost, unbroken.
    assert_eq!(
        tries(1, &verify(PIN)),
        [
            state("63C2", true, false),
            state("63C1", true, false),
            state("63C1", true, false),
            state("63C3", true, false),
            state("63C3", true, false),
            state("63C3", true, false),
        ]
    );
    assert_eq!(
        tries(0, &change(PIN, "11111111")),
        [
            state("63C3", true, false),
            state("63C2", true, false),
            state("63C2", true, false),
            state("63C3", false, true),
            state("63C3", false, true),
            state("63C3", false, true),
        ]
    );
    assert_eq!(
        tries(2, &unblock(PUK, "11111111")),
        [
            state("63C1", true, false),
            state("63C1", true, false),
            state("63C1", true, false),
            state("63C3", false, true),
            state("63C3", false, true),
            state("63C3", false, true),
        ]
    );
}

/// The last step of PACE with the PIN, cut at each of its points: before, between and after both commits, response lost.
#[test]
fn a_cut_in_pace_gives_no_try_back() {
    let mut card = Card::locked();
    assert_eq!(miss_pin(&mut card), "63C2");
    let image = card.host.chip.image();
    let tries = |image: &[u8]| {
        let mut host = Host::holding(Chip::from_image(image).unwrap());
        host.raw(MSE_PIN)
    };
    let left: Vec<String> = (1..=5)
        .map(|n| {
            let mut host = Host::holding(Chip::from_image(&image).unwrap());
            host.cut_in_last_step = Some(n);
            assert_eq!(host.pace(generic(), pin()).unwrap_err(), "power lost", "point {n}");
            tries(&host.chip.image())
        })
        .collect();
    assert_eq!(left, ["63C2", "6985", "6985", "9000", "9000"]);
}

#[test]
fn an_attacker_who_cuts_the_power_gets_no_more_tries() {
    let mut card = Card::locked();
    for _ in 0..3 {
        open(&mut card);
        card.host.chip.arm_cut(2);
        assert_eq!(card.host.send(&verify("00000000")), Err(PowerLost));
    }
    open(&mut card);
    card.host.expect(&verify(PIN), "6983");
    // The PUK, by PACE: the cut comes right behind "one try less", before the token is compared.
    for left in (0..10).rev() {
        card.host.reset();
        card.host.secure = None;
        assert_eq!(card.host.chip.power_on().len(), 5);
        let expected = if left == 9 { "9000".to_owned() } else { format!("63C{:X}", left + 1) };
        assert_eq!(card.host.raw(MSE_PUK), expected);
        cut_in_the_last_step(&mut card.host);
    }
    card.host.reset();
    assert_eq!(card.host.raw(MSE_PUK), "6983");
}

/// The steps after MSE:Set AT with keys of our own and a token that is wrong; the power fails at the second point of the last.
fn cut_in_the_last_step(host: &mut Host) {
    let mut points = Vec::new();
    for _ in 0..2 {
        let key = sigillo_crypto::CurvePrivateKey::generate(sigillo_crypto::Curve::P256, &mut host.entropy);
        points.push(hex::encode(key.public().unwrap().octets()));
    }
    assert!(host.raw("1086000002 7C00 00").ends_with("9000"));
    assert!(host.raw(&format!("1086000045 7C438141{}00", points[0])).ends_with("9000"));
    assert!(host.raw(&format!("1086000045 7C438341{}00", points[1])).ends_with("9000"));
    host.chip.arm_cut(2);
    assert_eq!(host.try_raw("008600000C 7C0A85080102030405060708 00"), Err(PowerLost));
}

#[test]
fn only_good_codes_are_stored() {
    let mut host = Card::formed().host;
    host.expect("00A4000C023F00", "9000");
    for (why, tag, data, answer) in [
        ("a limit of 0", "DF23", "003030303030303030", "6A80"),
        ("a limit of 16", "DF23", "103030303030303030", "6A80"),
        ("seven digits", "DF23", "0330303030303030", "6A80"),
        ("nine digits", "DF24", "03303030303030303030", "6A80"),
        ("a letter", "DF24", "033030303030303041", "6A80"),
        ("a CAN of five digits", "DF22", "3132333435", "6A80"),
        ("a CAN with a letter", "DF22", "313233343541", "6A80"),
        ("a date of 31 February", "DF32", "020600020301", "6A80"),
        ("a date of five digits", "DF32", "0206000203", "6A80"),
        ("a trust point in the master file", "DF31", "7F4E00", "6A88"),
        ("a document number in the master file", "DF33", "4C383938393032433C33", "6A88"),
    ] {
        assert_eq!(host.send(&format!("00DA{tag}{:02X}{data}", data.len() / 2)).unwrap(), answer, "{why}");
    }
    host.expect(&select_application(EMRTD), "9000");
    for (why, tag, data, answer) in [
        ("a PIN in an application", "DF23", "033030303030303030", "6A88"),
        ("a CAN in an application", "DF22", "313233343536", "6A88"),
        ("a date in an application", "DF32", "020601010002", "6A88"),
        ("a short document number", "DF33", "4C38", "6A80"),
        ("a document number in lower case", "DF33", "6C383938393032433C33", "6A80"),
        ("a trust point that is none", "DF31", "7F4E005F3700", "6A80"),
    ] {
        assert_eq!(host.send(&format!("00DA{tag}{:02X}{data}", data.len() / 2)).unwrap(), answer, "{why}");
    }
}
