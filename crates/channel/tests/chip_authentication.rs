//! Chip Authentication against recorded sessions with issued passports, against the EAC worked example that OpenPACE's self-test
//! holds, and against itself on every curve and suite.
//!
//! The sessions are those of gmrtd's tests (github.com/gmrtd/gmrtd, `chipauth`): keys, commands and answers, no data of a holder.
//! Issued chips answered them, so neither end here is judged by the other.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

use proptest::prelude::*;
use sigillo_apdu::{CommandApdu, ResponseApdu, StatusWord};
use sigillo_channel::ChannelError;
use sigillo_channel::chip_authentication::chip::{self, Carrier};
use sigillo_channel::chip_authentication::terminal::{self, Opened, Progress};
use sigillo_channel::chip_authentication::{
    CaProtocol, KeyAgreement, Selection, decode_general_authenticate, decode_public_key,
};
use sigillo_channel::secure_messaging::{self as sm, SendSequenceCounter, SessionKeys, Suite};
use sigillo_channel::security_info::SecurityInfos;
use sigillo_crypto::{Curve, CurvePoint, CurvePrivateKey, EcParameters, ScriptedEntropy, SeededEntropy};
use sigillo_secret::SessionKey;

const SUITES: [Suite; 4] = [Suite::TripleDes, Suite::Aes128, Suite::Aes192, Suite::Aes256];

/// brainpoolP256r1 by all its parameters, as three of the passports write it, up to the key's BIT STRING.
const EXPLICIT_P256R1: &str = "3081EC06072A8648CE3D02013081E0020101302C06072A8648CE3D0101022100A9FB57DBA1EEA9BC3E660A909D838D726E\
                               3BF623D52620282013481D1F6E5377304404207D5A0975FC2C3057EEF67530417AFFE7FB8055C126DC5C6CE94A4B44F330\
                               B5D9042026DC5C6CE94A4B44F330B5D9BBD77CBF958416295CF7E1CE6BCCDC18FF8C07B60441048BD2AEB9CB7E57CB2C4B\
                               482FFC81B7AFB9DE27E1E3BD23C23A4453BD9ACE3262547EF835C3DAC4FD97F8461A14611DC9C27745132DED8E545C1D54\
                               C72F046997022100A9FB57DBA1EEA9BC3E660A909D838D718C397AA3B561A6F7901E0E82974856A7020101";

/// One recorded session: what was open before, the terminal's private key, and what went over the wire.
struct Recorded {
    dg14: String,
    suite: Suite,
    old: (Suite, &'static str, &'static str, u64),
    private: &'static str,
    exchange: &'static [[&'static str; 2]],
    /// SELECT of DG14 as the first command of the new session.
    first: [&'static str; 2],
}

fn bytes(hex: &str) -> Vec<u8> {
    hex::decode(hex).unwrap()
}

fn austria() -> Recorded {
    Recorded {
        dg14: format!(
            "3182017A300D060804007F0007020202020101300F060A04007F000702020302020201013012060A04007F0007020204020202010202010D\
             30820142060904007F00070202010230820133{EXPLICIT_P256R1}034200041983917269AC877C0B61544C2C022000D2A5ABA723E2D80141E6\
             48B40911DC3459761F27480E4B57181A53D8FE1190EA86C939AC14363178CAFFC621F0F905C3"
        ),
        suite: Suite::Aes128,
        old: (Suite::Aes128, "524170DE3419B7AF2F23E45AD6EF9595", "97893F5FDC29A5C13A924FE7D8ED44FD", 0xF0),
        private: "80EBAFC8A51BECD4D90BB640EE38C9FD5C12748D28AAA37096B98C4533C4F5F5",
        exchange: &[
            [
                "0C2241A41D8711015D8F69B1EA365CCE4304970DB12421F38E085340D338128085E700",
                "990290008E083F5136E82A6C34779000",
            ],
            [
                "0C860000608751019E18F1BA79D805379752BB560EB70AAC3CE3BC5AFE2FDD4AEB325CA8B578B4A93B9F66A5DF40005F8E878535\
                 251D33DD974AAF77FB858773E5799FA9DC1034E89B1150EC7F0BB3DB4BF37A1B9EA4458A9701008E089D204D950C0B95DB00",
                "8711010B0A5DFFC7432DE4DEB604291377A05B990290008E08B3384A1F5D1579739000",
            ],
        ],
        first: [
            "0CA4020C1D8711011B2EE500E84960DF7F37AFE7ADFF53838E084500F3B43E192A5700",
            "990290008E0803C4B125B4218CEF9000",
        ],
    }
}

