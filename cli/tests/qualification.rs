//! `sigillo chip qualify` as its user has it: exit codes, the report in its three forms, and what a selection does.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

mod workshop;

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;
use sigillo_crypto::sha256;

use crate::workshop::Workshop;

const BAC: [&str; 5] = ["chip", "qualify", "--virtual", "--profile", "pse-rf-bac"];

fn arguments<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [BAC.as_slice(), more].concat()
}

#[test]
fn a_report_counts_every_case_and_carries_its_digest() {
    let shop = Workshop::new();
    let page = shop.path().join("report.html");
    let page = page.to_str().unwrap();
    let report = shop.succeed(&arguments(&["--suite", "sigillo", "--html", page]));
    assert_eq!(report["qualified"], true);
    assert_eq!(report["chip"], "virtual chip, profile pse-rf-bac, TEST");
    let cases = report["cases"].as_array().unwrap();
    let count = |verdict: &str| cases.iter().filter(|case| case["verdict"] == verdict).count();
    for verdict in ["passed", "failed", "not-applicable", "not-run"] {
        assert_eq!(report["counts"][verdict], count(verdict), "{verdict}");
        assert_eq!(report["suites"]["sigillo"][verdict], count(verdict), "{verdict}");
    }
    assert!(count("passed") > 50 && count("not-applicable") > 20 && count("failed") + count("not-run") == 0);
    let sourced = |word: &str| cases.iter().filter(|case| case["expectation"] == word).count();
    assert_eq!(report["expectations"]["derived"], sourced("derived"));
    assert_eq!(report["expectations"]["published"], sourced("published"));
    // Whoever files the report can hold it against its digest: keys in order, no blanks, SHA-256 behind the domain.
    let mut rest = report.clone();
    let digest = rest.as_object_mut().unwrap().remove("digest").unwrap();
    let canonical = format!("sigillo-qualification-1{rest}");
    assert_eq!(digest, hex::encode(sha256(canonical.as_bytes())));

    let html = fs::read_to_string(page).unwrap();
    assert!(html.contains(digest.as_str().unwrap()) && html.contains("SESSION_1") && html.contains("Qualified"));
    assert!(!html.contains("http") && !html.contains("<script"), "the page needs nothing beside itself");
    assert_eq!(fs::metadata(page).unwrap().permissions().mode() & 0o777, 0o600);
    // Nothing is overwritten, ever.
    let (exit, _) = shop.refuse(&arguments(&["--case", "READING_3", "--html", page]));
    assert_ne!(exit, 0);
}

#[test]
fn every_case_that_does_not_apply_names_its_item() {
    let report = Workshop::new().succeed(&BAC);
    let names: Vec<&str> = report["ics"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    let of = |case: &Value| case["item"].as_str().map(str::to_owned);
    for case in report["cases"].as_array().unwrap().iter().filter(|case| case["verdict"] == "not-applicable") {
        let item = of(case).unwrap();
        let known = |word: &str| names.contains(&word.trim().trim_start_matches('!'));
        assert!(item.split('|').all(known), "{}: {item}", case["id"]);
    }
    assert_eq!(report["counts"]["failed"], 0);
    assert_eq!(report["counts"]["not-run"], 0);
}

#[test]
fn a_chip_that_is_not_as_its_maker_states_is_not_qualified() {
    let shop = Workshop::new();
    let ics = shop.path().join("ics.txt");
    fs::write(&ics, "# the maker's statement\nbac = true\npace-puk = true\n").unwrap();
    let output = shop.run(&arguments(&["--json", "--case", "READING_3", "--ics", ics.to_str().unwrap()]));
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["differing"], serde_json::json!(["pace-puk"]));
    assert_eq!(report["qualified"], false);
    fs::write(&ics, "bac: yes\n").unwrap();
    let (exit, error) = shop.refuse(&arguments(&["--case", "READING_3", "--ics", ics.to_str().unwrap()]));
    assert_eq!((exit, error["code"].as_str()), (3, Some("qualify.data")));
}

#[test]
fn what_does_not_exist_is_refused_by_name() {
    let shop = Workshop::new();
    for more in [["--suite", "icao"], ["--case", "ISO7816_Z_1"]] {
        let (exit, error) = shop.refuse(&arguments(&more));
        assert_eq!((exit, error["code"].as_str()), (2, Some("qualify.unknown")), "{more:?}");
    }
    let (exit, error) = shop.refuse(&["chip", "qualify", "--virtual", "--profile", "none"]);
    assert_eq!((exit, error["code"].as_str()), (2, Some("line.profile-unknown")));
}
