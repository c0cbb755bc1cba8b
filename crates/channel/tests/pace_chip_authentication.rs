//! PACE with the chip authentication mapping: the worked example of ICAO 9303-11 Appendix I, and a recorded session with an issued
//! passport.
//!
//! The appendix is known here by what other programs quote of it: gmrtd and an Android reader hold its APDUs, a .NET library its
//! private keys of the chip. The chip's ephemeral private key is in none of them, so the chip's end is judged by intermediate
//! values, and by the terminal's end, which the appendix and the passport judge.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

use proptest::prelude::*;
use sigillo_apdu::{CommandApdu, ResponseApdu, StatusWord};
use sigillo_channel::bac::MrzSecret;
use sigillo_channel::pace::terminal::{self, Opened};
use sigillo_channel::pace::{PaceInfo, PaceMapping, PaceProtocol, Password, chip};
use sigillo_channel::secure_messaging::Suite;
use sigillo_channel::security_info::{SecurityInfo, SecurityInfos};
use sigillo_channel::{ChannelError, KeyPurpose, derive_key};
use sigillo_crypto::{
    Curve, CurvePoint, CurvePrivateKey, EcParameters, ScriptedEntropy, SeededEntropy, aes_cbc, padding,
};
use sigillo_secret::SecretBytes;

const MAPPING_PUBLIC: &str = "04A234236AA9B9621E8EFB73B5245C0E09D2576E5277183C1208BDD55280CAE8B3\
                              04F365713A356E65A451E165ECC9AC0AC46E3771342C8FE5AEDD092685338E23";
const TERMINAL_MAPPING: &str = "047F1D410ADB7DDB3B84BF1030800981A9105D7457B4A3ADE002384F3086C67EDE\
                                1AB889104A27DB6D842B019020FBF3CEACB0DC627F7BDCAC29969E19D0E553C1";
const TERMINAL_PUBLIC: &str = "04446C934084D9DAB863944F219520076C29EE3F7AE6722B11FF319EC1C7728F95\
                               5483400BFF60BF0C5929270009277DC2A515E12575010AD9BA916CF1BF86FEFC";
const CHIP_PUBLIC: &str = "0402AD566F3C6EC7F9324509AD50A51FA52030782A4968FCFEDF737DAEA9933331\
                           11C3B9B4C2287789BD137E7F8AA882E2A3C633CCD6ECC2C63C57AD401A09C2E1";
const TERMINAL_MAPPING_KEY: &str = "5D8BB87BD74D985A4B7D4325B9F7B976FE835122773400798914AA22738135CC";
const TERMINAL_KEY: &str = "76ECFDAA9841C323A3F5FC5E88B88DB3EFF7E35EBF57A7E6946CB630006C2120";
const STATIC_KEY: &str = "86C88A4579CE48135878E6348A734B5D47CE5BC1E54C0E8978687B49FDE2E2C2";
const MAPPING_KEY: &str = "9E56A6B59C95D06ECE5CD10F983BB2F4F1943528E577F23881D89D8C3BBEE0AA";
/// ChipAuthenticationPublicKeyInfo as EF.CardSecurity of the example holds it.
const CARD_SECURITY: &str = "31643062060904007F0007020201023052300C060704007F0007010202010D034200\
                             041872709494399E7470A6431BE25E83EEE24FEA568C2ED28DB48E05DB3A610DC8\
                             84D256A40E35EFCB59BF6753D3A489D28C7A4D973C2DA138A6E7A4A08F68E16F02010D";