/// With a key identifier, C3.
fn germany() -> Recorded {
    Recorded {
        dg14: format!(
            "31820196300D060804007F00070202020201013012060A04007F0007020204020202010202010D3012060A04007F00070202040602020102\
             02010D3013060A04007F00070202030202020101020200C330820146060904007F00070202010230820133{EXPLICIT_P256R1}0342000470\
             36BC5D0BCF31913B59103BB6F2C0C98C99EF4C19B9517340B76BFE4EE2194C76C3F3314E021D4B092DB5A32AB7D6E297F2FBEAE45AA28DEF\
             C4DA750FEAD54E020200C3"
        ),
        suite: Suite::Aes128,
        old: (Suite::Aes128, "CC86415F2ED7E8FD663B754265695AE1", "581E84B8EE06C4D3EEE30461498D7FB3", 0xBA),
        private: "84A5145885678EE9307C28C52736896267511203B7B8009C5FE27ABCBAECDCAA",
        exchange: &[
            [
                "0C2241A41D871101980953D37F67558690045D78A853B18A8E08929767A2CEF172E200",
                "990290008E08FC873EBB62219C8A9000",
            ],
            [
                "0C8600006087510161912C367A6322D24AA1D4522DC47A7345369257672DF1D1163D506EB6489395D8083FAD393A394297CE8703\
                 C42F22C864C1F4C8E70EE1CF9B497ACF6579190D90F36CF9E16FE2149FF57247285D9E1E9701008E08A1D7A16EFBFD932C00",
                "87110123E7159AC9B0EF92CE1F6755B89697E3990290008E088972F1595E1508C29000",
            ],
        ],
        first: [
            "0CA4020C1D871101FAD37EADBCDE7E6A0833035A9FFF5B708E0836560BBCE1FECD5F00",
            "990290008E0829D0E1EBBB61BE7A9000",
        ],
    }
}

/// Triple DES by MSE:Set AT, inside BAC.
fn malaysia() -> Recorded {
    Recorded {
        dg14: format!(
            "3182016630820142060904007F00070202010230820133{EXPLICIT_P256R1}03420004A04F85AFDFC316FB5E9F33F94CA45837D20D9D91AD50\
             02307C3F124B6EF5B92565D018A6B7F69DB73976BFBB4278757405C64E96104D161649E8A94078EAEFCE300F060A04007F00070202030201\
             020101300D060804007F0007020202020101"
        ),
        suite: Suite::TripleDes,
        old: (
            Suite::TripleDes,
            "896DE34A942C7076FEC207207ACB79C2",
            "D6C47FF4677AC8AE91CB49F4CE673432",
            0x9646_C154_BFB7_BE79,
        ),
        private: "3A31F4E18418312FCB40F3EFBE719182C046A9719E1ED8C376197AA9E8ED7465",
        exchange: &[
            [
                "0C2241A41D8711019D1E70C6F5EE06A7CA1E98FBF5C945C98E087AC379DC78702E6300",
                "990290008E08643C2C3AC66585E49000",
            ],
            [
                "0C86000058874901A9C6BF370C62AA43CA1EC9B97071727654822361DEB8BA4E5719AA05D8E86AA36164DFA5E506DBF60DC74188\
                 58179FD25DAC5E9E49393DDE37E29652444941B562142AB5F19AEA919701008E085083316637060C4D00",
                "87090108166157B375BC1E990290008E08FF8A254C50179F519000",
            ],
        ],
        first: ["0CA4020C1587090106904D37288D69488E08A13B74E87B87E44600", "990290008E08C2BF01FDDD1D599D9000"],
    }
}

