//! Dates of the record and of the data groups: full, partly unknown, in digits or packed.

use jiff::civil::{Date, DateTime};

use crate::error::{LdsError, LdsErrorKind};

/// A date of birth of which the year, the month or the day may be unknown.
///
/// Spec: `icao-9303-3#dates`.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct PartialDate {
    year: Option<i16>,
    month: Option<i8>,
    day: Option<i8>,
}

impl PartialDate {
    /// Takes the known parts, which must be possible together.
    ///
    /// # Errors
    ///
    /// `lds.date` for a year outside 1 to 9999, or a day or month that cannot be.
    pub fn new(year: Option<i16>, month: Option<i8>, day: Option<i8>) -> Result<Self, LdsError> {
        // A leap year and a long month stand in for what is unknown.
        let possible = Date::new(year.unwrap_or(2000), month.unwrap_or(1), day.unwrap_or(1));
        match (year, possible) {
            (None | Some(1..), Ok(_)) => Ok(Self { year, month, day }),
            _ => Err(LdsError::new(LdsErrorKind::Date { field: "date of birth" })),
        }
    }

    /// The year, if known.
    #[must_use]
    pub const fn year(self) -> Option<i16> {
        self.year
    }

    /// The month, if known.
    #[must_use]
    pub const fn month(self) -> Option<i8> {
        self.month
    }

    /// The day, if known.
    #[must_use]
    pub const fn day(self) -> Option<i8> {
        self.day
    }

    /// The whole date, if every part is known.
    #[must_use]
    pub fn full(self) -> Option<Date> {
        Date::new(self.year?, self.month?, self.day?).ok()
    }

    /// The six MRZ characters YYMMDD, unknown parts as fillers.
    #[must_use]
    pub fn mrz(self) -> String {
        let year = self.year.map_or("<<".to_owned(), |year| format!("{:02}", year % 100));
        let part = |part: Option<i8>| part.map_or("<<".to_owned(), |part| format!("{part:02}"));
        format!("{year}{}{}", part(self.month), part(self.day))
    }

    /// The eight digits YYYYMMDD of a data group; an unknown part is written in zeros.
    ///
    /// Spec: `icao-9303-10#dg11`.
    #[must_use]
    pub fn digits(self) -> String {
        format!("{:04}{:02}{:02}", self.year.unwrap_or(0), self.month.unwrap_or(0), self.day.unwrap_or(0))
    }

    fn from_digits(digits: &str) -> Result<Self, LdsError> {
        let error = LdsError::new(LdsErrorKind::Date { field: "date" });
        let number = |range| digits.get(range).and_then(|part: &str| part.parse::<i16>().ok()).ok_or(error);
        let small = |part: i16| i8::try_from(part).map_err(|_| error);
        let known = |part: i8| (part != 0).then_some(part);
        let year = number(0..4)?;
        Self::new((year != 0).then_some(year), known(small(number(4..6)?)?), known(small(number(6..8)?)?))
    }
}

impl From<Date> for PartialDate {
    fn from(date: Date) -> Self {
        Self { year: Some(date.year()), month: Some(date.month()), day: Some(date.day()) }
    }
}

impl std::fmt::Debug for PartialDate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PartialDate(redacted)")
    }
}

/// A date inside DG11 or DG12.
///
/// | form   | bytes | content                                      |
/// |--------|-------|----------------------------------------------|
/// | digits | 8     | ASCII YYYYMMDD; this is what we write        |
/// | packed | 4     | the same digits in BCD, as some states write |
///
/// Spec: `icao-9303-10#dg11`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LdsDate {
    date: PartialDate,
    packed: bool,
}

impl LdsDate {
    /// The date.
    #[must_use]
    pub const fn date(self) -> PartialDate {
        self.date
    }

    /// Whether it is written in packed form.
    #[must_use]
    pub const fn is_packed(self) -> bool {
        self.packed
    }

    pub(crate) fn encode(self) -> Vec<u8> {
        write(self.date.digits(), self.packed)
    }

    pub(crate) fn decode(value: &[u8], field: &'static str) -> Result<Self, LdsError> {
        let (digits, packed) = read(value, 8, field)?;
        let date = PartialDate::from_digits(&digits).map_err(|_| LdsError::new(LdsErrorKind::Date { field }))?;
        Ok(Self { date, packed })
    }
}

impl<D: Into<PartialDate>> From<D> for LdsDate {
    fn from(date: D) -> Self {
        Self { date: date.into(), packed: false }
    }
}

