//! EF.COM: versions, and which data groups exist.

use sigillo_tlv::{encode, encode_into, single};

use crate::data_group::DataGroupNumber;
use crate::error::{LdsError, LdsErrorKind};
use crate::octets::reproduced;

/// EF.COM.
///
/// | tag    | bytes | content                                           |
/// |--------|-------|---------------------------------------------------|
/// | `60`   |       | the whole file                                    |
/// | `5F01` | 4     | LDS version `aabb` in digits: 0107 is 1.7         |
/// | `5F36` | 6     | Unicode version `aabbcc` in digits: 040000 is 4.0 |
/// | `5C`   | 1-16  | the tags of the data groups that exist            |
///
/// Spec: `icao-9303-10#ef-com`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Com {
    lds_version: [u8; 4],
    unicode_version: [u8; 6],
    data_groups: Vec<DataGroupNumber>,
}

impl Com {
    /// Announces data groups, in the given order, under LDS version `0107` or `0108` and Unicode 4.0.0.
    ///
    /// # Errors
    ///
    /// `lds.version` unless the LDS version is four digits, `lds.count` if a data group is named twice or none is.
    pub fn new(lds_version: &str, data_groups: &[DataGroupNumber]) -> Result<Self, LdsError> {
        let lds_version = digits(lds_version.as_bytes()).ok_or(LdsError::new(LdsErrorKind::Version))?;
        let com = Self { lds_version, unicode_version: *b"040000", data_groups: data_groups.to_vec() };
        com.checked()
    }

    /// The LDS version in digits, `0108`.
    #[must_use]
    pub fn lds_version(&self) -> &str {
        str::from_utf8(&self.lds_version).unwrap_or_default()
    }

    /// The Unicode version in digits, `040000`.
    #[must_use]
    pub fn unicode_version(&self) -> &str {
        str::from_utf8(&self.unicode_version).unwrap_or_default()
    }

    /// The data groups in the order of the file.
    #[must_use]
    pub fn data_groups(&self) -> &[DataGroupNumber] {
        &self.data_groups
    }

    /// The whole file.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut value = Vec::with_capacity(40);
        encode_into(&mut value, 0x5F01, &self.lds_version);
        encode_into(&mut value, 0x5F36, &self.unicode_version);
        let tags: Vec<u8> = self.data_groups.iter().map(|number| number.tag()).collect();
        encode_into(&mut value, 0x5C, &tags);
        encode(0x60, &value)
    }

    /// Reads the whole file.
    ///
    /// # Errors
    ///
    /// The codes of the TLV structure, `lds.version`, `lds.data-group`, `lds.count` or `lds.not-canonical`.
    pub fn decode(bytes: &[u8]) -> Result<Self, LdsError> {
        let mut file = single(bytes, 0x60)?.reader();
        let (lds, unicode, list) = (file.expect(0x5F01)?, file.expect(0x5F36)?, file.expect(0x5C)?);
        file.finish()?;
        let version = |at| LdsError::at_offset(LdsErrorKind::Version, at);
        let lds_version = digits(lds.value).ok_or(version(lds.value_at()))?;
        let unicode_version = digits(unicode.value).ok_or(version(unicode.value_at()))?;
        let number = |tag: &u8| DataGroupNumber::from_tag(*tag).map_err(|error| error.behind(list.value_at()));
        let data_groups = list.value.iter().map(number).collect::<Result<Vec<_>, _>>()?;
        let com = Self { lds_version, unicode_version, data_groups }.checked()?;
        reproduced(bytes, com, Self::encode)
    }

    fn checked(self) -> Result<Self, LdsError> {
        let mut sorted = self.data_groups.clone();
        sorted.sort_unstable();
        sorted.dedup();
        match sorted.len() == self.data_groups.len() && !sorted.is_empty() {
            true => Ok(self),
            false => Err(LdsError::new(LdsErrorKind::Count { what: "data groups" })),
        }
    }
}

fn digits<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    <[u8; N]>::try_from(text).ok().filter(|digits| digits.iter().all(u8::is_ascii_digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standards_worked_example() {
        // ICAO 9303-11 Appendix D: the file that the BAC example reads.
        let bytes = hex::decode("60145F0104303130365F36063034303030305C026175").unwrap();
        let com = Com::decode(&bytes).unwrap();
        assert_eq!(com, Com::new("0106", &[DataGroupNumber::DG1, DataGroupNumber::DG2]).unwrap());
        assert_eq!((com.lds_version(), com.unicode_version()), ("0106", "040000"));
        assert_eq!(com.encode(), bytes);
    }

    #[test]
    fn the_bsi_reference_data_set() {
        // BSI TR-03105-5: ERIKA MUSTERMANN.
        let bytes = hex::decode("60165F0104303130375F36063034303030305C046175636E").unwrap();
        let numbers: Vec<u8> =
            Com::decode(&bytes).unwrap().data_groups().iter().map(|number| number.number()).collect();
        assert_eq!(numbers, [1, 2, 3, 14]);
    }

    #[test]
    fn what_is_refused() {
        for (file, code) in [
            ("60145F0104303130365F36063034303030305C02617500", "lds.trailing-bytes"),
            ("61145F0104303130365F36063034303030305C026175", "lds.tag-unexpected"),
            ("60145F0104303130415F36063034303030305C026175", "lds.version"),
            ("60145F0104303130365F36063034303030305C026160", "lds.data-group"),
            ("60145F0104303130365F36063034303030305C026161", "lds.count"),
            ("6081145F0104303130365F36063034303030305C026175", "lds.not-canonical"),
            ("60145F0104303130365F36063034303030305C0261", "lds.truncated"),
        ] {
            assert_eq!(Com::decode(&hex::decode(file).unwrap()).unwrap_err().code(), code, "{file}");
        }
    }
}
