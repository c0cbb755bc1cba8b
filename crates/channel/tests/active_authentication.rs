//! Active Authentication against the worked example of ICAO 9303-11 Appendix F, against a recorded session with an issued
//! passport, and against itself with every kind of key.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

use std::sync::LazyLock;

use proptest::prelude::*;
use sigillo_apdu::{ResponseApdu, StatusWord};
use sigillo_channel::ChannelError;
use sigillo_channel::active_authentication::chip::{sign_ecdsa, sign_rsa};
use sigillo_channel::active_authentication::terminal::{Verifier, internal_authenticate};
use sigillo_channel::secure_messaging::{SendSequenceCounter, SessionKeys, Suite, terminal};
use sigillo_channel::security_info::{SecurityInfo, SecurityInfos};
use sigillo_crypto::{
    Curve, CurvePrivateKey, EcParameters, HashAlgorithm, RsaPrivateKey, ScriptedEntropy, SeededEntropy,
};
use sigillo_secret::SessionKey;

const CHALLENGE: [u8; 8] = [0xF1, 0x73, 0x58, 0x99, 0x74, 0xBF, 0x40, 0xC6];

/// A TEST key as long as the appendix's, which publishes none.
static RSA_1024: LazyLock<RsaPrivateKey> =
    LazyLock::new(|| RsaPrivateKey::generate(1024, &mut SeededEntropy::new([1; 32])).unwrap());

fn bytes(hex: &str) -> Vec<u8> {
    hex::decode(hex).unwrap()
}

fn signed(signature: Vec<u8>) -> ResponseApdu {
    ResponseApdu::new(signature, StatusWord::Success)
}

fn rsa_verifier() -> Verifier {
    Verifier::new(&RSA_1024.public().to_spki_der().unwrap(), None).unwrap()
}

/// M1 is drawn, so our chip makes the example's representative; the terminal takes it apart again.
#[test]
fn appendix_f() {
    let recoverable = "9D2784A67F8E7C659973EA1AEA25D95B6C8F91E5002F369F0FBDCE8A3CEC1991B543F1696546C5524CF23A5303CD6C98\
                       599F40B79F377B5F3A1406B3B4D8F96784D23AA88DB7E1032A405E69325FA91A6E86F5C71AEA978264C4A207446DAD4E\
                       7292E2DCDA3024B47DA8";
    let digest = "C063AA1E6D22FBD976AB0FE73D94D2D9C6D88127";
    assert_eq!(internal_authenticate(CHALLENGE, 256).encode().to_vec(), bytes("0088000008F173589974BF40C600"));
    let message = [bytes(recoverable), CHALLENGE.to_vec()].concat();
    assert_eq!(hex::encode_upper(HashAlgorithm::Sha1.digest(&message)), digest);
    let mut draws = ScriptedEntropy::new([bytes(recoverable)]);
    let signature = sign_rsa(&RSA_1024, HashAlgorithm::Sha1, &CHALLENGE, &mut draws).unwrap();
    let representative = RSA_1024.public().recover(&signature).unwrap();
    assert_eq!(hex::encode_upper(representative), format!("6A{recoverable}{digest}BC"));
    let verifier = rsa_verifier();
    assert_eq!(verifier.signature_length(), 128);
    assert_eq!(verifier.verify(CHALLENGE, &signed(signature.clone())).unwrap(), HashAlgorithm::Sha1);
    let other = [CHALLENGE[0] ^ 1, 0x73, 0x58, 0x99, 0x74, 0xBF, 0x40, 0xC6];
    assert_eq!(verifier.verify(other, &signed(signature)).unwrap_err(), ChannelError::AaSignature);
}

