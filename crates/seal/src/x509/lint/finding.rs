use std::fmt;

/// One departure from a profile.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// The clause, as a citation key (`docs/specs/index.toml` has its number).
    pub clause: &'static str,
    /// The stable code: `lint.` and what is wrong with what.
    pub code: String,
    /// Whether the clause demands or recommends.
    pub level: Level,
    /// The same for people.
    pub text: String,
}

/// How strongly a clause speaks.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Level {
    /// The profile demands it.
    Must,
    /// The profile recommends it.
    Should,
}

/// Findings on their way.
#[derive(Default)]
pub(super) struct Findings(pub(super) Vec<Finding>);

impl Findings {
    pub(super) fn must(&mut self, clause: &'static str, code: &str, text: impl Into<String>) {
        self.push(clause, code, Level::Must, text.into());
    }

    pub(super) fn should(&mut self, clause: &'static str, code: &str, text: impl Into<String>) {
        self.push(clause, code, Level::Should, text.into());
    }

    fn push(&mut self, clause: &'static str, code: &str, level: Level, text: String) {
        self.0.push(Finding { clause, code: format!("lint.{code}"), level, text });
    }
}

impl Level {
    /// The word of the profile.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Must => "must",
            Self::Should => "should",
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {} [{}]", self.code, self.level.name(), self.text, self.clause)
    }
}

pub(super) const FIELDS: &str = "icao-9303-12#certificate-fields";
pub(super) const EXTENSIONS: &str = "icao-9303-12#certificate-extensions";
pub(super) const NAMES: &str = "icao-9303-12#names";
pub(super) const ALTERNATIVE_NAMES: &str = "icao-9303-12#alternative-names";
pub(super) const PURPOSES: &str = "icao-9303-12#extended-key-usage";
pub(super) const DISTRIBUTION: &str = "icao-9303-12#crl-distribution-points";
pub(super) const NAME_CHANGES: &str = "icao-9303-12#link";
pub(super) const DOCUMENT_TYPES: &str = "icao-9303-12#document-types";
pub(super) const ALGORITHMS: &str = "icao-9303-12#algorithms";
pub(super) const EC_PARAMETERS: &str = "icao-9303-12#ec-parameters";
pub(super) const LIFETIMES: &str = "icao-9303-12#lifetimes";
pub(super) const CRL: &str = "icao-9303-12#crl";
pub(super) const CRL_EXTENSIONS: &str = "icao-9303-12#crl-extensions";
pub(super) const REVOCATION: &str = "icao-9303-12#revocation";
pub(super) const KEY_IDENTIFIER: &str = "rfc-5280#key-identifier";
