use jiff::civil::Date;
use serde_json::Value;
use sigillo_lds::date::PartialDate;
use sigillo_lds::mrz::{Language, Sex, StateCode, transliterate, transliterate_of};

use super::fault::{Fault, FaultKind};
use super::field_map::FIELD_MAP;
use super::fingerprints;
use super::holder::{Child, HolderRecord};
use super::images::{self, ImageSource};
use super::json;
use super::members::Members;
use super::rules::LotRules;
use crate::codice_fiscale::{CodiceFiscale, CodiceFiscaleRefused};
use crate::date;

/// Reads one R-PSE line and checks every rule of it; every fault is reported, in the order of the schema.
///
/// # Errors
///
/// The faults, at least one, each with line 0.
pub fn parse_line(text: &str, images: &dyn ImageSource, rules: &LotRules) -> Result<HolderRecord, Vec<Fault>> {
    let Parsed { record, faults, .. } = parse(text, images, rules);
    record.ok_or(faults)
}

/// One line, read as far as it can be.
pub(super) struct Parsed {
    /// The record, if no fault was found.
    pub(super) record: Option<HolderRecord>,
    pub(super) faults: Vec<Fault>,
    pub(super) keys: Keys,
}

/// What tells a record from the others of its lot, readable even where other fields are at fault.
#[derive(Default)]
pub(super) struct Keys {
    pub(super) document_number: Option<String>,
    pub(super) pratica: Option<String>,
    pub(super) codice_fiscale: Option<String>,
}

pub(super) fn parse(text: &str, images: &dyn ImageSource, rules: &LotRules) -> Parsed {
    let (object, mut faults) = json::object(text);
    let mut keys = Keys::default();
    let record = object.and_then(|object| {
        let mut members = Members::new(object, String::new(), &mut faults);
        let record = record(&mut members, images, rules, &mut keys);
        members.finish();
        record
    });
    faults.sort_by_key(|fault| place(&fault.field));
    Parsed { record: record.filter(|_| faults.is_empty()), faults, keys }
}

/// The place of a path's first member in the schema; what is unknown comes last.
fn place(path: &str) -> usize {
    let field = path.split(['.', '[']).next().unwrap_or_default();
    if field.is_empty() { 0 } else { FIELD_MAP.iter().position(|row| row.field == field).unwrap_or(FIELD_MAP.len()) }
}

/// `None` only after a fault was reported.
fn record(
    members: &mut Members<'_>,
    images: &dyn ImageSource,
    rules: &LotRules,
    keys: &mut Keys,
) -> Option<HolderRecord> {
    schema(members);
    let document_number = document_number(members);
    let permit_type = permit_type(members);
    let nationality = nationality(members);
    let language = nationality.map_or(Language::Unspecified, |code| Language::of_nationality(code.as_str()));
    let surname = members.text("surname", NAME);
    let mrz_surname = mrz_form(members, ("surname", surname.as_deref()), "mrz_surname", language);
    let given_names = members.optional_text("given_names", NAME);
    let mrz_given_names = mrz_form(members, ("given_names", given_names.as_deref()), "mrz_given_names", language);
    let birth_date = members.birth_date("birth_date", rules.now);
    let birth_place = members.text("birth_place", PLACE);
    let sex = members.sex("sex");
    let codice_fiscale = codice_fiscale(members, birth_date, sex);
    let issue_place = members.text("issue_place", PLACE);
    let authority = members.text("authority", OFFICE);
    let delivery_office = members.text("delivery_office", OFFICE);
    let validity = validity(members, rules.now);
    let remarks = members.optional_text("remarks", REMARKS);
    let children = children(members, validity.map(|(from, _)| from), rules.now);
    let portrait = images::portrait(members, images, rules);
    let signature = images::signature(members, images, rules);
    let capture_date = capture_date(members, birth_date, rules.now);
    let fingerprints = fingerprints::fingerprints(members, images, rules, birth_date, capture_date);
    let previous_document = previous_document(members, document_number.as_deref());
    let pratica = pratica(members);

    keys.document_number.clone_from(&document_number);
    keys.pratica.clone_from(&pratica);
    keys.codice_fiscale = codice_fiscale.as_ref().map(|code| code.as_str().to_owned());
    let (valid_from, valid_to) = validity?;
    Some(HolderRecord {
        document_number,
        permit_type: permit_type?,
        surname: surname?,
        given_names: given_names.unwrap_or_default(),
        mrz_surname: mrz_surname?,
        mrz_given_names: mrz_given_names.unwrap_or_default(),
        birth_date: birth_date?,
        birth_place: birth_place?,
        sex: sex?,
        nationality: nationality?,
        codice_fiscale,
        issue_place: issue_place?,
        authority: authority?,
        delivery_office: delivery_office?,
        valid_from,
        valid_to,
        remarks,
        children: children?,
        portrait: portrait?,
        signature,
        capture_date: capture_date?,
        fingerprints: fingerprints?,
        previous_document,
        pratica: pratica?,
    })
}

