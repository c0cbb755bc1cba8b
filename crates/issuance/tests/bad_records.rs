//! Bad records: one change to a good one, and the faults that must be found, all of them and no others.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]
#![allow(clippy::disallowed_methods, reason = "reads the published schema")]

mod common;

use std::collections::BTreeSet;

use common::{Always, Demo, image, lines, record, rules, workspace};
use serde_json::{Value, json};
use sigillo_issuance::record::{FIELD_MAP, Fault, FaultKind, ImageRefused, ImageSource, LotCheck, parse_line};

/// A change: the members of a JSON object replace those of the record, `null` removes.
struct Bad {
    line: usize,
    change: Value,
    faults: &'static [(&'static str, &'static str)],
    /// Whether the published schema sees it too.
    schema: bool,
}

fn faults_of(text: &str, images: &dyn ImageSource) -> Vec<Fault> {
    parse_line(text, images, &rules()).err().unwrap_or_default()
}

fn pairs(faults: &[Fault]) -> Vec<(&str, &str)> {
    faults.iter().map(|fault| (fault.field.as_str(), fault.code)).collect()
}

fn changed(line: usize, change: &Value) -> Value {
    let mut record = record(line);
    let members = record.as_object_mut().unwrap();
    for (name, value) in change.as_object().unwrap() {
        match value {
            Value::Null => members.remove(name),
            value => members.insert(name.clone(), value.clone()),
        };
    }
    record
}

fn base64(bytes: &[u8]) -> String {
    use base64ct::Encoding;
    base64ct::Base64::encode_string(bytes)
}

