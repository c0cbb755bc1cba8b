//! The checks on the files of a whole specimen, and on files that were spoilt.

use std::collections::BTreeMap;

use jiff::civil::{date, datetime};
use sigillo_lds::dg11::Dg11;
use sigillo_lds::dg12::Dg12;
use sigillo_profile::{Content, Profile, embedded};
use sigillo_specimen::Specimen;

use crate::checks::check;
use crate::checks::found::ITEMS;
use crate::facts::Facts;
use crate::lab::Lab;
use crate::scene::Scene;

/// The files by their names in the cases.
fn files(specimen: &Specimen) -> BTreeMap<String, Vec<u8>> {
    let name = |content: &Content| match content {
        Content::Com => "EF.COM".to_owned(),
        Content::Sod => "EF.SOD".to_owned(),
        Content::CardAccess => "EF.CardAccess".to_owned(),
        Content::CardSecurity => "EF.CardSecurity".to_owned(),
        Content::AtrInfo => "EF.ATR/INFO".to_owned(),
        Content::Cvca => "EF.CVCA".to_owned(),
        Content::DataGroup(number) => format!("DG{number}"),
        other => format!("{other:?}"),
    };
    specimen.files.iter().map(|(content, file)| (name(content), file.clone())).collect()
}

const PROFILE: &str = "pse-rf-full";

fn specimen() -> Specimen {
    let profile = Profile::parse(embedded(PROFILE).unwrap()).unwrap();
    sigillo_specimen::form(&profile, [7; 32], date(2026, 11, 22)).unwrap()
}

fn judged(specimen: &Specimen, files: &BTreeMap<String, Vec<u8>>, name: &str, subject: &str) -> Result<(), String> {
    let lab = Lab::new(&specimen.mrz, specimen.day).with_anchor(specimen.csca().clone());
    let facts = Facts { files: files.clone(), ..Facts::default() };
    let read = BTreeMap::new();
    let scene = Scene { facts: &facts, lab: &lab, read: &read, subject: Some(subject) };
    check(name).unwrap_or_else(|| panic!("{name}"))(&scene)
}

/// Check and file, from the cases themselves.
fn all_checks() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (_, text) in crate::embedded::FILES {
        for line in text.lines().filter(|line| line.contains("check = \"")) {
            let word = |key: &str| line.split(&format!("{key} = \"")).nth(1).and_then(|rest| rest.split('"').next());
            found.extend(word("check").zip(word("file")).map(|(check, file)| (check.to_owned(), file.to_owned())));
        }
    }
    found
}

#[test]
fn the_specimen_passes_and_an_empty_file_does_not() {
    let specimen = specimen();
    let files = files(&specimen);
    for (name, subject) in all_checks() {
        let newer = name.contains("39794") || name.ends_with("standard-format") || name == "dg4.iris-block";
        if files.contains_key(&subject) && !newer && name != "face.points" {
            assert_eq!(judged(&specimen, &files, &name, &subject), Ok(()), "{name} of {subject}");
        }
        let mut spoilt = files.clone();
        spoilt.insert(subject.clone(), Vec::new());
        assert!(judged(&specimen, &spoilt, &name, &subject).is_err(), "{name} of an empty file");
    }
}

#[test]
fn signed_files_that_were_changed() {
    let specimen = specimen();
    let right = files(&specimen);
    for (subject, family) in [("EF.SOD", "sod"), ("EF.CardSecurity", "card-security")] {
        let Some(file) = right.get(subject).map(hex::encode) else { continue };
        let digest = "06092a864886f70d010904";
        for (part, from, to) in [
            ("signed-data", "06092a864886f70d010702", "06092a864886f70d010703"),
            ("value", "020103310d", "020101310d"),
            ("value", "020103310f", "020101310f"),
            ("signer", digest, "06092a864886f70d010905"),
            ("certificate", "0603550406", "0603550408"),
            ("certificate", "0603551d0f0101ff04", "0603551d0f01010004"),
            ("certificate", "0603551d23", "0603551d24"),
            ("certificate", "0603551d10", "0603551d36"),
            ("certificate", "0603551d1f", "0603551d37"),
        ] {
            let changed = file.replace(from, to);
            if changed == file {
                // The digest algorithm has parameters in one form or the other.
                assert_eq!(part, "value", "{subject}: {from}");
                continue;
            }
            let mut spoilt = right.clone();
            spoilt.insert(subject.to_owned(), hex::decode(changed).unwrap());
            assert!(judged(&specimen, &spoilt, &format!("{family}.{part}"), subject).is_err(), "{subject}: {from}");
        }
        // The last octets are those of the signature.
        let mut spoilt = right.clone();
        *spoilt.get_mut(subject).unwrap().last_mut().unwrap() ^= 1;
        assert!(judged(&specimen, &spoilt, &format!("{family}.signer"), subject).is_err());
    }
    let mut spoilt = right.clone();
    *spoilt.get_mut("DG11").unwrap().last_mut().unwrap() ^= 1;
    assert!(judged(&specimen, &spoilt, "sod.lds-object", "EF.SOD").is_err());
    spoilt = right.clone();
    spoilt.remove("DG1");
    assert!(judged(&specimen, &spoilt, "sod.lds-object", "EF.SOD").is_err());
    assert!(judged(&specimen, &spoilt, "com.present", "EF.COM").is_err());
}

