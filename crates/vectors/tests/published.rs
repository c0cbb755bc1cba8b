//! Every file of `test-vectors/` has a reader, and every case passes; a damaged folder is not clean.
#![allow(clippy::disallowed_methods, reason = "reads the vectors")]
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use serde_json::json;
use sigillo_vectors::{Blobs, Document, Folder, Outcome, operate, replay};

/// Everything below `test-vectors/` that is no suite.
const NOT_SUITES: [&str; 3] = ["schemas", "replay", "blobs"];
const NOT_JSON: [&str; 2] = ["README.md", "MANIFEST.sha256"];

fn published() -> Folder {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../test-vectors");
    let mut folder = Folder::default();
    for entry in entries(&root) {
        let name = name_of(&entry);
        if entry.is_file() {
            assert!(NOT_JSON.contains(&name.as_str()), "{name} has no reader");
        } else if !NOT_SUITES.contains(&name.as_str()) {
            for file in entries(&entry) {
                assert!(file.is_file() && name_of(&file).ends_with(".json"), "{} has no reader", file.display());
                folder.suites.insert(format!("{name}/{}", name_of(&file)), fs::read_to_string(&file).unwrap());
            }
        }
    }
    for blob in entries(&root.join("blobs")) {
        folder.blobs.insert(&name_of(&blob), fs::read(&blob).unwrap());
    }
    folder
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

#[test]
fn every_published_case_passes() {
    let report = replay(&published());
    let failed: Vec<String> = report
        .suites
        .iter()
        .flat_map(|suite| &suite.verdicts)
        .filter_map(|verdict| match &verdict.outcome {
            Outcome::Failed { expected, found } => {
                Some(format!("{} ({}): expected {expected}, found {found}", verdict.id, verdict.title))
            }
            _ => None,
        })
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert!(report.faults.is_empty(), "{:#?}", report.faults);
    assert!(report.is_clean());
}

/// Names in inputs and outputs sorted, the envelope in its order: nobody edits a suite by hand.
#[test]
fn every_suite_is_in_its_one_form() {
    for (path, text) in published().suites {
        assert_eq!(Document::parse(&text).unwrap().text().unwrap(), text, "{path}");
    }
}

proptest! {
    #[test]
    fn arbitrary_suites_and_inputs_are_refused_without_a_panic(text in ".{0,200}", op in 0..OPERATIONS.len(), octets in prop::collection::vec(any::<u8>(), 0..80)) {
        prop_assert!(Document::parse(&text).is_err());
        let hex: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
        for input in [json!({ "content": hex }), json!({ "text": text }), json!({ "line": text, "now": "2026-11-02" }), json!(hex)] {
            let _ = operate(OPERATIONS[op], &input, &Blobs::default());
        }
    }
}

const OPERATIONS: [&str; 12] = [
    "tlv.read",
    "apdu.command",
    "apdu.response",
    "fcp.decode",
    "public-key.decode",
    "security-infos.decode",
    "chip-image.read",
    "image.read",
    "certificate.decode",
    "mrz.parse",
    "record.parse",
    "record.stored",
];

/// One change to the text of a suite, and what the report must say of the file.
#[test]
fn a_damaged_folder_has_a_fault_or_a_failed_case() {
    for (path, from, to, word) in [
        ("channel/bac.json", r#""suite": "bac","#, r#""suite": "bac", "extra": 1,"#, "unknown field"),
        ("channel/bac.json", r#""mrz_information""#, r#""extra": "", "mrz_information""#, "unknown field"),
        ("channel/bac.json", r#""channel.v1""#, r#""channel.v9""#, "no reader"),
        ("channel/bac.json", r#""bac.keys""#, r#""bac.guess""#, "no operation"),
        ("mrz/td1.json", r#""count": "#, r#""count": 1"#, "count 1"),
        ("mrz/td1.json", "td1/0002", "td1/0001", "stands twice"),
        ("mrz/td1.json", "td1/0002", "td2/0002", "no identifier of this suite"),
        ("mrz/td1.json", r#""CheckDigit": {"#, r#""Other": {"#, "flags and notes differ"),
        ("keydiv/chip-keys.json", r#""bits": 128"#, r#""bits": 136"#, "expected"),
        ("sod/verify.json", r#""length": "#, r#""length": 1"#, "is damaged"),
    ] {
        let mut folder = published();
        let text = folder.suites.get_mut(path).unwrap();
        assert!(text.contains(from), "{path} has no {from}");
        *text = text.replacen(from, to, 1);
        let report = replay(&folder);
        let said = format!("{:?}{:?}", report.faults, report.suites);
        assert!(!report.is_clean() && said.contains(word), "{path}: {from} → {to}");
    }
}

#[test]
fn nothing_to_replay_is_not_clean() {
    assert!(!replay(&Folder::default()).is_clean());
    let mut folder = published();
    let name = folder.blobs.keep(b"a blob that no case names".to_vec());
    let faults = replay(&folder).faults;
    assert!(faults.iter().any(|fault| fault.path.ends_with(&name)), "{faults:?}");
}
