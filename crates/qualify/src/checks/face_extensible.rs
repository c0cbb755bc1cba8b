//! The face record of ISO/IEC 39794-5 in DG2, in the application profile of ICAO. Spec: `iso-39794-5#face-image`.
//!
//! `65 { A0 version { 80, 81 }, A1 { 30 { 80 id, A1 { A0 { A0 { 80 image, A1 information { A0 format, A1 kind … } … } } },
//! … A8 identity { A0 gender … } … } } }`; every CHOICE is `{ 80 code }` or `{ A1 extension }` inside its own tag.

use sigillo_tlv::Tlv;

use crate::checks::biometric::{FACE, extensible_records};
use crate::checks::structure::{MAX_DEPTH, SEQUENCE, child, children, element, holds, integer};
use crate::scene::{Check, Scene};

pub(crate) const CHECKS: &[(&str, Check)] = &[
    ("face-39794.record", |scene| records(scene.subject()?).map(|_| ())),
    ("face-39794.version", |scene| each(scene, version)),
    ("face-39794.representations", |scene| each(scene, |record| representations(record).map(|_| ()))),
    ("face-39794.representation", |scene| each(scene, representation)),
    ("face-39794.gender", |scene| each(scene, gender)),
    ("face-39794.image-representation", |scene| each(scene, |record| image_representation(record).map(|_| ()))),
    ("face-39794.image-2d", |scene| each(scene, |record| image_2d(record).map(|_| ()))),
    ("face-39794.image-format", |scene| each(scene, image_format)),
    ("face-39794.image-kind", |scene| each(scene, image_kind)),
];

fn each(scene: &Scene<'_>, judge: impl Fn(&Tlv<'_>) -> Result<(), String>) -> Result<(), String> {
    records(scene.subject()?)?.iter().try_for_each(judge)
}

/// The face image data block of each template: `65`, DER, with version and representations.
fn records(file: &[u8]) -> Result<Vec<Tlv<'_>>, String> {
    let records = extensible_records(file, &FACE)?;
    for record in &records {
        element(record, MAX_DEPTH)?;
        in_order(record, &[0xA0, 0xA1], &[])?;
    }
    Ok(records)
}

/// Generation 3 of 2019.
fn version(record: &Tlv<'_>) -> Result<(), String> {
    let version = child(record, 0xA0)?;
    in_order(&version, &[0x80, 0x81], &[])?;
    holds(integer(&child(&version, 0x80)?)? == 3, "generation 3")?;
    holds(integer(&child(&version, 0x81)?)? == 2019, "the year 2019")
}

/// Exactly one in a travel document.
fn representations<'a>(record: &Tlv<'a>) -> Result<Tlv<'a>, String> {
    match children(&child(record, 0xA1)?)?[..] {
        [one] if one.tag.number() == SEQUENCE => Ok(one),
        _ => Err("expected one representation".to_owned()),
    }
}

fn representation(record: &Tlv<'_>) -> Result<(), String> {
    let one = representations(record)?;
    in_order(&one, &[0x80, 0xA1], &[0xA2, 0xA3, 0xA4, 0x85, 0x86, 0xA7, 0xA8, 0xA9])?;
    integer(&child(&one, 0x80)?).map(|_| ())
}

/// Other, male or female; `unknown` is left out instead.
fn gender(record: &Tlv<'_>) -> Result<(), String> {
    let identity = child(&representations(record)?, 0xA8)?;
    holds(matches!(code(&child(&identity, 0xA0)?)?, 1..=3), "a gender of 1 to 3")
}

/// The base alternative with an image of two dimensions.
fn image_representation<'a>(record: &Tlv<'a>) -> Result<Tlv<'a>, String> {
    let representation = child(&representations(record)?, 0xA1)?;
    in_order(&representation, &[0xA0], &[])?;
    let base = child(&representation, 0xA0)?;
    in_order(&base, &[0xA0], &[])?;
    child(&base, 0xA0)
}

/// The image and what is known about it.
fn image_2d<'a>(record: &Tlv<'a>) -> Result<(Tlv<'a>, Tlv<'a>), String> {
    let image = image_representation(record)?;
    in_order(&image, &[0x80, 0xA1], &[0xA2])?;
    let (octets, information) = (child(&image, 0x80)?, child(&image, 0xA1)?);
    holds(!octets.value.is_empty(), "an image")?;
    in_order(&information, &[0xA0], &[0xA1, 0xA2, 0xA3, 0x84, 0x85, 0x86, 0xA7, 0xA8, 0xA9, 0xAA])?;
    Ok((octets, information))
}

