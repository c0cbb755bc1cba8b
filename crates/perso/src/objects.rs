//! Public data objects that formation sets.

use jiff::civil::Date;
use sigillo_lds::mrz::Td1;

/// The date that the chip judges certificates by: year less 2000, month and day, a digit an octet; `None` for a year that
/// has no place in it.
///
/// Spec: `bsi-tr-03110-3#dates`.
#[must_use]
pub fn current_date(day: Date) -> Option<Vec<u8>> {
    let year = u8::try_from(day.year() - 2000).ok().filter(|year| *year < 100)?;
    let fields = [year, u8::try_from(day.month()).ok()?, u8::try_from(day.day()).ok()?];
    Some(fields.iter().flat_map(|field| [field / 10, field % 10]).collect())
}

/// What identifies the chip in Terminal Authentication after BAC: document number and check digit.
///
/// Spec: `icao-9303-11#ta`, `icao-9303-5#mrz`.
#[must_use]
pub fn document_number(mrz: &Td1) -> Vec<u8> {
    let information = mrz.mrz_information();
    let dates = 2 * (6 + 1);
    information.as_bytes().get(..information.len().saturating_sub(dates)).unwrap_or_default().to_vec()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_date_is_six_digits() {
        assert_eq!(current_date(date(2026, 11, 2)), Some(vec![2, 6, 1, 1, 0, 2]));
        assert_eq!(current_date(date(2099, 12, 31)), Some(vec![9, 9, 1, 2, 3, 1]));
        assert_eq!((current_date(date(1999, 12, 31)), current_date(date(2100, 1, 1))), (None, None));
    }

    #[test]
    fn the_number_stands_as_in_the_zone() {
        let mrz = "I<UTOD231458907<<<<<<<<<<<<<<<7408122F1204159UTO<<<<<<<<<<<6ERIKSSON<<ANNA<MARIA<<<<<<<<<<";
        assert_eq!(document_number(&Td1::parse(mrz).unwrap()), b"D231458907");
    }
}
