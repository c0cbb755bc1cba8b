//! Records and lots that are refused, one fault each; all holders are invented, all images are headers without a picture.

use base64ct::{Base64, Encoding};
use jiff::civil::date;
use serde_json::{Value, json};
use sigillo_issuance::record::{ImageRefused, ImageSource, LotRules, parse_line};
use sigillo_vectors::{Folder, NoteKind};

use crate::vectors::maker::{Made, Maker, own};

pub(super) fn make(folder: &mut Folder) -> Made<Vec<String>> {
    let mut suite = Maker::new(
        folder,
        "record/records.json",
        "record.v1",
        &[
            ("sigillo-decisions", "0.1.0", "D4"),
            ("icao-9303-3", "8", "5 and 6"),
            ("dm-1976-12-23", "1976", "codice fiscale"),
        ],
        &[
            ("Whole", NoteKind::Basic, "Records that are formed."),
            ("Line", NoteKind::Malformed, "Not one JSON object of the schema's members."),
            ("Field", NoteKind::Malformed, "A member with a value that the schema or the standards do not have."),
            ("Image", NoteKind::Malformed, "A portrait, signature or fingerprint that cannot be had or used."),
            ("Fingers", NoteKind::Malformed, "Fingers and reasons that contradict each other."),
            ("Code", NoteKind::Malformed, "A codice fiscale that is none, or another person's."),
            ("Lot", NoteKind::Edge, "What only the lines together show."),
            ("Stored", NoteKind::Tampered, "A stored record that was damaged."),
        ],
    )
    .without_foreign_source("the official layout of the record is not public; R-PSE is this project's own (D4)");
    suite.group(own());
    whole(&mut suite)?;
    lines(&mut suite)?;
    fields(&mut suite)?;
    pictures(&mut suite)?;
    fingers(&mut suite)?;
    codes(&mut suite)?;
    lots(&mut suite)?;
    stored(&mut suite)?;
    Ok(vec![suite.finish()?])
}

const NOW: &str = "2026-11-02";

fn good() -> Value {
    json!({
        "schema": "r-pse.v1", "document_number": "I52936174", "type": ["LAVORO AUTONOMO"], "surname": "Núñez Groß",
        "given_names": "Søren", "birth_date": "1978-12-05", "birth_place": "Córdoba (ARG)", "sex": "M",
        "nationality": "ARG", "issue_place": "Milano", "authority": "Questura di Milano",
        "delivery_office": "Ufficio Immigrazione", "valid_from": "2026-11-02", "valid_to": "2028-11-01",
        "portrait": inline(&jpeg(3, 240, 320)), "capture_date": "2026-10-06", "pratica": "MI-2026-543656",
        "fingerprints": [print("right-index"), print("left-index")],
    })
}

/// The good record with these members instead of its own; `null` removes.
fn with(changes: Value) -> Value {
    let mut record = good();
    if let (Some(members), Value::Object(changes)) = (record.as_object_mut(), changes) {
        for (name, value) in changes {
            match value {
                Value::Null => members.remove(&name),
                value => members.insert(name, value),
            };
        }
    }
    record
}

fn input(record: &Value) -> Value {
    json!({ "line": record.to_string(), "now": NOW })
}

fn whole(suite: &mut Maker<'_>) -> Made {
    for (title, changes) in [
        ("a record", json!({})),
        ("without a document number", json!({ "document_number": null })),
        ("one name only", json!({ "given_names": null })),
        ("day of birth unknown", json!({ "birth_date": "1978-12-00" })),
        ("stateless, with a form for the MRZ", json!({ "nationality": "XXA", "surname": "王", "mrz_surname": "WANG" })),
        (
            "a child under six without fingerprints",
            json!({
                "birth_date": "2021-05-01", "fingerprints": null, "fingerprints_absent": "under-six",
            }),
        ),
        (
            "one finger, and why",
            json!({
                "fingerprints": [print("right-thumb")], "second_finger_absent": "physically-impossible",
            }),
        ),
    ] {
        suite.accept(title, "Whole", "record.parse", input(&with(changes)));
    }
    Ok(())
}

fn lines(suite: &mut Maker<'_>) -> Made {
    let text = good().to_string();
    let deep = format!("{{\"remarks\": {}{}}}", "[".repeat(12), "]".repeat(12));
    for (title, line, code) in [
        ("nothing", String::new(), "record.json"),
        ("an object that ends early", text.trim_end_matches('}').to_owned(), "record.json"),
        ("two objects", format!("{text} {text}"), "record.json"),
        ("a list", "[]".to_owned(), "record.not-object"),
        ("a member twice", text.replacen("\"sex\":\"M\"", "\"sex\":\"M\",\"sex\":\"M\"", 1), "record.duplicate-field"),
        ("twelve lists deep", deep, "record.too-deep"),
    ] {
        suite.reject(title, "Line", "record.parse", json!({ "line": line, "now": NOW }), code);
    }
    for (title, changes, code) in [
        ("another schema", json!({ "schema": "r-pse.v2" }), "record.schema-version"),
        ("a member that no record has", json!({ "eye_colour": "green" }), "record.unknown-field"),
        ("no surname", json!({ "surname": null }), "record.missing"),
        ("a number for a name", json!({ "surname": 7 }), "record.wrong-type"),
    ] {
        suite.reject(title, "Line", "record.parse", input(&with(changes)), code);
    }
    Ok(())
}