/// Commands and answers of one exchange, and the private keys that the terminal drew.
struct Example {
    exchange: [[String; 2]; 5],
    draws: [&'static str; 2],
}

fn bytes(hex: &str) -> Vec<u8> {
    hex::decode(hex).unwrap()
}

fn upper(bytes: &[u8]) -> String {
    hex::encode_upper(bytes)
}

fn info() -> PaceInfo {
    let protocol = PaceProtocol::from_oid(&bytes("04007F00070202040602")).unwrap();
    assert_eq!(protocol, PaceProtocol::ecdh(PaceMapping::ChipAuthentication, Suite::Aes128));
    PaceInfo { protocol, parameter_id: Some(13) }
}

fn appendix_i() -> Example {
    let exchange = [
        ["0022C1A40F800A04007F00070202040602830101".into(), "9000".into()],
        ["10860000027C0000".into(), "7C128010CB60E8E0D85B76A9BD304747C2AD42E29000".into()],
        [format!("10860000457C438141{TERMINAL_MAPPING}00"), format!("7C438241{MAPPING_PUBLIC}9000")],
        [format!("10860000457C438341{TERMINAL_PUBLIC}00"), format!("7C438441{CHIP_PUBLIC}9000")],
        [
            "008600000C7C0A8508E86BD06018A1CD3B00".into(),
            "7C3C86088596CF055C67C1A38A301EEA964DAAE372AC990E3EFDE6333353BFC89A6704D93DA8798CF77F5B7A54BD10CBA372B42BE0B9B5F28A\
             A8DE2F4F929000"
                .into(),
        ],
    ];
    Example { exchange, draws: [TERMINAL_MAPPING_KEY, TERMINAL_KEY] }
}

fn appendix_i_password() -> Password {
    Password::mrz(&MrzSecret::from_mrz_information("C11T002JM496081222310314"))
}

impl Example {
    /// Our terminal must send these commands; the last answer may be another one.
    fn run(&self, password: Password, name_parameters: bool, last: &str) -> Result<Opened, ChannelError> {
        let mut draws = ScriptedEntropy::new(self.draws.map(bytes));
        let answer = |step: usize| ResponseApdu::decode(&bytes(&self.exchange[step][1])).unwrap();
        let sent = |step: usize, command: &CommandApdu| assert_eq!(upper(&command.encode()), self.exchange[step][0]);
        let (step, command) = terminal::select(&info(), password, name_parameters)?;
        sent(0, &command);
        let (step, command) = step.accepted(&answer(0))?;
        sent(1, &command);
        let (step, command) = step.nonce(&answer(1), &mut draws)?;
        sent(2, &command);
        let (step, command) = step.mapped(&answer(2), &mut draws)?;
        sent(3, &command);
        let (step, command) = step.agreed(&answer(3))?;
        sent(4, &command);
        step.confirmed(&ResponseApdu::decode(&bytes(last)).unwrap())
    }
}

fn static_key() -> CurvePoint {
    SecurityInfos::decode(&bytes(CARD_SECURITY)).unwrap().chip_authentication_mapping_key(13).unwrap()
}

/// Every command to the octet; the chip's answers open a session, prove its key, and no other.
#[test]
fn appendix_i_terminal() {
    let example = appendix_i();
    let opened = example.run(appendix_i_password(), false, &example.exchange[4][1]).unwrap();
    assert_eq!(upper(&opened.id_picc), CHIP_PUBLIC[2..66]);
    let data = opened.chip_authentication.unwrap();
    data.verify(&static_key()).unwrap();
    for other in [Curve::BrainpoolP256r1, Curve::P256, Curve::P384] {
        assert_eq!(data.verify(&CurvePoint::generator(other)).unwrap_err(), ChannelError::PaceChipAuthentication);
    }
    assert!(!format!("{data:?}").to_uppercase().contains("85DC3F"));
}

/// Nonce, mapping, shared secret, session keys, tokens' key and the chip's authentication data.
#[test]
fn appendix_i_intermediate_values() {
    let secret = MrzSecret::from_mrz_information("C11T002JM496081222310314");
    secret.expose(|secret| assert_eq!(upper(secret), "894D03F148C6265E89845B218856EA34D00EF8E8"));
    let key = secret.expose(|secret| derive_key(Suite::Aes128, secret, KeyPurpose::Password)).unwrap();
    key.expose(|key| assert_eq!(upper(key), "4E6F6FBF7BE748B932C7B74161BBA9DF"));
    let mut nonce = bytes("CB60E8E0D85B76A9BD304747C2AD42E2");
    aes_cbc::decrypt(&key, &[0; 16], &mut nonce).unwrap();
    assert_eq!(upper(&nonce), "658B860BC94DF6F044FCE6D5C82CF8E5");

    let curve = Curve::BrainpoolP256r1;
    let private = |hex| CurvePrivateKey::from_bytes(curve, &bytes(hex)).unwrap();
    let public = |hex| CurvePoint::decode(curve, &bytes(hex)).unwrap();
    assert_eq!(private(MAPPING_KEY).public().unwrap(), public(MAPPING_PUBLIC));
    assert_eq!(private(TERMINAL_MAPPING_KEY).public().unwrap(), public(TERMINAL_MAPPING));
    assert_eq!(private(STATIC_KEY).public().unwrap(), static_key());
    for (own, other) in [(MAPPING_KEY, TERMINAL_MAPPING), (TERMINAL_MAPPING_KEY, MAPPING_PUBLIC)] {
        let base = private(own).agree(&public(other)).unwrap().map_generator(&SecretBytes::copy_of(&nonce)).unwrap();
        let expected = "0489F0B5EABF3BE293C75903A3986131925C9F5B515CA95AF485DC7E886F03245D\
                        44BEFB2DD3A0DBD71CB5E618971CF4747F12B79E548379A40E45963BAAF3E829";
        base.expose(|base| assert_eq!(upper(base), expected));
        assert_eq!(upper(private(TERMINAL_KEY).public_over(&base).unwrap().octets()), TERMINAL_PUBLIC);
    }
    let shared = private(TERMINAL_KEY).agree(&public(CHIP_PUBLIC)).unwrap().x();
    let expected = "67950559D0C06B4D4B86972D14460837461087F8419FDBC36AAF6CEAAC462832";
    shared.expose(|shared| assert_eq!(upper(shared), expected));
    let derive = |purpose| shared.expose(|shared| derive_key(Suite::Aes128, shared, purpose)).unwrap();
    let encryption = derive(KeyPurpose::Encryption);
    encryption.expose(|key| assert_eq!(upper(key), "0A9DA4DB03BDDE39FC5202BC44B2E89E"));
    derive(KeyPurpose::Authentication).expose(|key| assert_eq!(upper(key), "4B1C06491ED5140CA2B537D344C6C0B1"));

    // CA_IC as the chip makes it, and as it travels.
    let quotient = private(MAPPING_KEY).quotient(&private(STATIC_KEY)).unwrap();
    let quotient = quotient.expose(upper);
    assert_eq!(quotient, "85DC3FA93D0952BFA82F5FD189EE75BD82F11D1F0B8ED4BF5319AC9B53C426B3");
    let vector = aes_cbc::encrypt_block(&encryption, [0xFF; 16]).unwrap();
    let mut data = padding::pad(&bytes(&quotient), 16);
    aes_cbc::encrypt(&encryption, &vector, &mut data).unwrap();
    assert!(appendix_i().exchange[4][1].contains(&format!("8A30{}", upper(&data))));
}

/// A session with an issued German passport (recorded in gmrtd's tests), which has two keys on one curve in EF.CardSecurity. Its
/// holder's MRZ stays out of here: the nonce is the recorded one, encrypted under a card access number instead.
#[test]
fn recorded_terminal() {
    let example = Example {
        exchange: [
            ["0022C1A412800A04007F0007020204060283010284010D".into(), "9000".into()],
            ["10860000027C0000".into(), "7C12801010335CB2E959BD175FF009CBF38C76959000".into()],
            [
                "10860000457C43814104303F340815EEA501772393E299A4A6F6694600189C249C63A8513FF3FEFA66E346D11970B5F76FB564C3B0E54B\
                 215528F647EC5A9AB209CDBE262E763D6119A100"
                    .into(),
                "7C4382410476DC295C4FB14237D87318D70967E25EC45F74D6FD4AFF588C90EFB3D868F05B450BA6B64967227C2246DBE2905522C8086D\
                 AC7F3BBE5CF3B192F0A0C2D97EE59000"
                    .into(),
            ],
            [
                "10860000457C438341048442B191EF5346A6B6DACB6CD5728C4A72F0CA7AECDF7AFDFB3EF175E12A6F7C74F509AF768B8DBE2CF42D16C1\
                 F00714691D78A19CDF1B493390D1173785F2B700"
                    .into(),
                "7C438441042315AE8143F21DE15B35F083CFA148C5FCBD9F2EB9DCDC4519BCF337443E79E55B28A5E218FB919C30880D263E469645FF11\
                 4C46ED29918910BE3453527D21649000"
                    .into(),
            ],
            [
                "008600000C7C0A8508FEE088A4D7BE1B7F00".into(),
                "7C3C860819A2B9192E11512A8A30B3AE8830311B1D5605777F47CB4ED028346CD00105D32859DE127DA3D8398865358F26F08EBE410864\
                 EAF6E39F33F3F59000"
                    .into(),
            ],
        ],
        draws: [
            "01FD26013F5BC41FAD8BB09811E435F16FBE2EB3C2E1D999B0F63DA8C3D58BB5",
            "1FCD3D8AC4FAE3960A14FEA2925D75ADD335F13B248EBA192358DDED93A89552",
        ],
    };
    let mut opened = example.run(Password::can("123456").unwrap(), true, &example.exchange[4][1]).unwrap();
    let card_security = "3181C8\
        3062060904007F0007020201023052300C060704007F0007010202010D03420004614CD88B00821A887869D0060B44A9D18789353E8CF7DFBC3F29F793\
        27DE30B97B1B2DDA0BE77F24AD415C327C7B7AB2E9C10B0258F5BCBF90C01825FBDFDEF702010D\
        3062060904007F0007020201023052300C060704007F0007010202010D034200048488A2DC34B6B36D6C01A8DFBD70A874610C53B32893A1DE3B1C4BBF\
        477EEF3761AA51DFD6B52DA43587E95386FC34FFE178D90086A7D646047C82BEBC27DA3E020148";
    let infos = SecurityInfos::decode(&bytes(card_security)).unwrap();
    let data = opened.chip_authentication.unwrap();
    data.verify(&infos.chip_authentication_mapping_key(13).unwrap()).unwrap();
    let other =
        sigillo_channel::chip_authentication::decode_public_key(infos.chip_authentication_key(Some(0x48)).unwrap());
    assert_eq!(data.verify(&other.unwrap()).unwrap_err(), ChannelError::PaceChipAuthentication);
    // The passport's first answer inside the session: to SELECT of EF.CardSecurity.
    let select = CommandApdu::new(0x00, 0xA4, 0x02, 0x0C).with_data([0x01, 0x1D]);
    let wrapped = "0CA4020C1D87110147EE2E3BD440FB596167F2BB6CD6395E8E08A105747484314BCF00";
    assert_eq!(upper(&opened.session.wrap(&select).unwrap().encode()), wrapped);
    let answer = ResponseApdu::decode(&bytes("990290008E085F570BADDD1002D29000")).unwrap();
    assert!(opened.session.unwrap(&answer).unwrap().status().is_success());
}

/// What a chip sends for 8A is judged by `verify`, whether it is there at all by PACE.
#[test]
fn altered_data_prove_nothing() {
    let example = appendix_i();
    let run = |objects: &str| example.run(appendix_i_password(), false, &format!("{objects}9000"));
    let whole = &example.exchange[4][1];
    let data = &whole[28..whole.len() - 4];
    let token = "86088596CF055C67C1A3";
    for objects in ["7C0A86088596CF055C67C1A3".to_owned(), format!("7C328A30{data}"), format!("7C3C8A30{data}{token}")]
    {
        assert_eq!(run(&objects).unwrap_err().code(), "pace.object", "{objects}");
    }
    assert_eq!(run(&format!("7C3C86088596CF055C67C1A28A30{data}")).unwrap_err(), ChannelError::PaceCardToken);
    let with = |data: &[u8]| {
        let objects = [bytes(token), sigillo_tlv::encode(0x8A, data)].concat();
        let opened = run(&upper(&sigillo_tlv::encode(0x7C, &objects))).unwrap();
        opened.chip_authentication.unwrap().verify(&static_key())
    };
    with(&bytes(data)).unwrap();
    for at in 0..48 {
        let mut damaged = bytes(data);
        damaged[at] ^= 1;
        assert_eq!(with(&damaged).unwrap_err(), ChannelError::PaceChipAuthentication, "{at}");
    }
    for length in [0, 1, 16, 32, 47] {
        assert_eq!(with(&bytes(data)[..length]).unwrap_err(), ChannelError::PaceChipAuthentication);
    }
}

/// A chip without a static key of this curve cannot speak the mapping at all.
#[test]
fn a_chip_needs_its_key() {
    let mut entropy = SeededEntropy::new([1; 32]);
    let other = CurvePrivateKey::generate(Curve::P256, &mut entropy);
    for chip_key in [None, Some(&other)] {
        let step = chip::NonceDue::new(&info(), appendix_i_password()).unwrap();
        let (step, _) = step.nonce(&bytes("7C00"), &mut entropy).unwrap();
        let refused = step.map(&bytes(&format!("7C438141{TERMINAL_MAPPING}")), chip_key, &mut entropy).unwrap_err();
        assert_eq!((refused, u16::from(refused.chip_status())), (ChannelError::PaceChipKey, 0x6A80));
    }
}

/// The key is named by the domain parameters, or is the only one on the curve.
#[test]
fn the_static_key_is_found() {
    let key = |curve: Curve, key_id: Option<u8>| {
        let public = CurvePoint::generator(curve).to_spki_der(EcParameters::Named).unwrap();
        SecurityInfo::ChipAuthenticationPublicKey { public_key: public, key_id }
    };
    let found =
        |infos: Vec<_>, id| SecurityInfos::new(infos).chip_authentication_mapping_key(id).map(|key| key.curve());
    assert_eq!(found(vec![key(Curve::P256, None)], 12), Some(Curve::P256));
    assert_eq!(found(vec![key(Curve::P256, Some(5))], 12), Some(Curve::P256));
    assert_eq!(found(vec![key(Curve::P256, Some(5)), key(Curve::P384, Some(15))], 15), Some(Curve::P384));
    assert_eq!(found(vec![key(Curve::P256, Some(13))], 13), None, "a key of another curve");
    assert_eq!(found(Vec::new(), 12), None);
    // Two on one curve, as the passport has them: the one that is named, whichever stands first.
    let other = CurvePrivateKey::generate(Curve::P256, &mut SeededEntropy::new([2; 32])).public().unwrap();
    let with = |key: &CurvePoint, key_id| SecurityInfo::ChipAuthenticationPublicKey {
        public_key: key.to_spki_der(EcParameters::Named).unwrap(),
        key_id: Some(key_id),
    };
    let generator = CurvePoint::generator(Curve::P256);
    for (named, unnamed) in [(&other, &generator), (&generator, &other)] {
        let infos = SecurityInfos::new(vec![with(named, 12), with(unnamed, 5)]);
        assert_eq!(infos.chip_authentication_mapping_key(12).as_ref(), Some(named));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// A chip with another static key than the one that was signed opens a session, and fails its proof.
    #[test]
    fn a_clone_fails_its_proof(seed: [u8; 32]) {
        let mut entropy = SeededEntropy::new(seed);
        let (mine, other) = (
            CurvePrivateKey::generate(Curve::BrainpoolP256r1, &mut entropy),
            CurvePrivateKey::generate(Curve::BrainpoolP256r1, &mut entropy),
        );
        let chip = chip::NonceDue::new(&info(), Password::pin("12345678").unwrap()).unwrap();
        let (step, _) = terminal::select(&info(), Password::pin("12345678").unwrap(), false).unwrap();
        let answered = |octets: Vec<u8>| ResponseApdu::new(octets, StatusWord::Success);
        let (step, command) = step.accepted(&answered(Vec::new())).unwrap();
        let (chip, octets) = chip.nonce(command.data(), &mut entropy).unwrap();
        let (step, command) = step.nonce(&answered(octets), &mut entropy).unwrap();
        let (chip, octets) = chip.map(command.data(), Some(&other), &mut entropy).unwrap();
        let (step, command) = step.mapped(&answered(octets), &mut entropy).unwrap();
        let (chip, octets) = chip.agree(command.data(), &mut entropy).unwrap();
        let (step, command) = step.agreed(&answered(octets)).unwrap();
        let opened = step.confirmed(&answered(chip.confirm(command.data()).unwrap().answer)).unwrap();
        let data = opened.chip_authentication.unwrap();
        prop_assert!(data.verify(&other.public().unwrap()).is_ok());
        prop_assert_eq!(data.verify(&mine.public().unwrap()).unwrap_err(), ChannelError::PaceChipAuthentication);
    }
}
