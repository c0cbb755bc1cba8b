use std::fmt;

use sigillo_lds::DataGroupNumber;

/// A file that a terminal reads.
///
/// Spec: `icao-9303-10#file-structure`.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[allow(clippy::exhaustive_enums, reason = "the files of LDS1 and of its master file")]
pub enum FileName {
    /// EF.ATR/INFO of the master file.
    AtrInfo,
    /// EF.CardAccess of the master file.
    CardAccess,
    /// EF.CardSecurity of the master file.
    CardSecurity,
    /// EF.CVCA of the application: whose certificates Terminal Authentication may begin with.
    Cvca,
    /// EF.COM.
    Com,
    /// EF.SOD.
    Sod,
    /// A data group.
    DataGroup(DataGroupNumber),
}

impl FileName {
    /// The short file identifier.
    #[must_use]
    pub const fn short_file_id(self) -> u8 {
        match self {
            Self::AtrInfo => 0x01,
            Self::CardAccess | Self::Cvca => 0x1C,
            Self::CardSecurity => 0x1D,
            Self::Com => 0x1E,
            Self::Sod => 0x1D,
            Self::DataGroup(number) => number.short_file_id(),
        }
    }

    /// The file identifier, for chips that take no short one.
    #[must_use]
    pub const fn file_id(self) -> u16 {
        match self {
            Self::AtrInfo => 0x2F01,
            Self::CardAccess | Self::Cvca => 0x011C,
            Self::CardSecurity | Self::Sod => 0x011D,
            Self::Com => 0x011E,
            Self::DataGroup(number) => number.file_id(),
        }
    }

    /// The name as one lower-case word, for names of checks: `com`, `sod`, `dg1`.
    #[must_use]
    pub fn word(self) -> String {
        match self {
            Self::AtrInfo => "atr-info".to_owned(),
            Self::CardAccess => "card-access".to_owned(),
            Self::CardSecurity => "card-security".to_owned(),
            Self::Cvca => "cvca".to_owned(),
            Self::Com => "com".to_owned(),
            Self::Sod => "sod".to_owned(),
            Self::DataGroup(number) => format!("dg{}", number.number()),
        }
    }

    /// Whether Extended Access Control guards this file, so that the access key alone is expected not to open it.
    #[must_use]
    pub fn is_sensitive(self) -> bool {
        matches!(self, Self::DataGroup(number) if matches!(number.number(), 3 | 4))
    }
}

/// The standard's name: `EF.COM`, `EF.DG1`.
impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtrInfo => f.write_str("EF.ATR/INFO"),
            Self::CardAccess => f.write_str("EF.CardAccess"),
            Self::CardSecurity => f.write_str("EF.CardSecurity"),
            Self::Cvca => f.write_str("EF.CVCA"),
            Self::Com => f.write_str("EF.COM"),
            Self::Sod => f.write_str("EF.SOD"),
            Self::DataGroup(number) => write!(f, "EF.DG{}", number.number()),
        }
    }
}
