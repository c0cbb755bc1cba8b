//! What no command hands to a decoder as it is: TLVs, APDUs, file control parameters, data groups, seals, security
//! information, vectors. Each has its own stable code.

use sigillo_apdu::fcp::Fcp;
use sigillo_apdu::{CommandApdu, ResponseApdu};
use sigillo_channel::bac::MrzSecret;
use sigillo_channel::security_info::SecurityInfos;
use sigillo_issuance::record::HolderRecord;
use sigillo_lds::com::Com;
use sigillo_lds::dg1::Dg1;
use sigillo_lds::dg14::Dg14;
use sigillo_profile::Profile;
use sigillo_seal::{DocumentSecurityObject, LdsSecurityObject};
use sigillo_secret::SymmetricKey;
use sigillo_tlv::{single, total_length};
use sigillo_vchip::Chip;
use sigillo_vectors::{Document, Folder, replay};

/// Hands each of them to its decoder.
#[rustfmt::skip]
pub(crate) fn refused() {
    let hex = |text: &str| hex::decode(text.replace(' ', "")).unwrap();
    let tlv = |text: &str| single(&hex(text), 0x61).unwrap_err().code();
    let command = |text: &str| CommandApdu::decode(&hex(text)).unwrap_err().code();
    let fcp = |text: &str| Fcp::decode(&hex(text)).unwrap_err().code();
    let cases: Vec<(&str, &str)> = vec![
        (tlv("61"), "tlv.truncated"),
        (tlv("61 05 00"), "tlv.truncated"),
        (tlv("62 00"), "tlv.tag-unexpected"),
        (tlv("61 80 00 00"), "tlv.indefinite"),
        (tlv("61 85 01 00 00 00 00"), "tlv.length-form"),
        (tlv("61 00 00"), "tlv.trailing-bytes"),
        (total_length(&hex("1F 80 80 80 80 01")).unwrap_err().code(), "tlv.tag-form"),
        (command("00 A4 04"), "apdu.too-short"),
        (command("00 A4 04 0C 07 A0 00"), "apdu.length"),
        (command("00 B0 00 00 00 00 00 00"), "apdu.length"),
        (ResponseApdu::decode(&[0x90]).unwrap_err().code(), "apdu.too-short"),
        (fcp("62 05 82"), "fcp.tlv"),
        (fcp("62 09 82 01 38 83 01 3F 8A 01 03"), "fcp.parameter"),
        (fcp("62 0D 82 01 38 83 02 3F 00 8A 01 03 8C 01 FF"), "fcp.security"),
        (Dg1::decode(&hex("61 02 5F 1F")).unwrap_err().code(), "lds.truncated"),
        (Dg1::decode(&[&hex("61 5D 5F 1F 5A")[..], &[b'<'; 90]].concat()).unwrap_err().code(), "lds.document-code"),
        (Com::decode(&hex("60 00")).unwrap_err().code(), "lds.tag-unexpected"),
        (Dg14::decode(&hex("6F 00")).unwrap_err().code(), "lds.tag-unexpected"),
        (SecurityInfos::decode(&hex("31 02 30 05")).unwrap_err().code(), "securityinfo.der"),
        (MrzSecret::from_bytes(&[0; 16]).unwrap_err().code(), "channel.length"),
        (DocumentSecurityObject::decode(&hex("77 02 30 00")).unwrap_err().code(), "seal.der"),
        (LdsSecurityObject::decode(&hex("30 03 02 01 07")).unwrap_err().code(), "seal.der"),
        (Profile::parse("name = 1").unwrap_err().code(), "profile.form"),
        (Chip::from_image(b"SIGILLO").map(drop).unwrap_err().code(), "chip.image-magic"),
        (HolderRecord::from_stored(b"JSON").map(drop).unwrap_err().code(), "stored.magic"),
        (HolderRecord::from_stored(b"RPSE\x09").map(drop).unwrap_err().code(), "stored.version"),
        (HolderRecord::from_stored(b"RPSE\x01\xFF\xFF\xFF\xFF").map(drop).unwrap_err().code(), "stored.damaged"),
        (SymmetricKey::new(&[0; 15]).map(drop).unwrap_err().code(), "secret.key-length"),
    ];
    let wrong: Vec<_> = cases.iter().enumerate().filter(|(_, (found, expected))| found != expected).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    // A vector that is none is a fault of its folder.
    for text in ["", "{}", "[1]", "{\"schema\": \"sigillo.vectors.v9\"}"] {
        assert!(Document::parse(text).is_err(), "{text}");
        let mut folder = Folder::default();
        folder.suites.insert("lds/bad.json".to_owned(), text.to_owned());
        assert!(!replay(&folder).is_clean(), "{text}");
    }
}