#[rustfmt::skip]
fn bad() -> Vec<Bad> {
    let shape = |line, change, faults| Bad { line, change, faults, schema: true };
    let meaning = |line, change, faults| Bad { line, change, faults, schema: false };
    let finger = |position: &str, file: &str| json!({"position": position, "image": {"path": file}});
    let wsq = image("f01-right-index.wsq");
    let at_400 = |bytes: &[u8]| {
        let at = bytes.windows(7).position(|window| window == b"PPI 500").unwrap_or(0);
        let mut bytes = bytes.to_vec();
        bytes[at + 4] = b'4';
        bytes
    };
    vec![
        shape(1, json!({"schema": "r-pse.v2"}), &[("schema", "record.schema-version")]),
        shape(1, json!({"surname": null, "pratica": null}), &[("surname", "record.missing"), ("pratica", "record.missing")]),
        shape(1, json!({"surname": 7}), &[("surname", "record.wrong-type")]),
        shape(1, json!({"surname": ""}), &[("surname", "record.text-empty")]),
        shape(1, json!({"surname": "A".repeat(101)}), &[("surname", "record.text-too-long")]),
        meaning(1, json!({"surname": "ROSSI\u{202E}"}), &[("surname", "record.text-characters")]),
        meaning(1, json!({"authority": " Questura"}), &[("authority", "record.text-characters")]),
        shape(1, json!({"eye_colour": "green"}), &[("eye_colour", "record.unknown-field")]),
        shape(1, json!({"Rossi Mario": "green"}), &[("(another name)", "record.unknown-field")]),
        shape(1, json!({"type": []}), &[("type", "record.text-empty")]),
        shape(1, json!({"type": ["A", "B", "C"]}), &[("type", "record.too-many-items")]),
        shape(1, json!({"type": ["A", "PERMESSO DI SOGGIORNO UE"]}), &[("type[1]", "record.text-too-long")]),
        shape(1, json!({"type": "STUDIO"}), &[("type", "record.wrong-type")]),
        shape(1, json!({"document_number": "I1234567A"}), &[("document_number", "record.document-number")]),
        shape(1, json!({"previous_document": "i-1"}), &[("previous_document", "record.previous-document")]),
        meaning(1, json!({"previous_document": "I40718263"}), &[("previous_document", "record.previous-document")]),
        shape(1, json!({"pratica": "NA 2026"}), &[("pratica", "record.pratica")]),
        shape(16, json!({"mrz_surname": "OU<YANG"}), &[("mrz_surname", "record.mrz-name")]),
        shape(6, json!({"mrz_given_names": "SRI"}), &[("mrz_given_names", "record.mrz-name-alone")]),
        meaning(16, json!({"mrz_surname": null, "mrz_given_names": null}),
            &[("surname", "record.transliteration"), ("given_names", "record.transliteration")]),
        meaning(6, json!({"surname": "'"}), &[("surname", "record.transliteration")]),
        shape(1, json!({"sex": "f"}), &[("sex", "record.sex")]),
        meaning(1, json!({"nationality": "XYZ"}), &[("nationality", "record.nationality")]),
        shape(1, json!({"nationality": "D<<"}), &[("nationality", "record.nationality")]),
        shape(1, json!({"codice_fiscale": "SHNGSH91D57Z2"}), &[("codice_fiscale", "record.codice-fiscale-form")]),
        meaning(1, json!({"codice_fiscale": "SHNGSH91D57Z243B"}), &[("codice_fiscale", "record.codice-fiscale-check")]),
        meaning(1, json!({"codice_fiscale": "RSSMRA85T00A562R"}), &[("codice_fiscale", "record.codice-fiscale-date")]),
        meaning(1, json!({"sex": "M"}), &[("codice_fiscale", "record.codice-fiscale-mismatch")]),
        meaning(1, json!({"birth_date": "1991-04-18"}), &[("codice_fiscale", "record.codice-fiscale-mismatch")]),
        meaning(2, json!({"valid_from": "2026-02-29"}), &[("valid_from", "record.date-form")]),
        shape(2, json!({"valid_from": "2.11.2026"}), &[("valid_from", "record.date-form")]),
        meaning(2, json!({"birth_date": "1978-02-30"}), &[("birth_date", "record.birth-date-form")]),
        shape(2, json!({"birth_date": "1978"}), &[("birth_date", "record.birth-date-form")]),
        meaning(2, json!({"birth_date": "2026-12-00"}), &[("birth_date", "record.birth-date-range")]),
        meaning(2, json!({"birth_date": "1878-12-05"}), &[("birth_date", "record.birth-date-range")]),
        meaning(2, json!({"capture_date": "2026-11-03"}), &[("capture_date", "record.capture-date")]),
        meaning(2, json!({"capture_date": "1978-12-04"}), &[("capture_date", "record.capture-date")]),
        meaning(2, json!({"valid_to": "2026-11-02"}), &[("valid_to", "record.validity-order")]),
        meaning(2, json!({"valid_to": "2036-11-03"}), &[("valid_to", "record.validity-length")]),
        meaning(2, json!({"valid_from": "2020-11-02", "valid_to": "2026-11-01"}), &[("valid_to", "record.expired")]),
        meaning(2, json!({"children": [{"surname": "A", "birth_date": "2012-11-02", "sex": "F"}]}),
            &[("children[0].birth_date", "record.child-age")]),
        shape(2, json!({"children": [{"birth_date": "2020-11-02", "sex": "F", "school": "x"}, 7]}),
            &[("children[0].surname", "record.missing"), ("children[0].school", "record.unknown-field"), ("children[1]", "record.wrong-type")]),
        shape(2, json!({"portrait": {}}), &[("portrait", "record.image-source")]),
        shape(2, json!({"portrait": {"path": "images/p02.jpg", "base64": "AAAA"}}), &[("portrait", "record.image-source")]),
        shape(2, json!({"portrait": {"base64": "AAA"}}), &[("portrait.base64", "record.image-base64")]),
        shape(2, json!({"portrait": {"path": "../p02.jpg"}}), &[("portrait.path", "record.image-path")]),
        shape(2, json!({"portrait": {"path": "/etc/passwd"}}), &[("portrait.path", "record.image-path")]),
        meaning(2, json!({"portrait": {"path": "images/p99.jpg"}}), &[("portrait.path", "record.image-missing")]),
        meaning(2, json!({"portrait": {"path": "images"}}), &[("portrait.path", "record.image-unreadable")]),
        meaning(2, json!({"portrait": {"base64": "A".repeat(60_000)}}), &[("portrait.base64", "record.image-too-large")]),
        meaning(2, json!({"portrait": {"path": "images/f01-right-index.wsq"}}), &[("portrait", "record.portrait-format")]),
        meaning(2, json!({"portrait": {"base64": base64(&jpeg(3, 320, 240))}}), &[("portrait", "record.portrait-size")]),
        meaning(2, json!({"portrait": {"base64": base64(&jpeg(1, 240, 320))}}), &[("portrait", "record.portrait-colour")]),
        meaning(2, json!({"signature": {"base64": base64(&jpeg(1, 1601, 300))}}), &[("signature", "record.signature-format")]),
        meaning(2, json!({"fingerprints": [finger("right-index", "images/p02.jpg"), finger("left-index", "images/f02-left-index.wsq")]}),
            &[("fingerprints[0].image", "record.fingerprint-format")]),
        meaning(8, json!({"fingerprints": [{"position": "left-index", "image": {"base64": base64(&narrow(&wsq))}}]}),
            &[("fingerprints[0].image", "record.fingerprint-size")]),
        meaning(8, json!({"fingerprints": [{"position": "left-index", "image": {"base64": base64(&at_400(&wsq))}}]}),
            &[("fingerprints[0].image", "record.fingerprint-resolution")]),
        shape(8, json!({"fingerprints": [finger("left-toe", "images/f08-left-index.wsq")]}),
            &[("fingerprints[0].position", "record.finger-position")]),
        meaning(2, json!({"fingerprints": [finger("left-index", "images/f02-left-index.wsq"), finger("left-index", "images/f02-left-index.wsq")]}),
            &[("fingerprints[1].position", "record.finger-twice")]),
        shape(2, json!({"fingerprints": null}), &[("fingerprints", "record.fingerprints-missing")]),
        shape(2, json!({"fingerprints": []}), &[("fingerprints", "record.fingerprints-missing")]),
        shape(2, json!({"fingerprints_absent": "physically-impossible"}), &[("fingerprints_absent", "record.fingerprints-and-reason")]),
        shape(11, json!({"fingerprints_absent": "shy"}), &[("fingerprints_absent", "record.absence-reason")]),
        shape(8, json!({"second_finger_absent": "under-six"}), &[("second_finger_absent", "record.absence-reason")]),
        meaning(13, json!({"fingerprints": null, "fingerprints_absent": "under-six"}), &[("fingerprints_absent", "record.under-six")]),
        meaning(12, json!({"birth_date": "2020-10-16"}), &[("fingerprints_absent", "record.under-six")]),
        shape(8, json!({"second_finger_absent": null}), &[("second_finger_absent", "record.second-finger-missing")]),
        shape(2, json!({"second_finger_absent": "physically-impossible"}), &[("second_finger_absent", "record.second-finger-reason")]),
        // Many faults at once, each named, in the order of the schema.
        shape(2, json!({"document_number": "X", "surname": null, "sex": 1, "valid_to": "never", "portrait": 5, "pratica": "", "zzz": 0}),
            &[("document_number", "record.document-number"), ("surname", "record.missing"), ("sex", "record.wrong-type"),
              ("valid_to", "record.date-form"), ("portrait", "record.wrong-type"), ("pratica", "record.text-empty"), ("zzz", "record.unknown-field")]),
    ]
}

