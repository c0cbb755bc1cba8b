//! A specimen is a chip like those of the line: a terminal reads and judges it.
#![allow(clippy::unwrap_used)]

use jiff::civil::date;
use sigillo_apdu::{Action, Driver, Event};
use sigillo_crypto::SeededEntropy;
use sigillo_inspect::{ReadSession, Report, Request, judge};
use sigillo_profile::{Content, Profile, embedded};
use sigillo_specimen::{Specimen, form};

fn specimen(seed: u8) -> Specimen {
    let profile = Profile::parse(embedded("pse-rf-bac").unwrap()).unwrap();
    form(&profile, [seed; 32], date(2026, 11, 2)).unwrap()
}

#[test]
fn a_terminal_reads_it_by_bac_and_finds_its_seal_whole() {
    let mut specimen = specimen(1);
    let mut entropy = SeededEntropy::new([9; 32]);
    let mut session = ReadSession::new(Request::with_mrz(specimen.mrz_secret()).probing_the_lock(), &mut entropy);
    specimen.chip.power_on();
    let mut chance = SeededEntropy::new([8; 32]);
    while let Action::Transmit(command) = session.next_action() {
        let answer = specimen.chip.process(command, &mut chance).unwrap();
        session.handle(Event::Response(&answer)).unwrap();
    }
    let outcome = session.into_outcome();
    let checks = judge(&outcome, std::slice::from_ref(specimen.csca()), &specimen.mrz_secret(), specimen.now());
    let report = Report::new(&outcome, checks);
    assert!(report.verified, "{}", report.text());
}

#[test]
fn a_seed_gives_one_chip_and_another_seed_another() {
    let (one, same, other) = (specimen(1), specimen(1), specimen(2));
    assert_eq!(one.chip.image(), same.chip.image());
    assert_ne!(one.chip.image(), other.chip.image());
    assert_ne!(one.serial, other.serial);
    assert_ne!(one.mrz.document_number(), other.mrz.document_number());
    for content in [Content::DataGroup(1), Content::DataGroup(14), Content::Sod] {
        assert_eq!(one.files[&content], same.files[&content]);
        assert_ne!(one.files[&content], other.files[&content], "{content:?}");
    }
}
