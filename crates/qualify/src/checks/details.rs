//! DG11 and DG12: details of the holder and of the document. Spec: `icao-9303-10#dg11`, `icao-9303-10#dg12`.

use sigillo_tlv::Tlv;

use crate::checks::structure::{child, children, holds, length, starts_with, template};
use crate::scene::{Check, Scene};

pub(crate) const CHECKS: &[(&str, Check)] = &[
    ("dg11.tag", |scene| starts_with(scene.subject()?, PERSON.file)),
    ("dg11.length", |scene| length(scene.subject()?)),
    ("dg11.tag-list", |scene| tag_list(scene.subject()?, &PERSON)),
    ("dg11.name", |scene| one(scene, &PERSON, 0x5F0E, Form::Name)),
    ("dg11.other-names", |scene| several(scene.subject()?, &PERSON, 0x5F0F)),
    ("dg11.personal-number", |scene| one(scene, &PERSON, 0x5F10, Form::Text)),
    ("dg11.birth-date", |scene| one(scene, &PERSON, 0x5F2B, Form::Date)),
    ("dg11.birth-place", |scene| one(scene, &PERSON, 0x5F11, Form::Text)),
    ("dg11.address", |scene| one(scene, &PERSON, 0x5F42, Form::Text)),
    ("dg11.telephone", |scene| one(scene, &PERSON, 0x5F12, Form::Text)),
    ("dg11.profession", |scene| one(scene, &PERSON, 0x5F13, Form::Text)),
    ("dg11.title", |scene| one(scene, &PERSON, 0x5F14, Form::Text)),
    ("dg11.summary", |scene| one(scene, &PERSON, 0x5F15, Form::Text)),
    ("dg11.citizenship", |scene| one(scene, &PERSON, 0x5F16, Form::Image)),
    ("dg11.document-numbers", |scene| one(scene, &PERSON, 0x5F17, Form::Numbers)),
    ("dg12.tag", |scene| starts_with(scene.subject()?, DOCUMENT.file)),
    ("dg12.length", |scene| length(scene.subject()?)),
    ("dg12.tag-list", |scene| tag_list(scene.subject()?, &DOCUMENT)),
    ("dg12.authority", |scene| one(scene, &DOCUMENT, 0x5F19, Form::Text)),
    ("dg12.issue-date", |scene| one(scene, &DOCUMENT, 0x5F26, Form::Date)),
    ("dg12.other-persons", |scene| several(scene.subject()?, &DOCUMENT, 0x5F1A)),
    ("dg12.endorsements", |scene| one(scene, &DOCUMENT, 0x5F1B, Form::Text)),
    ("dg12.tax-exit", |scene| one(scene, &DOCUMENT, 0x5F1C, Form::Text)),
    ("dg12.front-image", |scene| one(scene, &DOCUMENT, 0x5F1D, Form::Image)),
    ("dg12.rear-image", |scene| one(scene, &DOCUMENT, 0x5F1E, Form::Image)),
    ("dg12.personalization-time", |scene| one(scene, &DOCUMENT, 0x5F55, Form::Moment)),
    ("dg12.personalization-system", |scene| one(scene, &DOCUMENT, 0x5F56, Form::Text)),
];

/// One of the two files.
pub(super) struct Kind {
    pub(super) file: u32,
    /// Tags that may stand on the first level, `A0` for the repeated one.
    elements: &'static [u32],
    /// The repeated element, inside `A0`.
    repeated: u32,
}

pub(super) const PERSON: Kind = Kind {
    file: 0x6B,
    elements: &[0x5F0E, 0xA0, 0x5F10, 0x5F2B, 0x5F11, 0x5F42, 0x5F12, 0x5F13, 0x5F14, 0x5F15, 0x5F16, 0x5F17, 0x5F18],
    repeated: 0x5F0F,
};

pub(super) const DOCUMENT: Kind = Kind {
    file: 0x6C,
    elements: &[0x5F19, 0x5F26, 0xA0, 0x5F1B, 0x5F1C, 0x5F1D, 0x5F1E, 0x5F55, 0x5F56],
    repeated: 0x5F1A,
};

/// How an element is written.
#[derive(Clone, Copy)]
enum Form {
    /// UTF-8, not empty.
    Text,
    /// Text with one pair of fillers at most, between the identifiers.
    Name,
    /// Text: numbers separated by fillers.
    Numbers,
    /// YYYYMMDD in digits or packed.
    Date,
    /// YYYYMMDDhhmmss in digits or packed.
    Moment,
    /// JPEG or JPEG 2000.
    Image,
}

