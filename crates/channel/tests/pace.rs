//! PACE against the worked examples of ICAO 9303-11 Appendices G.1 and H.1, and against itself on every curve and suite.
//! `pace_chip_authentication` has Appendix I and recorded sessions.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

use proptest::prelude::*;
use sigillo_apdu::{CommandApdu, ResponseApdu, StatusWord};
use sigillo_channel::bac::MrzSecret;
use sigillo_channel::pace::{
    PaceInfo, PaceMapping, PaceProtocol, Password, PasswordReference, Selection, chip, terminal,
};
use sigillo_channel::secure_messaging::{self as sm, Suite};
use sigillo_channel::security_info::SecurityInfos;
use sigillo_channel::{ChannelError, KeyPurpose, derive_key};
use sigillo_crypto::{Curve, CurvePoint, CurvePrivateKey, Entropy, ScriptedEntropy, SeededEntropy, aes_cbc};
use sigillo_secret::SecretBytes;

const NONCE: &str = "3F00C4D39D153F2B2A214A078D899B22";
const TERMINAL_MAP: &str = "7F4EF07B9EA82FD78AD689B38D0BC78CF21F249D953BC46F4C6E19259C010F99";
const CHIP_MAP: &str = "498FF49756F2DC1587840041839A85982BE7761D14715FB091EFA7BCE9058560";
const TERMINAL_KEY: &str = "A73FB703AC1436A18E0CFA5ABB3F7BEC7A070E7A6788486BEE230C4A22762595";
const CHIP_KEY: &str = "107CF58696EF6155053340FD633392BA81909DF7B9706F226F32086C7AFF974A";
const TERMINAL_MAP_PUBLIC: &str = "047ACF3EFC982EC45565A4B155129EFBC74650DCBFA6362D896FC70262E0C2CC5E\
                                   544552DCB6725218799115B55C9BAA6D9F6BC3A9618E70C25AF71777A9C4922D";
const CHIP_MAP_PUBLIC: &str = "04824FBA91C9CBE26BEF53A0EBE7342A3BF178CEA9F45DE0B70AA601651FBA3F57\
                               30D8C879AAA9C9F73991E61B58F4D52EB87A0A0C709A49DC63719363CCD13C54";
const SHARED_POINT: &str = "0460332EF2450B5D247EF6D3868397D398852ED6E8CAF6FFEEF6BF85CA57057FD5\
                            0840CA7415BAF3E43BD414D35AA4608B93A2CAF3A4E3EA4E82C9C13D03EB7181";
const MAPPED_BASE: &str = "048CED63C91426D4F0EB1435E7CB1D74A46723A0AF21C89634F65A9AE87A9265E2\
                           8C879506743F8611AC33645C5B985C80B5F09A0B83407C1B6A4D857AE76FE522";
const TERMINAL_PUBLIC: &str = "042DB7A64C0355044EC9DF190514C625CBA2CEA48754887122F3A5EF0D5EDD301C\
                               3556F3B3B186DF10B857B58F6A7EB80F20BA5DC7BE1D43D9BF850149FBB36462";
const CHIP_PUBLIC: &str = "049E880F842905B8B3181F7AF7CAA9F0EFB743847F44A306D2D28C1D9EC65DF6DB\
                           7764B22277A2EDDC3C265A9F018F9CB852E111B768B326904B59A0193776F094";
const SUITES: [Suite; 4] = [Suite::TripleDes, Suite::Aes128, Suite::Aes192, Suite::Aes256];

fn bytes(hex: &str) -> Vec<u8> {
    hex::decode(hex).unwrap()
}

fn upper(bytes: &[u8]) -> String {
    hex::encode_upper(bytes)
}

fn g1_info() -> PaceInfo {
    let card_access = SecurityInfos::decode(&bytes("31143012060A04007F0007020204020202010202010D")).unwrap();
    card_access.pace().next().unwrap()
}

fn g1_password() -> Password {
    Password::mrz(&MrzSecret::from_mrz_information("T22000129364081251010318"))
}

