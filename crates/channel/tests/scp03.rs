//! SCP03 against an independent Python reference and against itself.
//!
//! The reference is the one of the project's research digest, written again for these tests on Python `cryptography`
//! (CMAC, AES-CBC and AES-ECB only); it reproduces the digest's values and the real JCOP4 dump, and gave the further
//! exchanges. Static keys ENC = MAC = DEK = 404142…4F, host challenge 0001020304050607, card challenge 08090A0B0C0D0E0F.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

use proptest::prelude::*;
use sigillo_apdu::{CommandApdu, ResponseApdu, StatusWord};
use sigillo_channel::ChannelError;
use sigillo_channel::scp03::KeySet;
use sigillo_channel::scp03::chip::{ChipSession, initialize, parse_put_key};
use sigillo_channel::scp03::host::{HostSession, initialize_update, max_plain, max_plain_response, put_key};
use sigillo_secret::SymmetricKey;

const HOST_CHALLENGE: [u8; 8] = [0, 1, 2, 3, 4, 5, 6, 7];
const CARD_CHALLENGE: [u8; 8] = [8, 9, 10, 11, 12, 13, 14, 15];
const SERIAL: [u8; 10] = *b"SERIAL0001";
const EXTERNAL_AUTHENTICATE: &str = "8482330010FAFA93C2EDE62463CB51E38EC18EB00B";

fn bytes(hex: &str) -> Vec<u8> {
    hex::decode(hex).unwrap()
}

fn command(hex: &str) -> CommandApdu {
    CommandApdu::decode(&bytes(hex)).unwrap()
}

fn response(hex: &str) -> ResponseApdu {
    ResponseApdu::decode(&bytes(hex)).unwrap()
}

fn key_set(octets: [[u8; 16]; 3]) -> KeySet {
    let [enc, mac, dek] = octets.map(|octets| SymmetricKey::new(&octets).unwrap());
    KeySet::new(enc, mac, dek)
}

fn test_keys() -> KeySet {
    key_set([core::array::from_fn(|i| 0x40 + u8::try_from(i).unwrap()); 3])
}

fn ends() -> (HostSession, ChipSession) {
    let (opening, _) = initialize_update(HOST_CHALLENGE);
    let (chip, answer) = initialize(&test_keys(), 0x30, &SERIAL, HOST_CHALLENGE, CARD_CHALLENGE).unwrap();
    let (host, authenticate) = opening.card_answer(&answer).unwrap().authenticate(&test_keys()).unwrap();
    (host, chip.external_authenticate(&authenticate).unwrap())
}

#[test]
fn the_opening_is_that_of_the_reference() {
    let (opening, begin) = initialize_update(HOST_CHALLENGE);
    assert_eq!(*begin.encode(), bytes("8050000008000102030405060700"));
    let (_, answer) = initialize(&test_keys(), 0x30, &SERIAL, HOST_CHALLENGE, CARD_CHALLENGE).unwrap();
    assert_eq!(hex::encode_upper(&answer), "53455249414C3030303130036008090A0B0C0D0E0F114F6BC5052C5228");
    let card = opening.card_answer(&answer).unwrap();
    assert_eq!((card.serial, card.key_version), (SERIAL, 0x30));
    let (_, authenticate) = card.authenticate(&test_keys()).unwrap();
    assert_eq!(*authenticate.encode(), bytes(EXTERNAL_AUTHENTICATE));
}

