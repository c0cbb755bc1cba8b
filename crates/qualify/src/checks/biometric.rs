//! The envelope of DG2, DG3 and DG4: biometric information templates. Spec: `icao-9303-10#biometric-encoding`.
//!
//! `75|63|76 { 7F61 { 02 count, 7F60 { A1 { … 87 owner, 88 type }, 5F2E|7F2E record } … } }`; a record of ISO/IEC 39794
//! stands in `7F2E { A1 { [APPLICATION n] … } }`.

use sigillo_tlv::Tlv;

use crate::checks::structure::{child, children, holds, length, starts_with, template};
use crate::scene::Check;

pub(crate) const CHECKS: &[(&str, Check)] = &[
    ("dg2.tag", |scene| starts_with(scene.subject()?, FACE.file)),
    ("dg2.length", |scene| length(scene.subject()?)),
    ("dg2.group", |scene| group(scene.subject()?, &FACE).map(|_| ())),
    ("dg2.count", |scene| count(scene.subject()?, &FACE)),
    ("dg2.templates", |scene| templates(scene.subject()?, &FACE).map(|_| ())),
    ("dg2.header", |scene| headers(scene.subject()?, &FACE).map(|_| ())),
    ("dg2.format-owner", |scene| format_owner(scene.subject()?, &FACE)),
    ("dg2.format-type", |scene| format_type(scene.subject()?, &FACE, Generation::Fixed)),
    ("dg2.format-type-39794", |scene| format_type(scene.subject()?, &FACE, Generation::Extensible)),
    ("dg2.data-block", |scene| blocks(scene.subject()?, &FACE).map(|_| ())),
    ("dg2.data-block-39794", |scene| extensible_blocks(scene.subject()?, &FACE).map(|_| ())),
    ("dg2.standard-format", |scene| standard_formats(scene.subject()?, &FACE).map(|_| ())),
    ("dg3.tag", |scene| starts_with(scene.subject()?, FINGER.file)),
    ("dg3.length", |scene| length(scene.subject()?)),
    ("dg3.group", |scene| group_alone(scene.subject()?, &FINGER)),
    ("dg3.count", |scene| count(scene.subject()?, &FINGER)),
    ("dg3.templates", |scene| templates(scene.subject()?, &FINGER).map(|_| ())),
    ("dg3.header", |scene| headers(scene.subject()?, &FINGER).map(|_| ())),
    ("dg3.format-owner", |scene| format_owner(scene.subject()?, &FINGER)),
    ("dg3.format-type", |scene| format_type(scene.subject()?, &FINGER, Generation::Fixed)),
    ("dg3.subtype", |scene| subtype(scene.subject()?, &FINGER)),
    ("dg3.data-block", |scene| blocks(scene.subject()?, &FINGER).map(|_| ())),
    ("dg3.format-type-39794", |scene| format_type(scene.subject()?, &FINGER, Generation::Extensible)),
    ("dg3.data-block-39794", |scene| extensible_blocks(scene.subject()?, &FINGER).map(|_| ())),
    ("dg3.standard-format", |scene| standard_formats(scene.subject()?, &FINGER).map(|_| ())),
    ("dg3.consistent", |scene| consistent(scene.subject()?, &FINGER)),
    ("dg4.tag", |scene| starts_with(scene.subject()?, IRIS.file)),
    ("dg4.length", |scene| length(scene.subject()?)),
    ("dg4.group", |scene| group_alone(scene.subject()?, &IRIS)),
    ("dg4.count", |scene| count(scene.subject()?, &IRIS)),
    ("dg4.templates", |scene| templates(scene.subject()?, &IRIS).map(|_| ())),
    ("dg4.header", |scene| headers(scene.subject()?, &IRIS).map(|_| ())),
    ("dg4.format-owner", |scene| format_owner(scene.subject()?, &IRIS)),
    ("dg4.format-type", |scene| format_type(scene.subject()?, &IRIS, Generation::Fixed)),
    ("dg4.subtype", |scene| subtype(scene.subject()?, &IRIS)),
    ("dg4.data-block", |scene| blocks(scene.subject()?, &IRIS).map(|_| ())),
    ("dg4.format-type-39794", |scene| format_type(scene.subject()?, &IRIS, Generation::Extensible)),
    ("dg4.data-block-39794", |scene| extensible_blocks(scene.subject()?, &IRIS).map(|_| ())),
    ("dg4.standard-format", |scene| standard_formats(scene.subject()?, &IRIS).map(|_| ())),
    ("dg4.iris-block", |scene| extensible_records(scene.subject()?, &IRIS).map(|_| ())),
    ("dg4.consistent", |scene| consistent(scene.subject()?, &IRIS)),
];

