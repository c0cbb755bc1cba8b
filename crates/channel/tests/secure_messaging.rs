//! Secure messaging against the worked example of ICAO 9303-11 Appendix D.4, and against itself.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

use proptest::prelude::*;
use sigillo_apdu::{CommandApdu, ResponseApdu, StatusWord};
use sigillo_channel::ChannelError;
use sigillo_channel::secure_messaging::{
    SendSequenceCounter, SessionKeys, Suite, chip, max_plain_command, max_plain_response, terminal,
};
use sigillo_secret::SessionKey;

const SSC: u64 = 0x8870_2212_0C06_C226;

fn bytes(hex: &str) -> Vec<u8> {
    hex::decode(hex).unwrap()
}

fn keys(counter: u64) -> SessionKeys {
    let key = |hex| SessionKey::new(&bytes(hex)).unwrap();
    let (enc, mac) = (key("979EC13B1CBFE9DCD01AB0FED307EAE5"), key("F1CB1F1FB5ADF208806B89DC579DC1F8"));
    SessionKeys::new(Suite::TripleDes, enc, mac, SendSequenceCounter::new(counter)).unwrap()
}

fn ends() -> (terminal::Session, chip::Session) {
    (terminal::Session::new(keys(SSC)), chip::Session::new(keys(SSC)))
}

fn command(hex: &str) -> CommandApdu {
    CommandApdu::decode(&bytes(hex)).unwrap()
}

fn response(hex: &str) -> ResponseApdu {
    ResponseApdu::decode(&bytes(hex)).unwrap()
}

/// SELECT EF.COM, READ BINARY of its first four octets, READ BINARY of the other eighteen.
#[test]
fn appendix_d_4_at_both_ends() {
    let (mut terminal, mut chip) = ends();
    for (plain, wrapped, answer, protected) in [
        (
            "00A4020C02011E",
            "0CA4020C158709016375432908C044F68E08BF8B92D635FF24F800",
            "9000",
            "990290008E08FA855A5D4C50A8ED9000",
        ),
        (
            "00B0000004",
            "0CB000000D9701048E08ED6705417E96BA5500",
            "60145F019000",
            "8709019FF0EC34F9922651990290008E08AD55CC17140B2DED9000",
        ),
        (
            "00B0000412",
            "0CB000040D9701128E082EA28A70F3C7B53500",
            "04303130365F36063034303030305C0261759000",
            "871901FB9235F4E4037F2327DCC8964F1F9B8C30F42C8E2FFF224A990290008E08C8B2787EAEA07D749000",
        ),
    ] {
        assert_eq!(*terminal.wrap(&command(plain)).unwrap().encode(), bytes(wrapped));
        assert_eq!(*chip.unwrap_command(&command(wrapped)).unwrap().encode(), bytes(plain));
        assert_eq!(chip.wrap_response(&response(answer)).unwrap().encode(), bytes(protected));
        assert_eq!(terminal.unwrap(&response(protected)).unwrap().encode(), bytes(answer));
    }
}

/// Values of a Python program on `cryptography`'s single DES steps (retail MAC, CBC and padding written out there; it also
/// gives BF8B92D635FF24F8 for the standard's own SELECT): a case 1 command, and an extended READ BINARY with odd INS.
#[test]
fn case_1_and_odd_instructions_as_python_computes_them() {
    let (mut terminal, mut chip) = ends();
    let wrapped = terminal.wrap(&CommandApdu::new(0x00, 0x44, 0x00, 0x00)).unwrap();
    assert_eq!(*wrapped.encode(), bytes("0C4400000A8E0859501CD94407C75800"));
    let plain = chip.unwrap_command(&wrapped).unwrap();
    assert_eq!((plain.head().ins, plain.head().lc, plain.head().le), (0x44, 0, 0));

    let (mut terminal, mut chip) = ends();
    let plain = CommandApdu::new(0x00, 0xB1, 0x00, 0x00).with_data(bytes("54020123")).with_le(65_536);
    let wrapped = terminal.wrap(&plain).unwrap();
    assert_eq!(*wrapped.encode(), bytes("0CB10000000018850801A5EBCE78352EED970200008E089E414BE0287D5EF40000"));
    assert_eq!(*chip.unwrap_command(&wrapped).unwrap().encode(), *plain.encode());
    let protected = chip.wrap_response(&response("5303AABBCC9000")).unwrap();
    assert_eq!(protected.encode(), bytes("85080A2F9297D8A2D199990290008E08AB0919EBFB5937999000"));
    assert_eq!(terminal.unwrap(&protected).unwrap().data(), bytes("5303AABBCC"));
}