#[test]
fn another_issuer_and_another_day() {
    let (one, mut other) = (specimen(), specimen());
    let profile = Profile::parse(embedded(PROFILE).unwrap()).unwrap();
    let stranger = sigillo_specimen::form(&profile, [8; 32], one.day).unwrap();
    assert!(judged(&stranger, &files(&one), "sod.certificate", "EF.SOD").is_err());
    assert!(judged(&stranger, &files(&one), "dg1.printed", "DG1").is_err());
    assert_eq!(judged(&other, &files(&one), "sod.certificate", "EF.SOD"), Ok(()));
    other.day = date(2046, 1, 1);
    assert!(judged(&other, &files(&one), "sod.certificate", "EF.SOD").is_err());
}

/// Every element that there is, written by the encoders of `sigillo-lds`.
fn details(image: &[u8]) -> (Dg11, Dg12) {
    let text = |text: &str| Some(text.to_owned());
    let person = Dg11 {
        full_name: text("ESEMPIO<<PROVA"),
        other_names: vec!["ALTRO<<NOME".to_owned()],
        personal_number: text("SMPPRV74M52Z368X"),
        birth_date: Some(date(1974, 8, 12).into()),
        birth_place: text("ASMARA<ERI"),
        address: text("VIA ESEMPIO 1<ROMA"),
        telephone: text("0600000000"),
        profession: text("MAESTRA"),
        title: text("DOTT"),
        summary: text("NESSUNO"),
        proof_of_citizenship: Some(image.to_vec()),
        other_documents: text("AA0000001<BB0000002"),
        custody: text("NESSUNA"),
    };
    let document = Dg12 {
        issuing_authority: text("QUESTURA DI ROMA"),
        issue_date: Some(date(2026, 11, 22).into()),
        other_persons: vec!["FIGLIO<<UNO".to_owned()],
        endorsements: text("NESSUNA"),
        tax_or_exit: text("NESSUNO"),
        front_image: Some(image.to_vec()),
        rear_image: Some(image.to_vec()),
        personalized_at: Some(datetime(2026, 11, 22, 9, 30, 5, 0).into()),
        personalization_system: text("TEST1"),
    };
    (person, document)
}

#[test]
fn every_element_of_the_details_is_found_and_judged() {
    let specimen = specimen();
    let image = include_bytes!("../../../../demo/images/p05.jpg");
    let (person, document) = details(image);
    let right = BTreeMap::from([("DG11".to_owned(), person.encode()), ("DG12".to_owned(), document.encode())]);
    let bare =
        BTreeMap::from([("DG11".to_owned(), Dg11::default().encode()), ("DG12".to_owned(), Dg12::default().encode())]);
    let mut seen = 0;
    for (name, subject) in
        all_checks().iter().filter(|(name, _)| name.starts_with("dg11.") || name.starts_with("dg12."))
    {
        assert_eq!(judged(&specimen, &right, name, subject), Ok(()), "{name}");
        let item = name.replacen('.', "-", 1);
        if let Some((_, file, is)) = ITEMS.iter().find(|(known, ..)| **known == *item) {
            assert!(is(&right[*file]) && !is(&bare[*file]), "{item}");
            assert!(judged(&specimen, &bare, name, subject).is_err(), "{name}");
            seen += 1;
        }
    }
    assert_eq!(seen, 21);
}

#[test]
fn an_element_of_one_kind_is_none_of_another() {
    let specimen = specimen();
    let (person, document) = details(b"GIF89a");
    let wrong = BTreeMap::from([("DG11".to_owned(), person.encode()), ("DG12".to_owned(), document.encode())]);
    for (name, subject) in [("dg11.citizenship", "DG11"), ("dg12.front-image", "DG12"), ("dg12.rear-image", "DG12")] {
        assert!(judged(&specimen, &wrong, name, subject).is_err(), "{name}");
    }
    let spoilt = |file: &[u8], from: &str, to: &str| hex::decode(hex::encode(file).replacen(from, to, 1)).unwrap();
    // A letter in a date, and two tags of the list in another order than what follows.
    let birth = spoilt(&person.encode(), "5f2b083139373430383132", "5f2b083139373430383178");
    let files = BTreeMap::from([("DG11".to_owned(), birth)]);
    assert!(judged(&specimen, &files, "dg11.birth-date", "DG11").is_err());
    let files = BTreeMap::from([("DG11".to_owned(), spoilt(&person.encode(), "5f125f13", "5f135f12"))]);
    assert!(judged(&specimen, &files, "dg11.tag-list", "DG11").is_err());
}
