use jiff::civil::Date;
use thiserror::Error;

/// Why a file is no profile.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("{kind}")]
pub struct ProfileError {
    kind: ProfileErrorKind,
}

/// What is wrong.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum ProfileErrorKind {
    /// The text is no TOML of the profile's form: unknown field, wrong type, missing value.
    #[error("not a profile: {0}")]
    Form(String),
    /// Two rows share an identifier.
    #[error("{first} and {second} share a name, file identifier or short file identifier")]
    Duplicate {
        /// Name of the first row.
        first: String,
        /// Name of the second row.
        second: String,
    },
    /// A row names something that no row defines.
    #[error("{row} names {name}, which is not defined before it")]
    Unknown {
        /// The row.
        row: String,
        /// The name.
        name: String,
    },
    /// A rule that has no meaning for the kind of file, or a value outside its range.
    #[error("{row}: {what}")]
    Rule {
        /// The row.
        row: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// One row asks for another that is not there.
    #[error("{row} needs {needs}")]
    Incomplete {
        /// The row.
        row: String,
        /// What it needs.
        needs: &'static str,
    },
    /// A document of this profile may not be issued on that day.
    #[error("from {from} on {what}, and this profile's do not")]
    Date {
        /// The first day of the rule.
        from: Date,
        /// The rule.
        what: &'static str,
    },
}

impl ProfileError {
    pub(crate) fn new(kind: ProfileErrorKind) -> Self {
        Self { kind }
    }

    pub(crate) fn rule(row: &str, what: &'static str) -> Self {
        Self::new(ProfileErrorKind::Rule { row: row.to_owned(), what })
    }

    pub(crate) fn duplicate(first: &str, second: &str) -> Self {
        Self::new(ProfileErrorKind::Duplicate { first: first.to_owned(), second: second.to_owned() })
    }

    pub(crate) fn unknown(row: &str, name: &str) -> Self {
        Self::new(ProfileErrorKind::Unknown { row: row.to_owned(), name: name.to_owned() })
    }

    pub(crate) fn incomplete(row: &str, needs: &'static str) -> Self {
        Self::new(ProfileErrorKind::Incomplete { row: row.to_owned(), needs })
    }

    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> &ProfileErrorKind {
        &self.kind
    }

    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self.kind {
            ProfileErrorKind::Form(_) => "profile.form",
            ProfileErrorKind::Duplicate { .. } => "profile.duplicate",
            ProfileErrorKind::Unknown { .. } => "profile.unknown-name",
            ProfileErrorKind::Rule { .. } => "profile.rule",
            ProfileErrorKind::Incomplete { .. } => "profile.incomplete",
            ProfileErrorKind::Date { .. } => "profile.date",
        }
    }
}
