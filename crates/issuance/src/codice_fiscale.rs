//! Codice fiscale: check letter, omocodia, and what it says about birth and sex.

use sigillo_lds::date::PartialDate;

/// The sixteen characters of a codice fiscale whose form and check letter are right.
#[derive(Clone, Eq, PartialEq)]
pub struct CodiceFiscale {
    text: String,
    decoded: [u8; 16],
}

/// Why a text is no codice fiscale.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CodiceFiscaleRefused {
    /// Not sixteen capital letters and digits in their places.
    #[error("not the form of a codice fiscale")]
    Form,
    /// The last letter is not the check letter of the fifteen before it.
    #[error("the check letter does not fit")]
    CheckLetter,
    /// Month letter or day that no calendar has.
    #[error("month or day do not exist")]
    BirthDate,
}

impl CodiceFiscaleRefused {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Form => "record.codice-fiscale-form",
            Self::CheckLetter => "record.codice-fiscale-check",
            Self::BirthDate => "record.codice-fiscale-date",
        }
    }
}

impl CodiceFiscale {
    /// Reads a codice fiscale, with up to seven digits replaced by letters (omocodia).
    ///
    /// | position | bytes | content |
    /// |----------|-------|---------|
    /// | 1–3      | 3     | surname, letters |
    /// | 4–6      | 3     | name, letters |
    /// | 7–8      | 2     | year of birth, digits or omocodia letters |
    /// | 9        | 1     | month of birth, one of `ABCDEHLMPRST` |
    /// | 10–11    | 2     | day of birth, plus 40 for women; digits or omocodia letters |
    /// | 12–15    | 4     | place: letter, then three digits or omocodia letters |
    /// | 16       | 1     | check letter |
    ///
    /// Spec: `dm-1976-12-23#codice-fiscale`.
    ///
    /// # Errors
    ///
    /// [`CodiceFiscaleRefused`] says which of form, check letter and calendar failed.
    pub fn parse(text: &str) -> Result<Self, CodiceFiscaleRefused> {
        let bytes: [u8; 16] = text.as_bytes().try_into().map_err(|_| CodiceFiscaleRefused::Form)?;
        let mut decoded = bytes;
        for ((place, original), kind) in decoded.iter_mut().zip(bytes).zip(SHAPE) {
            *place = match kind {
                Kind::Letter if original.is_ascii_uppercase() => original,
                Kind::Digit => digit(original).ok_or(CodiceFiscaleRefused::Form)?,
                Kind::Letter => return Err(CodiceFiscaleRefused::Form),
            };
        }
        let [sum_over @ .., check] = bytes;
        if check_letter(&sum_over) != Some(check) {
            return Err(CodiceFiscaleRefused::CheckLetter);
        }
        let found = Self { text: text.to_owned(), decoded };
        if found.month().is_none() || !matches!(found.day_code(), 1..=31 | 41..=71) {
            return Err(CodiceFiscaleRefused::BirthDate);
        }
        Ok(found)
    }

    /// The text as it was given, omocodia letters kept.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it can belong to a person of this birth date and sex (`None` where the sex is `X`).
    ///
    /// Only what the record knows is compared: a part of the date that is unknown there decides nothing. Names are not compared, since
    /// the tax office transliterates foreign names by hand.
    pub fn agrees_with(&self, birth: PartialDate, female: Option<bool>) -> bool {
        let year = i32::from(self.decoded[6] - b'0') * 10 + i32::from(self.decoded[7] - b'0');
        let female_here = self.day_code() > 40;
        let day_here = self.day_code() - if female_here { 40 } else { 0 };
        birth.year().is_none_or(|known| i32::from(known).rem_euclid(100) == year)
            && birth.month().is_none_or(|month| Some(month) == self.month())
            && birth.day().is_none_or(|day| i32::from(day) == day_here)
            && female.is_none_or(|female| female == female_here)
    }

    /// The month 1 to 12.
    fn month(&self) -> Option<i8> {
        let position = MONTHS.iter().position(|letter| *letter == self.decoded[8])?;
        i8::try_from(position + 1).ok()
    }

    /// The day as written: 1 to 31, or 41 to 71.
    fn day_code(&self) -> i32 {
        i32::from(self.decoded[9] - b'0') * 10 + i32::from(self.decoded[10] - b'0')
    }
}

/// A codice fiscale is personal: its characters are not printed.
impl std::fmt::Debug for CodiceFiscale {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CodiceFiscale(redacted)")
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Letter,
    Digit,
}

/// The ASCII digit of a character in a digit's place, decoded from its omocodia letter where it is one.
fn digit(character: u8) -> Option<u8> {
    if character.is_ascii_digit() {
        return Some(character);
    }
    let position = OMOCODIA.iter().position(|letter| *letter == character)?;
    u8::try_from(position).ok().map(|value| b'0' + value)
}

