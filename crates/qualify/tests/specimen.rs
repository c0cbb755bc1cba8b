//! All cases against virtual chips that are as they should be: none fails, none is left out, and each chip is found to be what
//! its statement says. That a bad chip fails is seen in `bad_chips.rs` and by `cargo xtask faults`.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

mod subject;

use sigillo_crypto::SeededEntropy;
use sigillo_qualify::embedded::stated;
use sigillo_qualify::{Options, Report, run};

use crate::subject::chips;

/// A chip of a profile, held against all cases.
fn qualified(profile: &str) -> Report {
    let mut subject = chips(profile);
    let lab = subject.lab().unwrap();
    let options = Options {
        chip: profile.to_owned(),
        sacrificial: true,
        stated: stated(profile).unwrap(),
        granted: ["native-dialect", "personalization", "ta-date-validation", "ta-migration", "virtual"]
            .map(str::to_owned)
            .to_vec(),
        ..Options::default()
    };
    let report = run(&mut subject, &lab, &options, &mut SeededEntropy::new([9; 32]), &mut |_| {}).unwrap();
    assert!(report.qualified, "{}", report.text());
    assert_eq!((report.counts.failed, report.counts.not_run), (0, 0));
    assert!(report.differing.is_empty() && !options.stated.is_empty());
    assert_eq!(report.computed_digest(), report.digest);
    report
}

#[test]
fn a_chip_with_every_protocol() {
    let report = qualified("pse-rf-full");
    assert!(report.counts.passed > 500, "{:?}", report.counts);
    // Our own suite is for this chip: nothing of it may pass by.
    assert_eq!(report.suites["sigillo"].not_applicable, 0);
}

/// What one chip cannot have beside the other: with both, five of ICAO's cases are left that do not apply.
#[test]
fn a_chip_with_rsa_and_the_newer_records() {
    let report = qualified("pse-rf-full-rsa");
    assert!(report.counts.passed > 500, "{:?}", report.counts);
    assert_eq!(report.suites["sigillo"].not_applicable, 0);
}

#[test]
fn a_chip_with_pace_alone() {
    let report = qualified("pse-rf-pace");
    assert!(report.counts.passed > 250 && report.counts.not_applicable > 300, "{:?}", report.counts);
}

#[test]
fn a_chip_with_bac_alone() {
    let report = qualified("pse-rf-bac");
    assert!(report.counts.passed > 180 && report.counts.not_applicable > 400, "{:?}", report.counts);
}

#[test]
fn the_chip_that_is_issued() {
    let report = qualified("pse-rf");
    assert!(report.counts.passed > 400, "{:?}", report.counts);
}
