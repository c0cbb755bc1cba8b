//! `sigillo chip qualify --reader`: a chip behind a private pcscd answers as the same chip in this process does.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test program")]

#[allow(dead_code, reason = "shared by several test programs, each of which uses a part")]
mod counter;
mod workshop;

use std::fs;

use jiff::civil::date;
use serde_json::Value;
use sigillo_profile::{Profile, embedded};
use sigillo_reader::VirtualCard;
use sigillo_specimen::form;

use crate::counter::Counter;

#[test]
fn a_chip_on_a_reader_is_judged_case_by_case() {
    let counter = Counter::new();
    let profile = Profile::parse(embedded("pse-rf-pace").unwrap()).unwrap();
    let specimen = form(&profile, [0xC1; 32], date(2026, 11, 2)).unwrap();
    let path = |name: &str| counter.shop.path().join(name).to_str().unwrap().to_owned();
    let (mrz, csca, image) = (path("mrz.txt"), path("csca.der"), path("chip.img"));
    fs::write(&mrz, specimen.mrz.lines().join("\n")).unwrap();
    fs::write(&csca, specimen.csca().der()).unwrap();
    drop(VirtualCard::create(image.as_ref(), specimen.chip).unwrap());
    let _in_the_reader = counter.put_in(0, image.as_ref());

    let chip = ["--json", "chip", "qualify", "--reader", "0", "--mrz-file", &mrz, "--csca", &csca];
    let output = counter.sigillo(&[chip.as_slice(), &["--suite", "sigillo"]].concat());
    // What needs a second chip, a chip before its lock, or the chip's life was left out: not qualified.
    assert_eq!(output.status.unwrap().code(), Some(1));
    let report: Value = serde_json::from_str(&output.stdout).unwrap();
    let cases = report["cases"].as_array().unwrap();
    let of = |verdict: &str| cases.iter().filter(|case| case["verdict"] == verdict).collect::<Vec<_>>();
    assert!(of("failed").is_empty(), "{:?}", of("failed"));
    assert!(of("passed").len() > 30, "{}", report["counts"]);
    for case in of("not-run") {
        let why = case["why"].as_str().unwrap();
        let known = ["--sacrificial", "second chip", "the laboratory lacks"].iter().any(|word| why.contains(word));
        assert!(known, "{}: {why}", case["id"]);
    }
    assert_eq!(report["chip"], counter.lab.readers()[0].as_str());
    assert!(report["atr"].as_str().unwrap().starts_with("3B"));
}