fn schema(members: &mut Members<'_>) {
    match members.required("schema") {
        None => {}
        Some(Value::String(name)) if name == SCHEMA => {}
        Some(_) => members.fault("schema", FaultKind::SchemaVersion),
    }
}

fn document_number(members: &mut Members<'_>) -> Option<String> {
    let number = members.optional_text("document_number", NUMBER)?;
    let fits =
        matches!(number.as_bytes(), [b'I', digits @ ..] if digits.len() == 8 && digits.iter().all(u8::is_ascii_digit));
    if !fits {
        members.fault("document_number", FaultKind::DocumentNumber);
    }
    fits.then_some(number)
}

fn permit_type(members: &mut Members<'_>) -> Option<Vec<String>> {
    let value = members.required("type")?;
    let Value::Array(lines) = value else {
        members.fault("type", FaultKind::WrongType);
        return None;
    };
    if lines.is_empty() || lines.len() > TYPE_LINES {
        members.fault("type", if lines.is_empty() { FaultKind::TextEmpty } else { FaultKind::TooManyItems });
        return None;
    }
    let texts: Vec<Option<String>> = lines
        .into_iter()
        .enumerate()
        .map(|(index, line)| members.text_of(&format!("type[{index}]"), line, TYPE_LINE))
        .collect();
    texts.into_iter().collect()
}

/// The form of a name for the machine-readable zone: as delivered, or transliterated by the rules of a language.
fn mrz_form(
    members: &mut Members<'_>,
    (name_field, name): (&str, Option<&str>),
    mrz_field: &str,
    language: Language,
) -> Option<String> {
    if let Some(delivered) = members.optional(mrz_field) {
        if name.is_none() {
            members.fault(mrz_field, FaultKind::MrzNameAlone);
        }
        let text = members.text_of(mrz_field, delivered, NAME)?;
        let whole = text
            .split([' ', '-'])
            .all(|component| !component.is_empty() && component.bytes().all(|byte| byte.is_ascii_uppercase()));
        if !whole {
            members.fault(mrz_field, FaultKind::MrzName);
        }
        return transliterate(&text).ok().map(blanks);
    }
    // A name of punctuation alone leaves no letter behind.
    let form = transliterate_of(name?, language).ok().filter(|form| !form.is_empty());
    if form.is_none() {
        members.fault(name_field, FaultKind::Transliteration);
    }
    form.map(blanks)
}

/// Fillers between components become blanks, which the machine-readable zone turns back into fillers.
fn blanks(transliterated: String) -> String {
    transliterated.replace('<', " ")
}

fn nationality(members: &mut Members<'_>) -> Option<StateCode> {
    let text = members.text("nationality", 3)?;
    let code = StateCode::parse(&text).ok().filter(|code| code.as_str() == text);
    if code.is_none() {
        members.fault("nationality", FaultKind::Nationality);
    }
    code
}