/// The example's commands and answers, step by step.
fn g1_exchange() -> [(String, String); 5] {
    [
        ("0022C1A40F800A04007F00070202040202830101".into(), "9000".into()),
        ("10860000027C0000".into(), "7C12801095A3A016522EE98D01E76CB6B98B42C39000".into()),
        (format!("10860000457C438141{TERMINAL_MAP_PUBLIC}00"), format!("7C438241{CHIP_MAP_PUBLIC}9000")),
        (format!("10860000457C438341{TERMINAL_PUBLIC}00"), format!("7C438441{CHIP_PUBLIC}9000")),
        ("008600000C7C0A8508C2B0BD78D94BA86600".into(), "7C0A86083ABB9674BCE93C089000".into()),
    ]
}

fn response(hex: &str) -> ResponseApdu {
    ResponseApdu::decode(&bytes(hex)).unwrap()
}

#[test]
fn appendix_g_1_intermediate_values() {
    let secret = MrzSecret::from_mrz_information("T22000129364081251010318");
    secret.expose(|secret| assert_eq!(upper(secret), "7E2D2A41C74EA0B38CD36F863939BFA8E9032AAD"));
    let key = secret.expose(|secret| derive_key(Suite::Aes128, secret, KeyPurpose::Password)).unwrap();
    key.expose(|key| assert_eq!(upper(key), "89DED1B26624EC1E634C1989302849DD"));
    let mut nonce = bytes("95A3A016522EE98D01E76CB6B98B42C3");
    aes_cbc::decrypt(&key, &[0; 16], &mut nonce).unwrap();
    assert_eq!(upper(&nonce), NONCE);

    let curve = g1_info().curve().unwrap();
    assert_eq!(curve, Curve::BrainpoolP256r1);
    let private = |hex| CurvePrivateKey::from_bytes(curve, &bytes(hex)).unwrap();
    let public = |hex| CurvePoint::decode(curve, &bytes(hex)).unwrap();
    assert_eq!(private(TERMINAL_MAP).public().unwrap(), public(TERMINAL_MAP_PUBLIC));
    assert_eq!(private(CHIP_MAP).public().unwrap(), public(CHIP_MAP_PUBLIC));
    for (own, other) in [(TERMINAL_MAP, CHIP_MAP_PUBLIC), (CHIP_MAP, TERMINAL_MAP_PUBLIC)] {
        let shared = private(own).agree(&public(other)).unwrap();
        shared.expose(|point| assert_eq!(upper(point), SHARED_POINT));
        let base = shared.map_generator(&SecretBytes::copy_of(&nonce)).unwrap();
        base.expose(|point| assert_eq!(upper(point), MAPPED_BASE));
        assert_eq!(upper(private(TERMINAL_KEY).public_over(&base).unwrap().octets()), TERMINAL_PUBLIC);
        assert_eq!(upper(private(CHIP_KEY).public_over(&base).unwrap().octets()), CHIP_PUBLIC);
    }
    for (own, other) in [(TERMINAL_KEY, CHIP_PUBLIC), (CHIP_KEY, TERMINAL_PUBLIC)] {
        let secret = private(own).agree(&public(other)).unwrap().x();
        let expected = "28768D20701247DAE81804C9E780EDE582A9996DB4A315020B2733197DB84925";
        secret.expose(|secret| assert_eq!(upper(secret), expected));
    }
}