/// The header of a JPEG whose frame has this many components and pixels; its picture is nothing.
fn jpeg(components: u8, width: u16, height: u16) -> Vec<u8> {
    let mut out = vec![0xFF, 0xD8, 0xFF, 0xC0, 0x00, 8 + 3 * components, 8];
    out.extend_from_slice(&height.to_be_bytes());
    out.extend_from_slice(&width.to_be_bytes());
    out.push(components);
    (1..=components).for_each(|component| out.extend_from_slice(&[component, 0x11, 0]));
    out.extend_from_slice(&[0xFF, 0xDA, 0x00, 6 + 2 * components, components]);
    (1..=components).for_each(|component| out.extend_from_slice(&[component, 0]));
    out.extend_from_slice(&[0, 63, 0, 0xFF, 0xD9]);
    out
}

/// The same WSQ file, said to be 100 pixels wide.
fn narrow(wsq: &[u8]) -> Vec<u8> {
    let mut out = wsq.to_vec();
    let frame = wsq.windows(4).position(|window| window == [0xFF, 0xA2, 0x00, 17]).unwrap();
    out[frame + 8..frame + 10].copy_from_slice(&100_u16.to_be_bytes());
    out
}

#[test]
fn every_fault_is_found_and_nothing_else() {
    for (number, Bad { line, change, faults, .. }) in bad().into_iter().enumerate() {
        let found = faults_of(&changed(line, &change).to_string(), &Demo);
        assert_eq!(
            pairs(&found),
            faults,
            "case {number}: {}",
            change.to_string().chars().take(120).collect::<String>()
        );
    }
}

#[test]
fn lines_that_are_no_objects_are_refused() {
    let good = &lines()[0];
    let twice = good.replacen(
        "{\"schema\"",
        "{\"sex\": \"M\", \"children\": [{\"sex\": \"F\", \"sex\": \"M\"}], \"schema\"",
        1,
    );
    let deep =
        good.replacen("{\"schema\"", &format!("{{\"remarks\": {}{}, \"schema\"", "[".repeat(9), "]".repeat(9)), 1);
    let long = format!("{good}{}", " ".repeat(256 * 1024));
    for (text, expected) in [
        ("", vec![("", "record.json")]),
        ("{\"schema\": \"r-pse.v1\"", vec![("", "record.json")]),
        (&format!("{good} {good}"), vec![("", "record.json")]),
        ("[]", vec![("", "record.not-object")]),
        (&deep, vec![("", "record.too-deep")]),
        (&long, vec![("", "record.too-long")]),
    ] {
        assert_eq!(pairs(&faults_of(text, &Demo)), expected, "{}", text.chars().take(60).collect::<String>());
    }
    let found = faults_of(&twice, &Demo);
    assert!(pairs(&found).contains(&("sex", "record.duplicate-field")), "{found:?}");
    assert!(pairs(&found).contains(&("children[0].sex", "record.duplicate-field")), "{found:?}");
}

