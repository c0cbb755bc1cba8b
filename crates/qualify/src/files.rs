//! The files that cases name.

/// Where a file stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct FilePlace {
    pub(crate) file_id: u16,
    pub(crate) short_id: u8,
    /// In the master file, not in an application.
    pub(crate) master: bool,
}

const NAMED: [(&str, FilePlace); 8] = [
    ("EF.ATR/INFO", FilePlace { file_id: 0x2F01, short_id: 0x01, master: true }),
    ("EF.DIR", FilePlace { file_id: 0x2F00, short_id: 0x1E, master: true }),
    ("EF.CardAccess", FilePlace { file_id: 0x011C, short_id: 0x1C, master: true }),
    ("EF.CardSecurity", FilePlace { file_id: 0x011D, short_id: 0x1D, master: true }),
    ("EF.COM", FilePlace { file_id: 0x011E, short_id: 0x1E, master: false }),
    ("EF.SOD", FilePlace { file_id: 0x011D, short_id: 0x1D, master: false }),
    ("EF.CVCA", FilePlace { file_id: 0x011C, short_id: 0x1C, master: false }),
    ("EF.Certificate", FilePlace { file_id: 0x0201, short_id: 0x01, master: false }),
];

/// Where the file of a name stands: `EF.COM`, `DG1`.
///
/// Spec: `icao-9303-10#file-structure`.
pub(crate) fn place(name: &str) -> Option<FilePlace> {
    if let Some((_, place)) = NAMED.iter().find(|(known, _)| *known == name) {
        return Some(*place);
    }
    let number: u8 = name.strip_prefix("DG")?.parse().ok()?;
    (1..=16).contains(&number).then(|| FilePlace {
        file_id: 0x0100 | u16::from(number),
        short_id: number,
        master: false,
    })
}

/// Number and tag of each data group.
///
/// Spec: `icao-9303-10#data-groups`.
pub(crate) const DATA_GROUP_TAGS: [(u8, u8); 16] = [
    (1, 0x61),
    (2, 0x75),
    (3, 0x63),
    (4, 0x76),
    (5, 0x65),
    (6, 0x66),
    (7, 0x67),
    (8, 0x68),
    (9, 0x69),
    (10, 0x6A),
    (11, 0x6B),
    (12, 0x6C),
    (13, 0x6D),
    (14, 0x6E),
    (15, 0x6F),
    (16, 0x70),
];