/// An issued passport with an RSA key of 1 792 bits answers inside secure messaging (recorded in gmrtd's tests, `activeauth`).
#[test]
fn recorded_chip() {
    let spki = "3081FF300D06092A864886F70D01010105000381ED003081E90281E100BB8F93F4DC95E205CDA17C6927AB1E365B13065D03CD12E0FCE95D9684\
                0529453202F56CC4C13F77CD062930C8BC89A2873B257045C286E601CF3C09323A53103314902804AA10A314628CE222206A8866946A36B44204\
                1BB54AC81E6855DD1D6E16101833D65A191C20AC8B33B8A1A32920F46043F8031CF2BC17417030865FC5BE5A39DEE423BCBA3CA8177168EB23CF\
                E01BA43EC87711B1CFFF85DB46F300DD8AE317B50D543B573E119E23AF7070D0B2FED6A3B2313A5EC02A531AAED1741F4390D1013E2A0F081EAC\
                5DC8B0A1B2C6BDB1206F08D30E3643E1E5BDF536110203010001";
    let key = |hex| SessionKey::new(&bytes(hex)).unwrap();
    let (enc, mac) = (key("B99D546108EAA251570876B6D3456DCE"), key("E3857CA24946251C151C540E13F2CD51"));
    let keys = SessionKeys::new(Suite::TripleDes, enc, mac, SendSequenceCounter::new(0xCC)).unwrap();
    let mut session = terminal::Session::new(keys);
    let challenge = [0x96, 0x30, 0x2B, 0x0F, 0x3D, 0x7E, 0x78, 0x64];
    let wrapped = session.wrap(&internal_authenticate(challenge, 256)).unwrap();
    let expected = "0C88000020871101ED7F8CB47A4EEA086324A7F9DD7427809701008E0897F54BAE49AA71F800";
    assert_eq!(wrapped.encode().to_vec(), bytes(expected));
    let protected = "8781E901D04CA80F527DF94F4A430D3D6E6CB6C2AF4C6756C068A93132D147FA27833125304132981B8BD8009448E89F259EEC8552B54285\
                     CEF9D8F1B7FB31B9F279221C7E925F4951811F3FE2E01D76E68DBC7CDE9C873C5F61862F3C5469792A72F92C8943B890436F5E9FEAEAD9F2\
                     A361FCD7A615493D1B3519865F32EE9A125886588EB21FEE0E709353D0731139FDC958D6B2127FAD6947B438998B526819803F70F78614CD\
                     42F4A6619C6AF95DFD2AB09BEDF71E707ABC39A250AEE68006D522AD37D159674984A07D11C001022C853AEB7ACDB059EDE5721A3B9F2044\
                     1BDA7E242EE8DF1369D25316990290008E08FD2493147866F0ED9000";
    let response = session.unwrap(&ResponseApdu::decode(&bytes(protected)).unwrap()).unwrap();
    let verifier = Verifier::new(&bytes(spki), None).unwrap();
    assert_eq!(verifier.signature_length(), response.data().len());
    assert_eq!(verifier.verify(challenge, &response).unwrap(), HashAlgorithm::Sha256);
    let mut tampered = response.data().to_vec();
    tampered[0] ^= 1;
    assert_eq!(verifier.verify(challenge, &signed(tampered)).unwrap_err(), ChannelError::AaSignature);
}

#[test]
fn every_hash_fits_into_rsa() {
    let verifier = rsa_verifier();
    for hash in HashAlgorithm::ALL {
        let mut entropy = SeededEntropy::new([2; 32]);
        let signature = sign_rsa(&RSA_1024, hash, &CHALLENGE, &mut entropy).unwrap();
        assert_eq!(verifier.verify(CHALLENGE, &signed(signature)).unwrap(), hash);
    }
    // The same challenge twice: the recoverable part is drawn anew.
    let mut entropy = SeededEntropy::new([3; 32]);
    let mut sign = || sign_rsa(&RSA_1024, HashAlgorithm::Sha256, &CHALLENGE, &mut entropy).unwrap();
    assert_ne!(sign(), sign());
}

#[test]
fn every_curve_and_hash() {
    let mut entropy = SeededEntropy::new([4; 32]);
    for curve in Curve::ALL {
        let key = CurvePrivateKey::generate(curve, &mut entropy);
        let spki = key.public().unwrap().to_spki_der(EcParameters::Explicit).unwrap();
        for hash in HashAlgorithm::ALL {
            let dg14 = SecurityInfos::new(vec![SecurityInfo::ActiveAuthentication { hash }]);
            let verifier = Verifier::new(&spki, Some(&dg14)).unwrap();
            let signature = sign_ecdsa(&key, hash, &CHALLENGE).unwrap();
            assert_eq!(signature.len(), verifier.signature_length());
            assert_eq!(verifier.verify(CHALLENGE, &signed(signature.clone())).unwrap(), hash);
            let other = CurvePrivateKey::generate(curve, &mut entropy);
            let clone = sign_ecdsa(&other, hash, &CHALLENGE).unwrap();
            assert_eq!(verifier.verify(CHALLENGE, &signed(clone)).unwrap_err(), ChannelError::AaSignature);
            let der = sigillo_crypto::ecdsa_signature_to_der(&signature).unwrap();
            assert_eq!(verifier.verify(CHALLENGE, &signed(der)).unwrap_err(), ChannelError::AaSignature, "not plain");
        }
        // DG14 names another hash than the chip uses.
        let dg14 = SecurityInfos::new(vec![SecurityInfo::ActiveAuthentication { hash: HashAlgorithm::Sha384 }]);
        let signature = sign_ecdsa(&key, HashAlgorithm::Sha256, &CHALLENGE).unwrap();
        let refused = Verifier::new(&spki, Some(&dg14)).unwrap().verify(CHALLENGE, &signed(signature)).unwrap_err();
        assert_eq!(refused, ChannelError::AaSignature);
    }
}

