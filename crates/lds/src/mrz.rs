//! The machine-readable zone of a TD1 card: three lines of thirty characters.
//!
//! | line | positions | field                                   |
//! |------|-----------|-----------------------------------------|
//! | 1    | 1-2       | document code                           |
//! | 1    | 3-5       | issuing state                           |
//! | 1    | 6-14, 15  | document number, check digit            |
//! | 1    | 16-30     | optional data, or the rest of the number |
//! | 2    | 1-6, 7    | date of birth, check digit              |
//! | 2    | 8         | sex                                     |
//! | 2    | 9-14, 15  | date of expiry, check digit             |
//! | 2    | 16-18     | nationality                             |
//! | 2    | 19-29     | optional data                           |
//! | 2    | 30        | composite check digit                   |
//! | 3    | 1-30      | names                                   |
//!
//! Spec: `icao-9303-5#mrz`.

mod arabic;
mod check_digit;
mod cyrillic;
mod greek;
mod language;
mod latin;
mod names;

mod state;
mod transliterate;

use std::ops::Range;

use jiff::civil::Date;

use crate::date::PartialDate;
use crate::error::{LdsError, LdsErrorKind};

pub use check_digit::check_digit;
pub use language::Language;
pub use names::{names, names_of};
pub use state::StateCode;
pub use transliterate::{transliterate, transliterate_of};

/// What the MRZ of a new card is made from.
#[derive(Clone)]
pub struct Td1Fields {
    /// `IR` unless the profile says otherwise.
    pub document_code: DocumentCode,
    /// The issuing state.
    pub issuing_state: StateCode,
    /// Capital letters, digits and single spaces; more than nine characters follow the rule for long numbers.
    pub document_number: String,
    /// The optional data of line 1, at most 15 characters; mostly empty.
    pub optional_data_1: String,
    /// The date of birth, parts of which may be unknown.
    pub birth_date: PartialDate,
    /// The sex.
    pub sex: Sex,
    /// The date of expiry.
    pub expiry_date: Date,
    /// The nationality.
    pub nationality: StateCode,
    /// The optional data of line 2, at most 11 characters; mostly empty.
    pub optional_data_2: String,
    /// The primary identifier, in any script that [`transliterate`] knows.
    pub surname: String,
    /// The secondary identifier, empty for a single name.
    pub given_names: String,
    /// The language of the names, where its letters have rules of their own.
    pub language: Language,
}

/// A whole MRZ of format TD1, every check digit right.
#[derive(Clone, Eq, PartialEq)]
pub struct Td1 {
    /// Ninety ASCII characters.
    text: String,
}

/// The two characters that open the MRZ: `A`, `C` or `I`, and a letter of the issuer's choice or a filler.
///
/// Spec: `icao-9303-5#mrz`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DocumentCode([u8; 2]);

/// The sex as the MRZ codes it; `X` of the printed card is the filler.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Sex {
    /// `F`.
    Female,
    /// `M`.
    Male,
    /// `X` in print, `<` in the MRZ.
    Unspecified,
}

impl Td1 {
    /// Builds the three lines and their check digits.
    ///
    /// # Errors
    ///
    /// `lds.missing`, `lds.character` or `lds.too-long` for a field that cannot stand in its place.
    pub fn build(fields: Td1Fields) -> Result<Self, LdsError> {
        let Td1Fields { document_code, issuing_state, sex, nationality, .. } = fields;
        let (number, rest) = number_field(&fields.document_number)?;
        let optional_1 = optional(&format!("{rest}{}", fields.optional_data_1), 15, "optional data of line 1")?;
        let optional_2 = optional(&fields.optional_data_2, 11, "optional data of line 2")?;
        let birth = with_check_digit(&fields.birth_date.mrz());
        let expiry = with_check_digit(&PartialDate::from(fields.expiry_date).mrz());
        let names = names_of(&fields.surname, &fields.given_names, fields.language)?;

        let composite = check_digit(&[&number, &optional_1, &birth, &expiry, &optional_2]);
        let head = document_code.as_str();
        let (state, nationality, sex) = (issuing_state.mrz(), nationality.mrz(), sex.mrz());
        let text =
            format!("{head}{state}{number}{optional_1}{birth}{sex}{expiry}{nationality}{optional_2}{composite}{names}");
        Self::parse(&text)
    }

