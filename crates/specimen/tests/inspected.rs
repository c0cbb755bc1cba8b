//! A whole inspection of every profile: each protocol that the chip has, by its check.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up must fail")]

use jiff::civil::date;
use sigillo_apdu::{Action, Driver, Event};
use sigillo_channel::pace::Password;
use sigillo_crypto::SeededEntropy;
use sigillo_inspect::{
    Access, AccessPolicy, Check, FileName, Outcome, ReadOutcome, ReadSession, Report, Request, TerminalCredentials,
    judge,
};
use sigillo_lds::DataGroupNumber;
use sigillo_profile::{Profile, SecretName, embedded};
use sigillo_specimen::{Specimen, Terminals, form};

const SERVICES: [u8; 9] = [0xF0, 0x53, 0x49, 0x47, 0x49, 0x4C, 0x4C, 0x4F, 0x01];

fn specimen(profile: &str) -> Specimen {
    let profile = Profile::parse(embedded(profile).unwrap()).unwrap();
    form(&profile, [0x5E; 32], date(2026, 11, 2)).unwrap()
}

fn by_mrz(specimen: &Specimen) -> Request {
    Request::with_mrz(specimen.mrz_secret()).asking_for_services(&SERVICES)
}

fn credentials(terminals: &Option<Terminals>, rights: u8) -> TerminalCredentials {
    let chain = terminals.as_ref().unwrap().chain(rights).unwrap();
    TerminalCredentials::new(chain.certificates, chain.key).unwrap()
}

fn inspect(specimen: &mut Specimen, request: Request) -> (ReadOutcome, Vec<Check>, Report) {
    let (mut entropy, mut chance) = (SeededEntropy::new([9; 32]), SeededEntropy::new([8; 32]));
    let mut session = ReadSession::new(request, &mut entropy);
    specimen.chip.power_on();
    while let Action::Transmit(command) = session.next_action() {
        let answer = specimen.chip.process(command, &mut chance).unwrap();
        if session.handle(Event::Response(&answer)).is_err() {
            break;
        }
    }
    let outcome = session.into_outcome();
    let checks = judge(&outcome, std::slice::from_ref(specimen.csca()), &specimen.mrz_secret(), specimen.now());
    let report = Report::new(&outcome, checks.clone());
    (outcome, checks, report)
}

fn passed(checks: &[Check], name: &str) -> bool {
    checks.iter().any(|check| check.name == name && check.outcome == Outcome::Passed)
}

#[test]
fn every_profile_is_opened_by_its_best_protocol_and_verified() {
    for (profile, by_pace, by_keys, has_services) in [
        ("pse-rf", true, true, true),
        ("pse-rf-full", true, true, true),
        ("pse-rf-full-rsa", true, true, true),
        ("pse-rf-pace", true, true, false),
        ("pse-rf-bac", false, true, false),
    ] {
        let mut specimen = specimen(profile);
        let request = by_mrz(&specimen);
        let (outcome, checks, report) = inspect(&mut specimen, request);
        assert!(report.verified, "{profile}\n{}", report.text());
        assert_eq!(matches!(outcome.access, Some(Access::Pace { .. })), by_pace, "{profile}");
        assert_eq!(passed(&checks, "chip-authentication"), by_keys, "{profile}\n{}", report.text());
        assert_eq!(report.permit.is_some_and(|permit| permit.starts_with("not issued")), has_services, "{profile}");
        assert!(passed(&checks, "card-access.matches-dg14"), "{profile}");
        assert_eq!(outcome.file(FileName::DataGroup(DataGroupNumber::DG3)), None);
    }
}

#[test]
fn the_full_profile_shows_everything_to_who_may_see_it() {
    let mut specimen = specimen("pse-rf-full");
    let can = specimen.code(SecretName::Can).unwrap();
    let can = can.expose(|digits| Password::can(std::str::from_utf8(digits).unwrap()).unwrap());
    let request = by_mrz(&specimen).and_can(can).and_terminal(credentials(&specimen.inspection, 0x03));
    let (outcome, checks, report) = inspect(&mut specimen, request);
    assert!(report.verified, "{}", report.text());
    for check in [
        "terminal-authentication",
        "active-authentication",
        "chip-authentication",
        "dg3.hash",
        "dg3.structure",
        "dg4.hash",
        "dg16.hash",
    ] {
        assert!(passed(&checks, check), "{check}\n{}", report.text());
    }
    assert!(outcome.file(FileName::DataGroup(DataGroupNumber::DG3)).is_some());
    assert!(outcome.file(FileName::DataGroup(DataGroupNumber::new(4).unwrap())).is_some());

    // After BAC the terminal signs the document number instead.
    let request = by_mrz(&specimen).policy(AccessPolicy::BacOnly).and_terminal(credentials(&specimen.inspection, 0x01));
    let (outcome, checks, report) = inspect(&mut specimen, request);
    assert!(report.verified, "{}", report.text());
    assert_eq!(outcome.access, Some(Access::Bac));
    assert!(passed(&checks, "terminal-authentication") && passed(&checks, "dg3.hash"), "{}", report.text());

    // A terminal without the right to read fingerprints, which reads the iris, and the issuing office.
    for (terminal, reads_iris) in
        [(credentials(&specimen.inspection, 0x02), true), (credentials(&specimen.office, 0x07), false)]
    {
        let request = by_mrz(&specimen).and_terminal(terminal).probing_closed_files();
        let (outcome, checks, report) = inspect(&mut specimen, request);
        assert!(report.verified && passed(&checks, "terminal-authentication"), "{}", report.text());
        assert!(outcome.refused.contains_key(&FileName::DataGroup(DataGroupNumber::DG3)));
        assert_eq!(outcome.file(FileName::DataGroup(DataGroupNumber::new(4).unwrap())).is_some(), reads_iris);
    }
}

/// Records of ISO/IEC 39794 are sealed like any other, and the report says that they are not read here; the key of Active
/// Authentication is an RSA one.
#[test]
fn records_of_the_newer_series_are_no_fault_of_the_chip() {
    let mut specimen = specimen("pse-rf-full-rsa");
    let request = by_mrz(&specimen).and_terminal(credentials(&specimen.inspection, 0x03));
    let (_, checks, report) = inspect(&mut specimen, request);
    assert!(report.verified && passed(&checks, "active-authentication"), "{}", report.text());
    for group in ["dg2", "dg3"] {
        assert!(passed(&checks, &format!("{group}.hash")), "{}", report.text());
        let structure = checks.iter().find(|check| check.name == format!("{group}.structure")).unwrap();
        assert!(matches!(structure.outcome, Outcome::NotRun { .. }), "{}", report.text());
    }
}
