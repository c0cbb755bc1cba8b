//! Terminals that nobody here wrote open formed chips, and each of them is refused with the wrong password.
//!
//! | terminal | opens by | reads |
//! |---|---|---|
//! | `read_with_libmrtd` (Debian's libmrtd) | BAC | EF.COM, EF.SOD, DG1, DG2 |
//! | `read_with_dmrtd` (crate dmrtd) | BAC; PACE generic mapping, MRZ and CAN; Active Authentication | the same |
//! | `terminal_with_libeac` (Debian's libeac) | PACE generic and integrated mapping, every suite; Chip and Terminal Authentication | EF.COM, EF.SOD, DG1, DG3 |
//!
//! OpenSC's tools and the crate emrtd come through PC/SC, in the tests of the program.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a test that runs foreign programs"
)]

mod card;
mod programs;

use card::{Session, meet};
use sigillo_crypto::SeededEntropy;
use sigillo_profile::{Content, Profile, embedded};
use sigillo_specimen::{Specimen, form};

/// Files that every terminal here reads, by the names they print.
const READ: [(&str, Content); 4] = [
    ("EF.COM", Content::Com),
    ("EF.SOD", Content::Sod),
    ("DG1", Content::DataGroup(1)),
    ("DG2", Content::DataGroup(2)),
];

fn specimen(profile: &str) -> Specimen {
    let profile = Profile::parse(embedded(profile).unwrap()).unwrap();
    form(&profile, [0x5A; 32], jiff::civil::date(2026, 11, 2)).unwrap()
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
