use std::fmt;

use crate::error::{CvcError, CvcErrorKind};

/// A day from 2000-01-01 to 2099-12-31.
///
/// | offset | octets | content |
/// |---|---|---|
/// | 0 | 2 | year less 2000, a digit an octet |
/// | 2 | 2 | month |
/// | 4 | 2 | day |
///
/// Spec: `bsi-tr-03110-3#dates`.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
pub struct CvDate {
    year: u16,
    month: u8,
    day: u8,
}

impl CvDate {
    /// Takes a day of the Gregorian calendar.
    ///
    /// # Errors
    ///
    /// `cvc.date` unless it exists and lies in those years.
    pub fn new(year: u16, month: u8, day: u8) -> Result<Self, CvcError> {
        if !(2000..=2099).contains(&year) || !(1..=month_length(year, month)).contains(&day) {
            return Err(CvcError::new(CvcErrorKind::Date));
        }
        Ok(Self { year, month, day })
    }

    /// Reads six octets of one digit each.
    ///
    /// # Errors
    ///
    /// `cvc.date`.
    pub fn decode(octets: &[u8]) -> Result<Self, CvcError> {
        let &[y1, y0, m1, m0, d1, d0] = octets else { return Err(CvcError::new(CvcErrorKind::Date)) };
        if octets.iter().any(|digit| *digit > 9) {
            return Err(CvcError::new(CvcErrorKind::Date));
        }
        Self::new(2000 + u16::from(10 * y1 + y0), 10 * m1 + m0, 10 * d1 + d0)
    }

    /// The six octets.
    #[must_use]
    pub fn encode(self) -> [u8; 6] {
        let year = u8::try_from(self.year % 100).unwrap_or_default();
        [year / 10, year % 10, self.month / 10, self.month % 10, self.day / 10, self.day % 10]
    }

    /// The day so many days later.
    ///
    /// # Errors
    ///
    /// `cvc.date` after 2099.
    pub fn plus_days(self, days: u32) -> Result<Self, CvcError> {
        let mut left = u32::from(self.day) + days;
        let mut first = Self { day: 1, ..self };
        loop {
            let length = u32::from(month_length(first.year, first.month));
            if left <= length {
                let day = u8::try_from(left).map_err(|_| CvcError::new(CvcErrorKind::Date))?;
                return Self::new(first.year, first.month, day);
            }
            left -= length;
            first = first.plus_months(1)?;
        }
    }

    /// The same day so many months later, or the last day of that month if it has no such day.
    ///
    /// # Errors
    ///
    /// `cvc.date` after 2099.
    pub fn plus_months(self, months: u16) -> Result<Self, CvcError> {
        let months = u16::from(self.month) - 1 + months;
        let year = self.year + months / 12;
        let month = u8::try_from(months % 12 + 1).map_err(|_| CvcError::new(CvcErrorKind::Date))?;
        Self::new(year, month, self.day.min(month_length(year, month)))
    }

    /// Year, month and day.
    #[must_use]
    pub const fn civil(self) -> (u16, u8, u8) {
        (self.year, self.month, self.day)
    }
}

impl fmt::Display for CvDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl fmt::Debug for CvDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CvDate({self})")
    }
}

/// How many days a month has, of the years that certificates know; no day if there is no such month.
const fn month_length(year: u16, month: u8) -> u8 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) => 29,
        2 => 28,
        _ => 0,
    }
}
