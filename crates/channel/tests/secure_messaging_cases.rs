//! Secure messaging, command case by command case and suite by suite: what another program sends, what each case carries, and what
//! ends a session.
//!
//! The commands of the first test are those of AusweisApp's tests (github.com/Governikus/AusweisApp, `test_SecureMessaging.cpp`): the
//! client of the German identity card. Its unblocking of a PIN, RESET RETRY COUNTER `00 2C 03 03`, is a case 1 command, and issued
//! cards accept it: the header is padded once, and nothing behind it.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

use sigillo_apdu::{CommandApdu, ResponseApdu, StatusWord};
use sigillo_channel::ChannelError;
use sigillo_channel::secure_messaging::{SendSequenceCounter, SessionKeys, Suite, chip, terminal};
use sigillo_crypto::{aes_cmac, padding, tdes};
use sigillo_secret::SessionKey;

const SUITES: [Suite; 4] = [Suite::TripleDes, Suite::Aes128, Suite::Aes192, Suite::Aes256];

fn bytes(hex: &str) -> Vec<u8> {
    hex::decode(hex.replace(' ', "")).unwrap()
}

fn command(hex: &str) -> CommandApdu {
    CommandApdu::decode(&bytes(hex)).unwrap()
}

/// Keys of two octets for every place, and a counter.
fn keys(suite: Suite, counter: u64) -> SessionKeys {
    let key = |octet| SessionKey::new(&vec![octet; suite.key_length()]).unwrap();
    SessionKeys::new(suite, key(0x5B), key(0xA4), SendSequenceCounter::new(counter)).unwrap()
}

fn ends(suite: Suite) -> (terminal::Session, chip::Session) {
    (terminal::Session::new(keys(suite, 0)), chip::Session::new(keys(suite, 0)))
}

/// A command and its answer, both of which the other end believes.
fn exchange(terminal: &mut terminal::Session, chip: &mut chip::Session, plain: &CommandApdu) {
    chip.unwrap_command(&terminal.wrap(plain).unwrap()).unwrap();
    let answer = chip.wrap_response(&ResponseApdu::from(StatusWord::Success)).unwrap();
    assert!(terminal.unwrap(&answer).unwrap().status().is_success());
}

#[test]
fn as_the_german_eid_client_sends_it() {
    let key = |ascii: &[u8]| SessionKey::new(ascii).unwrap();
    let keys = |counter| {
        let counter = SendSequenceCounter::new(counter);
        SessionKeys::new(Suite::Aes128, key(b"F1234567890ABCDE"), key(b"1234567890ABCDEF"), counter).unwrap()
    };
    let long = format!("00222030FA{}18", "42".repeat(250));
    let cryptogram = "257C4674CFAE012DD0DA1D7AE3901CB0ACD1789C30D31D6934092BC9DB9F01DD7B7D17215A69F02FE4C24E7AD401911305984DA2C4CECA18F41E\
                      0E1F55B4BC5D69FA55D73E9EB5C018B6F9EDCB07CF171973D5D8612FFC20326E997083592D31C0934F2C28D466535D6F4A024CF7068AA44DAAD8\
                      501A228B5DCBA0766C6771B5761085D3F19801F92875B10CF17175F7EC1714E7A9A99714386E518059360910E6D3A6F54111E5AA983F5CDF2D5F\
                      5597FC0F1387AB70A06B922FA45CC1D42BBE9F831235D88EDD78A14CA9D9ABCD02D799161DDC8C231078303D1062B875EAA899A44824ED25E467\
                      3706F9D0063872FD6DABCA6F1FB03E4D4C1A68DD4C6D7488";
    let long_wrapped = format!("0C222030000112 8782010101{cryptogram} 970118 8E08543FDC3E1FF32DFB 0000");
    for (counter, plain, wrapped) in [
        (0, "00222030", "0C2220300A8E086733A03D8E9AC66900"),
        (0, "10222030", "1C2220300A8E081211BCC1702D612B00"),
        (0, "0022203008", "0C2220300D9701088E0844B066BC91C77C4500"),
        (0, "0022203000", "0C2220300D9701008E0875F18DD4F6B913D500"),
        (0, "00222030000000", "0C22203000000E970200008E08E5A6AE57AD293C450000"),
        (0, "0022203004D0D1D2D300", "0C22203020871101CC30C03DBE01213486B74CE1F48F5C499701008E08A822685D1780FADD00"),
        (
            0,
            "00222030000004D0D1D2D30000",
            "0C222030000021871101CC30C03DBE01213486B74CE1F48F5C49970200008E08C076CEC6A1CC26020000",
        ),
        (
            1,
            "00222030000004D0D1D2D30000",
            "0C22203000002187110140EADE1A656A226767536A7CEC2AC6F9970200008E08451D5C632AB4EE240000",
        ),
        (
            2,
            "00222030000004D0D1D2D30000",
            "0C2220300000218711010BDF2B6181A9091E6FE0147D8B11069D970200008E08DEB87800B60D6D110000",
        ),
        (
            3,
            "00222030000004D0D1D2D30000",
            "0C222030000021871101252538E3EBAD320FCD01905459F6B6E0970200008E080F1C93C6D9BDBCF20000",
        ),
        (0, long.as_str(), long_wrapped.as_str()),
    ] {
        let protected = terminal::Session::new(keys(counter)).wrap(&command(plain)).unwrap();
        assert_eq!(*protected.encode(), bytes(wrapped), "{plain}");
        let seen = chip::Session::new(keys(counter)).unwrap_command(&command(wrapped)).unwrap();
        assert_eq!(*seen.encode(), bytes(plain));
    }
}

