//! Terminals that nobody here wrote open formed chips, and each of them is refused with the wrong password.
//!
//! | terminal | opens by | reads |
//! |---|---|---|
//! | `read_with_libmrtd` (Debian's libmrtd) | BAC | EF.COM, EF.SOD, DG1, DG2 |
//! | `read_with_dmrtd` (crate dmrtd) | BAC; PACE generic mapping, MRZ and CAN; Active Authentication | the same |
//! | `terminal_with_libeac` (Debian's libeac) | PACE generic mapping, every suite, every curve; Chip and Terminal Authentication | EF.COM, EF.SOD, DG1, DG3 |
//!
//! OpenSC's tools and the crate emrtd come through PC/SC, in the tests of the program.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a test that runs foreign programs"
)]

mod card;
mod programs;

use card::{Session, meet};
use jiff::civil::{Date, date};
use sigillo_channel::chip_authentication::{CaProtocol, decode_public_key};
use sigillo_channel::secure_messaging::Suite;
use sigillo_channel::security_info::SecurityInfos;
use sigillo_crypto::SeededEntropy;
use sigillo_cvc::CvPrivateKey;
use sigillo_profile::{Content, Profile, SecretName, embedded};
use sigillo_specimen::{Specimen, form};
use sigillo_tlv::{encode, single};

const DAY: Date = date(2026, 11, 2);

/// Files that every terminal here reads, by the names they print.
const READ: [(&str, Content); 4] = [
    ("EF.COM", Content::Com),
    ("EF.SOD", Content::Sod),
    ("DG1", Content::DataGroup(1)),
    ("DG2", Content::DataGroup(2)),
];

fn specimen(profile: &str) -> Specimen {
    let profile = Profile::parse(embedded(profile).unwrap()).unwrap();
    form(&profile, [0x5A; 32], DAY).unwrap()
}

/// Document number, birth and expiry, a line each.
fn typed(specimen: &Specimen) -> String {
    let [first, second, _] = specimen.mrz.lines();
    format!("{}\n{}\n{}\n", first[5..14].trim_end_matches('<'), &second[0..6], &second[8..14])
}

fn assert_read_whole(session: &Session, specimen: &Specimen) {
    assert!(session.is_content, "{}", session.complaint);
    for (name, content) in READ {
        assert_eq!(session.files[name], specimen.files[&content], "{name}");
    }
}

#[test]
fn libmrtd_reads_by_basic_access_control() {
    let mut specimen = specimen("pse-rf-bac");
    let terminal = programs::in_c("read_with_libmrtd", &["mrtd"]);
    let mut entropy = SeededEntropy::new([1; 32]);
    let session = meet(&terminal, &[], &typed(&specimen), &mut specimen.chip, &mut entropy);
    assert_read_whole(&session, &specimen);
    let refused = meet(&terminal, &[], "I99999999\n850615\n311031\n", &mut specimen.chip, &mut entropy);
    assert!(!refused.is_content && refused.files.is_empty(), "{refused:?}");
}

#[test]
fn dmrtd_reads_by_basic_access_control() {
    let mut specimen = specimen("pse-rf-bac");
    let terminal = programs::in_rust("read_with_dmrtd");
    let mut entropy = SeededEntropy::new([2; 32]);
    let session = meet(&terminal, &["bac"], &typed(&specimen), &mut specimen.chip, &mut entropy);
    assert_read_whole(&session, &specimen);
    let refused = meet(&terminal, &["bac"], "I99999999\n850615\n311031\n", &mut specimen.chip, &mut entropy);
    assert!(!refused.is_content && refused.files.is_empty(), "{refused:?}");
}

/// The digits of a code, a line; `None` if the chip has no such code.
fn digits(specimen: &Specimen, name: SecretName) -> Option<String> {
    let digits = specimen.code(name)?.expose(|digits| String::from_utf8(digits.to_vec()).unwrap());
    Some(format!("{digits}\n"))
}

#[test]
fn dmrtd_reads_by_pace_with_mrz_and_can_and_finds_no_clone() {
    let terminal = programs::in_rust("read_with_dmrtd");
    let mut entropy = SeededEntropy::new([3; 32]);
    for (profile, active) in [("pse-rf-pace", false), ("pse-rf-full", true)] {
        let mut specimen = specimen(profile);
        let more = if active { ["active-authentication"].as_slice() } else { &[] };
        let mut passwords = vec![("pace-mrz", typed(&specimen))];
        passwords.extend(digits(&specimen, SecretName::Can).map(|can| ("pace-can", can)));
        for (access, typed) in passwords {
            let arguments = [&[access], more].concat();
            let session = meet(&terminal, &arguments, &typed, &mut specimen.chip, &mut entropy);
            assert_read_whole(&session, &specimen);
            assert_eq!(session.checks, more);
        }
        let wrong = [("pace-mrz", "I99999999\n850615\n311031\n"), ("pace-can", "000000\n")];
        for (access, typed) in wrong {
            let refused = meet(&terminal, &[access], typed, &mut specimen.chip, &mut entropy);
            assert!(!refused.is_content && refused.files.is_empty(), "{refused:?}");
        }
    }
}

/// The machine readable zone as libeac takes it: three lines in one.
fn zone(specimen: &Specimen) -> String {
    specimen.mrz.lines().concat() + "\n"
}

/// Of nobody.
const ANOTHERS_ZONE: &str =
    "IRITAI999999990<<<<<<<<<<<<<<<8506151F3110316UTO<<<<<<<<<<<2NOBODY<<<<<<<<<<<<<<<<<<<<<<<<\n";