/// Every command to the octet from the example's private keys; the session's first command is what other programs publish.
#[test]
fn appendix_g_1_terminal() {
    let [select, nonce, mapping, agreement, confirmation] = g1_exchange();
    let mut draws = ScriptedEntropy::new([bytes(TERMINAL_MAP), bytes(TERMINAL_KEY)]);
    let (step, command) = terminal::select(&g1_info(), g1_password(), false).unwrap();
    assert_eq!(upper(&command.encode()), select.0);
    let (step, command) = step.accepted(&response(&select.1)).unwrap();
    assert_eq!(upper(&command.encode()), nonce.0);
    let (step, command) = step.nonce(&response(&nonce.1), &mut draws).unwrap();
    assert_eq!(upper(&command.encode()), mapping.0);
    let (step, command) = step.mapped(&response(&mapping.1), &mut draws).unwrap();
    assert_eq!(upper(&command.encode()), agreement.0);
    let (step, command) = step.agreed(&response(&agreement.1)).unwrap();
    assert_eq!(upper(&command.encode()), confirmation.0);
    let terminal::Opened { mut session, id_picc, chip_authentication, compressed_key } =
        step.confirmed(&response(&confirmation.1)).unwrap();
    assert_eq!((upper(&id_picc), chip_authentication.is_none()), (CHIP_PUBLIC[2..66].into(), true));
    assert_eq!(upper(&compressed_key), TERMINAL_PUBLIC[2..66]);
    let select = CommandApdu::new(0x00, 0xA4, 0x04, 0x0C).with_data(bytes("A0000002471001"));
    let wrapped = "0CA4040C1D871101752F676B09FAC86A87D632749A49C7CC8E08C18BA1FCE707BD9F00";
    assert_eq!(upper(&session.wrap(&select).unwrap().encode()), wrapped);
    assert!(session.unwrap(&response("990290008E08BEA7B381C494A0799000")).unwrap().status().is_success());
}

/// Every answer to the octet from the example's nonce and private keys.
#[test]
fn appendix_g_1_chip() {
    let [select, nonce, mapping, agreement, confirmation] = g1_exchange();
    let data = |hex: &str| CommandApdu::decode(&bytes(hex)).unwrap().data().to_vec();
    let answered = |octets: &[u8], expected: &str| assert_eq!(format!("{}9000", upper(octets)), expected);
    let mut draws = ScriptedEntropy::new([bytes(NONCE), bytes(CHIP_MAP), bytes(CHIP_KEY)]);
    let selection = Selection::decode(&data(&select.0)).unwrap();
    assert_eq!(selection.password, PasswordReference::Mrz);
    let step = chip::NonceDue::new(&selection.choose(&[g1_info()]).unwrap(), g1_password()).unwrap();
    let (step, octets) = step.nonce(&data(&nonce.0), &mut draws).unwrap();
    answered(&octets, &nonce.1);
    let (step, octets) = step.map(&data(&mapping.0), None, &mut draws).unwrap();
    answered(&octets, &mapping.1);
    let (step, octets) = step.agree(&data(&agreement.0), &mut draws).unwrap();
    answered(&octets, &agreement.1);
    let chip::Opened { mut session, answer, id_picc, compressed_key } = step.confirm(&data(&confirmation.0)).unwrap();
    answered(&answer, &confirmation.1);
    assert_eq!(upper(&id_picc), CHIP_PUBLIC[2..66]);
    assert_eq!(upper(&compressed_key), TERMINAL_PUBLIC[2..66]);
    let wrapped = "0CA4040C1D871101752F676B09FAC86A87D632749A49C7CC8E08C18BA1FCE707BD9F00";
    let plain = session.unwrap_command(&CommandApdu::decode(&bytes(wrapped)).unwrap()).unwrap();
    assert_eq!(plain.data(), bytes("A0000002471001"));
}

/// Appendix H.1: nonces, mapped base point, shared secret and tokens. The example's APDUs are not known here, only its values.
#[test]
fn appendix_h_1_at_both_ends() {
    let nonce = "2923BE84E16CD6AE529049F1F1BBE9EB";
    let terminal_nonce = "5DD4CBFC96F5453B130D890A1CDBAE32";
    let chip_public = "0467F78E5F7F7686082B293E8D087E056916D0F74BC01A5F8957D0DE45691E51E8\
                       932B69A962B52A0985AD2C0A271EE6A13A8ADDDCD1A3A994B9DED257F4D22753";
    let info =
        PaceInfo { protocol: PaceProtocol::from_oid(&bytes("04007F00070202040402")).unwrap(), parameter_id: Some(13) };
    assert_eq!(info.protocol, PaceProtocol::ecdh(PaceMapping::Integrated, Suite::Aes128));
    let draws = [nonce, terminal_nonce, TERMINAL_KEY, CHIP_KEY].map(bytes);
    let mut seen = Vec::new();
    let passwords = (can("123456"), can("123456"));
    let outcome = exchange(&info, passwords, &mut ScriptedEntropy::new(draws), |tag, octets| {
        seen.push((tag, upper(octets)));
    });
    let object = |wanted: u8| seen.iter().find(|(tag, _)| *tag == wanted).unwrap().1.clone();
    assert_eq!(object(0x81), format!("7C128110{terminal_nonce}"));
    assert_eq!(object(0x82), "7C028200");
    assert_eq!(object(0x84), format!("7C438441{chip_public}"));
    assert_eq!(object(0x85), "7C0A8508450F02B86F6A0909");
    assert_eq!(object(0x86), "7C0A860875D4D96E8D5B0308");
    outcome.unwrap();
}