#[test]
fn exchanges_are_those_of_the_reference() {
    let (mut host, mut chip) = ends();
    let update = [bytes("00D60000"), bytes("00012C"), (0..300u32).map(|i| i.to_be_bytes()[3]).collect()].concat();
    for (plain, wrapped, answer, protected) in [
        (
            "80E60000050102030405",
            "84E6000018199DD7FF46730B64AC254C903EC573505C4291BB0B788746",
            "00A404009000",
            "4C7F4E27E4F90AA7B13C60860F69FCD0989A968B68138D8E9000",
        ),
        (
            "00B0000010",
            "04B0000008A878439B8D51508F10",
            "000102030405060708090A0B0C0D0E0F6282",
            "F5A377DCDD5DB6C1FBC2F6EC54B1D65AC5E70479816060A04E6D45CAE5C007484A79E32D933ECB386282",
        ),
        ("00440000", "0444000008B949D3DF0FF8D88A", "9000", "9D0D763A63A317E79000"),
    ] {
        assert_eq!(*host.wrap(&command(plain)).unwrap().encode(), bytes(wrapped));
        assert_eq!(*chip.unwrap_command(&command(wrapped)).unwrap().encode(), bytes(plain));
        assert_eq!(chip.wrap_response(&response(answer)).unwrap().encode(), bytes(protected));
        assert_eq!(host.unwrap(&response(protected)).unwrap().encode(), bytes(answer));
    }
    let wrapped = host.wrap(&CommandApdu::decode(&update).unwrap()).unwrap().encode();
    assert_eq!(
        hex::encode(sigillo_crypto::sha256(&wrapped)),
        "23888c0bc7a9a73a8e626471a90be3df2db3651c76a74e96bdc45da3c84bbcc1"
    );
    assert_eq!(*chip.unwrap_command(&CommandApdu::decode(&wrapped).unwrap()).unwrap().encode(), update);
}

/// After a wrong card cryptogram there is no EXTERNAL AUTHENTICATE in anybody's hands.
#[test]
fn a_card_with_other_keys_is_refused_before_it_can_count_a_try() {
    let (opening, _) = initialize_update(HOST_CHALLENGE);
    let (_, answer) = initialize(&key_set([[1; 16]; 3]), 0x30, &SERIAL, HOST_CHALLENGE, CARD_CHALLENGE).unwrap();
    let refused = opening.card_answer(&answer).unwrap().authenticate(&test_keys()).unwrap_err();
    assert_eq!(refused.code(), "scp03.card-cryptogram");
}

#[test]
fn other_protocols_and_lengths_are_refused() {
    // The answer of a real JCOP4 card (GlobalPlatformPro's dump): i = 70 and a sequence counter of three octets.
    let jcop4 = bytes("00003244342976208448010370734ECDCA19E446A30BC253BCE97DB991000436");
    let (opening, _) = initialize_update(HOST_CHALLENGE);
    assert_eq!(opening.card_answer(&jcop4).unwrap_err().code(), "channel.length");
    let (opening, _) = initialize_update(HOST_CHALLENGE);
    let refused = opening.card_answer(&jcop4[..29]).unwrap_err();
    assert_eq!(refused, ChannelError::Scp03Protocol { protocol: 0x03, parameter: 0x70 });
}

#[test]
fn a_chip_refuses_what_is_not_exactly_external_authenticate() {
    for (wire, code) in [
        ("8482330010FAFA93C2EDE62463CB51E38EC18EB00C", "scp03.command-mac"),
        ("8482330010FBFA93C2EDE62463CB51E38EC18EB00B", "scp03.command-mac"),
        ("8482030010FAFA93C2EDE62463CB51E38EC18EB00B", "scp03.security-level"),
        ("8482330110FAFA93C2EDE62463CB51E38EC18EB00B", "scp03.security-level"),
        ("848233000FFAFA93C2EDE62463CB51E38EC18EB0", "channel.length"),
        ("8082330010FAFA93C2EDE62463CB51E38EC18EB00B", "channel.class"),
        ("8484330010FAFA93C2EDE62463CB51E38EC18EB00B", "channel.class"),
    ] {
        let (chip, _) = initialize(&test_keys(), 0x30, &SERIAL, HOST_CHALLENGE, CARD_CHALLENGE).unwrap();
        assert_eq!(chip.external_authenticate(&command(wire)).unwrap_err().code(), code, "{wire}");
    }
}

/// The C-MAC is made here under the reference's S-MAC, so that only the cryptogram is wrong.
#[test]
fn a_wrong_host_cryptogram_is_told_from_a_wrong_mac() {
    let s_mac = SymmetricKey::new(&bytes("94D9141C5E50A39EF3939B9A4616C910")).unwrap();
    let mut data = bytes("FAFA93C2EDE62464");
    let mac = sigillo_crypto::aes_cmac(&s_mac, &[&[0; 16], &bytes("8482330010"), &data]).unwrap();
    data.extend_from_slice(&mac[..8]);
    let authenticate = CommandApdu::new(0x84, 0x82, 0x33, 0x00).with_data(data);
    let (chip, _) = initialize(&test_keys(), 0x30, &SERIAL, HOST_CHALLENGE, CARD_CHALLENGE).unwrap();
    let refused = chip.external_authenticate(&authenticate).unwrap_err();
    assert_eq!((refused.code(), refused.chip_status()), ("scp03.host-cryptogram", StatusWord::AuthenticationFailed));
}