/// The seven cases by ISO 7816, and which objects each carries.
const CASES: [(&str, &str, &[u8]); 7] = [
    ("1", "", &[0x8E]),
    ("2 short", "00", &[0x97, 0x8E]),
    ("2 extended", "000400", &[0x97, 0x8E]),
    ("3 short", "02C1C2", &[0x87, 0x8E]),
    ("3 extended", "000002C1C2", &[0x87, 0x8E]),
    ("4 short", "02C1C208", &[0x87, 0x97, 0x8E]),
    ("4 extended", "000002C1C20400", &[0x87, 0x97, 0x8E]),
];

#[test]
fn every_case_and_suite() {
    for suite in SUITES {
        for (case, body, tags) in CASES {
            for head in ["00CA0102", "00CB0102", "10CA0102"] {
                let odd = head.starts_with("00CB");
                let plain = command(&format!("{head}{body}"));
                let (mut terminal, mut chip) = ends(suite);
                // The counter is not at its beginning, nor is the answer of one kind only.
                exchange(&mut terminal, &mut chip, &plain);
                let wrapped = CommandApdu::decode(&terminal.wrap(&plain).unwrap().encode()).unwrap();
                let found = objects(wrapped.data());
                let expected: Vec<u8> = tags.iter().map(|tag| if odd && *tag == 0x87 { 0x85 } else { *tag }).collect();
                assert_eq!(found.iter().map(|(tag, _)| *tag).collect::<Vec<_>>(), expected, "{suite:?} case {case}");
                let le = found.iter().find(|(tag, _)| *tag == 0x97).map(|(_, value)| value.len());
                let wide = if case.ends_with("extended") { 2 } else { 1 };
                assert_eq!(le, tags.contains(&0x97).then_some(wide), "{suite:?} case {case}");
                assert_eq!((wrapped.head().cla, wrapped.head().le != 0), (plain.head().cla | 0x0C, true));
                let seen = chip.unwrap_command(&wrapped).unwrap();
                assert_eq!((seen.head(), seen.data()), (plain.head(), plain.data()), "{suite:?} case {case}");
                for (data, status) in [(vec![0xD1; 40], 0x9000), (Vec::new(), 0x6A82), (vec![0xD2], 0x6282)] {
                    let answer = ResponseApdu::new(data, StatusWord::from(status));
                    let (mut terminal, mut chip) = ends(suite);
                    chip.unwrap_command(&terminal.wrap(&plain).unwrap()).unwrap();
                    let protected = chip.wrap_response(&answer).unwrap();
                    let first = if answer.data().is_empty() {
                        0x99
                    } else if odd {
                        0x85
                    } else {
                        0x87
                    };
                    assert_eq!(objects(protected.data())[0].0, first);
                    assert_eq!(terminal.unwrap(&protected).unwrap().encode(), answer.encode());
                }
            }
        }
    }
}