/// Suites and curves that no appendix has: encrypted nonce, digest of both ephemeral keys, and both tokens, as a Python program
/// computes them with integers, `cryptography`'s ciphers and OpenSSL's curve parameters. It gives Appendix H.1's base point too.
#[test]
fn other_suites_as_python_computes_them() {
    let (generic, integrated) = (PaceMapping::Generic, PaceMapping::Integrated);
    let nonces = [
        (Suite::TripleDes, "3A2760CEF4726B71D4BD76B91C86A91A"),
        (Suite::Aes192, "67EE246890161A50BAC249931A9B75EA5915582EABF2CED75F99449E2C5F1ABE"),
        (Suite::Aes256, "D35D3155A7CE1F4BED5B99A2A09F0CEB5A8BC7C9DA63956ACDD11562D48DAA2E"),
    ];
    for (mapping, suite, curve, keys, tokens) in [
        (
            generic,
            Suite::TripleDes,
            Curve::P256,
            "D855C9EC071AB6752F69C1CE67B33C893FE911D05A8E409A2D3981EEF225CB86",
            ["8EDCB4C4424BA3F4", "EC90A69356F69E4E"],
        ),
        (
            generic,
            Suite::Aes192,
            Curve::P384,
            "BAF0924F397EF0B9EA4B052D9A5E088D23CBECFFFF90F1127F9AA594F5B33933",
            ["046D8504962A64A0", "845A1B5BFF8A934A"],
        ),
        (
            generic,
            Suite::Aes256,
            Curve::P521,
            "ABD2B7FB3A1D8E5FC4BCBD1F550A5FA9A90798451DED6DB28D8369D564A0C624",
            ["8183A1E43D1F2F99", "73202136231F968B"],
        ),
        (
            integrated,
            Suite::TripleDes,
            Curve::P384,
            "C50B43A213CD67DDF9379A2533C873C23C5AC97E669D5EDAC09786D305D2EBB9",
            ["D5CDB3C2C5512517", "D2B6C208A2044BF4"],
        ),
        (
            integrated,
            Suite::Aes192,
            Curve::BrainpoolP384r1,
            "A299EE8ABEEFBCB15EF56FC00EB142381C6922F2579530E908D639FE85BD078F",
            ["73E8AB1A30BDCBA5", "AB19E284C176E879"],
        ),
        (
            integrated,
            Suite::Aes256,
            Curve::P521,
            "0639DA3AB60526B4CE77351B8F9CD3BCCCB7B3D8911FD9BA092CC0A110C6B25B",
            ["CE04B72A6A8ADD01", "206153F6D3AC243F"],
        ),
        (
            integrated,
            Suite::Aes256,
            Curve::BrainpoolP256r1,
            "30BCFA525B99DFE8785C7AAFD098EFD58615009BAB714379A0E457B053031FB2",
            ["21BCBB4CA3F2731D", "4239B7A47ADCED31"],
        ),
    ] {
        // A private key is 00 and then one octet again and again.
        let key = |octet| [vec![0], vec![octet; curve.field_octets() - 1]].concat();
        let (_, encrypted) = nonces.into_iter().find(|(of, _)| *of == suite).unwrap();
        let nonce = vec![0xA0; encrypted.len() / 2];
        let draws = match mapping {
            PaceMapping::Generic => vec![nonce, key(0x11), key(0x12), key(0x13), key(0x14)],
            _ => vec![nonce, vec![0xB0; suite.key_length()], key(0x13), key(0x14)],
        };
        let mut seen = Vec::new();
        let passwords = (can("123456"), can("123456"));
        exchange(&info(mapping, curve, suite), passwords, &mut ScriptedEntropy::new(draws), |tag, octets| {
            let template = sigillo_tlv::single(octets, 0x7C).unwrap();
            seen.push((tag, template.reader().expect(tag.into()).unwrap().value.to_vec()));
        })
        .unwrap();
        let object = |wanted: u8| seen.iter().find(|(tag, _)| *tag == wanted).unwrap().1.clone();
        assert_eq!(upper(&object(0x80)), encrypted, "{suite:?}");
        let digest = sigillo_crypto::sha256(&[object(0x83), object(0x84)].concat());
        assert_eq!(upper(&digest), keys, "{mapping:?} {suite:?} {curve:?}");
        assert_eq!([upper(&object(0x85)), upper(&object(0x86))], tokens, "{mapping:?} {suite:?} {curve:?}");
    }
}

