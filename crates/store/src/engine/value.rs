//! What goes into a statement and comes out of a row: four kinds of values, the same in both engines.

use std::borrow::Cow;

use sigillo_issuance::trace::Token;

use crate::engine::failure::DatabaseError;

/// A value as both engines store it; a boolean is the integer 0 or 1.
pub(crate) enum Value<'v> {
    Null,
    Integer(i64),
    Text(Cow<'v, str>),
    Blob(&'v [u8]),
}

/// A value that borrows nothing.
#[cfg_attr(test, derive(Clone))]
pub(crate) enum Cell {
    Null,
    Integer(i64),
    Text(String),
    Blob(Vec<u8>),
}

/// What may stand for `?1`, `?2` … in a statement.
pub(crate) trait Parameter {
    /// Its value; a number of more than 63 bits is refused.
    fn value(&self) -> Result<Value<'_>, DatabaseError>;
}

/// What a column may be read as.
pub(crate) trait Stored: Sized {
    /// `None` for a value of another kind.
    fn stored(value: Value<'_>) -> Option<Self>;
}

impl From<Value<'_>> for Cell {
    fn from(value: Value<'_>) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Integer(number) => Self::Integer(number),
            Value::Text(text) => Self::Text(text.into_owned()),
            Value::Blob(octets) => Self::Blob(octets.to_vec()),
        }
    }
}

impl Parameter for Cell {
    fn value(&self) -> Result<Value<'_>, DatabaseError> {
        match self {
            Self::Null => Ok(Value::Null),
            Self::Integer(number) => number.value(),
            Self::Text(text) => text.value(),
            Self::Blob(octets) => octets.value(),
        }
    }
}

impl Parameter for i64 {
    fn value(&self) -> Result<Value<'_>, DatabaseError> {
        Ok(Value::Integer(*self))
    }
}

impl Stored for i64 {
    fn stored(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Integer(number) => Some(number),
            _ => None,
        }
    }
}

macro_rules! integer {
    ($($kind:ty),+) => { $(
        impl Parameter for $kind {
            fn value(&self) -> Result<Value<'_>, DatabaseError> {
                i64::try_from(*self).map(Value::Integer).map_err(|_| DatabaseError::Number)
            }
        }

        impl Stored for $kind {
            fn stored(value: Value<'_>) -> Option<Self> {
                i64::stored(value).and_then(|number| number.try_into().ok())
            }
        }
    )+ };
}
integer!(u8, u16, i32, u32, u64);

impl Parameter for bool {
    fn value(&self) -> Result<Value<'_>, DatabaseError> {
        Ok(Value::Integer(i64::from(*self)))
    }
}

impl Stored for bool {
    fn stored(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Integer(0) => Some(false),
            Value::Integer(1) => Some(true),
            _ => None,
        }
    }
}

impl Parameter for &str {
    fn value(&self) -> Result<Value<'_>, DatabaseError> {
        Ok(Value::Text(Cow::Borrowed(self)))
    }
}

impl Parameter for String {
    fn value(&self) -> Result<Value<'_>, DatabaseError> {
        Ok(Value::Text(Cow::Borrowed(self)))
    }
}

impl Stored for String {
    fn stored(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Text(text) => Some(text.into_owned()),
            _ => None,
        }
    }
}

impl Parameter for Token {
    fn value(&self) -> Result<Value<'_>, DatabaseError> {
        Ok(Value::Text(Cow::Borrowed(self.as_str())))
    }
}

impl Parameter for &[u8] {
    fn value(&self) -> Result<Value<'_>, DatabaseError> {
        Ok(Value::Blob(self))
    }
}

impl Parameter for Vec<u8> {
    fn value(&self) -> Result<Value<'_>, DatabaseError> {
        Ok(Value::Blob(self))
    }
}

impl Stored for Vec<u8> {
    fn stored(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Blob(bytes) => Some(bytes.to_vec()),
            _ => None,
        }
    }
}

impl<const N: usize> Parameter for [u8; N] {
    fn value(&self) -> Result<Value<'_>, DatabaseError> {
        Ok(Value::Blob(self))
    }
}

impl<const N: usize> Stored for [u8; N] {
    fn stored(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Blob(bytes) => bytes.try_into().ok(),
            _ => None,
        }
    }
}

impl<T: Parameter> Parameter for Option<T> {
    fn value(&self) -> Result<Value<'_>, DatabaseError> {
        self.as_ref().map_or(Ok(Value::Null), T::value)
    }
}

impl<T: Stored> Stored for Option<T> {
    fn stored(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            value => T::stored(value).map(Some),
        }
    }
}