/// JPEG, JPEG 2000 lossy or lossless, and an image of that format.
fn image_format(record: &Tlv<'_>) -> Result<(), String> {
    let (image, information) = image_2d(record)?;
    let format = code(&child(&information, 0xA0)?)?;
    let starts = match format {
        2 => image.value.starts_with(&[0xFF, 0xD8, 0xFF]),
        3 | 4 => image.value.starts_with(&[0, 0, 0, 0x0C]) || image.value.starts_with(&[0xFF, 0x4F, 0xFF, 0x51]),
        _ => return Err("expected the image format 2 (JPEG), 3 or 4 (JPEG 2000)".to_owned()),
    };
    holds(starts, "an image of the format that the record names")
}

/// A portrait for travel documents.
fn image_kind(record: &Tlv<'_>) -> Result<(), String> {
    let (_, information) = image_2d(record)?;
    holds(code(&child(&information, 0xA1)?)? == 0, "the image kind 0 (MRTD)")
}

/// The code of a CHOICE between a code and an extension.
fn code(choice: &Tlv<'_>) -> Result<u32, String> {
    in_order(choice, &[0x80], &[])?;
    integer(&child(choice, 0x80)?)
}

/// Mandatory members first, then optional ones, each once and ascending, as a SEQUENCE of context tags has them.
fn in_order(tlv: &Tlv<'_>, mandatory: &[u32], optional: &[u32]) -> Result<(), String> {
    let found: Vec<u32> = children(tlv)?.iter().map(|tlv| tlv.tag.number()).collect();
    let (first, rest) = found.split_at_checked(mandatory.len()).unwrap_or_default();
    let mut allowed = optional.iter();
    let right = first == mandatory && rest.iter().all(|tag| allowed.any(|other| other == tag));
    holds(right, &format!("the members of {:02X} at offset {} in the order of the standard", tlv.tag.number(), tlv.at))
}

/// Whether a record says the gender.
pub(super) fn has_gender(file: &[u8]) -> bool {
    let says = |record: &Tlv<'_>| child(&child(&representations(record)?, 0xA8)?, 0xA0).map(|_| ());
    records(file).is_ok_and(|records| records.iter().any(|record| says(record).is_ok()))
}

/// Whether a record says the kind of the image.
pub(super) fn has_kind(file: &[u8]) -> bool {
    let says = |record: &Tlv<'_>| child(&image_2d(record)?.1, 0xA1).map(|_| ());
    records(file).is_ok_and(|records| records.iter().any(|record| says(record).is_ok()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::biometric::tests::extensible_file;

    /// Put together from the ASN.1 of ISO/IEC 39794-5: one portrait, JPEG, kind MRTD, female.
    const RECORD: &str =
        "a007800103810207e3a1243022800100a116a014a0128004ffd8ffe0a10aa003800102a103800100a805a003800103";
    /// The same representation twice.
    const TWO: &str = "a007800103810207e3a1483022800100a116a014a0128004ffd8ffe0a10aa003800102a103800100a805a0038001033022800100a116a014a0128004ffd8ffe0a10aa003800102a103800100a805a003800103";
    /// A representation of the extension kind, which no travel document has.
    const EXTENSION: &str = "a007800103810207e3a1093007800100a102a100";

    fn file(record: &str) -> Vec<u8> {
        extensible_file(&FACE, &hex::decode(record).unwrap())
    }

    fn judged(file: &[u8]) -> Vec<bool> {
        let Ok(records) = records(file) else { return vec![false; 9] };
        let record = &records[0];
        vec![
            true,
            version(record).is_ok(),
            representations(record).is_ok(),
            representation(record).is_ok(),
            gender(record).is_ok(),
            image_representation(record).is_ok(),
            image_2d(record).is_ok(),
            image_format(record).is_ok(),
            image_kind(record).is_ok(),
        ]
    }

    #[test]
    fn a_record_and_what_can_be_wrong_in_it() {
        assert_eq!(judged(&file(RECORD)), [true; 9]);
        assert!(has_gender(&file(RECORD)) && has_kind(&file(RECORD)));
        for (check, from, to) in [
            (0, "a007800103", "a207800103"),
            (1, "800103810207e3", "800102810207e3"),
            (1, "810207e3", "810207e4"),
            (3, "800100a1", "810100a1"),
            (4, "a003800103", "a003800100"),
            (4, "a003800103", "a003800104"),
            (6, "8004ffd8", "8104ffd8"),
            (7, "a003800102", "a003800103"),
            (7, "a003800102", "a003800105"),
            (8, "a103800100", "a103800101"),
        ] {
            let wrong = RECORD.replacen(from, to, 1);
            assert_ne!(wrong, RECORD, "{from}");
            assert!(!judged(&file(&wrong))[check], "{check}: {from} -> {to}");
        }
        assert!(!judged(&file(TWO))[2]);
        assert!(!judged(&file(EXTENSION))[5]);
        assert!(!has_gender(&file(EXTENSION)) && !has_kind(&file(EXTENSION)));
    }
}
