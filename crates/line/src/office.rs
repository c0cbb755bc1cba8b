//! The office of a home, which hands permits over and prints their letters.

use serde::{Deserialize, Serialize};

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

/// The office of a TEST home.
pub(crate) fn test_office() -> OfficeSettings {
    OfficeSettings {
        name: "TEST Questura – Ufficio Immigrazione".to_owned(),
        address: ["Via di Prova 1", "00100 Roma RM"].map(str::to_owned).to_vec(),
        telephone: "+39 06 0000 0000".to_owned(),
        printer: Vec::new(),
    }
}