fn fields(suite: &mut Maker<'_>) -> Made {
    let child = |birth: &str| json!({ "children": [{ "surname": "Groß", "birth_date": birth, "sex": "F" }] });
    for (title, changes, code) in [
        ("an empty surname", json!({ "surname": "" }), "record.text-empty"),
        ("a surname of 101 characters", json!({ "surname": "A".repeat(101) }), "record.text-too-long"),
        ("a mark that turns the direction", json!({ "surname": "Rossi\u{202E}" }), "record.text-characters"),
        ("three lines of type", json!({ "type": ["A", "B", "C"] }), "record.too-many-items"),
        ("a number with a letter", json!({ "document_number": "I1234567A" }), "record.document-number"),
        ("a previous document in small letters", json!({ "previous_document": "i-1" }), "record.previous-document"),
        ("a reference with a blank", json!({ "pratica": "MI 2026" }), "record.pratica"),
        ("fillers in a form for the MRZ", json!({ "mrz_surname": "NUNEZ<GROSS" }), "record.mrz-name"),
        (
            "a form for the MRZ alone",
            json!({ "given_names": null, "mrz_given_names": "SOREN" }),
            "record.mrz-name-alone",
        ),
        ("a name without letters of the tables", json!({ "surname": "王" }), "record.transliteration"),
        ("a small letter for the sex", json!({ "sex": "m" }), "record.sex"),
        ("a nationality that is none", json!({ "nationality": "XYZ" }), "record.nationality"),
        ("30 February", json!({ "valid_from": "2026-02-30" }), "record.date-form"),
        ("30 February of birth", json!({ "birth_date": "1978-02-30" }), "record.birth-date-form"),
        ("born in the future", json!({ "birth_date": "2026-12-00" }), "record.birth-date-range"),
        ("a photograph of tomorrow", json!({ "capture_date": "2026-11-03" }), "record.capture-date"),
        ("valid to the day it begins", json!({ "valid_to": "2026-11-02" }), "record.validity-order"),
        ("valid for ten years and a day", json!({ "valid_to": "2036-11-03" }), "record.validity-length"),
        ("expired", json!({ "valid_from": "2020-11-02", "valid_to": "2026-11-01" }), "record.expired"),
        ("a child of fourteen", child("2012-11-02"), "record.child-age"),
    ] {
        suite.reject(title, "Field", "record.parse", input(&with(changes)), code);
    }
    Ok(())
}

fn pictures(suite: &mut Maker<'_>) -> Made {
    let portrait = |portrait: Value| json!({ "portrait": portrait });
    let path = |path: &str| portrait(json!({ "path": path }));
    for (title, changes, code) in [
        ("neither a path nor the image", portrait(json!({})), "record.image-source"),
        ("base64 without its padding", portrait(json!({ "base64": "AAA" })), "record.image-base64"),
        ("a path that leads outside", path("../p.jpg"), "record.image-path"),
        ("a path that leads nowhere", path("images/p.jpg"), "record.image-missing"),
        ("45 000 octets of portrait", portrait(json!({ "base64": "A".repeat(60_000) })), "record.image-too-large"),
        ("a WSQ for a portrait", portrait(inline(&wsq(384, 500))), "record.portrait-format"),
        ("a portrait that lies on its side", portrait(inline(&jpeg(3, 320, 240))), "record.portrait-size"),
        ("a grey portrait", portrait(inline(&jpeg(1, 240, 320))), "record.portrait-colour"),
        (
            "a signature as wide as a page",
            json!({ "signature": inline(&jpeg(1, 1601, 300)) }),
            "record.signature-format",
        ),
    ] {
        suite.reject(title, "Image", "record.parse", input(&with(changes)), code);
    }
    for (title, refused, code) in [
        ("a link that leads outside", "outside", "record.image-path"),
        ("a folder for an image", "unreadable", "record.image-unreadable"),
        ("a file of a gigabyte", "too-large", "record.image-too-large"),
    ] {
        let record = with(path("images/p.jpg")).to_string();
        let input = json!({ "line": record, "now": NOW, "images": { "images/p.jpg": refused } });
        suite.reject(title, "Image", "record.parse", input, code);
    }
    Ok(())
}