/// What is done to the data objects of a command.
type Change = fn(&mut Objects);

/// Data objects by tag.
type Objects = Vec<(u8, Vec<u8>)>;

fn objects(data: &[u8]) -> Objects {
    let mut reader = sigillo_tlv::Reader::new(data);
    let mut found = Vec::new();
    while let Some(object) = reader.next().unwrap() {
        found.push((u8::try_from(object.tag.number()).unwrap(), object.value.to_vec()));
    }
    found
}

/// A header that is padded twice, as some readers would compute it, is another command: no session takes it.
#[test]
fn a_case_1_header_is_padded_once() {
    for suite in SUITES {
        let block = suite.block_length();
        let key = SessionKey::new(&vec![0xA4; suite.key_length()]).unwrap();
        let counter = [vec![0; block - 1], vec![1]].concat();
        let header = padding::pad(&[0x0C, 0x44, 0x00, 0x00], block);
        let mac = |behind: &[u8]| match suite {
            Suite::TripleDes => tdes::retail_mac(&key, &[&counter, &header, behind]).unwrap().to_vec(),
            _ => aes_cmac(&key, &[&counter, &header, behind]).unwrap()[..8].to_vec(),
        };
        let (mut terminal, mut chip) = ends(suite);
        assert_eq!(terminal.wrap(&command("00440000")).unwrap().data()[2..], mac(&[]));
        let twice = [vec![0x8E, 8], mac(&padding::pad(&[], block))].concat();
        let wrapped = CommandApdu::new(0x0C, 0x44, 0, 0).with_data(twice).with_le(256);
        assert_eq!(chip.unwrap_command(&wrapped).unwrap_err(), ChannelError::SmMac);
    }
}

/// What a chip hears that no session of the terminal's says: the class octet, what was changed, and what the chip calls it.
#[test]
fn what_ends_the_chips_session() {
    let same = |_: &mut Objects| ();
    let cases: [(&str, u8, Change, &str, u16); 15] = [
        ("plain", 0x00, same, "sm.plain-command", 0x6987),
        ("proprietary", 0x04, same, "sm.plain-command", 0x6987),
        ("header not authenticated", 0x08, same, "sm.plain-command", 0x6987),
        ("another class", 0x1C, same, "sm.mac", 0x6988),
        ("no checksum", 0x0C, |objects| drop(objects.pop()), "sm.missing-object", 0x6987),
        ("Le first", 0x0C, |objects| objects.swap(0, 1), "sm.object", 0x6988),
        ("checksum before Le", 0x0C, |objects| objects.swap(1, 2), "sm.object", 0x6988),
        ("two cryptograms", 0x0C, |objects| objects.insert(1, objects[0].clone()), "sm.object", 0x6988),
        ("the other cryptogram", 0x0C, |objects| objects[0].0 = 0x85, "sm.object", 0x6988),
        ("another padding", 0x0C, |objects| objects[0].1[0] = 0x02, "sm.object", 0x6988),
        ("half a checksum", 0x0C, |objects| objects[2].1.truncate(4), "sm.object", 0x6988),
        ("plain data", 0x0C, |objects| objects.insert(0, (0x81, vec![1, 2, 3])), "sm.object", 0x6988),
        ("another checksum", 0x0C, |objects| objects[2].1[7] ^= 1, "sm.mac", 0x6988),
        ("another Le", 0x0C, |objects| objects[1].1[0] ^= 1, "sm.mac", 0x6988),
        ("no data", 0x0C, |objects| drop(objects.remove(0)), "sm.mac", 0x6988),
    ];
    for suite in SUITES {
        for (what, class, change, code, status) in cases {
            let (mut terminal, mut chip) = ends(suite);
            let plain = CommandApdu::new(0, 0xDA, 1, 2).with_data([1, 2, 3]).with_le(4);
            let mut changed = objects(terminal.wrap(&plain).unwrap().data());
            change(&mut changed);
            let data: Vec<u8> =
                changed.iter().flat_map(|(tag, value)| sigillo_tlv::encode((*tag).into(), value)).collect();
            let heard = CommandApdu::new(class, 0xDA, 1, 2).with_data(data).with_le(256);
            let refused = chip.unwrap_command(&heard).unwrap_err();
            assert_eq!((refused.code(), u16::from(refused.chip_status())), (code, status), "{suite:?} {what}");
            assert!(!chip.is_alive());
            let good = ends(suite).0.wrap(&plain).unwrap();
            assert_eq!(chip.unwrap_command(&good).unwrap_err(), ChannelError::Ended);
            assert_eq!(chip.wrap_response(&StatusWord::Success.into()).unwrap_err(), ChannelError::Ended);
        }
    }
}