/// One kind of biometric data.
pub(super) struct Kind {
    pub(super) file: u32,
    /// Whether a file without any template may be.
    may_be_empty: bool,
    /// CBEFF format types of ISO/IEC 19794 and the letters that such a record starts with.
    fixed: &'static [([u8; 2], &'static [u8])],
    /// The CBEFF format type of ISO/IEC 39794 and the application tag of its record.
    extensible: ([u8; 2], u32),
}

pub(super) const FACE: Kind =
    Kind { file: 0x75, may_be_empty: false, fixed: &[([0x00, 0x08], b"FAC\0")], extensible: ([0x00, 0x2A], 0x65) };
pub(super) const FINGER: Kind =
    Kind { file: 0x63, may_be_empty: true, fixed: &[([0x00, 0x07], b"FIR\0")], extensible: ([0x00, 0x28], 0x64) };
/// Rectilinear and polar images.
pub(super) const IRIS: Kind = Kind {
    file: 0x76,
    may_be_empty: true,
    fixed: &[([0x00, 0x09], b"IIR\0"), ([0x00, 0x0B], b"IIR\0")],
    extensible: ([0x00, 0x2C], 0x66),
};

/// The two series of standards for records.
#[derive(Clone, Copy)]
enum Generation {
    /// ISO/IEC 19794: fields of fixed length.
    Fixed,
    /// ISO/IEC 39794: DER, extensible.
    Extensible,
}

fn group<'a>(file: &'a [u8], kind: &Kind) -> Result<Tlv<'a>, String> {
    child(&template(file, kind.file)?, GROUP)
}

/// The group and nothing else; behind one without templates random octets may stand, so that its hash tells nothing.
fn group_alone(file: &[u8], kind: &Kind) -> Result<(), String> {
    let inside = children(&template(file, kind.file)?)?;
    let tags: Vec<u32> = inside.iter().map(|tlv| tlv.tag.number()).collect();
    let empty = templates(file, kind)?.is_empty();
    let right = matches!(tags[..], [GROUP]) || empty && matches!(tags[..], [GROUP, RANDOM]);
    holds(right, "the group of templates alone in the data group")
}

/// One octet that says how many templates follow.
fn count(file: &[u8], kind: &Kind) -> Result<(), String> {
    let group = group(file, kind)?;
    let inside = children(&group)?;
    let first =
        inside.first().filter(|tlv| tlv.tag.number() == COUNT).ok_or("expected the number of templates first")?;
    let [said] = *first.value else { return Err("expected one octet for the number of templates".to_owned()) };
    holds(said > 0 || kind.may_be_empty, "one template or more")?;
    let found = inside.iter().filter(|tlv| tlv.tag.number() == TEMPLATE).count();
    holds(found == usize::from(said), &format!("{said} templates, found {found}"))
}

fn templates<'a>(file: &'a [u8], kind: &Kind) -> Result<Vec<Tlv<'a>>, String> {
    let group = group(file, kind)?;
    let (found, others): (Vec<Tlv<'a>>, Vec<Tlv<'a>>) =
        children(&group)?.into_iter().partition(|tlv| tlv.tag.number() == TEMPLATE);
    holds(others.iter().all(|tlv| tlv.tag.number() == COUNT), "the number and templates only in the group")?;
    holds(!found.is_empty() || kind.may_be_empty, "one template or more")?;
    Ok(found)
}

