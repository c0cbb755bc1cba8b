//! Bad records and bad images: one change to a good record, and the faults that must be reported, all of them and no others.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use base64ct::{Base64, Encoding};
use serde_json::{Map, Value, json};

use crate::bench::{Bench, demo_line};

/// Field and code of a fault.
type Expected = &'static [(&'static str, &'static str)];

/// Delivers each bad line as a lot of its own.
pub(crate) fn refused(bench: &mut Bench) {
    prepare_images(bench);
    for (number, (line, faults)) in lines().into_iter().enumerate() {
        let lot = bench.file(&format!("bad-{number}.jsonl"), [&line[..], b"\n"].concat());
        for command in ["check", "import"] {
            let error = bench.refuses(&["lot", command, &lot], "line.lot-faults", 3);
            assert_eq!(reported(&error), expected(1, faults), "line {number}");
        }
        // Two commands, one input.
        bench.inputs -= 1;
    }
    for (field, other, code) in
        [("pratica", "X-1", "store.duplicate-number"), ("document_number", "I70000001", "store.duplicate-pratica")]
    {
        let mut again = demo_line(1);
        again[field] = json!(other);
        let lot = bench.file("again.jsonl", format!("{}\n{again}\n", demo_line(2)));
        let error = bench.refuses(&["lot", "import", &lot], "line.lot-faults", 3);
        let twice = if field == "pratica" { "document_number" } else { "pratica" };
        assert_eq!(reported(&error), [(2, twice.to_owned(), code.to_owned())]);
    }
}

/// Delivers all of them as one lot, with good lines between them.
pub(crate) fn reported_at_once(bench: &mut Bench) {
    prepare_images(bench);
    let good = |number: usize| changed(2, 500 + number, json!({})).to_string().into_bytes();
    let (mut lot, mut faults) = (Vec::new(), Vec::new());
    for (number, (line, found)) in lines().into_iter().enumerate() {
        lot.extend_from_slice(&good(number));
        lot.push(b'\n');
        lot.extend_from_slice(&line);
        lot.push(b'\n');
        faults.extend(expected(2 * number as u64 + 2, found));
    }
    // The last line was imported before: only the register knows.
    lot.extend_from_slice(demo_line(1).to_string().as_bytes());
    let lot = bench.file("many.jsonl", lot);
    let error = bench.refuses(&["lot", "check", &lot], "line.lot-faults", 3);
    assert_eq!(reported(&error), faults);
    faults.extend(expected(2 * lines().len() as u64 + 1, &[("pratica", "store.duplicate-pratica")]));
    let error = bench.refuses(&["lot", "import", &lot], "line.lot-faults", 3);
    assert_eq!(reported(&error), faults);
    assert!(error["message"].as_str().unwrap().contains(&faults.len().to_string()));
    let words = bench.shop.run(&["lot", "import", &lot]);
    let words = String::from_utf8_lossy(&words.stderr).into_owned();
    for (line, _, code) in &faults {
        assert!(words.contains(&format!("line {line}: ")) && words.contains(code.as_str()), "{line} {code}: {words}");
    }
}