/// A command heard twice, a command that got lost, an answer to another command.
#[test]
fn replays_and_losses_end_the_session() {
    for suite in SUITES {
        let plain = command("00B0810004");
        let (mut terminal, mut chip) = ends(suite);
        let first = terminal.wrap(&plain).unwrap();
        chip.unwrap_command(&first).unwrap();
        let answer = chip.wrap_response(&ResponseApdu::new(vec![1; 4], StatusWord::Success)).unwrap();
        terminal.unwrap(&answer).unwrap();
        assert_eq!(chip.unwrap_command(&first).unwrap_err(), ChannelError::SmMac, "{suite:?} heard twice");
        terminal.wrap(&plain).unwrap();
        assert_eq!(terminal.unwrap(&answer).unwrap_err(), ChannelError::SmMac, "{suite:?} the answer before");
        assert_eq!(terminal.wrap(&plain).unwrap_err(), ChannelError::Ended);

        let (_, mut chip) = ends(suite);
        let mut ahead = terminal::Session::new(keys(suite, 2));
        let later = ahead.wrap(&plain).unwrap();
        assert_eq!(chip.unwrap_command(&later).unwrap_err(), ChannelError::SmMac, "{suite:?} one got lost");

        // A command is no answer, and an answer no command.
        let (mut terminal, mut chip) = ends(suite);
        let wrapped = terminal.wrap(&plain).unwrap();
        let reflected = ResponseApdu::new(wrapped.data().to_vec(), StatusWord::Success);
        assert!(terminal.unwrap(&reflected).is_err());
        let reflected = CommandApdu::new(0x0C, 0xB0, 0x81, 0).with_data(answer.data().to_vec()).with_le(256);
        assert!(chip.unwrap_command(&reflected).is_err());
        assert!(!chip.is_alive());
    }
}

/// Whatever the suite: the last value is used, the next one does not exist.
#[test]
fn counters_never_wrap() {
    for suite in SUITES {
        let plain = command("00B0810004");
        let session =
            |counter| (terminal::Session::new(keys(suite, counter)), chip::Session::new(keys(suite, counter)));
        let (mut terminal, mut chip) = session(u64::MAX - 2);
        exchange(&mut terminal, &mut chip, &plain);
        assert_eq!(terminal.wrap(&plain).unwrap_err(), ChannelError::Counter);
        assert_eq!(terminal.wrap(&plain).unwrap_err(), ChannelError::Ended);
        let (mut terminal, mut chip) = session(u64::MAX - 1);
        let wrapped = terminal.wrap(&plain).unwrap();
        chip.unwrap_command(&wrapped).unwrap();
        assert_eq!(chip.wrap_response(&StatusWord::Success.into()).unwrap_err(), ChannelError::Counter);
        assert!(!chip.is_alive());
        let answer = ResponseApdu::new(bytes("990290008E080000000000000000"), StatusWord::Success);
        assert_eq!(terminal.unwrap(&answer).unwrap_err(), ChannelError::Counter);
        let (_, mut chip) = session(u64::MAX);
        assert_eq!(chip.unwrap_command(&wrapped).unwrap_err(), ChannelError::Counter);
        assert_eq!(chip.unwrap_command(&wrapped).unwrap_err(), ChannelError::Ended);
    }
}