/// The header of each template, which stands first.
fn headers<'a>(file: &'a [u8], kind: &Kind) -> Result<Vec<Tlv<'a>>, String> {
    let first = |template: &Tlv<'a>| {
        let first = children(template)?.first().copied();
        first
            .filter(|tlv| tlv.tag.number() == HEADER)
            .ok_or("expected a biometric header first in a template".to_owned())
    };
    templates(file, kind)?.iter().map(first).collect()
}

fn format_owner(file: &[u8], kind: &Kind) -> Result<(), String> {
    for header in headers(file, kind)? {
        holds(child(&header, 0x87)?.value == FORMAT_OWNER, "the format owner 0101")?;
    }
    Ok(())
}

fn format_type(file: &[u8], kind: &Kind, generation: Generation) -> Result<(), String> {
    for header in headers(file, kind)? {
        let found = child(&header, 0x88)?;
        let right = match generation {
            Generation::Fixed => kind.fixed.iter().any(|(format, _)| found.value == format),
            Generation::Extensible => found.value == kind.extensible.0,
        };
        holds(right, "the format type of this data group")?;
    }
    Ok(())
}

/// Which finger or which eye, one octet: in the lowest bits right or left, above them the finger. Only irises may leave it out.
fn subtype(file: &[u8], kind: &Kind) -> Result<(), String> {
    for header in headers(file, kind)? {
        let found = children(&header)?.into_iter().find(|tlv| tlv.tag.number() == SUBTYPE);
        let Some(found) = found else {
            holds(kind.file == IRIS.file, "a biometric subtype in the header")?;
            continue;
        };
        let [octet] = *found.value else { return Err("expected one octet of biometric subtype".to_owned()) };
        let (side, finger) = (octet & 0x03, octet >> 2);
        let last = if kind.file == IRIS.file { 0 } else { LITTLE_FINGER };
        holds(side != 3 && finger <= last, "a registered biometric subtype")?;
    }
    Ok(())
}

/// The data block of each template: behind the header, and nothing behind it.
pub(super) fn blocks<'a>(file: &'a [u8], kind: &Kind) -> Result<Vec<Tlv<'a>>, String> {
    let second = |template: &Tlv<'a>| match children(template)?[..] {
        [_, block] if matches!(block.tag.number(), BLOCK | BLOCK_CONSTRUCTED) => Ok(block),
        _ => Err("expected header and data block (5F2E or 7F2E) in a template".to_owned()),
    };
    templates(file, kind)?.iter().map(second).collect()
}

/// The data blocks of ISO/IEC 39794, which are constructed.
fn extensible_blocks<'a>(file: &'a [u8], kind: &Kind) -> Result<Vec<Tlv<'a>>, String> {
    let blocks = blocks(file, kind)?;
    holds(blocks.iter().all(|block| block.tag.number() == BLOCK_CONSTRUCTED), "data blocks with the tag 7F2E")?;
    Ok(blocks)
}

/// What stands in `A1`, biometric data in standardized format, of each such block.
fn standard_formats<'a>(file: &'a [u8], kind: &Kind) -> Result<Vec<Tlv<'a>>, String> {
    let only = |block: &Tlv<'a>| {
        let found = child(block, STANDARD)?;
        holds(found.raw == block.value, "standardized data alone in the data block").map(|()| found)
    };
    extensible_blocks(file, kind)?.iter().map(only).collect()
}

/// The record inside, with the application tag of its standard.
pub(super) fn extensible_records<'a>(file: &'a [u8], kind: &Kind) -> Result<Vec<Tlv<'a>>, String> {
    let only = |standard: &Tlv<'a>| {
        let found = child(standard, kind.extensible.1)?;
        holds(found.raw == standard.value, "one record in the standardized data").map(|()| found)
    };
    standard_formats(file, kind)?.iter().map(only).collect()
}