    /// Reads ninety characters, with or without line ends behind each line, and checks every field.
    ///
    /// # Errors
    ///
    /// `lds.length`, `lds.character`, `lds.document-code`, `lds.country`, `lds.check-digit`, `lds.date`, `lds.sex` or
    /// `lds.missing`; the offset counts MRZ characters.
    pub fn parse(text: &str) -> Result<Self, LdsError> {
        let text: String = text.lines().collect();
        if let Some(at) = text.bytes().position(|byte| !matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'<')) {
            return Err(LdsError::at_offset(LdsErrorKind::Character { field: "MRZ" }, at));
        }
        if text.len() != 90 {
            return Err(LdsError::at_offset(LdsErrorKind::Length, text.len().min(90)));
        }
        let td1 = Self { text };
        DocumentCode::parse(td1.field(CODE))?;
        td1.placed(STATE, StateCode::parse)?;
        td1.placed(NATIONALITY, StateCode::parse)?;
        td1.placed(SEX, Sex::from_mrz)?;
        td1.placed(BIRTH, |field| check_date(field, "date of birth"))?;
        td1.placed(EXPIRY, |field| check_date(field, "date of expiry"))?;
        td1.check(&[NUMBER], NUMBER_DIGIT, "document number")?;
        td1.check(&[BIRTH], BIRTH.end, "date of birth")?;
        td1.check(&[EXPIRY], EXPIRY.end, "date of expiry")?;
        td1.check(&[5..30, 30..37, 38..45, OPTIONAL_2], COMPOSITE, "composite")?;
        let names = td1.field(NAMES);
        if let Some(at) = names.bytes().position(|byte| byte.is_ascii_digit()) {
            return Err(LdsError::at_offset(LdsErrorKind::Character { field: "name" }, NAMES.start + at));
        }
        if names.starts_with('<') {
            return Err(LdsError::at_offset(LdsErrorKind::Missing { field: "surname" }, NAMES.start));
        }
        if td1.field(NUMBER).starts_with('<') {
            return Err(LdsError::at_offset(LdsErrorKind::Missing { field: "document number" }, NUMBER.start));
        }
        Ok(td1)
    }

    /// The three lines.
    #[must_use]
    pub fn lines(&self) -> [String; 3] {
        [0..30, 30..60, 60..90].map(|line| self.field(line).to_owned())
    }

    /// The ninety characters, as DG1 holds them.
    #[must_use]
    pub fn text(&self) -> String {
        self.text.clone()
    }

    /// The characters that Basic Access Control and PACE derive their key from: document number, date of birth and date of
    /// expiry, each with its check digit. They open the chip: treat them as a secret.
    ///
    /// Spec: `icao-9303-11#bac`.
    #[must_use]
    pub fn mrz_information(&self) -> String {
        let (number, digit) = match self.long_number() {
            Some((rest, digit)) => (format!("{}{rest}", self.field(NUMBER)), digit),
            None => (self.field(NUMBER).to_owned(), self.field(14..15)),
        };
        format!("{number}{digit}{}{}", self.field(30..37), self.field(38..45))
    }

    /// The document code without fillers.
    #[must_use]
    pub fn document_code(&self) -> &str {
        self.field(CODE).trim_end_matches('<')
    }

    /// The issuing state without fillers.
    #[must_use]
    pub fn issuing_state(&self) -> &str {
        self.field(STATE).trim_end_matches('<')
    }

    /// The document number without trailing fillers, long numbers put together.
    #[must_use]
    pub fn document_number(&self) -> String {
        match self.long_number() {
            Some((rest, _)) => format!("{}{rest}", self.field(NUMBER)),
            None => self.field(NUMBER).trim_end_matches('<').to_owned(),
        }
    }

    /// The optional data of line 1 without trailing fillers, behind a long number if there is one.
    #[must_use]
    pub fn optional_data_1(&self) -> &str {
        let field = self.field(OPTIONAL_1);
        let skip = self.long_number().map_or(0, |(rest, _)| rest.len() + 2);
        field.get(skip..).unwrap_or_default().trim_end_matches('<')
    }

    /// The date of birth, YYMMDD, unknown parts as fillers.
    #[must_use]
    pub fn birth_date(&self) -> &str {
        self.field(BIRTH)
    }

    /// The sex.
    #[must_use]
    pub fn sex(&self) -> Sex {
        Sex::from_mrz(self.field(SEX)).unwrap_or(Sex::Unspecified)
    }

    /// The date of expiry, YYMMDD.
    #[must_use]
    pub fn expiry_date(&self) -> &str {
        self.field(EXPIRY)
    }

    /// The nationality without fillers.
    #[must_use]
    pub fn nationality(&self) -> &str {
        self.field(NATIONALITY).trim_end_matches('<')
    }

    /// The optional data of line 2 without trailing fillers.
    #[must_use]
    pub fn optional_data_2(&self) -> &str {
        self.field(OPTIONAL_2).trim_end_matches('<')
    }

    /// The primary identifier, its components separated by spaces; possibly truncated.
    #[must_use]
    pub fn surname(&self) -> String {
        let names = self.field(NAMES).trim_end_matches('<');
        names.split_once("<<").map_or(names, |(primary, _)| primary).replace('<', " ")
    }

    /// The secondary identifier, its components separated by spaces; possibly truncated, empty for a single name.
    #[must_use]
    pub fn given_names(&self) -> String {
        let names = self.field(NAMES).trim_end_matches('<');
        names.split_once("<<").map_or(String::new(), |(_, secondary)| secondary.replace('<', " "))
    }

    /// The rest of a long number and its check digit, which stand in the optional data when position 15 is a filler.
    fn long_number(&self) -> Option<(&str, &str)> {
        let (rest, _) = self.field(OPTIONAL_1).split_once('<').filter(|_| self.field(14..15) == "<")?;
        rest.split_at_checked(rest.len().checked_sub(1).filter(|length| *length > 0)?)
    }

    fn check(&self, parts: &[Range<usize>], digit_at: usize, field: &'static str) -> Result<(), LdsError> {
        let parts: Vec<&str> = parts.iter().map(|part| self.field(part.clone())).collect();
        let (expected, found) = match self.long_number() {
            Some((rest, digit)) if digit_at == NUMBER_DIGIT => (check_digit(&[self.field(NUMBER), rest]), digit),
            _ => (check_digit(&parts), self.field(digit_at..digit_at + 1)),
        };
        match found.starts_with(expected) {
            true => Ok(()),
            false => Err(LdsError::at_offset(LdsErrorKind::CheckDigit { field }, digit_at)),
        }
    }

    fn placed<T>(&self, at: Range<usize>, read: impl FnOnce(&str) -> Result<T, LdsError>) -> Result<T, LdsError> {
        read(self.field(at.clone())).map_err(|error| error.behind(at.start))
    }

    fn field(&self, at: Range<usize>) -> &str {
        self.text.get(at).unwrap_or_default()
    }
}

