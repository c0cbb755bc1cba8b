//! Checks by name: what passes on a right chip, and which single check fails on each wrong one.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::date;
use sigillo_apdu::fcp::LifeCycle;
use sigillo_apdu::{Driver, Event, StatusWord};
use sigillo_channel::chip_authentication::CaProtocol;
use sigillo_channel::secure_messaging::Suite;
use sigillo_crypto::{Curve, sha256};
use sigillo_inspect::gate::{Expected, compare};
use sigillo_inspect::{
    Check, ChipKey, Ended, FileName, Outcome, ReadOutcome, ReadSession, Refusal, Report, Request, judge,
};
use sigillo_lds::com::Com;
use sigillo_lds::{DataGroupNumber, date::PartialDate};

use crate::personalized::{ACCESS_KEY, Blueprint, dg, now, outcome_of, secret};

fn judged(outcome: &ReadOutcome) -> Vec<Check> {
    judge(outcome, &[Blueprint::new().csca], &secret(), now())
}

fn failures(checks: &[Check]) -> Vec<(&str, &str)> {
    checks
        .iter()
        .filter_map(|check| match &check.outcome {
            Outcome::Failed { code, .. } => Some((check.name.as_str(), code.as_str())),
            _ => None,
        })
        .collect()
}

#[test]
fn a_right_chip_is_verified_check_by_check() {
    let outcome = outcome_of(&mut Blueprint::new().chip());
    let checks = judged(&outcome);
    let lines: Vec<String> = checks
        .iter()
        .map(|check| match &check.outcome {
            Outcome::Passed => format!("{} passed", check.name),
            Outcome::Failed { code, .. } => format!("{} failed {code}", check.name),
            Outcome::NotRun { why } => format!("{} not run: {why}", check.name),
        })
        .collect();
    assert_eq!(
        lines,
        [
            "access.card-access not run: the chip has no EF.CardAccess",
            "access.pace not run: the chip offers none",
            "access.bac passed",
            "session.integrity passed",
            "card-access.matches-dg14 not run: there is neither EF.CardAccess nor DG14 to compare",
            "sod.structure passed",
            "sod.signature passed",
            "sod.chain passed",
            "sod.validity passed",
            "sod.lds-version passed",
            "sod.document-type passed",
            "dg1.hash passed",
            "dg2.hash passed",
            "dg3.hash not run: not readable without terminal authentication: the chip answered 6982",
            "dg11.hash passed",
            "dg13.hash passed",
            "dg16.hash passed",
            "com.matches-sod passed",
            "mrz.check-digits passed",
            "mrz.matches-access-key passed",
            "dg2.structure passed",
            "dg11.structure passed",
            "dg11.matches-dg1 passed",
            "chip-authentication-mapping not run: the session was opened without it",
            "chip-authentication not run: the chip does not offer it",
            "terminal-authentication not run: nobody asked for it",
            "active-authentication not run: the chip does not offer it",
            "eservices.life-cycle not run: nobody asked for it",
        ]
    );
    assert!(Report::new(&outcome, checks).verified);
}

/// Each alteration of what was read, and the checks that must fail for it, no more and no fewer.
#[test]
fn each_wrong_document_fails_by_name() {
    let right = outcome_of(&mut Blueprint::new().chip());
    let alter = |name: FileName, change: &dyn Fn(&mut Vec<u8>)| {
        let mut outcome = right.clone();
        change(outcome.files.get_mut(&name).unwrap());
        outcome
    };
    let last = |file: &mut Vec<u8>| *file.last_mut().unwrap() ^= 1;
    let cases: Vec<(ReadOutcome, Vec<(&str, &str)>)> = vec![
        (alter(dg(13), &last), vec![("dg13.hash", "seal.hash-mismatch")]),
        (
            alter(dg(2), &|file| file.truncate(40)),
            vec![("dg2.hash", "seal.hash-mismatch"), ("dg2.structure", "lds.truncated")],
        ),
        (alter(FileName::Sod, &last), vec![("sod.signature", "seal.signature")]),
        (alter(FileName::Sod, &|file| file[0] = 0x78), vec![("sod.structure", "seal.der")]),
        (
            alter(FileName::Com, &|file| {
                *file = Com::new("0108", &[DataGroupNumber::DG1, DataGroupNumber::DG2]).unwrap().encode();
            }),
            vec![("com.matches-sod", "inspect.com-groups")],
        ),
        (
            alter(FileName::Com, &|file| {
                let groups = Com::decode(file).unwrap().data_groups().to_vec();
                *file = Com::new("0107", &groups).unwrap().encode();
            }),
            vec![("com.matches-sod", "inspect.com-version")],
        ),
        (alter(FileName::Com, &|file| file.push(0)), vec![("com.matches-sod", "lds.trailing-bytes")]),
        (
            alter(dg(1), &|file| file[14] ^= 1),
            vec![("dg1.hash", "seal.hash-mismatch"), ("mrz.check-digits", "lds.check-digit")],
        ),
        (
            alter(dg(11), &|file| {
                let birth_date = PartialDate::new(Some(1974), Some(8), Some(13)).unwrap();
                *file = sigillo_lds::dg11::Dg11 { birth_date: Some(birth_date.into()), ..Default::default() }.encode();
            }),
            vec![("dg11.hash", "seal.hash-mismatch"), ("dg11.matches-dg1", "inspect.birth-date")],
        ),
    ];
    for (outcome, expected) in cases {
        let checks = judged(&outcome);
        assert_eq!(failures(&checks), expected);
        assert!(!Report::new(&outcome, checks).verified, "{expected:?}");
    }
}

