//! What every family of checks needs: templates, DER, and sentences for what is wrong.
//!
//! Spec: `icao-9303-10#file-structure`, `iso-7816-4#ber-tlv`.

use sigillo_tlv::{Reader, Tlv, TlvError, encoded_length, single};

/// The file starts with this tag.
pub(super) fn starts_with(file: &[u8], tag: u32) -> Result<(), String> {
    let found = Reader::new(file).peek_tag().map_err(said)?.map(sigillo_tlv::Tag::number);
    match found {
        Some(found) if found == tag => Ok(()),
        Some(found) => Err(format!("expected the tag {tag:02X}, found {found:02X}")),
        None => Err(format!("expected the tag {tag:02X}, the file is empty")),
    }
}

/// The outer length is in its shortest form and says exactly where the file ends.
pub(super) fn length(file: &[u8]) -> Result<(), String> {
    let mut reader = Reader::new(file);
    let tlv = reader.next().map_err(said)?.ok_or("expected a template, the file is empty")?;
    shortest(&tlv)?;
    reader.finish().map_err(said)
}

/// The whole file as one template of this tag.
pub(super) fn template(file: &[u8], tag: u32) -> Result<Tlv<'_>, String> {
    let tlv = single(file, tag).map_err(said)?;
    shortest(&tlv)?;
    Ok(tlv)
}

/// Every TLV of one level, each in its shortest form.
pub(super) fn children<'a>(inside: &Tlv<'a>) -> Result<Vec<Tlv<'a>>, String> {
    let mut reader = inside.reader();
    let mut found = Vec::new();
    while let Some(tlv) = reader.next().map_err(said)? {
        shortest(&tlv)?;
        found.push(tlv);
    }
    Ok(found)
}

/// The one TLV of this tag on the level below.
pub(super) fn child<'a>(inside: &Tlv<'a>, tag: u32) -> Result<Tlv<'a>, String> {
    let found: Vec<Tlv<'a>> = children(inside)?.into_iter().filter(|tlv| tlv.tag.number() == tag).collect();
    match found[..] {
        [one] => Ok(one),
        [] => Err(format!("expected the tag {tag:02X} inside {:02X}, it is not there", inside.tag.number())),
        _ => Err(format!("expected the tag {tag:02X} once inside {:02X}, found {}", inside.tag.number(), found.len())),
    }
}

/// The length is in its shortest form.
pub(super) fn shortest(tlv: &Tlv<'_>) -> Result<(), String> {
    match tlv.raw.len() == encoded_length(tlv.tag.number(), tlv.value.len()) {
        true => Ok(()),
        false => {
            Err(format!("expected the shortest form of the length of {:02X} at offset {}", tlv.tag.number(), tlv.at))
        }
    }
}

/// The bytes are one DER element of this tag with nothing behind it, DER all the way down.
pub(super) fn der(bytes: &[u8], tag: u32) -> Result<Tlv<'_>, String> {
    let tlv = single(bytes, tag).map_err(said)?;
    element(&tlv, MAX_DEPTH)?;
    Ok(tlv)
}

/// DER all the way down, for an element that was found before.
pub(super) fn element(tlv: &Tlv<'_>, depth: u8) -> Result<(), String> {
    shortest(tlv)?;
    let wrong = |what: &str| Err(format!("expected {what} at offset {}", tlv.at));
    let depth = depth.checked_sub(1).ok_or(format!("nested too deeply at offset {}", tlv.at))?;
    match (tlv.tag.number(), tlv.value) {
        (0x01, [0x00 | 0xFF]) => return Ok(()),
        (0x01, _) => return wrong("a BOOLEAN of 00 or FF"),
        (0x02 | 0x0A, []) => return wrong("an INTEGER of one octet or more"),
        (0x02 | 0x0A, [0x00, second, ..]) if *second < 0x80 => return wrong("the shortest form of an INTEGER"),
        (0x02 | 0x0A, [0xFF, second, ..]) if *second >= 0x80 => return wrong("the shortest form of an INTEGER"),
        (0x03, []) | (0x03, [8..=255, ..]) => return wrong("a BIT STRING with 0 to 7 unused bits"),
        (0x03, [unused, .., last]) if last.trailing_zeros() < u32::from(*unused) => {
            return wrong("a BIT STRING whose unused bits are zero");
        }
        (0x05, value) if !value.is_empty() => return wrong("an empty NULL"),
        (0x06, value) if !is_oid(value) => return wrong("an OBJECT IDENTIFIER"),
        _ => (),
    }
    if !tlv.tag.is_constructed() {
        return Ok(());
    }
    let inside = children(tlv)?;
    if tlv.tag.number() == SET && !inside.is_sorted_by(|one, next| one.raw <= next.raw) {
        return wrong("a SET OF in ascending order");
    }
    inside.iter().try_for_each(|tlv| element(tlv, depth))
}

