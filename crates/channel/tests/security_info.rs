//! SecurityInfos both ways.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

use proptest::prelude::*;
use sigillo_channel::pace::{PaceInfo, PaceMapping, PaceProtocol};
use sigillo_channel::secure_messaging::Suite;
use sigillo_channel::security_info::{SecurityInfo, SecurityInfos};

/// SubjectPublicKeyInfo with id-ecPublicKey, prime256v1 and the base point of P-256.
const PUBLIC_KEY: &str = "3059301306072A8648CE3D020106082A8648CE3D030107034200046B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0\
                          F4A13945D898C2964FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5";

fn infos() -> SecurityInfos {
    let public_key = hex::decode(PUBLIC_KEY).unwrap();
    SecurityInfos::new(vec![
        SecurityInfo::ChipAuthenticationPublicKey { public_key, key_id: Some(1) },
        SecurityInfo::ChipAuthentication { key_id: Some(1) },
    ])
}

/// The same structure as OpenSSL's `asn1parse` reads it: SET { SEQUENCE { OID, INTEGER 1, INTEGER 1 }, SEQUENCE { OID, … } }.
#[test]
fn chip_authentication_in_der_order() {
    let expected =
        format!("3182007F3012060A04007F00070202030202020101020101306906{}{PUBLIC_KEY}020101", "0904007F000702020102")
            .replacen("3182007F", "317F", 1);
    assert_eq!(hex::encode_upper(infos().encode()), expected);
    assert_eq!(SecurityInfos::decode(&infos().encode()).unwrap(), infos());
    assert_eq!(infos().chip_authentication_key(Some(1)), Some(hex::decode(PUBLIC_KEY).unwrap().as_slice()));
    assert_eq!(infos().chip_authentication_key(None), None);
}

/// EF.CardAccess of the worked example in ICAO 9303-11 Appendix G.1.
#[test]
fn pace_info_of_appendix_g_1() {
    let card_access = hex::decode("31143012060A04007F0007020204020202010202010D").unwrap();
    let decoded = SecurityInfos::decode(&card_access).unwrap();
    let protocol = PaceProtocol::ecdh(PaceMapping::Generic, Suite::Aes128);
    assert_eq!(decoded.pace().collect::<Vec<_>>(), [PaceInfo { protocol, parameter_id: Some(13) }]);
    assert_eq!(decoded.encode(), card_access);
}

/// PACE over a prime field (Appendix G.2), with the chip authentication mapping (I), and of a version that is not 2.
#[test]
fn other_protocols_are_kept_raw() {
    for card_access in [
        "31143012060A04007F00070202040102020102020100",
        "31143012060A04007F0007020204060202010202010D",
        "31143012060A04007F0007020204020202010302010D",
    ] {
        let card_access = hex::decode(card_access).unwrap();
        let decoded = SecurityInfos::decode(&card_access).unwrap();
        assert!(matches!(decoded.infos(), [SecurityInfo::Unknown(raw)] if raw.len() == 20));
        assert_eq!((decoded.encode(), decoded.pace().count()), (card_access, 0));
    }
}

#[test]
fn malformed_infos_are_refused_with_their_place() {
    for (hex, at) in [
        ("3000", 0),                                             // no SET
        ("310002", 2),                                           // something behind it
        ("3103020101", 2),                                       // an entry that is no SEQUENCE
        ("31053003020101", 4),                                   // no protocol
        ("310E300C060A04007F00070202040202", 16),                // PACE without a version
        ("31153013060A04007F000702020402020201020202000D", 19), // an identifier of domain parameters not in its shortest form
        ("31113 00F060A04007F00070202030202020102", 2),         // version 2
        ("31143012060A04007F0007020203020202010102010101", 22), // a stray octet
        ("31153013060A04007F0007020203020202010102020001", 19), // key identifier not in its shortest form
        ("31143012060A04007F00070202030202020101 0201FF", 19),  // a negative key identifier
        ("3181 14 3012060A04007F00070202030202020101020101", 0), // length not in its shortest form
        ("3115308112060A04007F00070202030202020101020101", 2),  // an entry's length not in its shortest form
        ("31143012060A04007F00070202030202020101040101", 19),   // an octet string for a key identifier
    ] {
        let octets = hex::decode(hex.replace(' ', "")).unwrap();
        let refused = SecurityInfos::decode(&octets).unwrap_err();
        assert_eq!(refused.code(), "securityinfo.der", "{hex}");
        assert!(refused.to_string().ends_with(&format!("octet {at}")), "{hex}: {refused}");
    }
}

proptest! {
    #[test]
    fn what_is_decoded_is_encoded_again(octets in prop::collection::vec(any::<u8>(), 0..120)) {
        if let Ok(infos) = SecurityInfos::decode(&octets) { prop_assert_eq!(infos.encode(), octets); }
    }

    #[test]
    fn damaged_infos_never_panic(at in any::<prop::sample::Index>(), value: u8) {
        let mut octets = infos().encode();
        *at.get_mut(&mut octets) = value;
        if let Ok(infos) = SecurityInfos::decode(&octets) { prop_assert_eq!(infos.encode(), octets); }
    }

    #[test]
    fn every_pace_info_survives(parameter_id in any::<Option<u8>>(), suite in prop::sample::select(&[Suite::TripleDes, Suite::Aes128, Suite::Aes192, Suite::Aes256])) {
        let info = PaceInfo { protocol: PaceProtocol::ecdh(PaceMapping::Generic, suite), parameter_id };
        let infos = SecurityInfos::new(vec![SecurityInfo::Pace(info)]);
        prop_assert_eq!(SecurityInfos::decode(&infos.encode()).unwrap().pace().next(), Some(info));
    }

    #[test]
    fn every_key_id_survives(key_id in any::<Option<u8>>()) {
        let infos = SecurityInfos::new(vec![SecurityInfo::ChipAuthentication { key_id }]);
        prop_assert_eq!(SecurityInfos::decode(&infos.encode()).unwrap(), infos);
    }
}