/// The letter over the first fifteen characters, as written (omocodia letters included).
fn check_letter(characters: &[u8; 15]) -> Option<u8> {
    let mut sum = 0_u32;
    for (index, character) in characters.iter().enumerate() {
        let rank = match character {
            b'0'..=b'9' => character - b'0',
            b'A'..=b'Z' => character - b'A',
            _ => return None,
        };
        // Positions are counted from one: index 0 is an odd position.
        sum += u32::from(if index % 2 == 0 { *ODD.get(usize::from(rank))? } else { rank });
    }
    u8::try_from(sum % 26).ok().map(|value| b'A' + value)
}

const SHAPE: [Kind; 16] = {
    use Kind::{Digit as D, Letter as L};
    [L, L, L, L, L, L, D, D, L, D, D, L, D, D, D, L]
};
const MONTHS: [u8; 12] = *b"ABCDEHLMPRST";
const OMOCODIA: [u8; 10] = *b"LMNPQRSTUV";
/// Values of odd positions by rank: 0–9 share the first ten with A–J.
const ODD: [u8; 26] = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::date::parse_birth;
    use proptest::prelude::*;

    fn birth(text: &str) -> PartialDate {
        parse_birth(text).unwrap()
    }

    /// Specimens printed in public: the tax office's own card and two examples of the Italian encyclopedias.
    #[test]
    fn published_specimens_are_read() {
        for (text, born, female) in [
            ("RSSMRA85T10A562S", "1985-12-10", false),
            ("MRTMTT25D09F205Z", "1925-04-09", false),
            ("MLLSNT82P65Z404U", "1982-09-25", true),
        ] {
            let code = CodiceFiscale::parse(text).unwrap();
            assert!(code.agrees_with(birth(born), Some(female)), "{text}");
            assert!(!code.agrees_with(birth(born), Some(!female)), "{text}");
        }
    }

    #[test]
    fn only_what_is_known_is_compared() {
        let code = CodiceFiscale::parse("MLLSNT82P65Z404U").unwrap();
        for (born, female, agrees) in [
            ("1982-00-00", None, true),
            ("1982-09-00", Some(true), true),
            ("1982-00-25", None, true),
            ("1982-00-24", None, false),
            ("1983-00-00", None, false),
            ("1982-10-00", None, false),
        ] {
            assert_eq!(code.agrees_with(birth(born), female), agrees, "{born}");
        }
    }

    /// A foreign program wrote these, some with omocodia letters.
    #[test]
    fn a_foreign_program_agrees() {
        let listed: serde_json::Value =
            serde_json::from_str(include_str!("../tests/data/codice_fiscale.json")).unwrap();
        let codes = listed["codes"].as_array().unwrap();
        assert_eq!(codes.len(), 60);
        for row in codes {
            let text = row["code"].as_str().unwrap();
            let code = CodiceFiscale::parse(text).unwrap();
            let number = |name: &str| row[name].as_i64().unwrap();
            let century = if number("year") < 30 { 2000 } else { 1900 };
            let born = format!("{:04}-{:02}-{:02}", century + number("year"), number("month"), number("day"));
            assert!(code.agrees_with(birth(&born), row["female"].as_bool()), "{text}");
            let wrong = if text.ends_with('A') { "B" } else { "A" };
            let twin = format!("{}{wrong}", &text[..15]);
            assert_eq!(CodiceFiscale::parse(&twin).unwrap_err(), CodiceFiscaleRefused::CheckLetter, "{twin}");
        }
    }

    #[test]
    fn each_refusal_has_its_reason() {
        for text in ["", "RSSMRA85T10A562", "rssmra85t10a562s", "RSSMRA85T1AA562S", "RSSMRA85T10A56ÀS"] {
            assert_eq!(CodiceFiscale::parse(text).unwrap_err(), CodiceFiscaleRefused::Form, "{text}");
        }
        let with_check = |body: &[u8; 15]| {
            let mut text = body.to_vec();
            text.push(check_letter(body).unwrap());
            String::from_utf8(text).unwrap()
        };
        for body in [b"RSSMRA85F10A562", b"RSSMRA85T00A562", b"RSSMRA85T40A562", b"RSSMRA85T72A562"] {
            assert_eq!(CodiceFiscale::parse(&with_check(body)).unwrap_err(), CodiceFiscaleRefused::BirthDate);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[A-Z0-9]{16}|.{0,20}") {
            if let Ok(code) = CodiceFiscale::parse(&text) {
                prop_assert_eq!(code.as_str(), text);
            }
        }
    }
}
