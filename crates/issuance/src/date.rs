//! Dates of a record: whole ones, and births of which day or month may be unknown.

use jiff::civil::Date;
use sigillo_lds::date::PartialDate;

/// Reads a birth date `YYYY-MM-DD`, where `00` stands for an unknown month or day; `None` where no calendar has it.
pub fn parse_birth(text: &str) -> Option<PartialDate> {
    let (year, month, day) = parts(text)?;
    let unknown_or = |part: &str| if part == "00" { Some(None) } else { number(part).map(Some) };
    let (month, day) = (unknown_or(month)?, unknown_or(day)?);
    // January, where the month is unknown, has every day that some month has.
    let first = Date::new(number(year)?, month.unwrap_or(1), day.unwrap_or(1)).ok()?;
    PartialDate::new(Some(first.year()), month, day).ok()
}

/// Writes a birth date in the form of a record, `YYYY-MM-DD` with `00`.
pub fn birth_text(birth: PartialDate) -> String {
    let two = |part: Option<i8>| part.map_or_else(|| "00".to_owned(), |value| format!("{value:02}"));
    format!("{:04}-{}-{}", birth.year().unwrap_or(0), two(birth.month()), two(birth.day()))
}

/// The first day that a birth can have been.
pub fn earliest(birth: PartialDate) -> Date {
    let year = birth.year().unwrap_or(1);
    Date::new(year, birth.month().unwrap_or(1), birth.day().unwrap_or(1)).unwrap_or(Date::MIN)
}

/// The last day that a birth can have been.
pub fn latest(birth: PartialDate) -> Date {
    let year = birth.year().unwrap_or(9999);
    let month = Date::new(year, birth.month().unwrap_or(12), 1).unwrap_or(Date::MAX);
    Date::new(year, month.month(), birth.day().unwrap_or(month.days_in_month())).unwrap_or(Date::MAX)
}

/// Reads a whole date `YYYY-MM-DD`; `None` where no calendar has it.
pub fn parse_date(text: &str) -> Option<Date> {
    let (year, month, day) = parts(text)?;
    Date::new(number(year)?, number(month)?, number(day)?).ok()
}

/// Full years from a birth to a day; who is born on 29 February is a year older on 1 March.
pub fn age_at(birth: Date, day: Date) -> i16 {
    let had_birthday = (day.month(), day.day()) >= (birth.month(), birth.day());
    day.year() - birth.year() - i16::from(!had_birthday)
}

/// The day some years later; 29 February becomes 28 February.
pub fn years_after(date: Date, years: i16) -> Option<Date> {
    let year = date.year().checked_add(years)?;
    let month = Date::new(year, date.month(), 1).ok()?;
    Date::new(year, date.month(), date.day().min(month.days_in_month())).ok()
}

fn parts(text: &str) -> Option<(&str, &str, &str)> {
    let shape = text.len() == 10 && text.is_ascii();
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    (shape && parts.next().is_none() && year.len() == 4 && month.len() == 2).then_some((year, month, day))
}

fn number<N: std::str::FromStr>(digits: &str) -> Option<N> {
    if digits.bytes().all(|byte| byte.is_ascii_digit()) { digits.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn unknown_parts_widen_the_range() {
        let range = |text| {
            let birth = parse_birth(text).unwrap();
            (earliest(birth).to_string(), latest(birth).to_string())
        };
        assert_eq!(range("2020-02-29"), ("2020-02-29".into(), "2020-02-29".into()));
        assert_eq!(range("2020-02-00"), ("2020-02-01".into(), "2020-02-29".into()));
        assert_eq!(range("1985-00-31"), ("1985-01-31".into(), "1985-12-31".into()));
        assert_eq!(range("1985-00-00"), ("1985-01-01".into(), "1985-12-31".into()));
    }

    #[test]
    fn what_no_calendar_has_is_refused() {
        for text in [
            "2021-02-29",
            "2021-13-01",
            "2021-00-32",
            "XXXX-01-01",
            "2021-1-01",
            "2021-01-0a",
            "+021-01-01",
            "0000-01-01",
        ] {
            assert!(parse_birth(text).is_none(), "{text}");
        }
        assert!(parse_date("2021-00-01").is_none());
    }

    #[test]
    fn ages_change_on_the_birthday() {
        let date = |text| parse_date(text).unwrap();
        assert_eq!(age_at(date("2020-11-02"), date("2026-11-01")), 5);
        assert_eq!(age_at(date("2020-11-02"), date("2026-11-02")), 6);
        assert_eq!(age_at(date("2020-02-29"), date("2026-02-28")), 5);
        assert_eq!(years_after(date("2024-02-29"), 10).unwrap(), date("2034-02-28"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_and_reads_back(text in "[0-9]{4}-[0-9]{2}-[0-9]{2}|.{0,12}") {
            if let Some(birth) = parse_birth(&text) {
                prop_assert!(earliest(birth) <= latest(birth));
                prop_assert_eq!(birth_text(birth), text);
            }
        }
    }
}
