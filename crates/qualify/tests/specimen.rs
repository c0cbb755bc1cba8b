//! The whole of the cases against virtual chips: what a good one passes, and that a bad one fails.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

mod subject;

use sigillo_crypto::SeededEntropy;
use sigillo_qualify::{Options, Report, Verdict, run};

use crate::subject::VirtualSubject;

fn qualified(profile: &str, cases: &[&str]) -> Report {
    let mut subject = VirtualSubject::new(profile);
    let lab = subject.lab();
    let options = Options {
        chip: profile.to_owned(),
        sacrificial: true,
        cases: cases.iter().map(|id| (*id).to_owned()).collect(),
        granted: ["native-dialect", "personalization", "ta-date-validation", "ta-migration", "virtual"]
            .map(str::to_owned)
            .to_vec(),
        ..Options::default()
    };
    run(&mut subject, &lab, &options, &mut SeededEntropy::new([9; 32]), &mut |_| {}).unwrap()
}

#[test]
fn a_chip_with_bac_alone() {
    let report = qualified("pse-rf-bac", &[]);
    println!("{}", report.text());
    for row in report.ics.iter().filter(|row| row.value) {
        println!("{}", row.name);
    }
    assert_eq!(report.computed_digest(), report.digest);
    let failed: Vec<_> = report.cases.iter().filter(|case| case.verdict.is_failed()).map(|case| &case.id).collect();
    assert!(failed.is_empty(), "{failed:?}");
    assert!(report.cases.iter().any(|case| matches!(case.verdict, Verdict::Passed { .. })));
}

#[test]
fn a_chip_with_everything() {
    let report = qualified("pse-rf-full", &[]);
    println!("{}", report.text());
    let failed: Vec<_> = report.cases.iter().filter(|case| case.verdict.is_failed()).map(|case| &case.id).collect();
    assert!(failed.is_empty(), "{failed:?}");
}

#[test]
fn a_chip_with_pace_alone() {
    let report = qualified("pse-rf-pace", &[]);
    println!("{}", report.text());
    let failed: Vec<_> = report.cases.iter().filter(|case| case.verdict.is_failed()).map(|case| &case.id).collect();
    assert!(failed.is_empty(), "{failed:?}");
}
