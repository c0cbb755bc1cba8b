use sigillo_issuance::trace::Subject;

use crate::engine::failure::DatabaseError;
use crate::engine::value::{Parameter, Stored, Value};

macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $name(i64);

        impl $name {
            /// The identifier of a number that a register gave.
            pub const fn new(number: i64) -> Self {
                Self(number)
            }

            /// The number.
            pub const fn number(self) -> i64 {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl Parameter for $name {
            fn value(&self) -> Result<Value<'_>, DatabaseError> {
                self.0.value()
            }
        }

        impl Stored for $name {
            fn stored(value: Value<'_>) -> Option<Self> {
                i64::stored(value).map(Self)
            }
        }
    };
}

number!(
    /// A lot, by its number in this register.
    LotId
);
number!(
    /// A record, and later the permit, by its number in this register.
    RecordId
);

impl RecordId {
    /// The record as the trace names it.
    pub(crate) fn subject(self) -> Subject {
        Subject::Record { id: self.0.unsigned_abs() }
    }
}

number!(
    /// A run, by its number in this register.
    RunId
);
number!(
    /// An act of the journal, by its number in this register.
    JournalId
);

number!(
    /// A CIP that a caller told, by its number in this register.
    AttemptId
);
number!(
    /// Permits that were annulled together, by their number in this register.
    ConsignmentId
);

/// The serial of a chip: the ten bytes of diversification data that INITIALIZE UPDATE answers.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Serial([u8; 10]);

impl Serial {
    /// The serial of ten bytes.
    pub const fn new(bytes: [u8; 10]) -> Self {
        Self(bytes)
    }

    /// Reads twenty hexadecimal digits.
    pub fn parse(hexadecimal: &str) -> Option<Self> {
        let mut bytes = [0; 10];
        hex::decode_to_slice(hexadecimal, &mut bytes).ok()?;
        Some(Self(bytes))
    }

    /// The ten bytes.
    pub const fn bytes(&self) -> &[u8; 10] {
        &self.0
    }
}

/// Twenty lower-case hexadecimal digits.
impl std::fmt::Display for Serial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl std::fmt::Debug for Serial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Serial({self})")
    }
}

impl From<[u8; 10]> for Serial {
    fn from(bytes: [u8; 10]) -> Self {
        Self(bytes)
    }
}

impl Parameter for Serial {
    fn value(&self) -> Result<Value<'_>, DatabaseError> {
        Ok(Value::Text(self.to_string().into()))
    }
}

impl Stored for Serial {
    fn stored(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Text(text) => Self::parse(&text),
            _ => None,
        }
    }
}