#[test]
fn every_refusal_of_a_source_is_a_fault() {
    for (refused, code) in [
        (ImageRefused::Outside, "record.image-path"),
        (ImageRefused::Missing, "record.image-missing"),
        (ImageRefused::Unreadable, "record.image-unreadable"),
        (ImageRefused::TooLarge, "record.image-too-large"),
    ] {
        let found = faults_of(&lines()[10], &Always(Err(refused)));
        assert_eq!(pairs(&found), [("portrait.path", code)]);
    }
    let found = faults_of(&lines()[10], &Always(Ok(vec![0; 40_000])));
    assert_eq!(pairs(&found), [("portrait.path", "record.image-too-large")]);
}

#[test]
fn duplicates_are_found_across_the_lines_of_a_lot() {
    let same_number = changed(2, &json!({"document_number": "I40718263", "sex": "?"})).to_string();
    let same_pratica = changed(3, &json!({"pratica": "NA-2026-271828"})).to_string();
    let next_number = changed(4, &json!({"document_number": "I40718264"})).to_string();
    let same_person = changed(1, &json!({"document_number": "I40718299", "pratica": "NA-1"})).to_string();
    let mut lot = LotCheck::new(rules());
    assert!(lot.line(&lines()[0], &Demo).is_ok());
    let found = lot.line(&same_number, &Demo).unwrap_err();
    let expected = [("sex", "record.sex"), ("document_number", "record.duplicate-number")];
    assert_eq!(pairs(&found), expected);
    assert!(found.iter().all(|fault| fault.line == 2));
    assert_eq!(pairs(&lot.line(&same_pratica, &Demo).unwrap_err()), [("pratica", "record.duplicate-pratica")]);
    assert!(lot.line(&lines()[0].replace("NA-2026-271828", "NA-2"), &Demo).is_err());
    assert!(lot.line(&next_number, &Demo).is_ok());
    assert!(lot.line(&same_person, &Demo).is_ok());
    let summary = lot.finish();
    assert_eq!((summary.lines, summary.faulty), (6, 3));
    let codes: Vec<(&str, u64, u64)> =
        summary.warnings.iter().map(|warning| (warning.code, warning.line, warning.count)).collect();
    assert_eq!(codes, [("record.consecutive-numbers", 5, 1), ("record.same-codice-fiscale", 4, 2)]);
}

#[test]
fn every_kind_of_fault_occurs_here() {
    let mut seen: BTreeSet<&str> = bad().iter().flat_map(|bad| bad.faults).map(|(_, code)| *code).collect();
    seen.extend(["record.json", "record.not-object", "record.too-deep", "record.too-long", "record.duplicate-field"]);
    seen.extend(["record.duplicate-number", "record.duplicate-pratica"]);
    let all: BTreeSet<&str> = FaultKind::ALL.iter().map(|kind| kind.code()).collect();
    assert_eq!(all.len(), FaultKind::ALL.len(), "two kinds share a code");
    assert_eq!(seen, all);
    assert!(FaultKind::ALL.iter().all(|kind| kind.advice().ends_with('.')));
}

/// A fault names the field and never the value.
#[test]
fn no_value_is_in_a_fault() {
    for value in ["Zzyzx Qwertz", "zzyzx qwertz"] {
        for row in FIELD_MAP {
            let faults = faults_of(&changed(2, &json!({row.field: value})).to_string(), &Demo);
            assert!(!format!("{faults:?}").to_lowercase().contains("zzyzx"), "{}", row.field);
        }
    }
}

#[test]
fn the_published_schema_agrees() {
    let text = std::fs::read_to_string(workspace().join("schemas/r-pse.v1.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&text).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    for line in 1..=16 {
        assert!(validator.is_valid(&record(line)), "line {line}");
    }
    for (number, Bad { line, change, schema, .. }) in bad().into_iter().enumerate() {
        assert_eq!(validator.is_valid(&changed(line, &change)), !schema, "case {number}");
    }
    // The same members, in the same order, as the table that the code reads by.
    let members: BTreeSet<&str> = schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, FIELD_MAP.iter().map(|row| row.field).collect());
    let required: Vec<&str> = schema["required"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let table: Vec<&str> = FIELD_MAP.iter().filter(|row| row.required).map(|row| row.field).collect();
    assert_eq!(required, table);
}
