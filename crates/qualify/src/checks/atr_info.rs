//! EF.ATR/INFO. Spec: `icao-9303-10#ef-atr-info`.
//!
//! | object | what |
//! |---|---|
//! | `47` | card capabilities: three octets of software functions, in the third what APDUs may be like |
//! | `7F66` | two INTEGERs: the longest command and the longest response |

use sigillo_tlv::{Reader, Tlv};

use crate::checks::structure::{INTEGER, children, element, holds, said, shortest};
use crate::scene::{Check, Scene};

pub(crate) const CHECKS: &[(&str, Check)] = &[
    ("atr-info.objects", |scene| objects(scene.subject()?).map(|_| ())),
    ("atr-info.lengths", |scene| object(scene.subject()?, LENGTHS).map(|_| ())),
    ("atr-info.length-values", |scene| length_values(scene.subject()?)),
    ("atr-info.chaining", chaining),
];

/// One whole object after the other.
fn objects(file: &[u8]) -> Result<Vec<Tlv<'_>>, String> {
    let mut reader = Reader::new(file);
    let mut found = Vec::new();
    while let Some(tlv) = reader.next().map_err(said)? {
        shortest(&tlv)?;
        found.push(tlv);
    }
    holds(!found.is_empty(), "one data object or more")?;
    Ok(found)
}

fn object(file: &[u8], tag: u32) -> Result<Tlv<'_>, String> {
    let found = objects(file)?.into_iter().find(|tlv| tlv.tag.number() == tag);
    found.ok_or_else(|| format!("expected the object {tag:02X}"))
}

/// Two INTEGERs above zero, and nothing else.
fn length_values(file: &[u8]) -> Result<(), String> {
    let inside = children(&object(file, LENGTHS)?)?;
    holds(inside.len() == 2, "two lengths")?;
    for length in inside {
        holds(length.tag.number() == INTEGER, "INTEGERs as lengths")?;
        element(&length, 1)?;
        let positive = matches!(length.value, [0x00..=0x7F, ..]) && length.value.iter().any(|octet| *octet != 0);
        holds(positive, "lengths above zero")?;
    }
    Ok(())
}

/// Bit 8 of the third software function table; a chip that takes commands in pieces says so there.
fn chaining(scene: &Scene<'_>) -> Result<(), String> {
    let capabilities = object(scene.subject()?, CAPABILITIES)?;
    let [_, _, third] = *capabilities.value else {
        return Err("expected three octets of software functions".to_owned());
    };
    holds(third & CHAINING != 0 || !scene.has("chaining"), "command chaining among the software functions")
}

const CAPABILITIES: u32 = 0x47;
const LENGTHS: u32 = 0x7F66;
const CHAINING: u8 = 0x80;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_objects() {
        let judged = |hexadecimal: &str| {
            let file = hex::decode(hexadecimal).unwrap();
            [objects(&file).is_ok(), object(&file, LENGTHS).is_ok(), length_values(&file).is_ok()]
        };
        assert_eq!(judged("47030000C07F6608020203E802020400"), [true; 3]);
        for (wrong, at) in [
            ("", 0),
            ("470300", 0),
            ("4781030000C0", 0),
            ("47030000C0", 1),
            ("7F6604020203E8", 2),
            ("7F66060200020203E8", 2),
            ("7F6607020100020203E8", 2),
            ("7F6607020180020203E8", 2),
            ("7F6607040101020203E8", 2),
            ("7F660A020101020101020203E8", 2),
        ] {
            assert!(!judged(wrong)[at], "{wrong}");
        }
    }
}