#[test]
fn what_was_not_read_leaves_a_document_unverified() {
    let right = outcome_of(&mut Blueprint::new().chip());
    let mut without_group = right.clone();
    without_group.files.remove(&dg(2));
    let checks = judged(&without_group);
    assert!(failures(&checks).is_empty());
    assert!(!Report::new(&without_group, checks).verified, "DG2 was not read");

    without_group.refused.insert(dg(2), Refusal::Truncated { found: 3 });
    assert_eq!(failures(&judged(&without_group)), [("dg2.hash", "inspect.truncated")]);

    without_group.refused.insert(dg(2), Refusal::Status(StatusWord::SecurityStatusNotSatisfied));
    assert_eq!(
        failures(&judged(&without_group)),
        [("dg2.hash", "inspect.refused")],
        "only DG3 and DG4 may stay closed"
    );

    let mut without_sod = right.clone();
    without_sod.files.remove(&FileName::Sod);
    assert!(!Report::new(&without_sod, judged(&without_sod)).verified, "EF.SOD was not read");
    without_sod.refused.insert(FileName::Sod, Refusal::NoLength);
    assert_eq!(failures(&judged(&without_sod)), [("sod.structure", "inspect.no-length")]);

    let checks = judge(&right, &[], &secret(), now());
    assert!(failures(&checks).is_empty());
    assert!(!Report::new(&right, checks).verified, "no trust anchor was given");

    let checks = judge(&right, &[Blueprint::new().csca], &secret(), date(2050, 1, 1).at(0, 0, 0, 0));
    assert_eq!(failures(&checks), [("sod.validity", "seal.chain-expired")]);

    let other = sigillo_channel::bac::MrzSecret::from_mrz_information("D23145890774081221204150");
    let checks = judge(&right, &[Blueprint::new().csca], &other, now());
    assert_eq!(failures(&checks), [("mrz.matches-access-key", "inspect.other-mrz")]);
}

#[test]
fn a_session_that_did_not_open_says_so() {
    let gone = |answers: &[&[u8]]| {
        let mut entropy = sigillo_crypto::SeededEntropy::new([1; 32]);
        let mut session = ReadSession::new(Request::with_mrz(secret()).short_only(), &mut entropy);
        for answer in answers {
            session.handle(Event::Response(answer)).unwrap();
        }
        session.handle(Event::CardRemoved).unwrap_err();
        session.into_outcome()
    };
    let cases: [(&[&[u8]], &str); 3] = [
        (&[], "access.card-access"),
        (&[&[0x6A, 0x82]], "access.bac"),
        (&[&[0x6A, 0x82], &[0x90, 0x00]], "access.bac"),
    ];
    for (answers, check) in cases {
        let outcome = gone(answers);
        let checks = judged(&outcome);
        assert_eq!(failures(&checks), [(check, "inspect.card-removed")]);
        let report = Report::new(&outcome, checks);
        assert!(!report.verified);
        assert!(report.text().contains(&format!("FAILED   {check}")), "{}", report.text());
    }
}

fn expected() -> Expected {
    let blueprint = Blueprint::new();
    let mut readable = BTreeMap::from([(FileName::Com, blueprint.com.clone()), (FileName::Sod, blueprint.sod.clone())]);
    let mut atr_info = crate::personalized::bytes(blueprint.atr_info);
    atr_info.resize(64, 0);
    readable.insert(FileName::AtrInfo, atr_info);
    let open = blueprint.groups.iter().filter(|(_, _, open)| *open);
    readable.extend(open.map(|(number, file, _)| (dg(*number), file.clone())));
    let closed = BTreeSet::from([dg(3)]);
    Expected { readable, closed, sod_digest: sha256(&blueprint.sod), ..Expected::default() }
}