#[test]
fn integrated_mapping_takes_no_other_data() {
    for suite in SUITES {
        let info = |curve: Curve| PaceInfo {
            protocol: PaceProtocol::ecdh(PaceMapping::Integrated, suite),
            parameter_id: Some(curve.parameter_id()),
        };
        let run = |wanted: u8, answer: Vec<u8>| {
            let passwords = (can("123456"), can("123456"));
            let mut entropy = SeededEntropy::new([8; 32]);
            let outcome = exchange(&info(Curve::P384), passwords, &mut entropy, |tag, octets| {
                if tag == wanted {
                    octets.clone_from(&answer);
                }
            });
            let (end, error) = outcome.map(|_| ()).unwrap_err();
            (end, error.code())
        };
        assert_eq!(run(0x82, bytes("7C03820100")), ("terminal", "pace.key"));
        assert_eq!(run(0x82, bytes("7C00")), ("terminal", "pace.object"));
        for length in [0, 15, suite.key_length() - 1, suite.key_length() + 1] {
            let nonce = sigillo_tlv::encode(0x7C, &sigillo_tlv::encode(0x81, &vec![1; length]));
            assert_eq!(run(0x81, nonce), ("chip", "channel.length"));
        }
        let short =
            sigillo_tlv::encode(0x7C, &sigillo_tlv::encode(0x80, &vec![0; suite.key_length().div_ceil(16) * 16 - 16]));
        assert_eq!(run(0x80, short), ("terminal", "channel.length"));
        let mut entropy = SeededEntropy::new([9; 32]);
        let wrong = exchange(&info(Curve::P521), (can("123456"), can("654321")), &mut entropy, |_, _| {});
        assert_eq!(wrong.map(|_| ()).unwrap_err(), ("chip", ChannelError::PaceTerminalToken));
    }
}

