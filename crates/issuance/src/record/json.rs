use std::cell::{Cell, RefCell};
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::fault::{Fault, FaultKind};

/// Reads one line as a JSON object: bounded in length and depth, each member once.
///
/// A member that comes twice is reported, and its first value kept, so that the other fields can still be checked.
pub(crate) fn object(text: &str) -> (Option<Map<String, Value>>, Vec<Fault>) {
    if text.len() > LINE_MAX_BYTES {
        return (None, vec![Fault::new("", FaultKind::LineTooLong)]);
    }
    let found = Found::default();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Node { path: &Path::Root, depth: 0, found: &found }
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value));
    let mut faults = found.duplicates.into_inner();
    match value {
        Ok(Value::Object(members)) => (Some(members), faults),
        Ok(_) => (None, vec![Fault::new("", FaultKind::NotAnObject)]),
        Err(_) => {
            let kind = if found.too_deep.get() { FaultKind::TooDeep } else { FaultKind::NotJson };
            faults.insert(0, Fault::new("", kind));
            (None, faults)
        }
    }
}

/// A member name as it may appear in a fault: a strange one could hold anything, so it is not repeated.
pub(crate) fn shown(name: &str) -> &str {
    let plain = (1..=40).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if plain { name } else { "(another name)" }
}

/// The longest line: three images in base64 and their texts fit.
pub const LINE_MAX_BYTES: usize = 256 * 1024;

const MAX_DEPTH: u8 = 5;

#[derive(Default)]
struct Found {
    duplicates: RefCell<Vec<Fault>>,
    too_deep: Cell<bool>,
}

enum Path<'p> {
    Root,
    Member(&'p Path<'p>, &'p str),
    Item(&'p Path<'p>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Member(Self::Root, name) => f.write_str(shown(name)),
            Self::Member(parent, name) => write!(f, "{parent}.{}", shown(name)),
            Self::Item(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

#[derive(Clone, Copy)]
struct Node<'p> {
    path: &'p Path<'p>,
    depth: u8,
    found: &'p Found,
}

impl<'p> Node<'p> {
    fn below(self, path: &'p Path<'p>) -> Self {
        Self { path, depth: self.depth + 1, found: self.found }
    }

    fn within_depth<E: Error>(self) -> Result<(), E> {
        if self.depth < MAX_DEPTH {
            return Ok(());
        }
        self.found.too_deep.set(true);
        Err(E::custom("too deep"))
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        self.within_depth()?;
        let mut read = Vec::new();
        while let Some(item) = items.next_element_seed(self.below(&Path::Item(self.path, read.len())))? {
            read.push(item);
        }
        Ok(read.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        self.within_depth()?;
        let mut read = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let path = Path::Member(self.path, &name);
            let value = members.next_value_seed(self.below(&path))?;
            if read.contains_key(&name) {
                self.found.duplicates.borrow_mut().push(Fault::new(path.to_string(), FaultKind::DuplicateField));
            } else {
                read.insert(name, value);
            }
        }
        Ok(read.into())
    }
}
