//! JSON Canonicalization Scheme (RFC 8785) for our value space, and the digests made over it (D11).

use serde_json::{Map, Number, Value};
use sigillo_crypto::sha256;

/// Why a value has no canonical form here.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CanonicalError {
    /// A fraction or an exponent: our documents hold integers only, so that no two programs print a number differently.
    #[error("a number with a fraction or an exponent has no place in a signed document")]
    Float,
    /// An integer outside ±(2^53 − 1), which RFC 8785 could not print exactly.
    #[error("an integer beyond 2^53 − 1 would lose digits in other programs")]
    IntegerTooLarge,
}

impl CanonicalError {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Float => "canonical.float",
            Self::IntegerTooLarge => "canonical.integer-too-large",
        }
    }
}

/// Encodes a value as the one sequence of bytes that RFC 8785 gives it.
///
/// Spec: `rfc-8785#canonicalization`.
///
/// # Errors
///
/// [`CanonicalError`] for numbers that are not integers within ±(2^53 − 1).
pub fn canonical(value: &Value) -> Result<Vec<u8>, CanonicalError> {
    let mut out = Vec::new();
    write_value(&mut out, value)?;
    Ok(out)
}

/// SHA-256 over domain ‖ previous ‖ canonical entry: one link of a chain, or with an empty `previous` the digest of a lone document.
///
/// A domain is ASCII without `{`, `[` and control characters, so that no domain runs on into an entry.
///
/// # Errors
///
/// [`CanonicalError`] as for [`canonical`].
pub fn digest(domain: &str, previous: &[u8], entry: &Value) -> Result<[u8; 32], CanonicalError> {
    let entry = canonical(entry)?;
    let mut input = Vec::with_capacity(domain.len() + previous.len() + entry.len());
    input.extend_from_slice(domain.as_bytes());
    input.extend_from_slice(previous);
    input.extend_from_slice(&entry);
    Ok(sha256(&input))
}

fn write_value(out: &mut Vec<u8>, value: &Value) -> Result<(), CanonicalError> {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Number(number) => write_number(out, number)?,
        Value::String(text) => write_string(out, text),
        Value::Array(items) => {
            out.push(b'[');
            for (position, item) in items.iter().enumerate() {
                if position > 0 {
                    out.push(b',');
                }
                write_value(out, item)?;
            }
            out.push(b']');
        }
        Value::Object(members) => write_object(out, members)?,
    }
    Ok(())
}

/// Members are sorted by the UTF-16 code units of their names, not by UTF-8 bytes: the two differ beyond U+FFFF.
fn write_object(out: &mut Vec<u8>, members: &Map<String, Value>) -> Result<(), CanonicalError> {
    let mut sorted: Vec<(&String, &Value)> = members.iter().collect();
    sorted.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
    out.push(b'{');
    for (position, (name, value)) in sorted.into_iter().enumerate() {
        if position > 0 {
            out.push(b',');
        }
        write_string(out, name);
        out.push(b':');
        write_value(out, value)?;
    }
    out.push(b'}');
    Ok(())
}

fn write_number(out: &mut Vec<u8>, number: &Number) -> Result<(), CanonicalError> {
    if number.is_f64() {
        return Err(CanonicalError::Float);
    }
    let exact = match (number.as_u64(), number.as_i64()) {
        (Some(positive), _) => positive <= LARGEST_EXACT,
        (None, Some(negative)) => negative.unsigned_abs() <= LARGEST_EXACT,
        (None, None) => false,
    };
    if !exact {
        return Err(CanonicalError::IntegerTooLarge);
    }
    out.extend_from_slice(number.to_string().as_bytes());
    Ok(())
}

fn write_string(out: &mut Vec<u8>, text: &str) {
    const HEX: [u8; 16] = *b"0123456789abcdef";
    out.push(b'"');
    for byte in text.bytes() {
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            0x08 => out.extend_from_slice(b"\\b"),
            0x09 => out.extend_from_slice(b"\\t"),
            0x0A => out.extend_from_slice(b"\\n"),
            0x0C => out.extend_from_slice(b"\\f"),
            0x0D => out.extend_from_slice(b"\\r"),
            0x00..=0x1F => {
                out.extend_from_slice(b"\\u00");
                out.push(HEX[usize::from(byte >> 4)]);
                out.push(HEX[usize::from(byte & 0x0F)]);
            }
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}

const LARGEST_EXACT: u64 = (1 << 53) - 1;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    /// RFC 8785 section 3.2.2, its string and literals; its numbers are fractions, which we refuse.
    #[test]
    fn the_sample_of_rfc_8785_keeps_its_bytes() {
        let input = r#"{"string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}"#;
        let value: Value = serde_json::from_str(input).unwrap();
        let expected =
            "{\"literals\":[null,true,false],\"string\":\"\u{20ac}$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}".as_bytes();
        assert_eq!(canonical(&value).unwrap(), expected);
    }

    /// RFC 8785 section 3.2.3: the order of the names, told by their values.
    #[test]
    fn names_are_sorted_by_utf_16_code_units() {
        let input = r#"{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh",
            "1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}"#;
        let value: Value = serde_json::from_str(input).unwrap();
        let text = String::from_utf8(canonical(&value).unwrap()).unwrap();
        let order = [
            "Carriage Return",
            "One",
            "Control",
            "Latin Small Letter O With Diaeresis",
            "Euro Sign",
            "Emoji: Grinning Face",
            "Hebrew Letter Dalet With Dagesh",
        ];
        let places: Vec<usize> = order.iter().map(|name| text.find(name).unwrap()).collect();
        assert!(places.is_sorted(), "{text}");
    }

    #[test]
    fn numbers_that_other_programs_could_print_differently_are_refused() {
        assert_eq!(canonical(&json!(1.5)), Err(CanonicalError::Float));
        assert_eq!(canonical(&json!(9_007_199_254_740_992_u64)), Err(CanonicalError::IntegerTooLarge));
        assert_eq!(canonical(&json!(-9_007_199_254_740_992_i64)), Err(CanonicalError::IntegerTooLarge));
        assert_eq!(canonical(&json!([9_007_199_254_740_991_u64, -5, 0])).unwrap(), b"[9007199254740991,-5,0]");
    }

    #[test]
    fn a_digest_depends_on_domain_and_previous() {
        let entry = json!({"a": 1});
        let plain = digest("sigillo/v1/test", &[], &entry).unwrap();
        assert_eq!(plain, sha256(b"sigillo/v1/test{\"a\":1}"));
        assert_ne!(plain, digest("sigillo/v1/rest", &[], &entry).unwrap());
        assert_ne!(plain, digest("sigillo/v1/test", &[0; 32], &entry).unwrap());
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-9_007_199_254_740_991_i64..=9_007_199_254_740_991).prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..6)
                    .prop_map(|members| Value::from(Map::from_iter(members))),
            ]
        })
    }

    proptest! {
        /// A foreign implementation of RFC 8785 writes the same bytes.
        #[test]
        fn a_foreign_canonicalizer_agrees(value in any_value()) {
            prop_assert_eq!(canonical(&value).unwrap(), serde_json_canonicalizer::to_vec(&value).unwrap());
        }

        #[test]
        fn canonical_bytes_read_back_as_the_value(value in any_value()) {
            prop_assert_eq!(serde_json::from_slice::<Value>(&canonical(&value).unwrap()).unwrap(), value);
        }
    }
}