/// Where an exchange ended, and why.
type Outcome = Result<(sm::terminal::Session, sm::chip::Session), (&'static str, ChannelError)>;

/// Both ends against each other; `tamper` may change the answer (or data) of a step, named by the tag of its object.
fn exchange(
    info: &PaceInfo,
    passwords: (Password, Password),
    entropy: &mut dyn Entropy,
    mut tamper: impl FnMut(u8, &mut Vec<u8>),
) -> Outcome {
    let at = |end: &'static str| move |error: ChannelError| (end, error);
    let (ifd, icc) = (at("terminal"), at("chip"));
    let mut response = |tag, octets: Vec<u8>| {
        let mut octets = octets;
        tamper(tag, &mut octets);
        ResponseApdu::new(octets, StatusWord::Success)
    };
    let (terminal, command) = terminal::select(info, passwords.0, true).map_err(ifd)?;
    let selection = Selection::decode(command.data()).map_err(icc)?;
    let chip = chip::NonceDue::new(&selection.choose(&[*info]).map_err(icc)?, passwords.1).map_err(icc)?;
    let (terminal, command) = terminal.accepted(&ResponseApdu::from(StatusWord::Success)).map_err(ifd)?;
    let (chip, octets) = chip.nonce(command.data(), entropy).map_err(icc)?;
    let (terminal, command) = terminal.nonce(&response(0x80, octets), entropy).map_err(ifd)?;
    let data = response(0x81, command.data().to_vec());
    let chip_key = chip_key(info.curve().unwrap());
    let (chip, octets) = chip.map(data.data(), Some(&chip_key), entropy).map_err(icc)?;
    let (terminal, command) = terminal.mapped(&response(0x82, octets), entropy).map_err(ifd)?;
    let data = response(0x83, command.data().to_vec());
    let (chip, octets) = chip.agree(data.data(), entropy).map_err(icc)?;
    let (terminal, command) = terminal.agreed(&response(0x84, octets)).map_err(ifd)?;
    let data = response(0x85, command.data().to_vec());
    let chip = chip.confirm(data.data()).map_err(icc)?;
    let terminal = terminal.confirmed(&response(0x86, chip.answer)).map_err(ifd)?;
    assert_eq!((terminal.id_picc.len(), &terminal.id_picc), (info.curve().unwrap().field_octets(), &chip.id_picc));
    let mapped = info.protocol.mapping() == PaceMapping::ChipAuthentication;
    assert_eq!(terminal.chip_authentication.is_some(), mapped);
    if let Some(data) = terminal.chip_authentication {
        data.verify(&chip_key.public().unwrap()).map_err(ifd)?;
    }
    Ok((terminal.session, chip.session))
}

/// The chip's static key, for the chip authentication mapping.
fn chip_key(curve: Curve) -> CurvePrivateKey {
    CurvePrivateKey::generate(curve, &mut SeededEntropy::new([0xC4; 32]))
}

fn can(digits: &str) -> Password {
    Password::can(digits).unwrap()
}

const MAPPINGS: [PaceMapping; 3] = [PaceMapping::Generic, PaceMapping::Integrated, PaceMapping::ChipAuthentication];

/// Every mapping with every suite it has a protocol for.
fn protocols() -> impl Strategy<Value = PaceProtocol> {
    prop::sample::select(all_protocols())
}

fn all_protocols() -> Vec<PaceProtocol> {
    let all = MAPPINGS.into_iter().flat_map(|mapping| SUITES.map(|suite| PaceProtocol::ecdh(mapping, suite)));
    all.filter(|protocol| PaceProtocol::from_oid(&protocol.oid()).is_some()).collect()
}

fn info(mapping: PaceMapping, curve: Curve, suite: Suite) -> PaceInfo {
    PaceInfo { protocol: PaceProtocol::ecdh(mapping, suite), parameter_id: Some(curve.parameter_id()) }
}

#[test]
fn every_curve_and_suite_opens_a_session() {
    assert_eq!(all_protocols().len(), 11);
    for protocol in all_protocols() {
        for curve in Curve::ALL {
            let (mapping, suite) = (protocol.mapping(), protocol.suite());
            let mut entropy = SeededEntropy::new([curve.parameter_id(); 32]);
            let outcome =
                exchange(&info(mapping, curve, suite), (can("123456"), can("123456")), &mut entropy, |_, _| {});
            let (mut terminal, mut chip) = outcome.unwrap();
            assert_eq!(terminal.suite(), suite);
            let select = CommandApdu::new(0x00, 0xA4, 0x02, 0x0C).with_data([0x01, 0x1E]);
            let seen = chip.unwrap_command(&terminal.wrap(&select).unwrap()).unwrap();
            assert_eq!(seen.data(), [0x01, 0x1E]);
            let answer = chip.wrap_response(&ResponseApdu::from(StatusWord::FileNotFound)).unwrap();
            assert_eq!(terminal.unwrap(&answer).unwrap().status(), StatusWord::FileNotFound);
        }
    }
}

/// The chip learns of it at the terminal's token, and gives nothing away before or after.
#[test]
fn a_wrong_password_fails_at_the_terminals_token() {
    for suite in SUITES {
        let mut entropy = SeededEntropy::new([3; 32]);
        let outcome = exchange(
            &info(PaceMapping::Generic, Curve::P256, suite),
            (can("123456"), can("123457")),
            &mut entropy,
            |tag, _| {
                assert_ne!(tag, 0x86, "the chip showed its token");
            },
        );
        let (end, refused) = outcome.unwrap_err();
        assert_eq!((end, refused.code()), ("chip", "pace.terminal-token"));
        assert_eq!(refused.chip_status(), StatusWord::AuthenticationFailed);
    }
}

#[test]
fn what_is_altered_is_refused_by_its_receiver() {
    let run = |tamper: &dyn Fn(u8, &mut Vec<u8>)| {
        let passwords = (g1_password(), g1_password());
        let outcome = exchange(&g1_info(), passwords, &mut SeededEntropy::new([4; 32]), tamper);
        outcome.map(|_| ()).unwrap_err()
    };
    let last = |wanted| {
        move |tag: u8, octets: &mut Vec<u8>| {
            if tag == wanted {
                *octets.last_mut().unwrap() ^= 1;
            }
        }
    };
    assert_eq!(run(&last(0x80)), ("chip", ChannelError::PaceTerminalToken));
    assert_eq!(run(&last(0x81)), ("chip", ChannelError::PaceKey));
    assert_eq!(run(&last(0x82)), ("terminal", ChannelError::PaceKey));
    assert_eq!(run(&last(0x83)), ("chip", ChannelError::PaceKey));
    assert_eq!(run(&last(0x84)), ("terminal", ChannelError::PaceKey));
    assert_eq!(run(&last(0x85)), ("chip", ChannelError::PaceTerminalToken));
    assert_eq!(run(&last(0x86)), ("terminal", ChannelError::PaceCardToken));
    // Shorter, longer, nothing, another object.
    for tag in 0x80..=0x86u8 {
        let end = if tag % 2 == 0 { "terminal" } else { "chip" };
        for change in [
            |octets: &mut Vec<u8>| octets.truncate(octets.len() - 1),
            |octets: &mut Vec<u8>| octets.push(0),
            |octets: &mut Vec<u8>| octets.clear(),
            |octets: &mut Vec<u8>| octets[2] ^= 0x08,
        ] {
            let refused = run(&|found, octets: &mut Vec<u8>| {
                if found == tag {
                    change(octets)
                }
            });
            assert_eq!((refused.0, refused.1.code()), (end, "pace.object"), "{tag:02X}");
        }
    }
    // A token one octet short, in objects that are well formed; nonces of odd lengths; a nonce of nothing.
    let replaced = |wanted: u8, hex: &'static str| {
        run(&move |tag, octets: &mut Vec<u8>| {
            if tag == wanted {
                *octets = bytes(hex)
            }
        })
    };
    assert_eq!(replaced(0x85, "7C09850700000000000000"), ("chip", ChannelError::PaceTerminalToken));
    assert_eq!(replaced(0x86, "7C028600"), ("terminal", ChannelError::PaceCardToken));
    let odd = "7C11800F000000000000000000000000000000";
    for nonce in ["7C028000", "7C03800100", odd] {
        let refused = replaced(0x80, nonce);
        assert_eq!((refused.0, refused.1.code()), ("terminal", "channel.length"));
    }
    assert_eq!(replaced(0x81, "7C03810100"), ("chip", ChannelError::PaceKey));
}