/// A non-negative INTEGER that fits into 32 bits.
pub(super) fn integer(tlv: &Tlv<'_>) -> Result<u32, String> {
    let octets = match tlv.value {
        [0x00, rest @ ..] if !rest.is_empty() => rest,
        all => all,
    };
    match (tlv.value, octets.len()) {
        ([0..=0x7F, ..], 1..=4) => Ok(octets.iter().fold(0, |number, octet| number << 8 | u32::from(*octet))),
        _ => Err(format!("expected a small INTEGER that is not negative at offset {}", tlv.at)),
    }
}

/// A TLV error as a sentence; it names tags and offsets, never values.
pub(super) fn said(error: TlvError) -> String {
    error.to_string()
}

/// `expected` unless the condition holds.
pub(super) fn holds(condition: bool, expected: &str) -> Result<(), String> {
    if condition { Ok(()) } else { Err(format!("expected {expected}")) }
}

fn is_oid(value: &[u8]) -> bool {
    let mut starts = true;
    for octet in value {
        // A number that starts with 80 is padded.
        if starts && *octet == 0x80 {
            return false;
        }
        starts = *octet < 0x80;
    }
    starts && !value.is_empty()
}

pub(super) const SEQUENCE: u32 = 0x30;
pub(super) const SET: u32 = 0x31;
pub(super) const INTEGER: u32 = 0x02;
pub(super) const BIT_STRING: u32 = 0x03;
pub(super) const OCTET_STRING: u32 = 0x04;
pub(super) const OBJECT_IDENTIFIER: u32 = 0x06;
pub(super) const MAX_DEPTH: u8 = 24;

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(hexadecimal: &str) -> Result<(), String> {
        let bytes = hex::decode(hexadecimal).unwrap();
        let tlv = Reader::new(&bytes).next().unwrap().unwrap();
        element(&tlv, MAX_DEPTH)
    }

    #[test]
    fn der_is_der() {
        for right in
            ["3000", "0101FF", "020100", "02020080", "0203FF7FFF", "0304038AB0C8", "06032A8648", "3106020101020102"]
        {
            assert_eq!(judged(right), Ok(()), "{right}");
        }
        for wrong in [
            "308100",
            "010101",
            "0200",
            "02020001",
            "0202FF80",
            "0300",
            "030108",
            "03020101",
            "050100",
            "0600",
            "06022A80",
            "060186",
            "3106020102020101",
            "30030201",
            "300402020001",
        ] {
            assert!(
                hex::decode(wrong).is_ok_and(|bytes| Reader::new(&bytes).next().is_err()) || judged(wrong).is_err(),
                "{wrong}"
            );
        }
    }

    #[test]
    fn the_outer_level() {
        assert_eq!(starts_with(&[0x60, 0x00], 0x60), Ok(()));
        assert!(starts_with(&[0x61, 0x00], 0x60).is_err());
        assert!(starts_with(&[], 0x60).is_err());
        assert_eq!(length(&[0x60, 0x01, 0x00]), Ok(()));
        for wrong in [&[0x60, 0x81, 0x01, 0x00][..], &[0x60, 0x01], &[0x60, 0x00, 0x00], &[]] {
            assert!(length(wrong).is_err());
        }
    }

    #[test]
    fn nesting_ends() {
        let mut deep = vec![0x30, 0x00];
        for _ in 0..30 {
            deep = sigillo_tlv::encode(0x30, &deep);
        }
        assert!(der(&deep, SEQUENCE).is_err());
    }
}
