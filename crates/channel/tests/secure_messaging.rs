//! Secure messaging against the worked example of ICAO 9303-11 Appendix D.4, against other programs, and against itself.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

use proptest::prelude::*;
use sigillo_apdu::{CommandApdu, ResponseApdu, StatusWord};
use sigillo_channel::ChannelError;
use sigillo_channel::secure_messaging::{
    SendSequenceCounter, SessionKeys, Suite, chip, max_plain_command, max_plain_response, terminal,
};
use sigillo_channel::{KeyPurpose, derive_key};
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

const SUITES: [Suite; 4] = [Suite::TripleDes, Suite::Aes128, Suite::Aes192, Suite::Aes256];

/// Both ends after a key agreement on the shared secret of Appendix G.1.
fn ends_of(suite: Suite) -> (terminal::Session, chip::Session) {
    let secret = bytes("28768D20701247DAE81804C9E780EDE582A9996DB4A315020B2733197DB84925");
    let keys = || SessionKeys::derive(suite, &secret, SendSequenceCounter::new(0)).unwrap();
    (terminal::Session::new(keys()), chip::Session::new(keys()))
}

fn suites() -> impl Strategy<Value = Suite> {
    prop::sample::select(&SUITES)
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

/// AES under the keys of Appendix G.1, and longer ones from the same secret. The values are those of a Python program on
/// `cryptography` (objects, padding and initial vectors written out there); two other programs publish the first exchange too.
#[test]
fn aes_as_python_computes_it() {
    let exchanges: [(Suite, &[[&str; 4]]); 3] = [
        (
            Suite::Aes128,
            &[
                [
                    "00A4040C07A0000002471001",
                    "0CA4040C1D871101752F676B09FAC86A87D632749A49C7CC8E08C18BA1FCE707BD9F00",
                    "9000",
                    "990290008E08BEA7B381C494A0799000",
                ],
                [
                    "00B09E0004",
                    "0CB09E000D9701048E080B677D403928060A00",
                    "60145F019000",
                    "871101645C0B1F998A088278D07942BBE94B60990290008E0894A33C6AA2D8CCC89000",
                ],
                [
                    "00B10000045402012300",
                    "0CB100001F8510375BAD9235D2C2B2D204B4842FA270A49701008E08A5D5927D36B0352400",
                    "5303AABBCC9000",
                    "8510ECAAFAC7D43C0F2E9ED27B64BA130A05990290008E087A7D8161CAF13E4D9000",
                ],
                ["00440000", "0C4400000A8E08A8BDFB9AB343B81A00", "6A82", "99026A828E089BB9262E490E99CF6A82"],
            ],
        ),
        (
            Suite::Aes192,
            &[
                [
                    "00A4040C07A0000002471001",
                    "0CA4040C1D871101B5E01A6809BDE6581CB3962B9886116F8E0846153337FA24A98100",
                    "9000",
                    "990290008E085EDBF6885A5A48A19000",
                ],
                [
                    "00B09E0004",
                    "0CB09E000D9701048E080D35DF91990FF63A00",
                    "60145F019000",
                    "8711012DB2029BE1B0C315008E11D13C3A80EC990290008E08627F4CF60D236C7E9000",
                ],
            ],
        ),
        (
            Suite::Aes256,
            &[
                [
                    "00A4040C07A0000002471001",
                    "0CA4040C1D871101C7AC663515D5845CE6CC064BDB01E0F18E089FD0F9C4F143BC9000",
                    "9000",
                    "990290008E08E2FF9E39494C262F9000",
                ],
                [
                    "00B09E0004",
                    "0CB09E000D9701048E083527E4018C11D26B00",
                    "60145F019000",
                    "871101F5B3BF9DE00CD0347982815DD0D75D5B990290008E08436CA0B21CCDFFDD9000",
                ],
            ],
        ),
    ];
    for (suite, exchanges) in exchanges {
        let (mut terminal, mut chip) = ends_of(suite);
        for [plain, wrapped, answer, protected] in exchanges {
            assert_eq!(*terminal.wrap(&command(plain)).unwrap().encode(), bytes(wrapped), "{suite:?}");
            assert_eq!(*chip.unwrap_command(&command(wrapped)).unwrap().encode(), bytes(plain), "{suite:?}");
            assert_eq!(chip.wrap_response(&response(answer)).unwrap().encode(), bytes(protected), "{suite:?}");
            assert_eq!(terminal.unwrap(&response(protected)).unwrap().encode(), bytes(answer), "{suite:?}");
        }
    }
}

/// Another program's known answer for AES-128 under keys that nothing derives.
#[test]
fn aes_as_another_program_knows_it() {
    let key = |hex| SessionKey::new(&bytes(hex)).unwrap();
    let (enc, mac) = (key("0102030405060708090A0B0C0D0E0F10"), key("A1A2A3A4A5A6A7A8A9AAABACADAEAFB0"));
    let keys = SessionKeys::new(Suite::Aes128, enc, mac, SendSequenceCounter::new(0)).unwrap();
    let mut terminal = terminal::Session::new(keys);
    let select = "0CA4040C1D871101AE6896C36D5E1F3BD4ECBAF7A661652B8E08C783F86389338E0D00";
    assert_eq!(*terminal.wrap(&command("00A4040C07A0000002471001")).unwrap().encode(), bytes(select));
    assert_eq!(terminal.unwrap(&response("990290008E08117DD72826D775709000")).unwrap().encode(), bytes("9000"));
    assert_eq!(
        *terminal.wrap(&command("00B0000014")).unwrap().encode(),
        bytes("0CB000000D9701148E0829B7480811E8AE7600")
    );
    let read = "872101A57FD10B28B996EFF1162D1ECF14F100D960990BD394A608AAC46E29A9A5AD7C990290008E087D192821635D4FA79000";
    let plain = terminal.unwrap(&response(read)).unwrap();
    assert_eq!(plain.data(), bytes("303132333435363738393A3B3C3D3E3F40414243"));
}

/// Session keys of Appendices D.3, G.1 and H.1, password keys of G.1 and I; the long keys are Python's.
#[test]
fn key_derivation() {
    let g1 = "28768D20701247DAE81804C9E780EDE582A9996DB4A315020B2733197DB84925";
    let h1 = "4F150FDE1D4F0E38E95017B891BAE17133A0DF45B0D3E18B60BA7BEAFDC2C713";
    let seed = "0036D272F5C350ACAC50C3F572D23600";
    let (encryption, authentication) = (KeyPurpose::Encryption, KeyPurpose::Authentication);
    let aes_192 = "8419651A9932A555FE20D96406746A82F750F4CCB3D6BE78";
    let aes_256 = "8419651A9932A555FE20D96406746A82F750F4CCB3D6BE786D4630BCC681BF0E";
    for (suite, secret, purpose, expected) in [
        (Suite::TripleDes, seed, encryption, "979EC13B1CBFE9DCD01AB0FED307EAE5"),
        (Suite::TripleDes, seed, authentication, "F1CB1F1FB5ADF208806B89DC579DC1F8"),
        (Suite::Aes128, g1, encryption, "F5F0E35C0D7161EE6724EE513A0D9A7F"),
        (Suite::Aes128, g1, authentication, "FE251C7858B356B24514B3BD5F4297D1"),
        (Suite::Aes128, h1, encryption, "0D3FEB33251A6370893D62AE8DAAF51B"),
        (
            Suite::Aes128,
            "7E2D2A41C74EA0B38CD36F863939BFA8E9032AAD",
            KeyPurpose::Password,
            "89DED1B26624EC1E634C1989302849DD",
        ),
        (
            Suite::Aes128,
            "894D03F148C6265E89845B218856EA34D00EF8E8",
            KeyPurpose::Password,
            "4E6F6FBF7BE748B932C7B74161BBA9DF",
        ),
        (Suite::Aes192, g1, encryption, aes_192),
        (Suite::Aes256, g1, encryption, aes_256),
    ] {
        let key = derive_key(suite, &bytes(secret), purpose).unwrap();
        assert_eq!(key.expose(|key| hex::encode_upper(key)), expected, "{suite:?} {purpose:?}");
        assert_eq!(key.len(), suite.key_length());
    }
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
fn links_of_a_chain_are_protected_one_by_one() {
    let (mut terminal, mut chip) = ends();
    for (plain, class) in [("10DA007B02AABB", 0x1C), ("00DA007B02CCDD", 0x0C)] {
        let wrapped = terminal.wrap(&command(plain)).unwrap();
        assert_eq!(wrapped.head().cla, class);
        assert_eq!(*chip.unwrap_command(&wrapped).unwrap().encode(), *command(plain).encode());
        let answer = chip.wrap_response(&StatusWord::Success.into()).unwrap();
        assert!(terminal.unwrap(&answer).unwrap().status().is_success());
    }
}

#[test]
fn turns_classes_lengths_and_counters_are_kept() {
    let (mut terminal, mut chip) = ends();
    assert_eq!(terminal.wrap(&command("0CB0000004")).unwrap_err().code(), "channel.class");
    assert_eq!(terminal.wrap(&command("40B0000004")).unwrap_err().code(), "channel.class");
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

    for suite in SUITES {
        for (enc, mac) in [(16, 32), (32, 16), (24, 16), (32, 24), (24, 24), (16, 16), (32, 32)] {
            let key = |length| SessionKey::new(&vec![0; length]).unwrap();
            let keys = SessionKeys::new(suite, key(enc), key(mac), SendSequenceCounter::new(u64::MAX));
            if enc == mac && mac == suite.key_length() {
                let refused = terminal::Session::new(keys.unwrap()).wrap(&command("00B0000004")).unwrap_err();
                assert_eq!(refused.code(), "channel.counter");
            } else {
                assert_eq!(keys.unwrap_err().code(), "channel.key-length");
            }
        }
    }
    assert!(!format!("{:?} {:?}", ends().0, ends().1).to_uppercase().contains("979EC1"));
}

#[test]
fn a_response_is_filled_to_the_brim_and_not_further() {
    assert_eq!(max_plain_response(Suite::TripleDes, 256), 231);
    assert_eq!(max_plain_response(Suite::Aes256, 256), 223);
    for suite in SUITES {
        let block = suite.block_length();
        for field in 0..700usize {
            for (room, object) in [(max_plain_response(suite, field), 99), (max_plain_command(suite, field), 97)] {
                let length = |plain: usize| {
                    let cipher = vec![0; (plain / block + 1) * block + 1];
                    let cipher = if plain == 0 { Vec::new() } else { sigillo_tlv::encode(0x87, &cipher) };
                    cipher.len() + 10 + if object == 99 { 4 } else { 0 }
                };
                assert!(room == 0 || length(room) <= field, "{suite:?} {field}: {room} overflows");
                assert!(length(room + 1) > field, "{suite:?} {field}: {room} wastes a block");
            }
        }
        let (mut terminal, mut chip) = ends_of(suite);
        chip.unwrap_command(&terminal.wrap(&command("00B0000000")).unwrap()).unwrap();
        let room = chip.max_plain_answer();
        assert_eq!(room, max_plain_response(suite, 256));
        let full = chip.wrap_response(&ResponseApdu::new(vec![0xA5; room], StatusWord::Success)).unwrap();
        assert!(full.data().len() <= 256);
    }
}

/// Equal commands and answers look different each time under AES: the counter goes into the initial vector.
#[test]
fn aes_never_repeats_a_cryptogram() {
    for suite in [Suite::Aes128, Suite::Aes192, Suite::Aes256] {
        let (mut terminal, mut chip) = ends_of(suite);
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..4 {
            let wrapped = terminal.wrap(&command("00A4020C020101")).unwrap();
            assert!(seen.insert(wrapped.data()[..19].to_vec()), "{suite:?}");
            chip.unwrap_command(&wrapped).unwrap();
            let protected = chip.wrap_response(&response("01019000")).unwrap();
            assert!(seen.insert(protected.data()[..19].to_vec()), "{suite:?}");
            terminal.unwrap(&protected).unwrap();
        }
    }
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
    fn both_ends_agree(suite in suites(), exchanges in prop::collection::vec((any_command(), prop::collection::vec(any::<u8>(), 0..400), any::<u16>()), 1..6)) {
        let (mut terminal, mut chip) = ends_of(suite);
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
    fn a_flipped_bit_of_a_command_is_refused(suite in suites(), plain in any_command(), at in any::<prop::sample::Index>(), bit in 0..8u8) {
        let (mut terminal, mut chip) = ends_of(suite);
        let wrapped = terminal.wrap(&plain).unwrap();
        let mut octets = wrapped.encode().to_vec();
        let body = 4 + if wrapped.is_extended() { 3 } else { 1 };
        // Lc and Le are not authenticated: a wrong Lc is refused below, a wrong outer Le changes nothing.
        let places: Vec<usize> = (0..4).chain(body..body + wrapped.data().len()).collect();
        octets[*at.get(&places)] ^= 1 << bit;
        if let Ok(command) = CommandApdu::decode(&octets) { prop_assert!(chip.unwrap_command(&command).is_err()); }
    }

    #[test]
    fn a_flipped_bit_of_a_response_is_refused(suite in suites(), answer in prop::collection::vec(any::<u8>(), 0..300), at in any::<prop::sample::Index>(), bit in 0..8u8) {
        let (mut terminal, mut chip) = ends_of(suite);
        chip.unwrap_command(&terminal.wrap(&command("00B0000000")).unwrap()).unwrap();
        let mut octets = chip.wrap_response(&ResponseApdu::new(answer, StatusWord::Success)).unwrap().encode();
        *at.get_mut(&mut octets) ^= 1 << bit;
        prop_assert!(terminal.unwrap(&ResponseApdu::decode(&octets).unwrap()).is_err());
    }

    #[test]
    fn any_octets_are_refused(suite in suites(), octets in prop::collection::vec(any::<u8>(), 4..200), odd in any::<bool>()) {
        let (mut terminal, mut chip) = ends_of(suite);
        if let Ok(command) = CommandApdu::decode(&octets) { prop_assert!(chip.unwrap_command(&command.with_cla(0x0C)).is_err()); }
        terminal.wrap(&CommandApdu::new(0, if odd { 0xB1 } else { 0xB0 }, 0, 0)).unwrap();
        prop_assert!(terminal.unwrap(&ResponseApdu::decode(&octets).unwrap()).is_err());
    }
}