fn codice_fiscale(members: &mut Members<'_>, birth: Option<PartialDate>, sex: Option<Sex>) -> Option<CodiceFiscale> {
    let text = members.optional_text("codice_fiscale", CODICE_FISCALE)?;
    let kind = match CodiceFiscale::parse(&text) {
        Ok(code) => {
            let female = match sex {
                Some(Sex::Female) => Some(true),
                Some(Sex::Male) => Some(false),
                Some(Sex::Unspecified) | None => None,
            };
            if birth.is_none_or(|birth| code.agrees_with(birth, female)) {
                return Some(code);
            }
            FaultKind::CodiceFiscaleMismatch
        }
        Err(CodiceFiscaleRefused::Form) => FaultKind::CodiceFiscaleForm,
        Err(CodiceFiscaleRefused::CheckLetter) => FaultKind::CodiceFiscaleCheck,
        Err(CodiceFiscaleRefused::BirthDate) => FaultKind::CodiceFiscaleDate,
    };
    members.fault("codice_fiscale", kind);
    None
}

fn validity(members: &mut Members<'_>, now: Date) -> Option<(Date, Date)> {
    let from = members.date("valid_from");
    let to = members.date("valid_to");
    if to.is_some_and(|to| to < now) {
        members.fault("valid_to", FaultKind::Expired);
    }
    let (from, to) = (from?, to?);
    if to <= from {
        members.fault("valid_to", FaultKind::ValidityOrder);
    } else if date::years_after(from, LONGEST_VALIDITY).is_none_or(|latest| to > latest) {
        members.fault("valid_to", FaultKind::ValidityLength);
    }
    Some((from, to))
}

fn children(members: &mut Members<'_>, valid_from: Option<Date>, now: Date) -> Option<Vec<Child>> {
    let items = members.items("children", CHILDREN);
    let read: Vec<Option<Child>> = items
        .into_iter()
        .enumerate()
        .map(|(index, item)| {
            let mut child = members.object(&format!("children[{index}]"), item)?;
            let surname = child.text("surname", NAME);
            let given_names = child.optional_text("given_names", NAME);
            let birth_date = child.birth_date("birth_date", now);
            let sex = child.sex("sex");
            // Refused only where it is certain: an unknown day counts for the child.
            let too_old = birth_date
                .zip(valid_from)
                .is_some_and(|(birth, day)| date::age_at(date::latest(birth), day) >= CHILD_AGE);
            if too_old {
                child.fault("birth_date", FaultKind::ChildAge);
            }
            child.finish();
            Some(Child {
                surname: surname?,
                given_names: given_names.unwrap_or_default(),
                birth_date: birth_date?,
                sex: sex?,
            })
        })
        .collect();
    read.into_iter().collect()
}

fn capture_date(members: &mut Members<'_>, birth: Option<PartialDate>, now: Date) -> Option<Date> {
    let day = members.date("capture_date")?;
    if day > now || birth.is_some_and(|birth| day < date::earliest(birth)) {
        members.fault("capture_date", FaultKind::CaptureDate);
        return None;
    }
    Some(day)
}

fn previous_document(members: &mut Members<'_>, own: Option<&str>) -> Option<String> {
    let number = members.optional_text("previous_document", PREVIOUS)?;
    let fits =
        number.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()) && Some(number.as_str()) != own;
    if !fits {
        members.fault("previous_document", FaultKind::PreviousDocument);
    }
    fits.then_some(number)
}

fn pratica(members: &mut Members<'_>) -> Option<String> {
    let reference = members.text("pratica", PRATICA)?;
    let fits = reference.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"./-".contains(&byte));
    if !fits {
        members.fault("pratica", FaultKind::Pratica);
    }
    fits.then_some(reference)
}

const SCHEMA: &str = "r-pse.v1";
const NUMBER: usize = 9;
const TYPE_LINES: usize = 2;
const TYPE_LINE: usize = 21;
const NAME: usize = 100;
const PLACE: usize = 60;
const OFFICE: usize = 80;
const REMARKS: usize = 120;
const CODICE_FISCALE: usize = 16;
const PREVIOUS: usize = 15;
const PRATICA: usize = 32;
const CHILDREN: usize = 12;
const CHILD_AGE: i16 = 14;
const LONGEST_VALIDITY: i16 = 10;
