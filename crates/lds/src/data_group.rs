use crate::error::{LdsError, LdsErrorKind};

/// The number of a data group of LDS1, 1 to 16.
///
/// Spec: `icao-9303-10#data-groups`.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct DataGroupNumber(u8);

impl DataGroupNumber {
    /// DG1, the MRZ.
    pub const DG1: Self = Self(1);
    /// DG2, the face.
    pub const DG2: Self = Self(2);
    /// DG3, the fingers.
    pub const DG3: Self = Self(3);
    /// DG11, additional personal details.
    pub const DG11: Self = Self(11);
    /// DG12, additional document details.
    pub const DG12: Self = Self(12);
    /// DG14, security options.
    pub const DG14: Self = Self(14);
    /// DG15, the Active Authentication public key.
    pub const DG15: Self = Self(15);

    /// Takes a number.
    ///
    /// # Errors
    ///
    /// `lds.data-group` outside 1 to 16.
    pub const fn new(number: u8) -> Result<Self, LdsError> {
        match number {
            1..=16 => Ok(Self(number)),
            _ => Err(LdsError::new(LdsErrorKind::DataGroup)),
        }
    }

    /// The data group whose file starts with this tag.
    ///
    /// # Errors
    ///
    /// `lds.data-group` if none does.
    pub fn from_tag(tag: u8) -> Result<Self, LdsError> {
        Self::all().find(|number| number.tag() == tag).ok_or(LdsError::new(LdsErrorKind::DataGroup))
    }

    /// All sixteen, ascending.
    pub fn all() -> impl Iterator<Item = Self> {
        (1..=16).map(Self)
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }

    /// The tag that the file starts with, which is also its mark in EF.COM.
    #[must_use]
    pub const fn tag(self) -> u8 {
        match self.0 {
            1 => 0x61,
            2 => 0x75,
            3 => 0x63,
            4 => 0x76,
            // DG5 to DG16 count on: 65 to 70.
            number => 0x60 + number,
        }
    }

    /// The file identifier in the eMRTD application.
    #[must_use]
    pub const fn file_id(self) -> u16 {
        0x0100 + self.0 as u16
    }

    /// The short file identifier in the eMRTD application.
    #[must_use]
    pub const fn short_file_id(self) -> u8 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_those_of_the_standard_and_lead_back() {
        let tags: Vec<u8> = DataGroupNumber::all().map(DataGroupNumber::tag).collect();
        // Hand-written from ICAO 9303-10, table of data groups.
        assert_eq!(
            tags,
            [0x61, 0x75, 0x63, 0x76, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6A, 0x6B, 0x6C, 0x6D, 0x6E, 0x6F, 0x70]
        );
        for number in DataGroupNumber::all() {
            assert_eq!(DataGroupNumber::from_tag(number.tag()), Ok(number));
        }
        assert_eq!(DataGroupNumber::from_tag(0x60).unwrap_err().code(), "lds.data-group");
        assert_eq!(DataGroupNumber::new(0).unwrap_err().code(), "lds.data-group");
        assert_eq!(DataGroupNumber::DG14.file_id(), 0x010E);
    }
}