/// A date and time inside DG12, to the second.
///
/// | form   | bytes | content                                              |
/// |--------|-------|------------------------------------------------------|
/// | digits | 14    | ASCII YYYYMMDDhhmmss; this is what we write          |
/// | packed | 7     | the same digits in BCD, as some states write         |
///
/// Spec: `icao-9303-10#dg12`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LdsDateTime {
    moment: DateTime,
    packed: bool,
}

impl LdsDateTime {
    /// The moment, in the issuer's civil time.
    #[must_use]
    pub const fn moment(self) -> DateTime {
        self.moment
    }

    pub(crate) fn encode(self) -> Vec<u8> {
        let Self { moment: m, packed } = self;
        let date = format!("{:04}{:02}{:02}", m.year(), m.month(), m.day());
        write(format!("{date}{:02}{:02}{:02}", m.hour(), m.minute(), m.second()), packed)
    }

    pub(crate) fn decode(value: &[u8], field: &'static str) -> Result<Self, LdsError> {
        let error = LdsError::new(LdsErrorKind::Date { field });
        let (digits, packed) = read(value, 14, field)?;
        let date = digits.get(..8).and_then(|date| PartialDate::from_digits(date).ok()?.full()).ok_or(error)?;
        let part = |range| digits.get(range).and_then(|part: &str| part.parse::<i8>().ok()).ok_or(error);
        let time = jiff::civil::Time::new(part(8..10)?, part(10..12)?, part(12..14)?, 0).map_err(|_| error)?;
        Ok(Self { moment: date.to_datetime(time), packed })
    }
}

impl From<DateTime> for LdsDateTime {
    /// Drops fractions of a second: the format has no place for them.
    fn from(moment: DateTime) -> Self {
        let time = moment.time();
        let whole = jiff::civil::Time::new(time.hour(), time.minute(), time.second(), 0).unwrap_or(time);
        Self { moment: moment.date().to_datetime(whole), packed: false }
    }
}

fn write(digits: String, packed: bool) -> Vec<u8> {
    if !packed {
        return digits.into_bytes();
    }
    let nibbles: Vec<u8> = digits.bytes().map(|digit| digit & 0x0F).collect();
    nibbles.chunks(2).map(|pair| pair.iter().fold(0, |byte, nibble| byte << 4 | nibble)).collect()
}

fn read(value: &[u8], digits: usize, field: &'static str) -> Result<(String, bool), LdsError> {
    let packed = value.len() * 2 == digits;
    let text: String = match packed {
        true => {
            value.iter().flat_map(|byte| [byte >> 4, byte & 0x0F]).map(|nibble| char::from(b'0' + nibble)).collect()
        }
        false => value.iter().map(|byte| char::from(*byte)).collect(),
    };
    if (packed || value.len() == digits) && text.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok((text, packed))
    } else {
        Err(LdsError::new(LdsErrorKind::Date { field }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn unknown_parts_become_fillers_or_zeros() {
        let born = PartialDate::new(Some(1961), None, None).unwrap();
        assert_eq!((born.mrz().as_str(), born.digits().as_str()), ("61<<<<", "19610000"));
        let born = PartialDate::new(Some(2004), Some(2), None).unwrap();
        assert_eq!((born.mrz().as_str(), born.full()), ("0402<<", None));
        assert_eq!(PartialDate::from(date(1942, 7, 12)).mrz(), "420712");
        assert!(PartialDate::new(None, Some(2), Some(29)).is_ok());
        for (year, month, day) in
            [(Some(2023), Some(2), Some(29)), (None, Some(13), None), (Some(0), None, None), (None, None, Some(32))]
        {
            assert_eq!(PartialDate::new(year, month, day).unwrap_err().code(), "lds.date");
        }
    }

    #[test]
    fn both_forms_survive() {
        for value in [&b"19850615"[..], b"19850000", b"\x19\x85\x06\x15"] {
            assert_eq!(LdsDate::decode(value, "x").unwrap().encode(), value);
        }
        for value in [&b"20261102093005"[..], b"\x20\x26\x11\x02\x09\x30\x05"] {
            assert_eq!(LdsDateTime::decode(value, "x").unwrap().encode(), value);
        }
        for value in [&b"1985061"[..], b"19851315", b"1985061A", b"\x19\x85\x06\x1F", b"19850230", b""] {
            assert_eq!(LdsDate::decode(value, "x").unwrap_err().code(), "lds.date");
        }
        assert_eq!(LdsDateTime::decode(b"20261102246005", "x").unwrap_err().code(), "lds.date");
    }
}