#[test]
fn the_gate_lets_a_right_chip_through_and_no_other() {
    let right = outcome_of(&mut Blueprint::new().chip());
    let checks = compare(&right, &expected());
    assert!(checks.iter().all(Check::is_passed), "{checks:?}");
    assert_eq!(checks.len(), 1 + 8 + 1 + 2);

    let with = |change: &dyn Fn(&mut ReadOutcome)| {
        let mut outcome = right.clone();
        change(&mut outcome);
        outcome
    };
    for (outcome, name, code) in [
        (with(&|outcome| outcome.files.get_mut(&dg(2)).unwrap()[77] ^= 1), "public-read.dg2", "gate.file-differs"),
        (with(&|outcome| outcome.files.get_mut(&dg(2)).unwrap().push(0)), "public-read.dg2", "gate.file-differs"),
        (with(&|outcome| drop(outcome.files.remove(&dg(11)))), "public-read.dg11", "gate.not-read"),
        (with(&|outcome| drop(outcome.files.insert(dg(3), vec![0x63, 0x00]))), "public-read.dg3", "gate.readable"),
        (with(&|outcome| outcome.refused.retain(|name, _| *name != dg(3))), "public-read.dg3", "gate.not-read"),
        (
            with(&|outcome| outcome.refused.extend([(dg(3), Refusal::Status(StatusWord::FileNotFound))])),
            "public-read.dg3",
            "gate.refused-otherwise",
        ),
        (
            with(&|outcome| drop(outcome.files.insert(FileName::CardAccess, vec![0x31, 0x00]))),
            "public-read.nothing-else",
            "gate.unexpected-file",
        ),
        (with(&|outcome| outcome.lock_probe = Some(StatusWord::Success)), "lock.key-sets", "gate.not-locked"),
    ] {
        assert_eq!(failures(&compare(&outcome, &expected())), [(name, code)]);
    }
    let demanding = Expected { chip_authentication: true, not_issued: true, ..expected() };
    let refused =
        [("public-read.chip-authentication", "gate.chip-unproven"), ("public-read.not-issued", "gate.not-deactivated")];
    assert_eq!(failures(&compare(&right, &demanding)), refused);
    let proven = with(&|outcome| {
        let (protocol, curve) = (CaProtocol::ecdh(Suite::Aes128), Curve::P256);
        outcome.chip_authentication = Ended::Passed(ChipKey { protocol, key_id: None, curve });
        outcome.services = Ended::Passed(LifeCycle::Deactivated);
    });
    assert!(failures(&compare(&proven, &demanding)).is_empty());
    let activated = with(&|outcome| outcome.services = Ended::Passed(LifeCycle::Activated));
    assert_eq!(failures(&compare(&activated, &demanding)), refused);
    let other_seal = with(&|outcome| *outcome.files.get_mut(&FileName::Sod).unwrap().last_mut().unwrap() ^= 1);
    let found = compare(&other_seal, &expected());
    assert_eq!(
        failures(&found),
        [("public-read.sod", "gate.file-differs"), ("public-read.sod-digest", "gate.sod-digest")]
    );
    assert!(!Report::new(&right, judged(&right)).with_checks(found).verified);
}

/// The report names no holder unless it is asked to; what it shows of one cannot steer a terminal.
#[test]
fn reports_for_people_and_machines() {
    let outcome = outcome_of(&mut Blueprint::new().chip());
    let report = Report::new(&outcome, judged(&outcome));
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["verified"], true);
    assert_eq!(
        json["checks"][0],
        serde_json::json!({ "name": "access.card-access", "outcome": "not-run", "why": "the chip has no EF.CardAccess" })
    );
    let dg3 = "not readable without terminal authentication: the chip answered 6982";
    assert_eq!(json["checks"][13], serde_json::json!({ "name": "dg3.hash", "outcome": "not-run", "why": dg3 }));
    assert_eq!(json["sod_digest"], hex::encode(sha256(outcome.file(FileName::Sod).unwrap())));
    assert_eq!(json["refused"][0]["name"], "EF.DG3");
    for text in [json.to_string(), report.text()] {
        assert!(!text.contains("ERIKSSON") && !text.contains(ACCESS_KEY) && !text.contains("D23145890"), "{text}");
    }
    let mut told = outcome.clone();
    let escape = sigillo_lds::dg11::Dg11 { full_name: Some("Anna\u{1b}[2J".into()), ..Default::default() };
    told.files.insert(dg(11), escape.encode());
    let text = Report::new(&told, judged(&told)).with_document(&told).text();
    assert!(text.contains("ERIKSSON") && text.contains("Anna?[2J") && text.contains("NOT VERIFIED"), "{text}");
    assert!(!text.contains('\u{1b}'));
    let document = Report::new(&outcome, judged(&outcome)).with_document(&outcome);
    let json = serde_json::to_value(&document).unwrap();
    assert_eq!(json["document"]["mrz"][2], "ERIKSSON<<ANNA<MARIA<<<<<<<<<<");
    assert_eq!(json["document"]["portrait"]["format"], "JPEG");
    assert!(!format!("{document:?}").contains("ERIKSSON"));
}