/// Triple DES by MSE:Set KAT, inside an AES-256 session, from a DG14 that names no protocol.
fn france() -> Recorded {
    Recorded {
        dg14: "3182015A30820142060904007F000702020102308201333081EC06072A8648CE3D02013081E0020101302C06072A8648CE3D0101022100FF\
               FFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF30440420FFFFFFFF00000001000000000000000000000000FF\
               FFFFFFFFFFFFFFFFFFFFFC04205AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B0441046B17D1F2E12C4247\
               F8BCE6E563A440F277037D812DEB33A0F4A13945D898C2964FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5\
               022100FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551020101034200048367FC170D90AD53A28C6526A9C7\
               EC4F5C59C4F7F5D992583F951A1654B4D1D6332163A33D82CBF245154887A8812ED9A55C15AD9D5C5C463851875BBA9AEABD3012060A0400\
               7F0007020204020402010202010C"
            .into(),
        suite: Suite::TripleDes,
        old: (
            Suite::Aes256,
            "17DA5D46E356F5B31C3D65B1369EF531CA811EFFC76967D2B62335E1AD9FE5CB",
            "5CB99A25E6081581FAC80C8DA621087939B6BDE273F2F7C65693B3A0EA3051ED",
            0xC6,
        ),
        private: "D9C3B06A4DCB735351429403FCB56DB520DC882512D775971F724D6112F96586",
        exchange: &[[
            "0C2241A65D8751013AE386873DF68BD7E9F8D7AB2E696CED29EEB8DA78D502645B5E97D566361341E2EAA56318F6D84BF0BC44F7808A\
             FAF14798D16048AAB03545F017F557D2CCE9DEE724F099E3D643ABD0FB03E567D9B18E08F2D238DEDE5ABBF100",
            "990290008E089666AC14D11E8C2C9000",
        ]],
        first: ["0CA4020C15870901DB66E918FE3525F98E08D870008CEA2BA80000", "990290008E08420DEA0A913418AE9000"],
    }
}

impl Recorded {
    fn infos(&self) -> SecurityInfos {
        SecurityInfos::decode(&bytes(&self.dg14)).unwrap()
    }

    fn protocol(&self) -> (CaProtocol, Option<u8>) {
        self.infos().chip_authentication().next().unwrap()
    }

    fn chip_key(&self) -> CurvePoint {
        decode_public_key(self.infos().chip_authentication_key(self.protocol().1).unwrap()).unwrap()
    }

    fn old_keys(&self) -> SessionKeys {
        let (suite, enc, mac, counter) = self.old;
        let key = |hex| SessionKey::new(&bytes(hex)).unwrap();
        SessionKeys::new(suite, key(enc), key(mac), SendSequenceCounter::new(counter)).unwrap()
    }
}

fn response(hex: &str) -> ResponseApdu {
    ResponseApdu::decode(&bytes(hex)).unwrap()
}

fn select_dg14() -> CommandApdu {
    CommandApdu::new(0x00, 0xA4, 0x02, 0x0C).with_data([0x01, 0x0E])
}

/// Our terminal sends to the octet what those passports were sent, and believes their answers.
#[test]
fn recorded_terminals() {
    for recorded in [austria(), germany(), france()] {
        let (protocol, key_id) = recorded.protocol();
        assert_eq!(protocol, CaProtocol::ecdh(recorded.suite));
        let mut old = sm::terminal::Session::new(recorded.old_keys());
        let mut draws = ScriptedEntropy::new([bytes(recorded.private)]);
        let (mut step, mut command) = terminal::begin(protocol, &recorded.chip_key(), key_id, &mut draws).unwrap();
        let mut exchange = recorded.exchange.iter();
        let mut opened = loop {
            let [expected, answer] = exchange.next().unwrap();
            assert_eq!(*old.wrap(&command).unwrap().encode(), bytes(expected));
            match step.answered(&old.unwrap(&response(answer)).unwrap()).unwrap() {
                Progress::Next(next, then) => (step, command) = (next, then),
                Progress::Done(opened) => break opened,
            }
        };
        assert!(exchange.next().is_none());
        let [expected, answer] = recorded.first;
        assert_eq!(*opened.session.wrap(&select_dg14()).unwrap().encode(), bytes(expected));
        assert!(opened.session.unwrap(&response(answer)).unwrap().status().is_success());
        let public = CurvePrivateKey::from_bytes(recorded.chip_key().curve(), &bytes(recorded.private)).unwrap();
        assert_eq!(opened.compressed_key, public.public().unwrap().octets()[1..33]);
    }
}

