//! The counters as the chip's memory holds them, read from its image: no command is asked.

use sigillo_tlv::Reader;
use sigillo_vchip::Chip;

/// A code's tries left and digits.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Stored {
    pub(crate) tries: u8,
    pub(crate) digits: String,
}

/// PIN and PUK.
pub(crate) fn codes(chip: &Chip) -> [Stored; 2] {
    [0xDF23, 0xDF24].map(|tag| {
        let value = find(&objects(&chip.image()), tag).unwrap_or_else(|| panic!("no code {tag:X}"));
        let (head, digits) = value.split_at(2);
        Stored { tries: head[1], digits: String::from_utf8(digits.to_vec()).unwrap() }
    })
}

/// The tries alone.
pub(crate) fn tries(chip: &Chip) -> [u8; 2] {
    codes(chip).map(|code| code.tries)
}

/// What stands between the head of an image (26 octets and a version) and its checksum.
fn objects(image: &[u8]) -> Vec<u8> {
    image[27..image.len() - 32].to_vec()
}

fn find(octets: &[u8], tag: u32) -> Option<Vec<u8>> {
    let mut reader = Reader::new(octets);
    while let Ok(Some(object)) = reader.next() {
        if object.tag.number() == tag {
            return Some(object.value.to_vec());
        }
        if object.tag.number() == 0xEA
            && let Some(found) = find(object.value, tag)
        {
            return Some(found);
        }
    }
    None
}
