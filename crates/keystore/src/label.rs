use std::fmt;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{KeystoreError, KeystoreErrorKind};
use crate::role::{KeyRole, ToldApart};

/// The name of one key: `ROLE/GENERATION`, or `ROLE/NAME` where keys of a role are told apart by name (a vendor's batch, an
/// operator).
///
/// | example             | is                                        |
/// |---------------------|-------------------------------------------|
/// | `csca/1`            | the first key of the country signing CA    |
/// | `document-signer/2` | the second document signer                 |
/// | `transport/2026-A`  | the transport key of the batch `2026-A`    |
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct KeyLabel {
    role: KeyRole,
    which: Which,
}

/// What comes behind the role; generations sort before names, and by number.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Which {
    Generation(u32),
    Name(String),
}

impl KeyLabel {
    /// The label of a generation, counted from 1.
    #[must_use]
    pub const fn generation_of(role: KeyRole, generation: u32) -> Self {
        Self { role, which: Which::Generation(generation) }
    }

    /// The label of a key that has a name: 1 to 32 letters, digits or hyphens.
    ///
    /// # Errors
    ///
    /// `keystore.batch-name`.
    pub fn named(role: KeyRole, name: &str) -> Result<Self, KeystoreError> {
        let is_name = (1..=32).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if is_name {
            Ok(Self { role, which: Which::Name(name.to_owned()) })
        } else {
            Err(KeystoreErrorKind::BatchName.into())
        }
    }

    /// Reads a label.
    ///
    /// # Errors
    ///
    /// `keystore.label` unless it is a known role, a slash, and what the role's keys are told apart by.
    pub fn parse(text: &str) -> Result<Self, KeystoreError> {
        let refused = || KeystoreError::from(KeystoreErrorKind::Label);
        let (role, which) = text.split_once('/').ok_or_else(refused)?;
        let role = KeyRole::parse(role).ok_or_else(refused)?;
        if role.row().told_apart == ToldApart::ByName {
            return Self::named(role, which).map_err(|_| refused());
        }
        let generation = which.parse().ok().filter(|number: &u32| *number > 0 && number.to_string() == which);
        generation.map(|generation| Self::generation_of(role, generation)).ok_or_else(refused)
    }

    /// The name of a file that belongs to the key: the first generation has no number there.
    pub(crate) fn file_name(&self, ending: &str) -> String {
        let role = self.role.name();
        match &self.which {
            Which::Generation(1) => format!("{role}.{ending}"),
            Which::Generation(generation) => format!("{role}-{generation}.{ending}"),
            Which::Name(name) => format!("{role}-{name}.{ending}"),
        }
    }

    /// The role.
    #[must_use]
    pub const fn role(&self) -> KeyRole {
        self.role
    }

    /// The generation, where the role counts them.
    #[must_use]
    pub const fn generation(&self) -> Option<u32> {
        match self.which {
            Which::Generation(generation) => Some(generation),
            Which::Name(_) => None,
        }
    }

    /// The name, where the role's keys have one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match &self.which {
            Which::Generation(_) => None,
            Which::Name(name) => Some(name),
        }
    }
}

impl Serialize for KeyLabel {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for KeyLabel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl fmt::Display for KeyLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.which {
            Which::Generation(generation) => write!(f, "{}/{generation}", self.role.name()),
            Which::Name(name) => write!(f, "{}/{name}", self.role.name()),
        }
    }
}