/// Our chip reads what those terminals sent, and answers to the octet what those passports answered.
///
/// Their private keys are unknown; the terminal's private key and the chip's public key agree on the same secret.
#[test]
fn recorded_chips() {
    for recorded in [austria(), germany(), malaysia(), france()] {
        let mut old = sm::chip::Session::new(recorded.old_keys());
        let private = CurvePrivateKey::from_bytes(recorded.chip_key().curve(), &bytes(recorded.private)).unwrap();
        let (protocol, key_id) = recorded.protocol();
        let mut opened = None;
        for [command, answer] in recorded.exchange {
            let plain = old.unwrap_command(&CommandApdu::decode(&bytes(command)).unwrap()).unwrap();
            let (head, data) = (plain.head(), plain.data());
            let agreed = |terminal_key: &[u8], carrier| {
                assert_eq!(terminal_key, private.public().unwrap().octets());
                chip::agree(protocol, &private, recorded.chip_key().octets(), carrier).unwrap()
            };
            let octets = match (head.ins, head.p1, head.p2) {
                (0x22, 0x41, 0xA4) => {
                    assert_eq!(Selection::decode(data).unwrap(), Selection { protocol, key_id });
                    Vec::new()
                }
                (0x22, 0x41, 0xA6) => {
                    let agreement = KeyAgreement::decode(data).unwrap();
                    assert_eq!(agreement.key_id, key_id);
                    opened.insert(agreed(&agreement.terminal_key, Carrier::SetKeyAgreement)).answer.clone()
                }
                _ => {
                    let terminal_key = decode_general_authenticate(data).unwrap();
                    opened.insert(agreed(&terminal_key, Carrier::GeneralAuthenticate)).answer.clone()
                }
            };
            let protected = old.wrap_response(&ResponseApdu::new(octets, StatusWord::Success)).unwrap();
            assert_eq!(protected.encode(), bytes(answer));
        }
        let mut session = opened.unwrap().session;
        let [command, answer] = recorded.first;
        let plain = session.unwrap_command(&CommandApdu::decode(&bytes(command)).unwrap()).unwrap();
        assert_eq!(plain.data(), select_dg14().data());
        assert_eq!(session.wrap_response(&ResponseApdu::from(StatusWord::Success)).unwrap().encode(), bytes(answer));
    }
}

/// The EAC worked example (as OpenPACE's `eactest.c` holds it): keys and shared secret. Its session keys are those of version 2.
#[test]
fn eac_worked_example() {
    let curve = Curve::BrainpoolP256r1;
    let chip = "7984674CF3B3A524BF929CE8A67FCF22173DA0BAD595EED6DEB72D22C542FA9D";
    let terminal = "A6A4D255C5BF7A77EC3D0553DB74F693CF044E18C98364D4977A296108AF19BD";
    let chip_public = "04A44EBE5451DF7AADB01E459B8C928A87746A57927C8C28A6775C97A7E1FE8D9A\
                       46FF4A1CC7E4D1389AEA19758E4F75C28C598FD734AEBEB135337CF95BE12E94";
    let terminal_public = "045A7A377FC9CAFC03AC7FF45441A8B2909D88EAB8E6B0173847AB49B949DF3799\
                           A34EE57EC55268CF8B1C3EC489F8BF4CF4C68D3FD9670E89C0D5D3FFF1AAF89F";
    let secret = "791DA04273CCFE862E52DF60347E2557192E1F8D7517822CE3D306056C1CDEB4";
    for (own, public, other) in [(chip, chip_public, terminal_public), (terminal, terminal_public, chip_public)] {
        let key = CurvePrivateKey::from_bytes(curve, &bytes(own)).unwrap();
        assert_eq!(key.public().unwrap().octets(), bytes(public));
        let shared = key.agree(&CurvePoint::decode(curve, &bytes(other)).unwrap()).unwrap().x();
        shared.expose(|shared| assert_eq!(shared, bytes(secret)));
    }
    // The example's chip writes its key with the identifier of standardized domain parameters.
    let spki = format!("3052300C060704007F0007010202010D034200{chip_public}");
    assert_eq!(decode_public_key(&bytes(&spki)).unwrap().octets(), bytes(chip_public));
    // Both ends agree under the example's keys; the compressed key is the X coordinate that Terminal Authentication signs.
    let mut draws = ScriptedEntropy::new([bytes(terminal)]);
    let (opened, chip_end) = exchange(
        CaProtocol::ecdh(Suite::Aes128),
        &CurvePrivateKey::from_bytes(curve, &bytes(chip)).unwrap(),
        Some(1),
        &mut draws,
    );
    assert_eq!(hex::encode_upper(&opened.compressed_key), terminal_public[2..66]);
    assert_eq!(opened.compressed_key, chip_end.compressed_key);
}