/// The list names exactly what follows, in that order.
fn tag_list(file: &[u8], kind: &Kind) -> Result<(), String> {
    let file = template(file, kind.file)?;
    let found = children(&file)?;
    let [list, elements @ ..] = &found[..] else { return Err("expected a tag list".to_owned()) };
    holds(list.tag.number() == 0x5C, "the tag list first")?;
    let listed = listed(list.value)?;
    let mut sorted = listed.clone();
    sorted.sort_unstable();
    sorted.dedup();
    holds(sorted.len() == listed.len(), "each tag once in the list")?;
    let there: Vec<u32> = elements.iter().map(|tlv| tlv.tag.number()).collect();
    holds(there.iter().all(|tag| kind.elements.contains(tag)), "elements of this data group only")?;
    // The list of ICAO 9303-10 names the repeated element; some issuers name the template around it, or both.
    let own = |tag: &u32| if *tag == kind.repeated { 0xA0 } else { *tag };
    let mut wanted: Vec<u32> = listed.iter().map(own).collect();
    wanted.dedup();
    holds(wanted == there, "the elements that the tag list names, in its order")
}

/// The tags of a list, of one octet or two.
fn listed(octets: &[u8]) -> Result<Vec<u32>, String> {
    let mut rest = octets.iter();
    let mut tags = Vec::new();
    while let Some(first) = rest.next() {
        tags.push(match first & 0x1F {
            0x1F => u32::from(*first) << 8 | u32::from(*rest.next().ok_or("expected whole tags in the tag list")?),
            _ => u32::from(*first),
        });
    }
    Ok(tags)
}

/// Whether the tag list names an element.
pub(super) fn names(file: &[u8], kind: &Kind, tag: u32) -> bool {
    let list = || listed(child(&template(file, kind.file)?, 0x5C)?.value);
    list().is_ok_and(|tags| tags.contains(&tag) || tag == kind.repeated && tags.contains(&0xA0))
}

fn one(scene: &Scene<'_>, kind: &Kind, tag: u32, form: Form) -> Result<(), String> {
    form.judge(&child(&template(scene.subject()?, kind.file)?, tag)?)
}

/// `A0 { 02 count, as many elements }`.
fn several(file: &[u8], kind: &Kind, tag: u32) -> Result<(), String> {
    let list = child(&template(file, kind.file)?, 0xA0)?;
    let inside = children(&list)?;
    let [count, elements @ ..] = &inside[..] else { return Err("expected the number of elements".to_owned()) };
    holds(count.tag.number() == 0x02 && count.value.len() == 1, "one octet with the number of elements first")?;
    holds(elements.iter().all(|tlv| tlv.tag.number() == tag), &format!("the tag {tag:04X} for each element"))?;
    let said = count.value.first().map_or(0, |count| usize::from(*count));
    holds(said == elements.len() && said > 0, &format!("{said} elements, found {}", elements.len()))?;
    elements.iter().try_for_each(|tlv| Form::Name.judge(tlv))
}

impl Form {
    fn judge(self, tlv: &Tlv<'_>) -> Result<(), String> {
        match self {
            Self::Text => text(tlv).map(|_| ()),
            Self::Name => {
                let text = text(tlv)?;
                let whole = !text.starts_with('<') && !text.contains("<<<") && text.matches("<<").count() <= 1;
                holds(whole, "identifiers with one pair of fillers at most between them")
            }
            Self::Numbers => {
                let text = text(tlv)?;
                holds(text.split('<').all(|number| !number.is_empty()), "numbers separated by one filler each")
            }
            Self::Date => {
                let digits = digits(tlv, 8)?;
                date(&digits, true)
            }
            Self::Moment => {
                let digits = digits(tlv, 14)?;
                date(&digits, false)?;
                let part = |at: usize, limit: u8| {
                    digits.get(at..at + 2).and_then(|part| part.parse::<u8>().ok()).is_some_and(|part| part < limit)
                };
                holds(part(8, 24) && part(10, 60) && part(12, 60), "hours, minutes and seconds")
            }
            Self::Image => match tlv.value {
                [0xFF, 0xD8, 0xFF, ..] | [0, 0, 0, 0x0C, b'j', b'P', ..] | [0xFF, 0x4F, 0xFF, 0x51, ..] => {
                    let read = sigillo_lds::image::read(tlv.value);
                    read.map(|_| ()).map_err(|error| format!("expected an image, {}", error.code()))
                }
                _ => Err("expected a JPEG or JPEG 2000 image".to_owned()),
            },
        }
    }
}

fn text<'a>(tlv: &Tlv<'a>) -> Result<&'a str, String> {
    let text = str::from_utf8(tlv.value).map_err(|_| format!("expected UTF-8 in {:04X}", tlv.tag.number()))?;
    holds(!text.is_empty(), &format!("something in {:04X}", tlv.tag.number()))?;
    holds(!text.chars().any(char::is_control), &format!("no control character in {:04X}", tlv.tag.number()))?;
    Ok(text)
}

