use jiff::civil::Date;
use serde_json::{Map, Value};
use sigillo_lds::date::PartialDate;
use sigillo_lds::mrz::Sex;

use super::fault::{Fault, FaultKind};
use super::json;
use crate::date;

/// The members of one object of a record, taken one by one; every fault goes to one list and none stops the others.
pub(crate) struct Members<'f> {
    members: Map<String, Value>,
    path: String,
    faults: &'f mut Vec<Fault>,
}

impl<'f> Members<'f> {
    /// The members of the object at a path, empty for the record itself.
    pub(crate) fn new(members: Map<String, Value>, path: String, faults: &'f mut Vec<Fault>) -> Self {
        Self { members, path, faults }
    }

    /// Reports a fault of a member, or without a name of the object itself.
    pub(crate) fn fault(&mut self, name: &str, kind: FaultKind) {
        let path = self.path_of(name);
        self.faults.push(Fault::new(path, kind));
    }

    /// The members that nobody took are unknown.
    pub(crate) fn finish(mut self) {
        for name in std::mem::take(&mut self.members).keys() {
            self.fault(json::shown(name), FaultKind::UnknownField);
        }
    }

    /// The object below, with its own path and the same list of faults.
    pub(crate) fn object(&mut self, name: &str, value: Value) -> Option<Members<'_>> {
        let Value::Object(members) = value else {
            self.fault(name, FaultKind::WrongType);
            return None;
        };
        Some(Members { members, path: self.path_of(name), faults: &mut *self.faults })
    }

    /// An optional member.
    pub(crate) fn optional(&mut self, name: &str) -> Option<Value> {
        self.members.remove(name)
    }

    /// A member that has to be there.
    pub(crate) fn required(&mut self, name: &str) -> Option<Value> {
        let value = self.optional(name);
        if value.is_none() {
            self.fault(name, FaultKind::Missing);
        }
        value
    }

    /// A required text of at most so many characters.
    pub(crate) fn text(&mut self, name: &str, longest: usize) -> Option<String> {
        let value = self.required(name)?;
        self.text_of(name, value, longest)
    }

    /// An optional text of at most so many characters.
    pub(crate) fn optional_text(&mut self, name: &str, longest: usize) -> Option<String> {
        let value = self.optional(name)?;
        self.text_of(name, value, longest)
    }

    /// The text of a value: not empty, bounded, without characters that nobody can see.
    pub(crate) fn text_of(&mut self, name: &str, value: Value, longest: usize) -> Option<String> {
        let Value::String(text) = value else {
            self.fault(name, FaultKind::WrongType);
            return None;
        };
        let kind = if text.is_empty() {
            FaultKind::TextEmpty
        } else if text.chars().nth(longest).is_some() {
            FaultKind::TextTooLong
        } else if text.chars().any(is_invisible) || text.trim() != text {
            FaultKind::TextCharacters
        } else {
            return Some(text);
        };
        self.fault(name, kind);
        None
    }

    /// An array of at most so many values; absent is empty.
    pub(crate) fn items(&mut self, name: &str, most: usize) -> Vec<Value> {
        match self.optional(name) {
            None => Vec::new(),
            Some(Value::Array(items)) if items.len() <= most => items,
            Some(Value::Array(_)) => {
                self.fault(name, FaultKind::TooManyItems);
                Vec::new()
            }
            Some(_) => {
                self.fault(name, FaultKind::WrongType);
                Vec::new()
            }
        }
    }

    /// A required whole date.
    pub(crate) fn date(&mut self, name: &str) -> Option<Date> {
        let text = self.text(name, DATE_LENGTH)?;
        let date = date::parse_date(&text);
        if date.is_none() {
            self.fault(name, FaultKind::DateForm);
        }
        date
    }

    /// A required birth date, neither in the future nor more than 130 years ago.
    pub(crate) fn birth_date(&mut self, name: &str, now: Date) -> Option<PartialDate> {
        let text = self.text(name, DATE_LENGTH)?;
        let Some(birth) = date::parse_birth(&text) else {
            self.fault(name, FaultKind::BirthDateForm);
            return None;
        };
        if date::earliest(birth) > now || date::age_at(date::latest(birth), now) > OLDEST {
            self.fault(name, FaultKind::BirthDateRange);
            return None;
        }
        Some(birth)
    }

    /// A required sex.
    pub(crate) fn sex(&mut self, name: &str) -> Option<Sex> {
        let text = self.text(name, 1)?;
        let sex = match text.as_str() {
            "F" => Some(Sex::Female),
            "M" => Some(Sex::Male),
            "X" => Some(Sex::Unspecified),
            _ => None,
        };
        if sex.is_none() {
            self.fault(name, FaultKind::Sex);
        }
        sex
    }

    fn path_of(&self, name: &str) -> String {
        match (self.path.as_str(), name) {
            ("", name) => name.to_owned(),
            (path, "") => path.to_owned(),
            (path, name) => format!("{path}.{name}"),
        }
    }
}

/// Controls, direction marks and zero-width characters: they would change a print or a comparison unseen.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{AD}' | '\u{61C}' | '\u{200B}' | '\u{200E}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFF}')
}

const DATE_LENGTH: usize = 10;
const OLDEST: i16 = 130;