/// Both ends against each other.
fn exchange(
    protocol: CaProtocol,
    key: &CurvePrivateKey,
    key_id: Option<u8>,
    entropy: &mut dyn sigillo_crypto::Entropy,
) -> (Opened, chip::Opened) {
    let (step, command) = terminal::begin(protocol, &key.public().unwrap(), key_id, entropy).unwrap();
    let success = |data: Vec<u8>| ResponseApdu::new(data, StatusWord::Success);
    let (step, chip_end) = if protocol.suite() == Suite::TripleDes {
        let agreement = KeyAgreement::decode(command.data()).unwrap();
        assert_eq!(agreement.key_id, key_id);
        (step, chip::agree(protocol, key, &agreement.terminal_key, Carrier::SetKeyAgreement).unwrap())
    } else {
        assert_eq!(Selection::decode(command.data()).unwrap(), Selection { protocol, key_id });
        let Progress::Next(step, command) = step.answered(&success(Vec::new())).unwrap() else { panic!("done early") };
        let terminal_key = decode_general_authenticate(command.data()).unwrap();
        (step, chip::agree(protocol, key, &terminal_key, Carrier::GeneralAuthenticate).unwrap())
    };
    match step.answered(&success(chip_end.answer.clone())).unwrap() {
        Progress::Done(opened) => (opened, chip_end),
        Progress::Next(..) => panic!("a third command"),
    }
}

#[test]
fn every_curve_and_suite_opens_a_session() {
    let mut entropy = SeededEntropy::new([1; 32]);
    for curve in Curve::ALL {
        let key = CurvePrivateKey::generate(curve, &mut entropy);
        for suite in SUITES {
            let (mut opened, mut chip) = exchange(CaProtocol::ecdh(suite), &key, Some(7), &mut entropy);
            assert_eq!((opened.session.suite(), opened.compressed_key.len()), (suite, curve.field_octets()));
            let seen = chip.session.unwrap_command(&opened.session.wrap(&select_dg14()).unwrap()).unwrap();
            assert_eq!(seen.data(), select_dg14().data());
            let answer = chip.session.wrap_response(&ResponseApdu::from(StatusWord::FileNotFound)).unwrap();
            assert_eq!(opened.session.unwrap(&answer).unwrap().status(), StatusWord::FileNotFound);
        }
    }
}

/// A chip without the private key agrees on other keys: its first answer is not believed.
#[test]
fn a_clone_is_found_at_its_first_answer() {
    let mut entropy = SeededEntropy::new([2; 32]);
    let (key, other) =
        (CurvePrivateKey::generate(Curve::P256, &mut entropy), CurvePrivateKey::generate(Curve::P256, &mut entropy));
    let (step, command) =
        terminal::begin(CaProtocol::ecdh(Suite::TripleDes), &key.public().unwrap(), None, &mut entropy).unwrap();
    let agreement = KeyAgreement::decode(command.data()).unwrap();
    let protocol = CaProtocol::ecdh(Suite::TripleDes);
    let mut clone = chip::agree(protocol, &other, &agreement.terminal_key, Carrier::SetKeyAgreement).unwrap();
    let Progress::Done(mut opened) = step.answered(&ResponseApdu::from(StatusWord::Success)).unwrap() else { panic!() };
    let wrapped = opened.session.wrap(&select_dg14()).unwrap();
    assert_eq!(clone.session.unwrap_command(&wrapped).unwrap_err(), ChannelError::SmMac);
    let objects = bytes("990290008E080000000000000000");
    let lie = ResponseApdu::new(objects, StatusWord::Success);
    assert_eq!(opened.session.unwrap(&lie).unwrap_err(), ChannelError::SmMac);
}