#[test]
fn an_error_status_is_bare_and_the_session_goes_on() {
    let (mut host, mut chip) = ends();
    for status in [0x6A82, 0x6985, 0x6700, 0x61FF] {
        chip.unwrap_command(&host.wrap(&command("00A4020C020101")).unwrap()).unwrap();
        let bare = chip.wrap_response(&ResponseApdu::new(*b"dropped", StatusWord::from(status))).unwrap();
        assert_eq!(bare.encode(), status.to_be_bytes());
        assert_eq!(host.unwrap(&bare).unwrap().status(), StatusWord::from(status));
    }
    chip.unwrap_command(&host.wrap(&command("00B0000010")).unwrap()).unwrap();
    let answer = chip.wrap_response(&response("A1B2C39000")).unwrap();
    assert_eq!(host.unwrap(&answer).unwrap().data(), [0xA1, 0xB2, 0xC3]);
}

#[test]
fn a_failed_mac_ends_either_end() {
    let (mut host, mut chip) = ends();
    let refused = chip.unwrap_command(&command("04B0000008A878439B8D51508E10")).unwrap_err();
    assert_eq!((refused.code(), u16::from(refused.chip_status())), ("scp03.command-mac", 0x6982));
    assert!(!chip.is_alive());
    let wrapped = host.wrap(&command("00B0000010")).unwrap();
    assert_eq!(chip.unwrap_command(&wrapped).unwrap_err().code(), "channel.ended");
    assert_eq!(chip.wrap_response(&response("9000")).unwrap_err().code(), "channel.ended");
    assert_eq!(host.unwrap(&response("9000")).unwrap_err().code(), "scp03.response-mac");
    assert_eq!(host.wrap(&command("00B0000010")).unwrap_err().code(), "channel.ended");
    let (mut host, _) = ends();
    host.wrap(&command("00B0000010")).unwrap();
    assert_eq!(host.unwrap(&response("AA6A82")).unwrap_err().code(), "scp03.response-mac");
}

#[test]
fn turns_and_classes_are_kept() {
    let (mut host, mut chip) = ends();
    assert_eq!(host.unwrap(&response("9000")).unwrap_err().code(), "channel.out-of-turn");
    let (mut host, _) = ends();
    for class in [0x04, 0x0C, 0x10, 0x40] {
        assert_eq!(host.wrap(&CommandApdu::new(class, 0xB0, 0, 0)).unwrap_err().code(), "channel.class");
    }
    let huge = CommandApdu::new(0, 0xD6, 0, 0).with_data(vec![0; 65_530]);
    assert_eq!(host.wrap(&huge).unwrap_err().code(), "channel.too-long");
    host.wrap(&command("00B0000010")).unwrap();
    assert_eq!(host.wrap(&command("00B0000010")).unwrap_err().code(), "channel.out-of-turn");
    assert_eq!(chip.unwrap_command(&command("00B0000010")).unwrap_err().code(), "channel.class");
    assert_eq!(ends().1.unwrap_command(&command("14B0000008A878439B8D51508F10")).unwrap_err().code(), "channel.class");
    assert!(!format!("{host:?}{chip:?}{:?}", test_keys()).contains("4041"));
}