/// A party that sends our own public key back knows nothing, and could make both tokens equal.
#[test]
fn a_reflected_key_is_refused() {
    for (seen, answered) in [(0x81, 0x82), (0x83, 0x84)] {
        let mut sent = Vec::new();
        let outcome = exchange(
            &g1_info(),
            (g1_password(), g1_password()),
            &mut SeededEntropy::new([5; 32]),
            |tag, octets: &mut Vec<u8>| {
                if tag == seen {
                    sent.clone_from(octets);
                } else if tag == answered {
                    octets.clone_from(&sent);
                    octets[2] = answered;
                }
            },
        );
        assert_eq!(outcome.map(|_| ()).unwrap_err(), ("terminal", ChannelError::PaceKey));
    }
    // The chip draws only after it read, so a terminal cannot know its key; one that guesses it is refused all the same.
    let mut draws = ScriptedEntropy::new([bytes(NONCE), bytes(CHIP_MAP)]);
    let step = chip::NonceDue::new(&g1_info(), g1_password()).unwrap();
    let (step, _) = step.nonce(&bytes("7C00"), &mut draws).unwrap();
    let refused = step.map(&bytes(&format!("7C438141{CHIP_MAP_PUBLIC}")), None, &mut draws).unwrap_err();
    assert_eq!(refused, ChannelError::PaceKey);
}