#[test]
fn what_a_terminal_refuses() {
    let mut entropy = SeededEntropy::new([3; 32]);
    let key = CurvePrivateKey::generate(Curve::P384, &mut entropy).public().unwrap();
    let begin =
        |suite, entropy: &mut SeededEntropy| terminal::begin(CaProtocol::ecdh(suite), &key, None, entropy).unwrap().0;
    let said = |octets: &str| ResponseApdu::new(bytes(octets), StatusWord::Success);
    for suite in [Suite::TripleDes, Suite::Aes192] {
        let refused = begin(suite, &mut entropy).answered(&ResponseApdu::from(StatusWord::WrongData)).unwrap_err();
        assert_eq!(refused, ChannelError::Refused { status: StatusWord::WrongData });
        for stray in ["7C00", "00"] {
            assert_eq!(begin(suite, &mut entropy).answered(&said(stray)).unwrap_err().code(), "ca.object");
        }
    }
    for wrong in ["", "7C0100", "7C028100", "7C0000", "7D00"] {
        let Progress::Next(step, command) = begin(Suite::Aes256, &mut entropy).answered(&said("")).unwrap() else {
            panic!("done early")
        };
        assert_eq!((command.head().ins, command.head().le), (0x86, 256));
        assert_eq!(step.answered(&said(wrong)).unwrap_err().code(), "ca.object", "{wrong}");
    }
}

#[test]
fn what_a_chip_refuses() {
    let oid = "04007F00070202030202";
    for (data, code) in [
        (String::new(), "ca.object"),
        ("840101".into(), "ca.object"),
        (format!("800A{oid}8400"), "ca.object"),
        (format!("800A{oid}84020101"), "ca.object"),
        (format!("800A{oid}800A{oid}"), "ca.object"),
        (format!("800A{oid}830101"), "ca.object"),
        (format!("800A{oid}84"), "ca.object"),
        ("800A04007F00070202030205".into(), "ca.protocol"),
        ("800A04007F00070202030102".into(), "ca.protocol"),
        ("800904007F000702020302".into(), "ca.protocol"),
    ] {
        let refused = Selection::decode(&bytes(&data)).unwrap_err();
        assert_eq!((refused.code(), u16::from(refused.chip_status())), (code, 0x6A80), "{data}");
    }
    let full = Selection { protocol: CaProtocol::ecdh(Suite::Aes128), key_id: Some(0xC3) };
    assert_eq!(Selection::decode(&bytes(&format!("8401C3800A{oid}"))).unwrap(), full, "in another order");
    for data in ["", "840101", "9100910100", "910100840101840102", "91010083010 1", "91010"] {
        let data = data.replace(' ', "");
        let Ok(data) = hex::decode(&data) else { continue };
        assert_eq!(KeyAgreement::decode(&data).unwrap_err().code(), "ca.object");
    }
    for data in ["", "7C00", "7C03810100", "7C06800100800100", "7C0380010000", "80010 0"] {
        let data = bytes(&data.replace(' ', ""));
        assert_eq!(decode_general_authenticate(&data).unwrap_err().code(), "ca.object");
    }
    let mut entropy = SeededEntropy::new([4; 32]);
    let key = CurvePrivateKey::generate(Curve::P256, &mut entropy);
    let good = CurvePrivateKey::generate(Curve::P256, &mut entropy).public().unwrap().octets().to_vec();
    let other = CurvePrivateKey::generate(Curve::P384, &mut entropy).public().unwrap().octets().to_vec();
    let mut off = good.clone();
    *off.last_mut().unwrap() ^= 1;
    let compressed = [&[2], &good[1..33]].concat();
    for wrong in [off, other, compressed, Vec::new(), vec![0], good[..64].to_vec(), vec![0; 65]] {
        for carrier in [Carrier::SetKeyAgreement, Carrier::GeneralAuthenticate] {
            let refused = chip::agree(CaProtocol::ecdh(Suite::Aes128), &key, &wrong, carrier).unwrap_err();
            assert_eq!((refused, u16::from(refused.chip_status())), (ChannelError::CaKey, 0x6A80));
        }
    }
}

