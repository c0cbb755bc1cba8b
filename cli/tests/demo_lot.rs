//! The demo's lot, formed and verified: every hard case occurs, every card is judged with the CSCA file alone.
#![allow(clippy::unwrap_used, reason = "a test program")]

mod workshop;

use std::collections::BTreeSet;

use workshop::{Workshop, demo_lot, repository};

#[test]
fn every_record_is_formed_and_every_chip_is_verified_by_a_new_process() {
    let shop = Workshop::with_home("pse-rf-bac");
    shop.form(&demo_lot(), 18);
    let report = shop.succeed(&["run", "report"]);
    assert_eq!(report["reconciles"], true);
    assert_eq!(report["records"]["not_issued"], 16);
    let out = shop.path().join("print");
    shop.succeed(&["run", "print-data", "--out", out.to_str().unwrap()]);

    let mut verified = BTreeSet::new();
    for image in shop.images("A") {
        for job in std::fs::read_dir(&out).unwrap() {
            let mrz = job.unwrap().path().join("mrz.txt");
            let paths =
                [image.to_str().unwrap(), mrz.to_str().unwrap(), shop.csca().to_str().unwrap()].map(str::to_owned);
            let output = shop.run(&[
                "--json",
                "chip",
                "verify",
                "--image",
                &paths[0],
                "--mrz-file",
                &paths[1],
                "--csca",
                &paths[2],
            ]);
            if output.status.success() {
                assert!(verified.insert(mrz), "two chips hold the same record");
            }
        }
    }
    assert_eq!(verified.len(), 16);
}

#[test]
fn each_hard_case_of_the_issue_occurs_in_the_demo() {
    let cases: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(repository("demo/cases.json")).unwrap()).unwrap();
    let lot = std::fs::read_to_string(demo_lot()).unwrap();
    let lines: Vec<serde_json::Value> = lot.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.len() >= 12);
    let cases = cases.as_object().unwrap();
    for (case, line) in cases {
        let line = usize::try_from(line.as_u64().unwrap()).unwrap();
        assert!((1..=lines.len()).contains(&line), "{case}");
    }
    let has = |name: &str, line: usize| lines[line - 1].get(name).is_some();
    let surname = |line: usize| lines[line - 1]["surname"].as_str().unwrap().to_owned();
    let line = |case: &str| {
        usize::try_from(cases.get(case).unwrap_or_else(|| panic!("{case} is missing")).as_u64().unwrap()).unwrap()
    };
    let within = |text: String, range: std::ops::RangeInclusive<char>| text.chars().any(|c| range.contains(&c));
    assert!(within(surname(line("cyrillic")), '\u{400}'..='\u{4FF}'));
    assert!(within(surname(line("arabic")), '\u{600}'..='\u{6FF}'));
    assert!(within(surname(line("greek")), '\u{370}'..='\u{3FF}'));
    assert!(!has("document_number", line("number-from-blank")));
    assert!(has("children", line("children")));
}
