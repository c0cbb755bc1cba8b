//! SecurityInfos both ways.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

use proptest::prelude::*;
use sigillo_channel::chip_authentication::CaProtocol;
use sigillo_channel::pace::{PaceInfo, PaceMapping, PaceProtocol};
use sigillo_channel::secure_messaging::Suite;
use sigillo_channel::security_info::{EfCvcaReference, SecurityInfo, SecurityInfos};
use sigillo_crypto::HashAlgorithm;

/// SubjectPublicKeyInfo with id-ecPublicKey, prime256v1 and the base point of P-256.
const PUBLIC_KEY: &str = "3059301306072A8648CE3D020106082A8648CE3D030107034200046B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0\
                          F4A13945D898C2964FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5";

fn infos() -> SecurityInfos {
    let public_key = hex::decode(PUBLIC_KEY).unwrap();
    SecurityInfos::new(vec![
        SecurityInfo::ChipAuthenticationPublicKey { public_key, key_id: Some(1) },
        SecurityInfo::ChipAuthentication { protocol: CaProtocol::ecdh(Suite::Aes128), key_id: Some(1) },
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

/// PACE over a prime field (Appendix G.2) and of a version that is not 2, Chip Authentication over a prime field and of versions
/// 2 and 3, Terminal Authentication of version 2, Active Authentication of version 2 and with other signatures.
#[test]
fn other_protocols_are_kept_raw() {
    for info in [
        "3012060A04007F00070202040102020102020100",
        "3012060A04007F0007020204020202010302010D",
        "3012060A04007F00070202030102020101020101",
        "3012060A04007F00070202030202020102020101",
        "3012060A04007F00070202030202020103020101",
        "3013060A04007F0007020203020202020101020101",
        "300D060804007F0007020202020102",
        "30160606678108010105020102060904007F000701010403",
        "30170606678108010105020101060A04007F00070101040106",
    ] {
        let info = hex::decode(info).unwrap();
        let set = sigillo_tlv::encode(0x31, &info);
        let decoded = SecurityInfos::decode(&set).unwrap();
        assert!(matches!(decoded.infos(), [SecurityInfo::Unknown(raw)] if *raw == info));
        assert_eq!((decoded.encode(), decoded.pace().count()), (set, 0));
        assert!(!decoded.terminal_authentication() && decoded.active_authentication().is_none());
        assert_eq!(decoded.chip_authentication().count(), 0);
    }
}

/// DG14 of a passport that was issued, but for its keys, which `chip_authentication` has; and what a full chip of ours lists.
#[test]
fn what_a_dg14_offers() {
    let infos = "300D060804007F00070202020201013012060A04007F0007020204020202010202010D3012060A04007F0007020204060202010202010D\
                 3013060A04007F00070202030202020101020200C3";
    let set = sigillo_tlv::encode(0x31, &hex::decode(infos).unwrap());
    let decoded = SecurityInfos::decode(&set).unwrap();
    assert!(decoded.terminal_authentication());
    assert_eq!(decoded.infos()[0], SecurityInfo::TerminalAuthentication { ef_cvca: None });
    let protocols = [CaProtocol::ecdh(Suite::Aes128)];
    assert_eq!(decoded.chip_authentication().collect::<Vec<_>>(), protocols.map(|protocol| (protocol, Some(0xC3))));
    assert_eq!(decoded.active_authentication(), None);
    assert_eq!(decoded.pace().count(), 2);

    let public_key = || hex::decode(PUBLIC_KEY).unwrap();
    let full = SecurityInfos::new(vec![
        SecurityInfo::ActiveAuthentication { hash: HashAlgorithm::Sha256 },
        SecurityInfo::ChipAuthentication { protocol: CaProtocol::ecdh(Suite::TripleDes), key_id: Some(1) },
        SecurityInfo::ChipAuthentication { protocol: CaProtocol::ecdh(Suite::Aes256), key_id: Some(2) },
        SecurityInfo::ChipAuthenticationPublicKey { public_key: public_key(), key_id: Some(1) },
        SecurityInfo::ChipAuthenticationPublicKey { public_key: public_key(), key_id: Some(2) },
        SecurityInfo::TerminalAuthentication {
            ef_cvca: Some(EfCvcaReference { file_id: [0x01, 0x1C], short_id: Some(0x1C) }),
        },
    ]);
    let decoded = SecurityInfos::decode(&full.encode()).unwrap();
    assert_eq!(decoded, full);
    assert_eq!(decoded.active_authentication(), Some(HashAlgorithm::Sha256));
    let offered: Vec<_> = decoded.chip_authentication().map(|(protocol, key)| (protocol.suite(), key)).collect();
    assert_eq!(offered, [(Suite::TripleDes, Some(1)), (Suite::Aes256, Some(2))]);
    let encoded = hex::encode_upper(full.encode());
    assert!(encoded.contains("30170606678108010105020101060A04007F00070101040103"), "id-AA, 1, ecdsa-plain-SHA256");
    assert!(encoded.contains("3016060804007F00070202020201013007 0402011C04011C".replace(' ', "").as_str()), "id-TA");

    // A key without a protocol is for triple DES.
    let alone =
        SecurityInfos::new(vec![SecurityInfo::ChipAuthenticationPublicKey { public_key: public_key(), key_id: None }]);
    let triple_des = CaProtocol::ecdh(Suite::TripleDes);
    assert_eq!(alone.chip_authentication().collect::<Vec<_>>(), [(triple_des, None)]);
}

#[test]
fn card_access_is_held_against_dg14() {
    let pace = |mapping, id| {
        let protocol = PaceProtocol::ecdh(mapping, Suite::Aes128);
        SecurityInfo::Pace(PaceInfo { protocol, parameter_id: Some(id) })
    };
    let foreign = SecurityInfo::Unknown(hex::decode("3012060A04007F00070202040102020102020100").unwrap());
    let (generic, integrated) = (pace(PaceMapping::Generic, 12), pace(PaceMapping::Integrated, 12));
    let card_access = SecurityInfos::new(vec![generic.clone(), integrated.clone(), foreign.clone()]);
    let dg14 = SecurityInfos::new([infos().infos(), card_access.infos()].concat());
    assert_eq!(card_access.missing_from(&dg14).count(), 0);
    // Another curve, a mapping that nobody signed, and an entry that is not understood are all seen.
    for (offered, missing) in [(vec![pace(PaceMapping::Generic, 13)], 1), (vec![generic, foreign], 0)] {
        assert_eq!(SecurityInfos::new(offered).missing_from(&dg14).count(), missing);
    }
    let missing: Vec<_> = card_access.missing_from(&infos()).cloned().collect();
    assert_eq!(missing, card_access.infos());
    assert!(missing.contains(&integrated));
}

#[test]
fn malformed_infos_are_refused_with_their_place() {
    for (hex, at) in [
        ("3000", 0),                                                    // no SET
        ("310002", 2),                                                  // something behind it
        ("3103020101", 2),                                              // an entry that is no SEQUENCE
        ("31053003020101", 4),                                          // no protocol
        ("310E300C060A04007F00070202040202", 16),                       // PACE without a version
        ("31153013060A04007F000702020402020201020202000D", 19), // an identifier of domain parameters not in its shortest form
        ("31143012060A04007F0007020203020202010102010101", 22), // a stray octet
        ("31153013060A04007F0007020203020202010102020001", 19), // key identifier not in its shortest form
        ("31143012060A04007F00070202030202020101 0201FF", 19),  // a negative key identifier
        ("3181 14 3012060A04007F00070202030202020101020101", 0), // length not in its shortest form
        ("3115308112060A04007F00070202030202020101020101", 2),  // an entry's length not in its shortest form
        ("31143012060A04007F00070202030202020101040101", 19),   // an octet string for a key identifier
        ("310F300D060804007F0007020202020101 00", 17),          // something behind the set
        ("3110300E060804007F000702020202010100", 17),           // a stray octet behind id-TA
        ("31163014060804007F000702020202010130050403011C01", 17), // a file identifier of three octets
        ("31193017060804007F000702020202010130080402011C04021C1C", 17), // a short identifier of two octets
        ("310C300A0606678108010105020101", 14),                 // id-AA without a signature algorithm
        ("311A30170606678108010105020101060A04007F00070101040103", 0), // lengths that disagree
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
        for protocol in CaProtocol::ALL {
            let infos = SecurityInfos::new(vec![SecurityInfo::ChipAuthentication { protocol, key_id }]);
            prop_assert_eq!(SecurityInfos::decode(&infos.encode()).unwrap(), infos);
        }
    }

    #[test]
    fn every_place_of_ef_cvca_survives(place in any::<Option<([u8; 2], Option<u8>)>>()) {
        let ef_cvca = place.map(|(file_id, short_id)| EfCvcaReference { file_id, short_id });
        let infos = SecurityInfos::new(vec![SecurityInfo::TerminalAuthentication { ef_cvca }]);
        prop_assert_eq!(SecurityInfos::decode(&infos.encode()).unwrap(), infos);
    }
}