#[test]
fn public_keys_as_chips_write_them() {
    let mut entropy = SeededEntropy::new([5; 32]);
    for curve in Curve::ALL {
        let key = CurvePrivateKey::generate(curve, &mut entropy).public().unwrap();
        for form in [EcParameters::Named, EcParameters::Explicit] {
            assert_eq!(decode_public_key(&key.to_spki_der(form).unwrap()).unwrap(), key);
        }
        let string = sigillo_tlv::encode(0x03, &[&[0], key.octets()].concat());
        let algorithm = bytes(&format!("300C060704007F0007010202 01{:02X}", curve.parameter_id()).replace(' ', ""));
        let spki = sigillo_tlv::encode(0x30, &[algorithm, string].concat());
        assert_eq!(decode_public_key(&spki).unwrap(), key);
        for at in 0..spki.len() {
            let mut damaged = spki.clone();
            damaged[at] ^= 0x01;
            assert_eq!(decode_public_key(&damaged).unwrap_err(), ChannelError::CaKey, "{at}");
        }
    }
}

#[test]
fn protocols_have_identifiers() {
    for (protocol, oid) in CaProtocol::ALL.into_iter().zip(["01", "02", "03", "04"]) {
        assert_eq!(hex::encode_upper(protocol.oid()), format!("04007F000702020302{oid}"));
        assert_eq!(CaProtocol::from_oid(&protocol.oid()), Some(protocol));
    }
    assert_eq!(CaProtocol::from_oid(&bytes("04007F000702020302")), None);
    assert!(!format!("{:?}", recorded_debug()).contains("80EBAF"));
}

fn recorded_debug() -> (terminal::Exchange, CommandApdu) {
    let recorded = austria();
    let mut draws = ScriptedEntropy::new([bytes(recorded.private)]);
    terminal::begin(recorded.protocol().0, &recorded.chip_key(), None, &mut draws).unwrap()
}

proptest! {
    #[test]
    fn any_data_are_taken_or_refused(data in prop::collection::vec(any::<u8>(), 0..90)) {
        if let Ok(selection) = Selection::decode(&data) {
            prop_assert_eq!(Selection::decode(selection.encode().data()).unwrap(), selection);
        }
        if let Ok(agreement) = KeyAgreement::decode(&data) {
            prop_assert_eq!(KeyAgreement::decode(agreement.encode().data()).unwrap(), agreement);
        }
        let _ = decode_general_authenticate(&data);
        let _ = decode_public_key(&data);
    }

    #[test]
    fn templates_survive(suite in prop::sample::select(&SUITES), key_id in any::<Option<u8>>(), terminal_key in prop::collection::vec(any::<u8>(), 0..140)) {
        let selection = Selection { protocol: CaProtocol::ecdh(suite), key_id };
        prop_assert_eq!(Selection::decode(selection.encode().data()).unwrap(), selection);
        let agreement = KeyAgreement { terminal_key, key_id };
        prop_assert_eq!(KeyAgreement::decode(agreement.encode().data()).unwrap(), agreement);
    }

    /// A key that was altered on its way agrees on other keys, or is refused.
    #[test]
    fn a_flipped_bit_never_opens_a_session(seed: [u8; 32], at in any::<prop::sample::Index>(), bit in 0..8u8) {
        let mut entropy = SeededEntropy::new(seed);
        let key = CurvePrivateKey::generate(Curve::P256, &mut entropy);
        let protocol = CaProtocol::ecdh(Suite::TripleDes);
        let (step, command) = terminal::begin(protocol, &key.public().unwrap(), None, &mut entropy).unwrap();
        let mut octets = command.data().to_vec();
        *at.get_mut(&mut octets) ^= 1 << bit;
        let Progress::Done(mut opened) = step.answered(&ResponseApdu::from(StatusWord::Success)).unwrap() else { panic!() };
        let wrapped = opened.session.wrap(&select_dg14()).unwrap();
        let chip = KeyAgreement::decode(&octets)
            .and_then(|seen| chip::agree(protocol, &key, &seen.terminal_key, Carrier::SetKeyAgreement));
        prop_assert!(chip.is_err() || chip.unwrap().session.unwrap_command(&wrapped).is_err());
    }
}