#[test]
fn a_session_that_met_an_error_is_over() {
    let cases: [(&str, ChannelError); 7] = [
        ("00B0000004", ChannelError::SmPlainCommand),
        ("0CB0000000", ChannelError::SmMissingObject { tag: 0x8E }),
        ("0CB000000397010400", ChannelError::SmMissingObject { tag: 0x8E }),
        ("0CB000000D9701048E08ED6705417E96BA5600", ChannelError::SmMac),
        ("0CB000000D9701058E08ED6705417E96BA5500", ChannelError::SmMac),
        ("0CB0000003DF010400", ChannelError::SmObject { at: 0 }),
        ("0CA4020C158709026375432908C044F68E08BF8B92D635FF24F800", ChannelError::SmMac),
    ];
    for (wrapped, expected) in cases {
        let mut chip = ends().1;
        let error = chip.unwrap_command(&command(wrapped)).unwrap_err();
        if wrapped.contains("870902") {
            assert_eq!(error, ChannelError::SmObject { at: 2 }, "padding indicator");
        } else {
            assert_eq!(error, expected, "{wrapped}");
        }
        assert!(!chip.is_alive());
        assert_eq!(
            chip.unwrap_command(&command("0CB000000D9701048E08ED6705417E96BA5500")).unwrap_err().code(),
            "channel.ended"
        );
        assert_eq!(chip.wrap_response(&response("9000")).unwrap_err().code(), "channel.ended");
        assert_eq!(chip.max_plain_answer(), 0);
        let expected = if matches!(error, ChannelError::SmPlainCommand | ChannelError::SmMissingObject { .. }) {
            0x6987
        } else {
            0x6988
        };
        assert_eq!(u16::from(error.chip_status()), expected, "{wrapped}");
    }
}

#[test]
fn a_terminal_believes_only_protected_answers() {
    let cases: [(&str, ChannelError); 6] = [
        ("6988", ChannelError::SmPlainResponse { status: StatusWord::from(0x6988) }),
        ("9000", ChannelError::SmPlainResponse { status: StatusWord::Success }),
        ("8E08FA855A5D4C50A8ED9000", ChannelError::SmMissingObject { tag: 0x99 }),
        ("990290009000", ChannelError::SmMissingObject { tag: 0x8E }),
        ("990290008E08FA855A5D4C50A8ED6A82", ChannelError::SmStatus),
        ("990290008E07FA855A5D4C50A89000", ChannelError::SmObject { at: 4 }),
    ];
    for (answer, expected) in cases {
        let mut terminal = ends().0;
        terminal.wrap(&command("00A4020C02011E")).unwrap();
        assert_eq!(terminal.unwrap(&response(answer)).unwrap_err(), expected, "{answer}");
        assert_eq!(terminal.wrap(&command("00A4020C02011E")).unwrap_err().code(), "channel.ended");
    }
}

#[test]
fn turns_classes_lengths_and_counters_are_kept() {
    let (mut terminal, mut chip) = ends();
    assert_eq!(terminal.wrap(&command("0CB0000004")).unwrap_err().code(), "channel.class");
    assert_eq!(terminal.wrap(&command("10B0000004")).unwrap_err().code(), "channel.class");
    let huge = CommandApdu::new(0, 0xD6, 0, 0).with_data(vec![0; 65_535]);
    assert_eq!(terminal.wrap(&huge).unwrap_err().code(), "channel.too-long");
    let wrapped = terminal.wrap(&command("00B0000004")).unwrap();
    assert_eq!(terminal.wrap(&command("00B0000004")).unwrap_err().code(), "channel.out-of-turn");
    chip.unwrap_command(&wrapped).unwrap();
    assert_eq!(chip.unwrap_command(&wrapped).unwrap_err().code(), "channel.out-of-turn");

    let mut last = terminal::Session::new(keys(u64::MAX));
    assert_eq!(last.wrap(&command("00B0000004")).unwrap_err().code(), "channel.counter");
    let mut last = chip::Session::new(keys(u64::MAX - 1));
    let mut peer = terminal::Session::new(keys(u64::MAX - 1));
    last.unwrap_command(&peer.wrap(&command("00B0000004")).unwrap()).unwrap();
    assert_eq!(last.wrap_response(&response("9000")).unwrap_err().code(), "channel.counter");

    let short = || SessionKey::new(&[0; 16]).unwrap();
    let long = SessionKey::new(&[0; 32]).unwrap();
    let refused = SessionKeys::new(Suite::TripleDes, short(), long, SendSequenceCounter::new(0)).unwrap_err();
    assert_eq!(refused.code(), "channel.key-length");
    assert!(!format!("{:?} {:?}", ends().0, ends().1).to_uppercase().contains("979EC1"));
}