impl std::fmt::Debug for Td1Fields {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Td1Fields(redacted)")
    }
}

impl std::fmt::Debug for Td1 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Td1(redacted)")
    }
}

impl DocumentCode {
    /// `IR`, the default of residence permits here.
    pub const RESIDENCE_PERMIT: Self = Self(*b"IR");

    /// Reads a code of one or two characters.
    ///
    /// # Errors
    ///
    /// `lds.document-code` if ICAO 9303-5 does not allow it: the first letter is `A`, `C` or `I`, the second is not `V`,
    /// and `AI` and (for crew only) `AC` are taken.
    pub fn parse(code: &str) -> Result<Self, LdsError> {
        let refused = LdsError::at_offset(LdsErrorKind::DocumentCode, 0);
        let (first, second) = match *code.as_bytes() {
            [first] => (first, b'<'),
            [first, second] => (first, second),
            _ => return Err(refused),
        };
        match (first, second) {
            (b'A', b'I' | b'C') | (_, b'V') => Err(refused),
            (b'A' | b'C' | b'I', b'A'..=b'Z' | b'<') => Ok(Self([first, second])),
            _ => Err(refused),
        }
    }

    /// The two MRZ characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl Default for DocumentCode {
    fn default() -> Self {
        Self::RESIDENCE_PERMIT
    }
}

