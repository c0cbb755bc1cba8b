//! Whom a letter with codes goes to, and from whom.

use serde::{Deserialize, Serialize};
use sigillo_store::RecordId;

use crate::error::LineError;
use crate::vault::registered_holder;
use crate::work::Line;

/// The section `[office]` of `sigillo.toml`: who hands permits over, and prints the letters.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct OfficeSettings {
    /// Its name.
    pub name: String,
    /// Its address, at most three lines.
    pub address: Vec<String>,
    /// The number to call when a card or a letter is lost.
    pub telephone: String,
    /// The printer of the letters, program and arguments: a letter goes to its standard input.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub printer: Vec<String>,
}

/// The name on a letter.
pub struct LetterName {
    /// Given names and surname, as they are written.
    pub written: String,
    /// The same in the letters of the MRZ.
    pub in_mrz: String,
}

impl Line<'_> {
    /// The name of a record's holder.
    ///
    /// # Errors
    ///
    /// `store.unknown-record`, or a code of `keystore` or of the stored form.
    pub fn letter_name(&self, record: RecordId) -> Result<LetterName, LineError> {
        let holder = registered_holder(self.store, self.keys, &self.store.record(record)?)?;
        let joined = |given: &str, surname: &str| format!("{given} {surname}").trim().to_owned();
        Ok(LetterName {
            written: joined(&holder.given_names, &holder.surname),
            in_mrz: joined(&holder.mrz_given_names, &holder.mrz_surname),
        })
    }
}

/// A person.
impl std::fmt::Debug for LetterName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LetterName(redacted)")
    }
}

/// The office of a TEST home.
pub(crate) fn test_office() -> OfficeSettings {
    OfficeSettings {
        name: "TEST Questura – Ufficio Immigrazione".to_owned(),
        address: ["Via di Prova 1", "00100 Roma RM"].map(str::to_owned).to_vec(),
        telephone: "+39 06 0000 0000".to_owned(),
        printer: Vec::new(),
    }
}