#[test]
fn put_key_is_that_of_the_reference() {
    let dek: [u8; 16] = core::array::from_fn(|i| 0x60 + u8::try_from(i).unwrap());
    let current = key_set([[1; 16], [2; 16], dek]);
    let (put, wire) = put_key(&current, 0x20, 0x30, key_set([[0xA0; 16], [0xA1; 16], [0xA2; 16]])).unwrap();
    let data = "3088107A9DA59CBBF13DB65DB25F8349A22B6203538274881044CBAF0F87E9851D48565729A9484A3E034A5BE6\
                88104E22EB53DD65EE4B72356125D829F7420307947F";
    assert_eq!(hex::encode_upper(wire.data()), data);
    assert_eq!((wire.head().cla, wire.head().ins, wire.head().p1, wire.head().p2), (0x80, 0xD8, 0x20, 0x81));
    let seen = parse_put_key(current.dek(), &wire).unwrap();
    assert_eq!((seen.old_version, seen.new_version), (0x20, 0x30));
    assert!(seen.keys.matches(&put.keys));
    assert_eq!(hex::encode_upper(seen.answer().unwrap()), "305382744A5BE607947F");
    put.verify_answer(&seen.answer().unwrap()).unwrap();

    let mut wrong = seen.answer().unwrap();
    wrong[9] ^= 1;
    assert_eq!(put.verify_answer(&wrong).unwrap_err(), ChannelError::KeyCheck { key_id: 3 });
    wrong[0] = 0x31;
    assert_eq!(put.verify_answer(&wrong).unwrap_err().code(), "scp03.put-key-form");
    assert_eq!(parse_put_key(test_keys().dek(), &wire).unwrap_err(), ChannelError::KeyCheck { key_id: 1 });
    for at in 0..wire.data().len() {
        let mut data = wire.data().to_vec();
        data[at] ^= 0x40;
        let result = parse_put_key(current.dek(), &CommandApdu::new(0x80, 0xD8, 0x20, 0x81).with_data(data));
        assert!(at == 0 || result.is_err(), "octet {at}");
    }
    let long = KeySet::new(
        SymmetricKey::new(&[0; 32]).unwrap(),
        SymmetricKey::new(&[0; 16]).unwrap(),
        SymmetricKey::new(&[0; 16]).unwrap(),
    );
    assert_eq!(put_key(&current, 0x20, 0x30, long).unwrap_err().code(), "channel.key-length");
}

#[test]
fn the_room_of_an_apdu_is_used_to_the_last_block() {
    assert_eq!((max_plain(260), max_plain(2048), max_plain_response(258)), (239, 2031, 239));
    for max in 30..2100 {
        let (mut host, mut chip) = ends();
        let length = |host: &mut HostSession, plain: usize| {
            let command = CommandApdu::new(0x00, 0xD6, 0, 0).with_data(vec![0x5A; plain]);
            host.wrap(&if max > 260 { command.extended() } else { command }).unwrap()
        };
        let full = length(&mut host, max_plain(max));
        assert!(full.encode().len() <= max, "{max}");
        assert!(
            max <= 260 && max_plain(max) == 239 || length(&mut ends().0, max_plain(max) + 1).encode().len() > max,
            "{max}"
        );
        chip.unwrap_command(&full).unwrap();
        let answer = ResponseApdu::new(vec![0xA5; max_plain_response(max)], StatusWord::Success);
        assert!(chip.wrap_response(&answer).unwrap().encode().len() <= max, "{max}");
    }
}

#[test]
fn longer_keys_give_longer_session_keys() {
    let keys = || {
        KeySet::new(
            SymmetricKey::new(&[1; 32]).unwrap(),
            SymmetricKey::new(&[2; 24]).unwrap(),
            SymmetricKey::new(&[3; 16]).unwrap(),
        )
    };
    let (opening, _) = initialize_update(HOST_CHALLENGE);
    let (chip, answer) = initialize(&keys(), 1, &SERIAL, HOST_CHALLENGE, CARD_CHALLENGE).unwrap();
    let (mut host, authenticate) = opening.card_answer(&answer).unwrap().authenticate(&keys()).unwrap();
    let mut chip = chip.external_authenticate(&authenticate).unwrap();
    let seen = chip.unwrap_command(&host.wrap(&command("00D600000401020304")).unwrap()).unwrap();
    assert_eq!(seen.data(), [1, 2, 3, 4]);
}

