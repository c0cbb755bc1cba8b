//! EF.COM. Spec: `icao-9303-10#ef-com`.

use sigillo_lds::DataGroupNumber;
use sigillo_tlv::Tlv;

use crate::checks::structure::{child, holds, length, starts_with, template};
use crate::scene::{Check, Scene};

pub(crate) const CHECKS: &[(&str, Check)] = &[
    ("com.tag", |scene| starts_with(scene.subject()?, COM)),
    ("com.length", |scene| length(scene.subject()?)),
    ("com.lds-version", |scene| lds_version(scene.subject()?)),
    ("com.unicode-version", |scene| unicode_version(scene.subject()?)),
    ("com.tag-list", |scene| tag_list(scene.subject()?)),
    ("com.present", present),
];

fn lds_version(file: &[u8]) -> Result<(), String> {
    let digits = digits(&template(file, COM)?, 0x5F01, 4)?;
    holds(matches!(digits.as_str(), "0107" | "0108"), "the LDS version 0107 or 0108")
}

fn unicode_version(file: &[u8]) -> Result<(), String> {
    let digits = digits(&template(file, COM)?, 0x5F36, 6)?;
    holds(digits == "040000", "the Unicode version 040000")
}

/// Tags of data groups, each once; DG1 and DG2 among them.
fn tag_list(file: &[u8]) -> Result<(), String> {
    let groups = groups(file)?;
    let mut sorted = groups.clone();
    sorted.sort_unstable();
    sorted.dedup();
    holds(sorted.len() == groups.len(), "each data group once in the tag list")?;
    for mandatory in [DataGroupNumber::DG1, DataGroupNumber::DG2] {
        holds(groups.contains(&mandatory), &format!("DG{} in the tag list", mandatory.number()))?;
    }
    Ok(())
}

/// Each data group of the list can be read, and the file of none else.
fn present(scene: &Scene<'_>) -> Result<(), String> {
    let listed = groups(scene.subject()?)?;
    for number in DataGroupNumber::all() {
        let name = format!("DG{}", number.number());
        let there = scene.file(&name).is_ok();
        // A reader without the right for DG3 or DG4 cannot tell.
        let guarded =
            number.number() == 3 && scene.has("protected-dg3") || number.number() == 4 && scene.has("protected-dg4");
        match (listed.contains(&number), there) {
            (true, false) if !guarded => {
                return Err(format!("expected {name}, which the tag list names, it is not there"));
            }
            (false, true) => return Err(format!("expected {name} in the tag list: the file is there")),
            _ => (),
        }
    }
    Ok(())
}

fn groups(file: &[u8]) -> Result<Vec<DataGroupNumber>, String> {
    let com = template(file, COM)?;
    let list = child(&com, 0x5C)?;
    let number = |tag: &u8| {
        DataGroupNumber::from_tag(*tag).map_err(|_| format!("expected tags of data groups, found {tag:02X}"))
    };
    list.value.iter().map(number).collect()
}

fn digits(com: &Tlv<'_>, tag: u32, count: usize) -> Result<String, String> {
    let tlv = child(com, tag)?;
    holds(tlv.value.len() == count, &format!("{count} octets in {tag:04X}, found {}", tlv.value.len()))?;
    holds(tlv.value.iter().all(u8::is_ascii_digit), &format!("digits in {tag:04X}"))?;
    Ok(tlv.value.iter().map(|digit| char::from(*digit)).collect())
}

const COM: u32 = 0x60;

#[cfg(test)]
mod tests {
    use super::*;

    fn all(file: &str) -> [bool; 5] {
        let file = hex::decode(file).unwrap();
        [starts_with(&file, COM), length(&file), lds_version(&file), unicode_version(&file), tag_list(&file)]
            .map(|found| found.is_ok())
    }

    #[test]
    fn a_right_file_and_wrong_ones() {
        // BSI TR-03105-5: the reference data set.
        assert_eq!(all("60165F0104303130375F36063034303030305C046175636E"), [true; 5]);
        for (file, fails) in [
            ("61165F0104303130375F36063034303030305C046175636E", 0),
            ("60165F0104303130375F36063034303030305C046175636E00", 1),
            ("60165F0104303130365F36063034303030305C046175636E", 2),
            ("60165F0104303130375F36063035303030305C046175636E", 3),
            ("60165F0104303130375F36063034303030305C0461756375", 4),
            ("60155F0104303130375F36063034303030305C0361636E", 4),
            ("60165F0104303130375F36063034303030305C0461756301", 4),
        ] {
            assert!(!all(file)[fails], "{file}");
        }
    }
}