fn fingers(suite: &mut Maker<'_>) -> Made {
    let first =
        |image: Value| json!({ "fingerprints": [{ "position": "right-index", "image": image }, print("left-index")] });
    for (title, changes, code) in [
        ("a JPEG for a fingerprint", first(inline(&jpeg(1, 384, 440))), "record.fingerprint-format"),
        ("a fingerprint 100 pixels wide", first(inline(&wsq(100, 500))), "record.fingerprint-size"),
        ("a fingerprint of 400 dots an inch", first(inline(&wsq(384, 400))), "record.fingerprint-resolution"),
        ("a toe", json!({ "fingerprints": [print("left-toe"), print("left-index")] }), "record.finger-position"),
        (
            "the same finger twice",
            json!({ "fingerprints": [print("left-index"), print("left-index")] }),
            "record.finger-twice",
        ),
        ("no fingerprints", json!({ "fingerprints": null }), "record.fingerprints-missing"),
        (
            "fingerprints, and why there are none",
            json!({ "fingerprints_absent": "physically-impossible" }),
            "record.fingerprints-and-reason",
        ),
        (
            "a reason that is none",
            json!({ "fingerprints": null, "fingerprints_absent": "shy" }),
            "record.absence-reason",
        ),
        (
            "an adult without fingerprints for his age",
            json!({ "fingerprints": null, "fingerprints_absent": "under-six" }),
            "record.under-six",
        ),
        (
            "one finger without a reason",
            json!({ "fingerprints": [print("left-index")] }),
            "record.second-finger-missing",
        ),
        (
            "two fingers, and why one is absent",
            json!({ "second_finger_absent": "physically-impossible" }),
            "record.second-finger-reason",
        ),
    ] {
        suite.reject(title, "Fingers", "record.parse", input(&with(changes)), code);
    }
    Ok(())
}

fn codes(suite: &mut Maker<'_>) -> Made {
    suite.accept("a codice fiscale", "Whole", "codice-fiscale.parse", json!({ "text": "SHNGSH91D57Z243A" }));
    for (title, text, code) in [
        ("fifteen characters", "SHNGSH91D57Z243", "record.codice-fiscale-form"),
        ("another check letter", "SHNGSH91D57Z243B", "record.codice-fiscale-check"),
        ("day 00 of December", "RSSMRA85T00A562R", "record.codice-fiscale-date"),
    ] {
        suite.reject(title, "Code", "codice-fiscale.parse", json!({ "text": text }), code);
    }
    let another = with(json!({ "codice_fiscale": "SHNGSH91D57Z243A" }));
    suite.reject(
        "another person's codice fiscale",
        "Code",
        "record.parse",
        input(&another),
        "record.codice-fiscale-mismatch",
    );
    Ok(())
}

fn lots(suite: &mut Maker<'_>) -> Made {
    let lot = |second: Value| json!({ "lines": [good().to_string(), second.to_string()], "now": NOW });
    let next = with(json!({ "document_number": "I52936175", "pratica": "MI-2" }));
    suite.accept("two numbers in a row weaken BAC", "Lot", "record.lot", lot(next));
    let number = with(json!({ "pratica": "MI-2" }));
    suite.reject("a document number twice", "Lot", "record.lot", lot(number), "record.duplicate-number");
    let reference = with(json!({ "document_number": "I99999999" }));
    suite.reject("a reference twice", "Lot", "record.lot", lot(reference), "record.duplicate-pratica");
    Ok(())
}

fn stored(suite: &mut Maker<'_>) -> Made {
    let text = good().to_string();
    let images = Nothing;
    let record = parse_line(&text, &images, &LotRules::new(date(2026, 11, 2)));
    let kept = record.map_err(|faults| format!("{faults:?}"))?.to_stored();
    let input = json!({ "content": suite.octets(&kept) });
    suite.accept("a stored record", "Whole", "record.stored", input);
    let mut version = kept.clone();
    version.iter_mut().skip(4).take(1).for_each(|octet| *octet = 2);
    let cut = kept.get(..kept.len() - 1).unwrap_or_default().to_vec();
    for (title, content, code) in [
        ("nothing stored", Vec::new(), "stored.magic"),
        ("another mark", b"SIGL".to_vec(), "stored.magic"),
        ("version 2", version, "stored.version"),
        ("one octet short", cut, "stored.damaged"),
    ] {
        let input = json!({ "content": suite.octets(&content) });
        suite.reject(title, "Stored", "record.stored", input, code);
    }
    Ok(())
}

/// The images of a record that holds its own.
struct Nothing;

impl ImageSource for Nothing {
    fn read(&self, _: &str) -> Result<Vec<u8>, ImageRefused> {
        Err(ImageRefused::Missing)
    }
}

fn inline(image: &[u8]) -> Value {
    json!({ "base64": Base64::encode_string(image) })
}

fn print(position: &str) -> Value {
    json!({ "position": position, "image": inline(&wsq(384, 500)) })
}

/// A JPEG whose frame has this many components and pixels; its picture is nothing.
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

/// A WSQ of this width and resolution, 440 pixels high; its picture is nothing.
fn wsq(width: u16, dots: u16) -> Vec<u8> {
    let comment = format!("NIST_COM 1\nPPI {dots}\n");
    let length = u16::try_from(comment.len() + 2).unwrap_or(u16::MAX);
    let mut out = vec![0xFF, 0xA0, 0xFF, 0xA8];
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(comment.as_bytes());
    out.extend_from_slice(&[0xFF, 0xA2, 0x00, 17, 0, 255, 1, 184]);
    out.extend_from_slice(&width.to_be_bytes());
    out.extend_from_slice(&[0; 9]);
    out.extend_from_slice(&[0xFF, 0xA3, 0x00, 3, 0, 0, 0xFF, 0xA1]);
    out
}