/// The format type of the header says what the record is.
fn consistent(file: &[u8], kind: &Kind) -> Result<(), String> {
    for (header, block) in headers(file, kind)?.into_iter().zip(blocks(file, kind)?) {
        let said = child(&header, 0x88)?.value;
        let fixed = kind.fixed.iter().find(|(format, _)| said == format);
        match fixed {
            Some((_, letters)) => {
                holds(block.value.starts_with(letters), "a record of the format that the header names")?
            }
            None if said == kind.extensible.0 => {
                let record = child(&child(&block, STANDARD)?, kind.extensible.1);
                record.map_err(|_| "expected a record of the format that the header names")?;
            }
            None => return Err("expected a format type of this data group".to_owned()),
        }
    }
    Ok(())
}

/// Whether the first template's record is of ISO/IEC 19794.
pub(super) fn is_fixed(file: &[u8], kind: &Kind) -> bool {
    first_format(file, kind).is_some_and(|format| kind.fixed.iter().any(|(known, _)| format == known))
}

/// Whether the first template's record is of ISO/IEC 39794.
pub(super) fn is_extensible(file: &[u8], kind: &Kind) -> bool {
    first_format(file, kind).is_some_and(|format| format == kind.extensible.0)
}

fn first_format<'a>(file: &'a [u8], kind: &Kind) -> Option<&'a [u8]> {
    let header = headers(file, kind).ok()?.first().copied()?;
    Some(child(&header, 0x88).ok()?.value)
}

const GROUP: u32 = 0x7F61;
const COUNT: u32 = 0x02;
const TEMPLATE: u32 = 0x7F60;
const HEADER: u32 = 0xA1;
const SUBTYPE: u32 = 0x82;
/// Fingers are counted from the thumb, one.
const LITTLE_FINGER: u8 = 5;
const RANDOM: u32 = 0x53;
const BLOCK: u32 = 0x5F2E;
const BLOCK_CONSTRUCTED: u32 = 0x7F2E;
const STANDARD: u32 = 0xA1;
const FORMAT_OWNER: [u8; 2] = [0x01, 0x01];

#[cfg(test)]
pub(super) mod tests {
    use sigillo_tlv::encode;

    use super::*;

    /// A file with one template around this data block.
    pub(in crate::checks) fn file(kind: &Kind, format: [u8; 2], block_tag: u32, block: &[u8]) -> Vec<u8> {
        let header = [encode(0x81, &[0x02]), encode(0x87, &FORMAT_OWNER), encode(0x88, &format)].concat();
        let template = encode(TEMPLATE, &[encode(HEADER, &header), encode(block_tag, block)].concat());
        encode(kind.file, &encode(GROUP, &[encode(COUNT, &[1]), template].concat()))
    }

    /// A file around a record of ISO/IEC 39794.
    pub(in crate::checks) fn extensible_file(kind: &Kind, record: &[u8]) -> Vec<u8> {
        let (format, tag) = kind.extensible;
        file(kind, format, BLOCK_CONSTRUCTED, &encode(STANDARD, &encode(tag, record)))
    }

    fn all(file: &[u8], kind: &Kind) -> Vec<bool> {
        vec![
            group(file, kind).is_ok(),
            count(file, kind).is_ok(),
            templates(file, kind).is_ok(),
            headers(file, kind).is_ok(),
            format_owner(file, kind).is_ok(),
            format_type(file, kind, Generation::Fixed).is_ok(),
            blocks(file, kind).is_ok(),
            consistent(file, kind).is_ok(),
        ]
    }