#[test]
fn keys_and_algorithms_that_do_not_go_together() {
    let mut entropy = SeededEntropy::new([5; 32]);
    let key = CurvePrivateKey::generate(Curve::P256, &mut entropy);
    let spki = key.public().unwrap().to_spki_der(EcParameters::Named).unwrap();
    let silent = SecurityInfos::new(Vec::new());
    for dg14 in [None, Some(&silent)] {
        assert_eq!(Verifier::new(&spki, dg14).unwrap_err().code(), "aa.algorithm");
    }
    for wrong in [Vec::new(), spki[..spki.len() - 1].to_vec(), bytes("3000")] {
        assert_eq!(Verifier::new(&wrong, None).unwrap_err().code(), "aa.key");
    }
    for length in [0, 7, 9, 16] {
        let challenge = vec![0; length];
        let refused = sign_ecdsa(&key, HashAlgorithm::Sha256, &challenge).unwrap_err();
        assert_eq!((refused.code(), u16::from(refused.chip_status())), ("channel.length", 0x6700));
        let refused = sign_rsa(&RSA_1024, HashAlgorithm::Sha256, &challenge, &mut entropy).unwrap_err();
        assert_eq!(refused.code(), "channel.length");
    }
    let refusal = ResponseApdu::from(StatusWord::WrongData);
    assert_eq!(rsa_verifier().verify(CHALLENGE, &refusal).unwrap_err().code(), "channel.refused");
}

/// Signatures by the same key over something else: PKCS#1, the bare challenge, a representative without its hash.
#[test]
fn other_signatures_of_the_key_are_refused() {
    let pkcs1 = RSA_1024.sign_pkcs1(HashAlgorithm::Sha256, &CHALLENGE).unwrap();
    let bare = RSA_1024.sign_raw(&[vec![0; 120], CHALLENGE.to_vec()].concat()).unwrap();
    let no_hash = RSA_1024.sign_raw(&[vec![0x6A], vec![0; 126], vec![0xBC]].concat()).unwrap();
    for signature in [pkcs1, bare, no_hash, Vec::new(), vec![0; 127], vec![0; 129], vec![0xFF; 128]] {
        assert_eq!(rsa_verifier().verify(CHALLENGE, &signed(signature)).unwrap_err(), ChannelError::AaSignature);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_flipped_bit_is_refused(seed: [u8; 32], challenge: [u8; 8], at in any::<prop::sample::Index>(), bit in 0..8u8) {
        let mut signature = sign_rsa(&RSA_1024, HashAlgorithm::Sha256, &challenge, &mut SeededEntropy::new(seed)).unwrap();
        prop_assert!(rsa_verifier().verify(challenge, &signed(signature.clone())).is_ok());
        *at.get_mut(&mut signature) ^= 1 << bit;
        prop_assert_eq!(rsa_verifier().verify(challenge, &signed(signature)).unwrap_err(), ChannelError::AaSignature);
        let key = CurvePrivateKey::generate(Curve::P256, &mut SeededEntropy::new(seed));
        let verifier = Verifier::Ecdsa { key: key.public().unwrap(), hash: HashAlgorithm::Sha256 };
        let mut signature = sign_ecdsa(&key, HashAlgorithm::Sha256, &challenge).unwrap();
        *at.get_mut(&mut signature) ^= 1 << bit;
        prop_assert_eq!(verifier.verify(challenge, &signed(signature)).unwrap_err(), ChannelError::AaSignature);
    }

    #[test]
    fn any_octets_are_refused(octets in prop::collection::vec(any::<u8>(), 0..140), challenge: [u8; 8]) {
        prop_assert!(rsa_verifier().verify(challenge, &signed(octets.clone())).is_err());
        prop_assert!(Verifier::new(&octets, None).is_err());
    }
}