/// Every command case: no data and no Le, Le, data, both; short and extended; even and odd INS.
fn any_command() -> impl Strategy<Value = CommandApdu> {
    let data = prop_oneof![Just(Vec::new()), prop::collection::vec(any::<u8>(), 1..300)];
    let le = prop_oneof![Just(0u32), 1..=256u32, 257..=65_536u32];
    let class = prop::sample::select(vec![0x00u8, 0x80]);
    (class, any::<[u8; 3]>(), data, le, any::<bool>()).prop_map(|(class, [ins, p1, p2], data, le, extended)| {
        let command = CommandApdu::new(class, ins, p1, p2).with_data(data);
        let command = if le == 0 { command } else { command.with_le(le) };
        if extended { command.extended() } else { command }
    })
}

proptest! {
    #[test]
    fn both_ends_agree(exchanges in prop::collection::vec((any_command(), prop::collection::vec(any::<u8>(), 0..400), any::<u16>()), 1..6)) {
        let (mut host, mut chip) = ends();
        for (plain, answer, status) in exchanges {
            let wrapped = CommandApdu::decode(&host.wrap(&plain).unwrap().encode()).unwrap();
            let seen = chip.unwrap_command(&wrapped).unwrap();
            prop_assert_eq!(seen.head(), plain.head());
            prop_assert_eq!(seen.data(), plain.data());
            let protected = matches!(status, 0x9000 | 0x6200..=0x63FF);
            let answer = ResponseApdu::new(if protected { answer } else { Vec::new() }, StatusWord::from(status));
            let wire = chip.wrap_response(&answer).unwrap();
            let read = host.unwrap(&ResponseApdu::decode(&wire.encode()).unwrap()).unwrap();
            prop_assert_eq!(read.encode(), answer.encode());
        }
    }

    #[test]
    fn a_flipped_bit_of_a_command_is_refused(plain in any_command(), at in any::<prop::sample::Index>(), bit in 0..8u8) {
        let (mut host, mut chip) = ends();
        let wrapped = host.wrap(&plain).unwrap();
        let mut octets = wrapped.encode().to_vec();
        // Le is not authenticated by SCP03: everything before it is.
        let covered = 4 + if wrapped.is_extended() { 3 } else { 1 } + wrapped.data().len();
        octets[at.index(covered)] ^= 1 << bit;
        if let Ok(command) = CommandApdu::decode(&octets) { prop_assert!(chip.unwrap_command(&command).is_err()); }
    }

    #[test]
    fn a_flipped_bit_of_a_response_is_refused_or_an_error_status(answer in prop::collection::vec(any::<u8>(), 0..300), at in any::<prop::sample::Index>(), bit in 0..8u8) {
        let (mut host, mut chip) = ends();
        chip.unwrap_command(&host.wrap(&command("00B0000000")).unwrap()).unwrap();
        let mut octets = chip.wrap_response(&ResponseApdu::new(answer, StatusWord::Success)).unwrap().encode();
        *at.get_mut(&mut octets) ^= 1 << bit;
        prop_assert!(host.unwrap(&ResponseApdu::decode(&octets).unwrap()).is_err());
    }

    #[test]
    fn any_octets_are_refused(octets in prop::collection::vec(any::<u8>(), 4..200)) {
        let (mut host, mut chip) = ends();
        if let Ok(command) = CommandApdu::decode(&octets) { prop_assert!(chip.unwrap_command(&command.with_cla(0x04)).is_err()); }
        host.wrap(&command("00B0000000")).unwrap();
        prop_assert!(host.unwrap(&ResponseApdu::decode(&octets).unwrap()).is_err());
        let (opening, _) = initialize_update(HOST_CHALLENGE);
        if let Ok(card) = opening.card_answer(&octets) { prop_assert!(card.authenticate(&test_keys()).is_err()); }
        prop_assert!(parse_put_key(test_keys().dek(), &CommandApdu::new(0x80, 0xD8, 0x20, 0x81).with_data(octets)).is_err());
    }
}

#[test]
fn what_hosts_print_names_no_key() {
    let (opening, _) = initialize_update(HOST_CHALLENGE);
    let (chip, answer) = initialize(&test_keys(), 0x30, &SERIAL, HOST_CHALLENGE, CARD_CHALLENGE).unwrap();
    let card = opening.card_answer(&answer).unwrap();
    let printed = format!("{chip:?} {card:?}");
    assert!(printed.contains("redacted") && !printed.contains("eb845bbc"));
}