    #[test]
    fn an_envelope_and_what_can_be_wrong_in_it() {
        let right = file(&FACE, [0, 8], BLOCK, b"FAC\0");
        assert_eq!(all(&right, &FACE), [true; 8]);
        let hexadecimal = hex::encode(&right);
        for (check, from, to) in [
            (0, "7f61", "7f62"),
            (1, "020101", "020102"),
            (1, "020101", "020100"),
            (2, "7f60", "7f64"),
            (3, "a1", "a2"),
            (4, "87020101", "87020102"),
            (5, "88020008", "88020007"),
            (6, "5f2e", "5f2d"),
            (7, "464143", "464952"),
        ] {
            let wrong = hex::decode(hexadecimal.replacen(from, to, 1)).unwrap();
            assert!(!all(&wrong, &FACE)[check], "{check}: {from} -> {to}");
        }
    }

    #[test]
    fn records_of_the_newer_standard() {
        for kind in [&FACE, &FINGER, &IRIS] {
            let right = extensible_file(kind, &[0xA0, 0x00]);
            assert_eq!(format_type(&right, kind, Generation::Extensible), Ok(()));
            assert!(extensible_records(&right, kind).is_ok() && consistent(&right, kind).is_ok());
            assert!(format_type(&right, kind, Generation::Fixed).is_err());

            let primitive = file(kind, kind.extensible.0, BLOCK, b"FAC\0");
            assert!(extensible_blocks(&primitive, kind).is_err() && consistent(&primitive, kind).is_err());
            let naked = file(kind, kind.extensible.0, BLOCK_CONSTRUCTED, &encode(0x67, &[]));
            assert!(standard_formats(&naked, kind).is_err() && consistent(&naked, kind).is_err());
            let other = file(kind, kind.extensible.0, BLOCK_CONSTRUCTED, &encode(STANDARD, &encode(0x67, &[])));
            assert!(standard_formats(&other, kind).is_ok() && extensible_records(&other, kind).is_err());
            assert!(consistent(&other, kind).is_err());
        }
    }

    #[test]
    fn fingers_eyes_and_what_is_neither() {
        let with = |kind: &Kind, subtype: &[u8]| {
            let header = encode(HEADER, &[encode(SUBTYPE, subtype), encode(0x87, &FORMAT_OWNER)].concat());
            let template = encode(TEMPLATE, &[header, encode(BLOCK, b"FIR\0")].concat());
            encode(kind.file, &encode(GROUP, &[encode(COUNT, &[1]), template].concat()))
        };
        for (right, wrong) in [(0x05, 0x07), (0x16, 0x18), (0x00, 0x80)] {
            assert_eq!(subtype(&with(&FINGER, &[right]), &FINGER), Ok(()), "{right:02X}");
            assert!(subtype(&with(&FINGER, &[wrong]), &FINGER).is_err(), "{wrong:02X}");
        }
        assert_eq!(subtype(&with(&IRIS, &[0x02]), &IRIS), Ok(()));
        assert!(subtype(&with(&IRIS, &[0x05]), &IRIS).is_err() && subtype(&with(&IRIS, &[1, 1]), &IRIS).is_err());
        let silent = |kind: &Kind| subtype(&file(kind, [0, 9], BLOCK, b"IIR\0"), kind);
        assert!(silent(&IRIS).is_ok() && silent(&FINGER).is_err());
        let group_of = |kind: &Kind| with(kind, &[1])[2..].to_vec();
        let followed = encode(FINGER.file, &[group_of(&FINGER), encode(RANDOM, &[7; 8])].concat());
        assert!(group_alone(&with(&FINGER, &[1]), &FINGER).is_ok() && group_alone(&followed, &FINGER).is_err());
    }

    #[test]
    fn no_finger_is_no_fault() {
        let empty = encode(FINGER.file, &[encode(GROUP, &[2, 1, 0]), encode(0x53, &[7; 8])].concat());
        assert!(consistent(&empty, &FINGER).is_ok() && count(&empty, &FINGER).is_ok());
        assert!(group_alone(&empty, &FINGER).is_ok() && subtype(&empty, &FINGER).is_ok());
        let faceless = encode(FACE.file, &encode(GROUP, &[2, 1, 0]));
        assert!(count(&faceless, &FACE).is_err() && templates(&faceless, &FACE).is_err());
    }
}