/// ASCII digits, or as many in half the octets.
fn digits(tlv: &Tlv<'_>, count: usize) -> Result<String, String> {
    let digits: String = match tlv.value.len() {
        found if found == count => tlv.value.iter().map(|octet| char::from(*octet)).collect(),
        found if found * 2 == count => hex::encode(tlv.value),
        found => return Err(format!("expected {count} digits in {:04X}, found {found} octets", tlv.tag.number())),
    };
    holds(digits.bytes().all(|digit| digit.is_ascii_digit()), &format!("digits in {:04X}", tlv.tag.number()))?;
    Ok(digits)
}

/// Year, month and day; what is unknown of a date is zero.
fn date(digits: &str, unknown: bool) -> Result<(), String> {
    let part = |at: usize| digits.get(at..at + 2).and_then(|part| part.parse::<u8>().ok()).unwrap_or(u8::MAX);
    let (month, day) = (part(4), part(6));
    let first = u8::from(!unknown);
    holds((first..=12).contains(&month) && (first..=31).contains(&day), "a month and a day")
}

#[cfg(test)]
mod tests {
    use sigillo_tlv::encode;

    use super::*;

    fn element(tag: u32, value: &[u8]) -> Result<(), String> {
        let form = match tag {
            0x5F0E => Form::Name,
            0x5F17 => Form::Numbers,
            0x5F2B => Form::Date,
            0x5F55 => Form::Moment,
            0x5F16 => Form::Image,
            _ => Form::Text,
        };
        let bytes = encode(tag, value);
        form.judge(&sigillo_tlv::single(&bytes, tag).unwrap())
    }

    #[test]
    fn forms() {
        let right: [(u32, &[u8]); 8] = [
            (0x5F0E, "Müller<<Ænne".as_bytes()),
            (0x5F10, b"RSSMRA80A01F205X"),
            (0x5F17, b"AA1234567<BB7654321"),
            (0x5F2B, b"19850615"),
            (0x5F2B, b"19850000"),
            (0x5F2B, &[0x19, 0x85, 0x06, 0x15]),
            (0x5F55, b"20261102093005"),
            (0x5F55, &[0x20, 0x26, 0x11, 0x02, 0x09, 0x30, 0x05]),
        ];
        for (tag, value) in right {
            assert_eq!(element(tag, value), Ok(()), "{tag:04X}");
        }
        let wrong: [(u32, &[u8]); 13] = [
            (0x5F0E, b"<<A"),
            (0x5F0E, b"A<<B<<C"),
            (0x5F0E, b""),
            (0x5F10, &[0xFF]),
            (0x5F10, b"a\nb"),
            (0x5F17, b"AA<<BB"),
            (0x5F2B, b"1985061"),
            (0x5F2B, b"19851315"),
            (0x5F2B, b"1985061X"),
            (0x5F2B, &[0x19, 0x85, 0x06, 0x1F]),
            (0x5F55, b"20261102246005"),
            (0x5F55, b"20260002093005"),
            (0x5F16, b"GIF89a"),
        ];
        for (tag, value) in wrong {
            assert!(element(tag, value).is_err(), "{tag:04X} {value:02X?}");
        }
    }

    #[test]
    fn the_tag_list_says_what_follows() {
        let names = encode(0xA0, &[&[2, 1, 1][..], &encode(0x5F0F, b"A<<B")].concat());
        let file = |list: &[u8]| encode(0x6B, &[encode(0x5C, list), encode(0x5F0E, b"A<<B"), names.clone()].concat());
        for right in ["5F0E5F0F", "5F0EA0", "5F0EA05F0F"] {
            assert_eq!(tag_list(&file(&hex::decode(right).unwrap()), &PERSON), Ok(()), "{right}");
        }
        for wrong in ["5F0E", "5F0F5F0E", "5F0E5F0F5F10", "5F0E5F0F5F0F", "5F0E5F", ""] {
            assert!(tag_list(&file(&hex::decode(wrong).unwrap()), &PERSON).is_err(), "{wrong}");
        }
        assert!(tag_list(&encode(0x6B, &encode(0x5F0E, b"A")), &PERSON).is_err());
        let foreign = encode(0x6B, &[encode(0x5C, &[0x5F, 0x19]), encode(0x5F19, b"A")].concat());
        assert!(tag_list(&foreign, &PERSON).is_err());
        let whole = file(&[0x5F, 0x0E, 0x5F, 0x0F]);
        assert!(super::names(&whole, &PERSON, 0x5F0F) && !super::names(&whole, &PERSON, 0x5F10));
    }

    #[test]
    fn repeated_elements_are_counted() {
        let file = |inside: &[u8]| encode(0x6C, &encode(0xA0, inside));
        let person = encode(0x5F1A, b"A<<B");
        assert_eq!(several(&file(&[&[2, 1, 1][..], &person].concat()), &DOCUMENT, 0x5F1A), Ok(()));
        for wrong in
            [[&[2, 1, 2][..], &person].concat(), [&[2, 1, 0][..]].concat(), person.clone(), vec![2, 1, 1, 4, 0]]
        {
            assert!(several(&file(&wrong), &DOCUMENT, 0x5F1A).is_err());
        }
    }
}
