//! Machine-readable zone of format TD1.

use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};
use sigillo_lds::date::PartialDate;
use sigillo_lds::mrz::{self, DocumentCode, Language, Sex, StateCode, Td1, Td1Fields};

use crate::failure::Failure;
use crate::input::read;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Name {
    text: String,
    #[serde(default)]
    language: LanguageName,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Names {
    surname: String,
    given_names: String,
    #[serde(default)]
    language: LanguageName,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum LanguageName {
    #[default]
    Unspecified,
    Belarusian,
    Bulgarian,
    Macedonian,
    Serbian,
    Ukrainian,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    document_code: String,
    issuing_state: String,
    document_number: String,
    optional_data_1: String,
    birth_date: String,
    sex: String,
    expiry_date: String,
    nationality: String,
    optional_data_2: String,
    surname: String,
    given_names: String,
}

pub(super) fn check_digit(input: &Value) -> Result<Value, Failure> {
    let Text { text } = read(input)?;
    Ok(json!({ "digit": mrz::check_digit(&[&text]).to_string() }))
}

pub(super) fn transliterate(input: &Value) -> Result<Value, Failure> {
    let Name { text, language } = read(input)?;
    Ok(json!({ "text": mrz::transliterate_of(&text, language.into())? }))
}

pub(super) fn names(input: &Value) -> Result<Value, Failure> {
    let Names { surname, given_names, language } = read(input)?;
    Ok(json!({ "line": mrz::names_of(&surname, &given_names, language.into())? }))
}

pub(super) fn build(input: &Value) -> Result<Value, Failure> {
    let fields: Fields = read(input)?;
    let td1 = Td1::build(Td1Fields {
        document_code: DocumentCode::parse(&fields.document_code)?,
        issuing_state: StateCode::parse(&fields.issuing_state)?,
        document_number: fields.document_number,
        optional_data_1: fields.optional_data_1,
        birth_date: partial(&fields.birth_date)?,
        sex: match fields.sex.as_str() {
            "F" => Sex::Female,
            "M" => Sex::Male,
            _ => Sex::Unspecified,
        },
        expiry_date: day(&fields.expiry_date)?,
        nationality: StateCode::parse(&fields.nationality)?,
        optional_data_2: fields.optional_data_2,
        surname: fields.surname,
        given_names: fields.given_names,
        language: Language::Unspecified,
    })?;
    Ok(json!({ "text": td1.text(), "mrz_information": td1.mrz_information() }))
}

pub(super) fn parse(input: &Value) -> Result<Value, Failure> {
    let Text { text } = read(input)?;
    let td1 = Td1::parse(&text)?;
    let sex = match td1.sex() {
        Sex::Female => "F",
        Sex::Male => "M",
        Sex::Unspecified => "X",
    };
    Ok(json!({
        "document_code": td1.document_code(),
        "issuing_state": td1.issuing_state(),
        "document_number": td1.document_number(),
        "optional_data_1": td1.optional_data_1(),
        "birth_date": td1.birth_date(),
        "sex": sex,
        "expiry_date": td1.expiry_date(),
        "nationality": td1.nationality(),
        "optional_data_2": td1.optional_data_2(),
        "surname": td1.surname(),
        "given_names": td1.given_names(),
        "mrz_information": td1.mrz_information(),
    }))
}

impl From<LanguageName> for Language {
    fn from(name: LanguageName) -> Self {
        match name {
            LanguageName::Unspecified => Self::Unspecified,
            LanguageName::Belarusian => Self::Belarusian,
            LanguageName::Bulgarian => Self::Bulgarian,
            LanguageName::Macedonian => Self::Macedonian,
            LanguageName::Serbian => Self::Serbian,
            LanguageName::Ukrainian => Self::Ukrainian,
        }
    }
}

/// `YYYY-MM-DD`, with 00 for what is unknown.
fn partial(text: &str) -> Result<PartialDate, Failure> {
    let numbers: Vec<i16> = text.split('-').filter_map(|part| part.parse().ok()).collect();
    let &[year, month, day] = numbers.as_slice() else {
        return Err(Failure::Broken("a date is YYYY-MM-DD".to_owned()));
    };
    let small = |part: i16| i8::try_from(part).ok().filter(|part| *part != 0);
    Ok(PartialDate::new((year != 0).then_some(year), small(month), small(day))?)
}

pub(super) fn day(text: &str) -> Result<Date, Failure> {
    text.parse().map_err(|_| Failure::Broken("a day is YYYY-MM-DD".to_owned()))
}
