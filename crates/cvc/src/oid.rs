use std::fmt;

/// An object identifier of a terminal type; arcs of any size, such as those of a UUID.
#[derive(Clone, Eq, PartialEq)]
pub struct Oid {
    content: Vec<u8>,
}

impl Oid {
    /// Reads the content octets of an OBJECT IDENTIFIER; `None` unless each arc is complete and in the fewest octets.
    #[must_use]
    pub fn decode(content: &[u8]) -> Option<Self> {
        let mut starts = true;
        for octet in content {
            if starts && *octet == 0x80 {
                return None;
            }
            starts = octet & 0x80 == 0;
        }
        (starts && !content.is_empty() && content.len() <= MAX_OCTETS).then(|| Self { content: content.to_vec() })
    }

    /// The content octets.
    #[must_use]
    pub fn content(&self) -> &[u8] {
        &self.content
    }
}

/// Arcs and dots; an arc beyond 128 bits is printed as `…`.
impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut first = true;
        let mut arc = Some(0u128);
        for octet in &self.content {
            arc = arc.and_then(|arc| arc.checked_mul(0x80)).map(|arc| arc | u128::from(octet & 0x7F));
            if octet & 0x80 != 0 {
                continue;
            }
            match (arc, first) {
                (Some(arc), true) => write!(f, "{}.{}", (arc / 40).min(2), arc - 40 * (arc / 40).min(2))?,
                (Some(arc), false) => write!(f, ".{arc}")?,
                (None, _) => f.write_str("…")?,
            }
            (first, arc) = (false, Some(0));
        }
        Ok(())
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Oid({self})")
    }
}

/// Longer than any that is in use; a bound for what strangers send.
const MAX_OCTETS: usize = 64;