/// The bad lines, each with its faults.
#[rustfmt::skip]
fn lines() -> Vec<(Vec<u8>, Expected)> {
    let path = |path: &str| json!({"portrait": {"path": path}});
    let finger = |file: &str| json!({"fingerprints": [{"position": "left-index", "image": {"path": file}}]});
    let records: Vec<(usize, Value, Expected)> = vec![
        (2, json!({"schema": "r-pse.v9"}), &[("schema", "record.schema-version")]),
        (2, json!({"surname": null}), &[("surname", "record.missing")]),
        (2, json!({"surname": ["Rossi"]}), &[("surname", "record.wrong-type")]),
        (2, json!({"surname": "A".repeat(101)}), &[("surname", "record.text-too-long")]),
        (2, json!({"surname": "ROSSI\u{202E}ISSOR"}), &[("surname", "record.text-characters")]),
        (2, json!({"surname": "𝔉𝔯𝔞𝔨𝔱𝔲𝔯"}), &[("surname", "record.transliteration")]),
        (2, json!({"eye_colour": "green"}), &[("eye_colour", "record.unknown-field")]),
        (2, json!({"document_number": "I1234567"}), &[("document_number", "record.document-number")]),
        (2, json!({"pratica": "NA 2026 / 7"}), &[("pratica", "record.pratica")]),
        (2, json!({"sex": "m"}), &[("sex", "record.sex")]),
        (2, json!({"nationality": "ZZZ"}), &[("nationality", "record.nationality")]),
        (1, json!({"codice_fiscale": "SHNGSH91D57Z243B"}), &[("codice_fiscale", "record.codice-fiscale-check")]),
        (1, json!({"sex": "M"}), &[("codice_fiscale", "record.codice-fiscale-mismatch")]),
        (2, json!({"birth_date": "1978-02-30"}), &[("birth_date", "record.birth-date-form")]),
        (2, json!({"birth_date": "2031-01-01"}), &[("birth_date", "record.birth-date-range")]),
        (2, json!({"valid_to": "2026-11-01"}), &[("valid_to", "record.expired"), ("valid_to", "record.validity-order")]),
        (2, json!({"valid_to": "2047-11-01"}), &[("valid_to", "record.validity-length")]),
        (2, json!({"children": [{"surname": "A", "birth_date": "2001-01-01", "sex": "F"}]}), &[("children[0].birth_date", "record.child-age")]),
        (2, json!({"sex": 1, "birth_place": "", "valid_from": "soon", "portrait": 5, "zzz": 0}),
            &[("birth_place", "record.text-empty"), ("sex", "record.wrong-type"), ("valid_from", "record.date-form"),
              ("portrait", "record.wrong-type"), ("zzz", "record.unknown-field")]),
        // Where an image is, and how much of it.
        (2, path("../formed.jsonl"), &[("portrait.path", "record.image-path")]),
        (2, path("/etc/passwd"), &[("portrait.path", "record.image-path")]),
        (2, path("images/escape.jpg"), &[("portrait.path", "record.image-path")]),
        (2, path("images/nobody.jpg"), &[("portrait.path", "record.image-missing")]),
        (2, path("images"), &[("portrait.path", "record.image-unreadable")]),
        (2, path("images/pipe.jpg"), &[("portrait.path", "record.image-unreadable")]),
        (2, path("images/huge.jpg"), &[("portrait.path", "record.image-too-large")]),
        (2, json!({"portrait": {"base64": "&&&&"}}), &[("portrait.base64", "record.image-base64")]),
        (2, json!({"portrait": {"path": "images/p02.jpg", "base64": ""}}), &[("portrait", "record.image-source")]),
        // What it is.
        (2, path("images/cut.jpg"), &[("portrait", "record.portrait-format")]),
        (2, path("images/cut.jp2"), &[("portrait", "record.portrait-format")]),
        (2, path("images/f02-left-index.wsq"), &[("portrait", "record.portrait-format")]),
        (2, json!({"portrait": {"base64": encoded(&jpeg(3, 1600, 240))}}), &[("portrait", "record.portrait-size")]),
        (2, json!({"portrait": {"base64": encoded(&jpeg(1, 480, 640))}}), &[("portrait", "record.portrait-colour")]),
        (2, json!({"signature": {"base64": encoded(&jpeg(1, 1601, 300))}}), &[("signature", "record.signature-format")]),
        (8, finger("images/cut.wsq"), &[("fingerprints[0].image", "record.fingerprint-format")]),
        (8, finger("images/cut.jpg"), &[("fingerprints[0].image", "record.fingerprint-format")]),
        (8, finger("images/narrow.wsq"), &[("fingerprints[0].image", "record.fingerprint-size")]),
        (8, finger("images/coarse.wsq"), &[("fingerprints[0].image", "record.fingerprint-resolution")]),
        (13, json!({"fingerprints": null, "fingerprints_absent": "under-six"}), &[("fingerprints_absent", "record.under-six")]),
        (8, json!({"second_finger_absent": null}), &[("second_finger_absent", "record.second-finger-missing")]),
    ];
    let mut lines: Vec<(Vec<u8>, Expected)> = records.into_iter().enumerate()
        .map(|(number, (base, change, faults))| (changed(base, number, change).to_string().into_bytes(), faults))
        .collect();
    let twice = changed(2, 900, json!({})).to_string().replacen('{', "{\"sex\":\"F\",", 1);
    let deep = format!("{{\"remarks\": {}{}}}", "[".repeat(99), "]".repeat(99));
    lines.extend::<[(Vec<u8>, Expected); 8]>([
        (b"<record/>".to_vec(), &[("", "record.json")]),
        (b"".to_vec(), &[("", "record.json")]),
        (b"{\"schema\": \"r-pse.v1\", \"surname\": \"\xFF\xFE\"}".to_vec(), &[("", "record.json")]),
        (b"\xEF\xBB\xBF{}".to_vec(), &[("", "record.json")]),
        (b"[1, 2]".to_vec(), &[("", "record.not-object")]),
        (deep.into_bytes(), &[("", "record.too-deep")]),
        (twice.into_bytes(), &[("sex", "record.duplicate-field")]),
        (vec![b' '; 300 * 1024], &[("", "record.too-long")]),
    ]);
    lines
}