#[test]
fn a_chip_that_refuses_is_believed() {
    let refusal = ResponseApdu::from(StatusWord::AuthenticationFailed);
    let (step, _) = terminal::select(&g1_info(), g1_password(), false).unwrap();
    assert_eq!(step.accepted(&refusal).unwrap_err().code(), "channel.refused");
    let [select, nonce, mapping, agreement, _] = g1_exchange();
    let mut draws = ScriptedEntropy::new([bytes(TERMINAL_MAP), bytes(TERMINAL_KEY)]);
    let (step, _) = terminal::select(&g1_info(), g1_password(), false).unwrap();
    let (step, _) = step.accepted(&response(&select.1)).unwrap();
    let (step, _) = step.nonce(&response(&nonce.1), &mut draws).unwrap();
    let (step, _) = step.mapped(&response(&mapping.1), &mut draws).unwrap();
    let (step, _) = step.agreed(&response(&agreement.1)).unwrap();
    assert!(format!("{step:?}").starts_with("Confirmation { agreed: Agreed(redacted), mapping_key: None,"));
    let refused = step.confirmed(&refusal).unwrap_err();
    assert_eq!(refused, ChannelError::Refused { status: StatusWord::AuthenticationFailed });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn both_ends_agree(seed: [u8; 32], protocol in protocols(), curve in prop::sample::select(&Curve::ALL), digits in "[0-9]{6}") {
        let mut entropy = SeededEntropy::new(seed);
        let info = info(protocol.mapping(), curve, protocol.suite());
        let outcome = exchange(&info, (can(&digits), can(&digits)), &mut entropy, |_, _| {});
        let (mut terminal, mut chip) = outcome.unwrap();
        let read = CommandApdu::new(0x00, 0xB0, 0x00, 0x00).with_le(4);
        prop_assert!(chip.unwrap_command(&terminal.wrap(&read).unwrap()).is_ok());
    }

    /// One altered bit in any step, wherever it is, never ends in a session.
    #[test]
    fn a_flipped_bit_never_opens_a_session(seed: [u8; 32], mapping in prop::sample::select(&MAPPINGS), step in 0x80..=0x86u8, at in any::<prop::sample::Index>(), bit in 0..8u8) {
        let info = info(mapping, Curve::P256, Suite::Aes128);
        let outcome = exchange(&info, (can("123456"), can("123456")), &mut SeededEntropy::new(seed), |tag, octets| {
            if tag == step { *at.get_mut(octets) ^= 1 << bit; }
        });
        prop_assert!(outcome.is_err());
    }

    #[test]
    fn any_data_are_taken_or_refused(data in prop::collection::vec(any::<u8>(), 0..90)) {
        if let Ok(selection) = Selection::decode(&data) {
            prop_assert_eq!(Selection::decode(selection.encode().data()).unwrap(), selection);
        }
        let mut entropy = SeededEntropy::new([6; 32]);
        let step = chip::NonceDue::new(&g1_info(), g1_password()).unwrap();
        prop_assert!(step.nonce(&data, &mut entropy).is_err() || data == [0x7C, 0x00]);
        let step = chip::NonceDue::new(&g1_info(), g1_password()).unwrap();
        let (step, _) = step.nonce(&[0x7C, 0x00], &mut entropy).unwrap();
        prop_assert!(step.map(&data, None, &mut entropy).is_err());
        let (step, _) = terminal::select(&g1_info(), g1_password(), false).unwrap();
        let (step, _) = step.accepted(&ResponseApdu::from(StatusWord::Success)).unwrap();
        let _ = step.nonce(&ResponseApdu::new(data, StatusWord::Success), &mut entropy);
    }
}