#[test]
fn a_response_is_filled_to_the_brim_and_not_further() {
    assert_eq!(max_plain_response(Suite::TripleDes, 256), 231);
    for field in 0..700usize {
        for (room, object) in
            [(max_plain_response(Suite::TripleDes, field), 99), (max_plain_command(Suite::TripleDes, field), 97)]
        {
            let length = |plain: usize| {
                let cipher =
                    if plain == 0 { Vec::new() } else { sigillo_tlv::encode(0x87, &vec![0; (plain / 8 + 1) * 8 + 1]) };
                cipher.len() + 10 + if object == 99 { 4 } else { 0 }
            };
            assert!(room == 0 || length(room) <= field, "{field}: {room} overflows");
            assert!(length(room + 1) > field, "{field}: {room} wastes a block");
        }
    }
    let (mut terminal, mut chip) = ends();
    chip.unwrap_command(&terminal.wrap(&command("00B0000000")).unwrap()).unwrap();
    assert_eq!(chip.max_plain_answer(), 231);
    let full = chip.wrap_response(&ResponseApdu::new(vec![0xA5; 231], StatusWord::Success)).unwrap();
    assert!(full.data().len() <= 256);
}

/// Every command case: no data and no Le, Le, data, both; short and extended; even and odd INS.
fn any_command() -> impl Strategy<Value = CommandApdu> {
    let data = prop_oneof![Just(Vec::new()), prop::collection::vec(any::<u8>(), 1..300)];
    let le = prop_oneof![Just(0u32), 1..=256u32, 257..=65_536u32];
    (any::<[u8; 3]>(), data, le, any::<bool>()).prop_map(|([ins, p1, p2], data, le, extended)| {
        let command = CommandApdu::new(0x00, ins, p1, p2).with_data(data);
        let command = if le == 0 { command } else { command.with_le(le) };
        if extended { command.extended() } else { command }
    })
}

fn over_the_wire(command: &CommandApdu) -> CommandApdu {
    CommandApdu::decode(&command.encode()).unwrap()
}

proptest! {
    #[test]
    fn both_ends_agree(exchanges in prop::collection::vec((any_command(), prop::collection::vec(any::<u8>(), 0..400), any::<u16>()), 1..6)) {
        let (mut terminal, mut chip) = ends();
        for (plain, answer, status) in exchanges {
            let wrapped = over_the_wire(&terminal.wrap(&plain).unwrap());
            let seen = chip.unwrap_command(&wrapped).unwrap();
            prop_assert_eq!(seen.head(), plain.head());
            prop_assert_eq!(seen.data(), plain.data());
            let answer = ResponseApdu::new(answer, StatusWord::from(status));
            let protected = chip.wrap_response(&answer).unwrap();
            let read = terminal.unwrap(&ResponseApdu::decode(&protected.encode()).unwrap()).unwrap();
            prop_assert_eq!(read.encode(), answer.encode());
        }
    }

    #[test]
    fn a_flipped_bit_of_a_command_is_refused(plain in any_command(), at in any::<prop::sample::Index>(), bit in 0..8u8) {
        let (mut terminal, mut chip) = ends();
        let wrapped = terminal.wrap(&plain).unwrap();
        let mut octets = wrapped.encode().to_vec();
        let body = 4 + if wrapped.is_extended() { 3 } else { 1 };
        // Lc and Le are not authenticated: a wrong Lc is refused below, a wrong outer Le changes nothing.
        let places: Vec<usize> = (0..4).chain(body..body + wrapped.data().len()).collect();
        octets[*at.get(&places)] ^= 1 << bit;
        if let Ok(command) = CommandApdu::decode(&octets) { prop_assert!(chip.unwrap_command(&command).is_err()); }
    }

    #[test]
    fn a_flipped_bit_of_a_response_is_refused(answer in prop::collection::vec(any::<u8>(), 0..300), at in any::<prop::sample::Index>(), bit in 0..8u8) {
        let (mut terminal, mut chip) = ends();
        chip.unwrap_command(&terminal.wrap(&command("00B0000000")).unwrap()).unwrap();
        let mut octets = chip.wrap_response(&ResponseApdu::new(answer, StatusWord::Success)).unwrap().encode();
        *at.get_mut(&mut octets) ^= 1 << bit;
        prop_assert!(terminal.unwrap(&ResponseApdu::decode(&octets).unwrap()).is_err());
    }

    #[test]
    fn any_octets_are_refused(octets in prop::collection::vec(any::<u8>(), 4..200), odd in any::<bool>()) {
        let (mut terminal, mut chip) = ends();
        if let Ok(command) = CommandApdu::decode(&octets) { prop_assert!(chip.unwrap_command(&command.with_cla(0x0C)).is_err()); }
        terminal.wrap(&CommandApdu::new(0, if odd { 0xB1 } else { 0xB0 }, 0, 0)).unwrap();
        prop_assert!(terminal.unwrap(&ResponseApdu::decode(&octets).unwrap()).is_err());
    }
}