/// A record of the demo with other members; `null` removes one. Number and file reference are its own, unless they are the change.
fn changed(base: usize, number: usize, change: Value) -> Value {
    let mut record = demo_line(base);
    let members = record.as_object_mut().unwrap();
    members.insert("document_number".to_owned(), json!(format!("I5{:07}", 7 * number)));
    members.insert("pratica".to_owned(), json!(format!("X-{number}")));
    let Value::Object(change) = change else { panic!("a change is an object") };
    for (name, value) in change {
        if value.is_null() {
            members.remove(&name)
        } else {
            members.insert(name, value)
        };
    }
    record
}

fn reported(error: &Value) -> Vec<(u64, String, String)> {
    let text = |fault: &Map<String, Value>, name: &str| fault[name].as_str().unwrap().to_owned();
    let faults = error["faults"].as_array().unwrap().iter().map(|fault| fault.as_object().unwrap());
    faults
        .inspect(|fault| assert!(text(fault, "advice").ends_with('.'), "{fault:?}"))
        .map(|fault| (fault["line"].as_u64().unwrap(), text(fault, "field"), text(fault, "code")))
        .collect()
}

fn expected(line: u64, faults: Expected) -> Vec<(u64, String, String)> {
    faults.iter().map(|(field, code)| (line, (*field).to_owned(), (*code).to_owned())).collect()
}

/// Damaged images beside the good ones, and files that are none.
fn prepare_images(bench: &Bench) {
    let images = bench.shop.path().join("images");
    let read = |name: &str| fs::read(images.join(name)).unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(images.join(name), bytes).unwrap();
    let half = |bytes: &[u8]| bytes[..bytes.len() / 2].to_vec();
    let wsq = read("f02-left-index.wsq");
    write("cut.jpg", &half(&read("p02.jpg")));
    write("cut.jp2", &half(&read("p06.jp2")));
    write("cut.wsq", &half(&wsq));
    write("huge.jpg", &vec![0; 3 << 20]);
    let mut narrow = wsq.clone();
    let frame = wsq.windows(4).position(|window| window == [0xFF, 0xA2, 0x00, 17]).unwrap();
    narrow[frame + 8..frame + 10].copy_from_slice(&100_u16.to_be_bytes());
    write("narrow.wsq", &narrow);
    let mut coarse = wsq;
    let at = coarse.windows(7).position(|window| window == b"PPI 500").unwrap();
    coarse[at + 4] = b'4';
    write("coarse.wsq", &coarse);
    symlink("/etc/passwd", images.join("escape.jpg")).unwrap();
    // Whoever opened it to read would wait for ever.
    assert!(Command::new("mkfifo").arg(images.join("pipe.jpg")).status().unwrap().success());
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

fn encoded(bytes: &[u8]) -> String {
    Base64::encode_string(bytes)
}
