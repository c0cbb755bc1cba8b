//! The demo's hard cases become data groups: same inputs, same octets; each field where the mapping table says.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a test program that reads the demo's lot"
)]

use std::collections::BTreeMap;
use std::path::Path;

use sigillo_crypto::{HashAlgorithm, ScriptedEntropy, SeededEntropy};
use sigillo_issuance::record::{HolderRecord, ImageRefused, ImageSource, LotRules, parse_line};
use sigillo_lds::dg2::Dg2;
use sigillo_lds::dg3::Dg3;
use sigillo_lds::dg11::Dg11;
use sigillo_lds::dg12::Dg12;
use sigillo_perso::{FileSet, prepare};
use sigillo_profile::{Content, Profile, embedded};
use sigillo_tlv::encode;

struct Demo;

impl ImageSource for Demo {
    fn read(&self, relative: &str) -> Result<Vec<u8>, ImageRefused> {
        std::fs::read(folder().join(relative)).map_err(|_| ImageRefused::Missing)
    }
}

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../demo"))
}

fn record_of(case: &str) -> HolderRecord {
    let cases: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder().join("cases.json")).unwrap()).unwrap();
    let line = usize::try_from(cases[case].as_u64().unwrap()).unwrap();
    let lot = std::fs::read_to_string(folder().join("lot.jsonl")).unwrap();
    let today = jiff::civil::date(2026, 11, 2);
    parse_line(lot.lines().nth(line - 1).unwrap(), &Demo, &LotRules::new(today)).unwrap()
}

fn profile() -> Profile {
    Profile::parse(embedded("pse-rf-bac").unwrap()).unwrap()
}

fn chip() -> BTreeMap<Content, Vec<u8>> {
    BTreeMap::from([(Content::DataGroup(14), encode(0x6E, &encode(0x31, &[])))])
}

fn files(case: &str) -> FileSet {
    let mut entropy = SeededEntropy::new([9; 32]);
    prepare(&record_of(case), "I12345678", &chip(), &profile(), &mut entropy).unwrap()
}

#[test]
fn hard_names_reach_the_machine_readable_zone() {
    for (case, line) in
        [("latin-diacritics", "SAHIN<OEZTUERK<<GUELSAH<ISIL<<"), ("single-name", "SUHARTONO<<<<<<<<<<<<<<<<<<<<<")]
    {
        let names = files(case).mrz().lines()[2].clone();
        let found =
            if case == "single-name" { names.trim_end_matches('<').chars().all(|c| c != '<') } else { names == line };
        assert!(found, "{case}: {names}");
    }
    for case in ["cyrillic", "arabic", "greek", "name-truncated", "mrz-names-given", "apostrophe-hyphen"] {
        let names = files(case).mrz().lines()[2].clone();
        assert!(names.len() == 30 && names.bytes().all(|b| b.is_ascii_uppercase() || b == b'<'), "{case}: {names}");
    }
    assert!(files("birth-day-unknown").mrz().lines()[1].get(4..6) == Some("<<"));
    assert!(files("birth-month-and-day-unknown").mrz().lines()[1].get(2..6) == Some("<<<<"));
    assert_eq!(files("stateless").mrz().nationality(), "XXA");
    assert_eq!(files("refugee").mrz().nationality(), "XXB");
    assert_eq!(files("sex-x").mrz().lines()[1].get(7..8), Some("<"));
}

#[test]
fn each_field_stands_where_the_mapping_table_says() {
    let record = record_of("codice-fiscale");
    let files = files("codice-fiscale");
    let personal = Dg11::decode(files.file(Content::DataGroup(11)).unwrap()).unwrap();
    assert_eq!(personal.full_name.unwrap(), format!("{}<<{}", record.surname, record.given_names));
    assert_eq!(personal.personal_number.as_deref(), record.codice_fiscale.as_ref().map(|code| code.as_str()));
    assert_eq!(personal.birth_place.as_deref(), Some(record.birth_place.as_str()));
    let document = Dg12::decode(files.file(Content::DataGroup(12)).unwrap()).unwrap();
    assert_eq!(document.issuing_authority.as_deref(), Some(record.authority.as_str()));
    let remarks = record_of("remarks");
    let with_remarks = prepare(&remarks, "I12345678", &chip(), &profile(), &mut SeededEntropy::new([9; 32])).unwrap();
    let document = Dg12::decode(with_remarks.file(Content::DataGroup(12)).unwrap()).unwrap();
    assert_eq!(document.endorsements, remarks.remarks);
    assert!(remarks.remarks.is_some());
}

#[test]
fn images_cross_unchanged_and_randomness_is_drawn_only_without_fingers() {
    let record = record_of("two-fingers");
    // No draw is listed: one that was made would panic.
    let files = prepare(&record, "I12345678", &chip(), &profile(), &mut ScriptedEntropy::new([])).unwrap();
    let face = Dg2::decode(files.file(Content::DataGroup(2)).unwrap()).unwrap();
    assert_eq!(face.images().next().unwrap().image(), record.portrait.bytes);
    let fingers = Dg3::decode(files.file(Content::DataGroup(3)).unwrap()).unwrap();
    let found: Vec<&[u8]> = fingers.images().map(|finger| finger.image()).collect();
    let taken: Vec<&[u8]> = record.fingerprints.taken().iter().map(|finger| finger.image.bytes.as_slice()).collect();
    assert_eq!((found.len(), found), (2, taken));

    let none = record_of("no-fingers-for-ever");
    let mut script = ScriptedEntropy::new([vec![0xA5; 32]]);
    let files = prepare(&none, "I12345678", &chip(), &profile(), &mut script).unwrap();
    assert_eq!(script.left(), 0);
    let dg3 = files.file(Content::DataGroup(3)).unwrap();
    assert_eq!(dg3, [&[0x63, 0x28, 0x7F, 0x61, 0x03, 0x02, 0x01, 0x00, 0x53, 0x20][..], &[0xA5; 32]].concat());
}

#[test]
fn the_same_inputs_give_the_same_octets_and_what_has_no_room_is_refused() {
    let (once, again) = (files("two-fingers"), files("two-fingers"));
    for content in [Content::Com, Content::DataGroup(1), Content::DataGroup(2), Content::DataGroup(3)] {
        assert_eq!(once.file(content), again.file(content));
    }
    assert_eq!(
        once.hash(&profile(), HashAlgorithm::Sha256).unwrap().to_be_signed(),
        again.hash(&profile(), HashAlgorithm::Sha256).unwrap().to_be_signed()
    );
    let small = embedded("pse-rf-bac").unwrap().replace("size = 24576", "size = 9000");
    let error = prepare(
        &record_of("two-fingers"),
        "I12345678",
        &chip(),
        &Profile::parse(&small).unwrap(),
        &mut SeededEntropy::new([9; 32]),
    );
    assert_eq!(error.unwrap_err().code(), "perso.no-room");
    let record = record_of("two-fingers");
    let error = prepare(&record, "I-1", &chip(), &profile(), &mut SeededEntropy::new([9; 32])).unwrap_err();
    assert_eq!(error.code(), "lds.character");
}
