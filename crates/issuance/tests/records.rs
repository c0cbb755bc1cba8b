//! Good records: the demo's lot, whose people and codes another program made.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

mod common;

use common::{Demo, lines, record, rules};
use proptest::prelude::*;
use sigillo_issuance::record::{
    Fingerprints, HolderRecord, LotCheck, Part, RegisteredHolder, StoredRefused, parse_line,
};
use sigillo_secret::SecretBytes;

fn parsed(line: usize) -> HolderRecord {
    parse_line(&lines()[line - 1], &Demo, &rules()).unwrap()
}

#[test]
fn the_demo_lot_is_good() {
    let mut lot = LotCheck::new(rules());
    for line in lines() {
        if let Err(faults) = lot.line(&line, &Demo) {
            panic!("{}", faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
        }
    }
    let summary = lot.finish();
    assert_eq!((summary.lines, summary.faulty, summary.warnings), (16, 0, Vec::new()));
}

#[test]
fn both_forms_of_a_name_are_kept() {
    let both = |line| {
        let record = parsed(line);
        (record.surname, record.given_names, record.mrz_surname, record.mrz_given_names)
    };
    let owned = |names: [&str; 4]| -> (String, String, String, String) { names.map(str::to_owned).into() };
    assert_eq!(both(1), owned(["ŞAHİN ÖZTÜRK", "Gülşah Işıl", "SAHIN OEZTUERK", "GUELSAH ISIL"]));
    assert_eq!(both(3), owned(["Ковальчук", "Юлія Андріївна", "KOVALCHUK", "YULIIA ANDRIIVNA"]));
    assert_eq!(both(6), owned(["Wulandari", "", "WULANDARI", ""]));
    assert_eq!(both(15), owned(["O'Brien-Taylor", "Robin Alex", "OBRIEN TAYLOR", "ROBIN ALEX"]));
    assert_eq!(both(16), owned(["欧阳", "小明", "OUYANG", "XIAOMING"]));
}

#[test]
fn unknown_days_single_fingers_and_images_arrive() {
    assert_eq!((parsed(8).birth_date.mrz(), parsed(9).birth_date.mrz()), ("8506<<".into(), "90<<<<".into()));
    assert!(matches!(parsed(8).fingerprints, Fingerprints::One(..)));
    assert!(matches!(parsed(12).fingerprints, Fingerprints::None(..)));
    let portrait = parsed(6).portrait;
    assert_eq!((portrait.width, portrait.height, portrait.bytes), (240, 320, common::image("p06.jp2")));
}

#[test]
fn a_record_survives_the_store() {
    for line in 1..=16 {
        let record = parsed(line);
        let stored = record.to_stored();
        assert!(stored.len() < 44_000, "line {line}: {} bytes", stored.len());
        assert!(HolderRecord::from_stored(&stored).unwrap() == record, "line {line}");
    }
}

#[test]
fn a_record_is_kept_in_parts() {
    for line in 1..=16 {
        let record = parsed(line);
        let parts = record.to_parts();
        assert!(HolderRecord::from_parts(&parts).unwrap() == record, "line {line}");
        let there: Vec<Part> = parts.iter().map(|(part, _)| part).collect();
        let has = |part| there.contains(&part);
        assert!(has(Part::Register), "line {line}");
        assert_eq!(has(Part::Line), record.signature.is_some(), "line {line}");
        assert_eq!(has(Part::Fingerprints), !record.fingerprints.taken().is_empty(), "line {line}");
        for (part, bytes) in parts.iter() {
            // The images of each part are in no other.
            bytes.expose(|bytes| {
                let holds = |image: &[u8]| bytes.windows(image.len()).any(|window| window == image);
                assert_eq!(holds(&record.portrait.bytes), part == Part::Register, "line {line}, {part:?}");
                for finger in record.fingerprints.taken() {
                    assert_eq!(holds(&finger.image.bytes), part == Part::Fingerprints, "line {line}, {part:?}");
                }
            });
        }
        // A part that is gone is missed, and the register can be read without the others.
        for gone in there {
            let left = parts.iter().filter(|(part, _)| *part != gone);
            let left = left.map(|(part, bytes)| (part, bytes.expose(SecretBytes::copy_of))).collect();
            assert!(HolderRecord::from_parts(&left).is_err(), "line {line} without {gone:?}");
        }
        let (_, register) = parts.iter().find(|(part, _)| *part == Part::Register).unwrap();
        let holder = register.expose(RegisteredHolder::from_part).unwrap();
        assert_eq!((&holder.surname, &holder.pratica), (&record.surname, &record.pratica));
        assert!(holder.portrait == record.portrait && holder.children == record.children);
        assert!(register.expose(|bytes| RegisteredHolder::from_part(&bytes[..bytes.len() - 1])).is_err());
        assert!(register.expose(|bytes| RegisteredHolder::from_part(&[bytes, b"x"].concat())).is_err());
    }
}

#[test]
fn damaged_stored_records_are_refused() {
    let stored = parsed(1).to_stored();
    assert_eq!(HolderRecord::from_stored(b"JSON").unwrap_err(), StoredRefused::Magic);
    let mut newer = stored.clone();
    newer[4] = 2;
    assert_eq!(HolderRecord::from_stored(&newer).unwrap_err(), StoredRefused::Version);
    let longer = [stored.as_slice(), b"x"].concat();
    for damaged in [&stored[..stored.len() - 1], &stored[..20], &stored[..4], &longer] {
        assert_eq!(HolderRecord::from_stored(damaged).unwrap_err(), StoredRefused::Damaged);
    }
}

#[test]
fn nothing_of_a_person_is_printed() {
    let record = parsed(3);
    let printed = format!("{record:?}{record:#?}{:?}{:?}", record.children, record.fingerprints);
    for value in ["Ковальчук", "KOVALCHUK", "1987", "Данило", "2015", "Київ"] {
        assert!(!printed.contains(value), "{value} in {printed}");
    }
}

proptest! {
    #[test]
    fn any_text_is_a_record_or_faults(text in ".{0,200}") {
        prop_assert!(parse_line(&text, &Demo, &rules()).is_err_and(|faults| !faults.is_empty()));
    }

    /// One member of a good record becomes something else.
    #[test]
    fn any_member_may_be_anything(line in 1_usize..=16, at in any::<prop::sample::Index>(), value in any_json()) {
        let mut record = record(line);
        let members = record.as_object_mut().unwrap();
        let name = members.keys().nth(at.index(members.len())).unwrap().clone();
        members.insert(name, value);
        if let Err(faults) = parse_line(&record.to_string(), &Demo, &rules()) {
            prop_assert!(!faults.is_empty());
        }
    }

    #[test]
    fn any_bytes_are_a_stored_record_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300), cut in any::<prop::sample::Index>()) {
        prop_assert!(HolderRecord::from_stored(&bytes).is_err());
        let stored = parsed(6).to_stored();
        prop_assert!(HolderRecord::from_stored(&stored[..cut.index(stored.len())]).is_err());
    }
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        ".{0,12}".prop_map(Into::into),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Into::into),
            prop::collection::btree_map("[a-z_]{1,8}|path|base64|position|image", inner, 0..3)
                .prop_map(|members| serde_json::Map::from_iter(members).into()),
        ]
    })
}