impl Sex {
    /// The MRZ character.
    #[must_use]
    pub const fn mrz(self) -> char {
        match self {
            Self::Female => 'F',
            Self::Male => 'M',
            Self::Unspecified => '<',
        }
    }

    fn from_mrz(character: &str) -> Result<Self, LdsError> {
        match character {
            "F" => Ok(Self::Female),
            "M" => Ok(Self::Male),
            "<" => Ok(Self::Unspecified),
            _ => Err(LdsError::new(LdsErrorKind::Sex)),
        }
    }
}

/// The document number with its check digit (ten characters), and what of a long number goes to the optional data.
fn number_field(number: &str) -> Result<(String, String), LdsError> {
    const FIELD: &str = "document number";
    if number.is_empty() {
        return Err(LdsError::new(LdsErrorKind::Missing { field: FIELD }));
    }
    let inner_space = |at: usize| at > 0 && at + 1 < number.len();
    let allowed = |(at, byte): (usize, u8)| match byte {
        b'A'..=b'Z' | b'0'..=b'9' => true,
        b' ' => inner_space(at),
        _ => false,
    };
    if let Some(at) = number.bytes().enumerate().position(|character| !allowed(character)) {
        return Err(LdsError::at_offset(LdsErrorKind::Character { field: FIELD }, at));
    }
    let number = number.replace(' ', "<");
    match number.split_at_checked(9) {
        Some((principal, rest)) if !rest.is_empty() => {
            // The reader finds the end of a long number by its first filler, and position 29 is the last for its check digit.
            if rest.len() > 13 || rest.contains('<') {
                return Err(LdsError::new(LdsErrorKind::TooLong { field: FIELD }));
            }
            Ok((format!("{principal}<"), format!("{rest}{}<", check_digit(&[&number]))))
        }
        _ => Ok((with_check_digit(&format!("{number:<<9}")), String::new())),
    }
}

fn optional(data: &str, width: usize, field: &'static str) -> Result<String, LdsError> {
    let data = data.replace(' ', "<");
    if let Some(at) = data.bytes().position(|byte| !matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'<')) {
        return Err(LdsError::at_offset(LdsErrorKind::Character { field }, at));
    }
    match data.len() <= width {
        true => Ok(format!("{data:<<width$}")),
        false => Err(LdsError::new(LdsErrorKind::TooLong { field })),
    }
}

fn with_check_digit(field: &str) -> String {
    format!("{field}{}", check_digit(&[field]))
}

/// Each part is two digits that can be, or two fillers.
fn check_date(field: &str, name: &'static str) -> Result<(), LdsError> {
    let refused = LdsError::new(LdsErrorKind::Date { field: name });
    let part = |at: Range<usize>| match field.get(at).unwrap_or_default() {
        "<<" => Ok(None),
        digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            digits.parse::<i8>().map(Some).map_err(|_| refused)
        }
        _ => Err(refused),
    };
    // Only the leap cycle of the unknown century matters: 2000 to 2099 has the day whenever one of them had it.
    let year = part(0..2)?.map(|year| 2000 + i16::from(year));
    PartialDate::new(year, part(2..4)?, part(4..6)?).map(|_| ()).map_err(|_| refused)
}

const CODE: Range<usize> = 0..2;
const STATE: Range<usize> = 2..5;
const NUMBER: Range<usize> = 5..14;
const NUMBER_DIGIT: usize = 14;
const OPTIONAL_1: Range<usize> = 15..30;
const BIRTH: Range<usize> = 30..36;
const SEX: Range<usize> = 37..38;
const EXPIRY: Range<usize> = 38..44;
const NATIONALITY: Range<usize> = 45..48;
const OPTIONAL_2: Range<usize> = 48..59;
const COMPOSITE: usize = 59;
const NAMES: Range<usize> = 60..90;