/// What libeac's terminal reads.
fn assert_read_by_libeac(session: &Session, specimen: &Specimen) {
    assert!(session.is_content, "{}", session.complaint);
    for (name, content) in [("EF.COM", Content::Com), ("EF.SOD", Content::Sod), ("DG1", Content::DataGroup(1))] {
        assert_eq!(session.files[name], specimen.files[&content], "{name}");
    }
}

#[test]
fn libeac_opens_by_generic_mapping_under_every_suite_on_every_curve_it_knows() {
    let terminal = programs::in_c("terminal_with_libeac", &["eac", "crypto"]);
    let mut entropy = SeededEntropy::new([4; 32]);
    let suites = ["3DES-CBC-CBC", "AES-CBC-CMAC-128", "AES-CBC-CMAC-192", "AES-CBC-CMAC-256"];
    // Each suite once, each curve at least once.
    for (suite, domain) in suites.into_iter().cycle().zip([12, 13, 15, 16, 18]) {
        let protocol = format!("id-PACE-ECDH-GM-{suite}");
        let offer = "id-PACE-ECDH-GM-AES-CBC-CMAC-128\"\nparameters = 12";
        let rows = embedded("pse-rf-pace").unwrap();
        assert!(rows.contains(offer));
        let rows = rows.replace(offer, &format!("{protocol}\"\nparameters = {domain}"));
        let mut specimen = form(&Profile::parse(&rows).unwrap(), [0x5A; 32], DAY).unwrap();
        let arguments = [protocol.as_str(), &domain.to_string(), "mrz"];
        let session = meet(&terminal, &arguments, &zone(&specimen), &mut specimen.chip, &mut entropy);
        assert_read_by_libeac(&session, &specimen);
        let refused = meet(&terminal, &arguments, ANOTHERS_ZONE, &mut specimen.chip, &mut entropy);
        assert!(!refused.is_content && refused.files.is_empty(), "{protocol}: {refused:?}");
    }
}

/// The first key of DG14: on P-256, for AES-128.
fn chip_authentication_key(specimen: &Specimen) -> Vec<u8> {
    let infos = single(&specimen.files[&Content::DataGroup(14)], 0x6E).unwrap().value;
    let infos = SecurityInfos::decode(infos).unwrap();
    let aes = |(protocol, _): &(CaProtocol, _)| *protocol == CaProtocol::ecdh(Suite::Aes128);
    let (_, key_id) = infos.chip_authentication().find(aes).unwrap();
    decode_public_key(infos.chip_authentication_key(key_id).unwrap()).unwrap().octets().to_vec()
}

/// ECPrivateKey of RFC 5915, on P-256: what OpenSSL reads.
fn sec1(key: &CvPrivateKey) -> Vec<u8> {
    let CvPrivateKey::Ec { key, .. } = key else { panic!("a specimen's terminals sign by ECDSA") };
    let scalar = key.expose(|scalar| encode(0x04, scalar));
    let curve = encode(0xA0, &hex::decode("06082A8648CE3D030107").unwrap());
    let point = encode(0xA1, &encode(0x03, &[&[0], key.public().unwrap().octets()].concat()));
    encode(0x30, &[encode(0x02, &[1]), scalar, curve, point].concat())
}

#[test]
fn libeac_authenticates_chip_and_terminal_and_reads_the_fingerprints() {
    let terminal = programs::in_c("terminal_with_libeac", &["eac", "crypto"]);
    let mut entropy = SeededEntropy::new([5; 32]);
    let mut specimen = specimen("pse-rf-full");
    let arguments = ["id-PACE-ECDH-GM-AES-CBC-CMAC-128", "12", "mrz", "id-CA-ECDH-AES-CBC-CMAC-128", "12"];
    let chip_key = chip_authentication_key(&specimen);
    let typed = |specimen: &Specimen, chip_key: &[u8], rights: u8| {
        let inspection = specimen.inspection.as_ref().unwrap();
        let chain = inspection.chain(rights).unwrap();
        let mut typed = zone(specimen) + &hex::encode(chip_key) + "\n";
        typed += &(hex::encode(sec1(&chain.key)) + "\n");
        typed += &(hex::encode(inspection.root().holder().octets()) + "\n");
        chain.certificates.iter().for_each(|certificate| typed += &(hex::encode(certificate.encode()) + "\n"));
        typed + "\n"
    };
    let all = typed(&specimen, &chip_key, 0x03);
    let session = meet(&terminal, &arguments, &all, &mut specimen.chip, &mut entropy);
    assert_read_by_libeac(&session, &specimen);
    assert_eq!(session.checks, ["pace", "chip-authentication", "terminal-authentication"]);
    assert_eq!(session.files["DG3"], specimen.files[&Content::DataGroup(3)]);

    // Without the right the chip keeps DG3; a clone with another key gets no further than Chip Authentication.
    let without_right = typed(&specimen, &chip_key, 0x02);
    let session = meet(&terminal, &arguments, &without_right, &mut specimen.chip, &mut entropy);
    assert!(
        !session.is_content && session.complaint.contains("6982") && !session.files.contains_key("DG3"),
        "{session:?}"
    );
    let anothers = chip_authentication_key(&form(&specimen.profile, [0xA5; 32], DAY).unwrap());
    let cloned = typed(&specimen, &anothers, 0x03);
    let session = meet(&terminal, &arguments, &cloned, &mut specimen.chip, &mut entropy);
    assert!(!session.is_content && session.checks == ["pace"], "{session:?}");
}
