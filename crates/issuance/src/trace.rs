//! Trace: an append-only chain of entries that names phases, operators, times and digests, and nothing personal (D7).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::canonical;

/// The hash of an entry with everything before it.
pub type EntryHash = [u8; 32];

/// What the first entry follows.
pub const GENESIS: EntryHash = [0; 32];

/// The thing an entry is about, named without a person.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum Subject {
    /// A lot, by its number in the register.
    Lot {
        /// The number.
        id: u64,
    },
    /// A record, later the permit, by its number in the register.
    Record {
        /// The number.
        id: u64,
    },
    /// A card, by its serial in hexadecimal.
    Card {
        /// The serial.
        serial: Token,
    },
    /// A run of the line.
    Run {
        /// The number.
        id: u64,
    },
    /// A slot of a signer's limit.
    Slot {
        /// The signer's key identifier.
        signer: Token,
        /// The slot's number.
        number: u64,
    },
    /// An operator, by his name.
    Operator {
        /// The name.
        name: Token,
    },
    /// A run that destroys what is kept no longer, by its number in the register.
    Retention {
        /// The number.
        id: u64,
    },
    /// A partner of the exchange, or another destination of the outbox, by its name.
    Partner {
        /// The name.
        name: Token,
    },
    /// A request for a change, by its identifier.
    Request {
        /// The identifier.
        id: Token,
    },
}

impl Subject {
    /// What kind of thing it is, as written.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Lot { .. } => "lot",
            Self::Record { .. } => "record",
            Self::Card { .. } => "card",
            Self::Run { .. } => "run",
            Self::Slot { .. } => "slot",
            Self::Operator { .. } => "operator",
            Self::Retention { .. } => "retention",
            Self::Partner { .. } => "partner",
            Self::Request { .. } => "request",
        }
    }

    /// What it is called among those of its kind.
    pub fn name(&self) -> String {
        match self {
            Self::Lot { id } | Self::Record { id } | Self::Run { id } | Self::Retention { id } => id.to_string(),
            Self::Card { serial } => serial.as_str().to_owned(),
            Self::Slot { signer, number } => format!("{}/{number}", signer.as_str()),
            Self::Operator { name } | Self::Partner { name } => name.as_str().to_owned(),
            Self::Request { id } => id.as_str().to_owned(),
        }
    }
}

/// A short technical word: 1 to 128 letters, digits and `._:@/+,-`; too narrow for a name with its blanks, wide enough for a digest.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Token(String);

/// A text that is no [`Token`].
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a trace holds short technical words only: 1 to 128 letters, digits and ._:@/+,-")]
pub struct TokenRefused;

impl TokenRefused {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        "trace.token"
    }
}

impl Token {
    /// Reads a token.
    ///
    /// # Errors
    ///
    /// [`TokenRefused`] for any other text.
    pub fn parse(text: &str) -> Result<Self, TokenRefused> {
        let fits = (1..=128).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._:@/+,-".contains(&byte));
        if fits { Ok(Self(text.to_owned())) } else { Err(TokenRefused) }
    }

    /// A digest in lower-case hexadecimal.
    pub fn digest(bytes: &[u8; 32]) -> Self {
        Self(hex::encode(bytes))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Token {
    type Error = TokenRefused;

    fn try_from(text: String) -> Result<Self, TokenRefused> {
        Self::parse(&text)
    }
}

impl From<Token> for String {
    fn from(token: Token) -> Self {
        token.0
    }
}

/// One phase of a card, a record, a lot, a run or a slot.
///
/// | member    | value |
/// |-----------|-------|
/// | `v`       | 1 |
/// | `seq`     | place in the chain, from 1 |
/// | `at`      | time, RFC 3339 |
/// | `operator`| who asked for it |
/// | `subject` | what it is about |
/// | `act`     | the event of a life cycle, or another act by its stable name |
/// | `from`, `to` | states before and after, where it has states |
/// | `details` | digests, counts and codes by name |
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TraceEntry {
    /// The version of the entry's form.
    pub v: u8,
    /// The place in the chain, from 1.
    pub seq: u64,
    /// The time, RFC 3339.
    pub at: Token,
    /// Who asked for it.
    pub operator: Token,
    /// What it is about.
    pub subject: Subject,
    /// What happened.
    pub act: Token,
    /// The state before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Token>,
    /// The state after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Token>,
    /// Digests, counts and codes by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub details: BTreeMap<Token, Token>,
}

impl TraceEntry {
    /// The canonical bytes and the hash of this entry after a previous one: SHA-256 over domain ‖ previous ‖ entry.
    pub fn link(&self, previous: &EntryHash) -> (Vec<u8>, EntryHash) {
        let value = self.value();
        // A token is a string and a sequence number comes from a 63-bit column: the canonical form always exists.
        let bytes = canonical::canonical(&value).unwrap_or_default();
        let hash = canonical::digest(DOMAIN, previous, &value).unwrap_or(GENESIS);
        (bytes, hash)
    }

    fn value(&self) -> Value {
        serde_json::to_value(self).unwrap_or(Value::Null)
    }
}

/// An entry as it was stored: its number, its canonical bytes, and its hash.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoredEntry {
    /// The place in the chain.
    pub seq: u64,
    /// The canonical bytes.
    pub entry: Vec<u8>,
    /// The hash with everything before it.
    pub hash: EntryHash,
}

/// The first thing that is wrong with a chain.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TraceFault {
    /// Its bytes or its hash changed.
    #[error("entry {at} was altered")]
    Altered {
        /// Its place.
        at: u64,
    },
    /// It is nowhere in the chain.
    #[error("entry {at} is missing")]
    Missing {
        /// Its place.
        at: u64,
    },
    /// It stands at another place.
    #[error("entry {at} is not in its place")]
    Reordered {
        /// Its place.
        at: u64,
    },
    /// The chain ends before a head that was seen before.
    #[error("the chain ends before entry {at}, whose hash is known")]
    Cut {
        /// The place of the known head.
        at: u64,
    },
}

impl TraceFault {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Altered { .. } => "trace.altered",
            Self::Missing { .. } => "trace.missing",
            Self::Reordered { .. } => "trace.reordered",
            Self::Cut { .. } => "trace.cut",
        }
    }

    /// The number of the entry.
    pub const fn at(self) -> u64 {
        match self {
            Self::Altered { at } | Self::Missing { at } | Self::Reordered { at } | Self::Cut { at } => at,
        }
    }
}

/// The end of a chain: how many entries, and the hash of the last.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TraceHead {
    /// The number of the last entry; 0 for an empty chain.
    pub seq: u64,
    /// Its hash; [`GENESIS`] for an empty chain.
    pub hash: EntryHash,
}

impl TraceHead {
    /// The head of an empty chain.
    pub const EMPTY: Self = Self { seq: 0, hash: GENESIS };
}

/// How far a chain is right, and what ends it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Followed<F> {
    /// The last entry that is right, with everything before it.
    pub head: TraceHead,
    /// The first thing that is wrong, if anything is.
    pub fault: Option<F>,
}

/// Follows a chain from its first entry in constant memory, and shows each entry that is right to `each`, whose refusal ends it.
pub fn follow<F: From<TraceFault>>(
    entries: impl IntoIterator<Item = StoredEntry>,
    mut each: impl FnMut(&TraceEntry, TraceHead) -> Result<(), F>,
) -> Followed<F> {
    let mut entries = entries.into_iter();
    let mut head = TraceHead::EMPTY;
    while let Some(stored) = entries.next() {
        let at = head.seq + 1;
        if stored.seq != at {
            // Either the entry stands further on, or it is gone.
            let elsewhere = stored.seq < at || entries.any(|later| later.seq == at);
            let fault = if elsewhere { TraceFault::Reordered { at } } else { TraceFault::Missing { at } };
            return Followed { head, fault: Some(fault.into()) };
        }
        let shown = step(head, &stored).map_err(F::from).and_then(|(entry, next)| {
            each(&entry, next)?;
            Ok(next)
        });
        match shown {
            Ok(next) => head = next,
            Err(fault) => return Followed { head, fault: Some(fault) },
        }
    }
    Followed { head, fault: None }
}

/// Follows a chain from its first entry in constant memory, and yields its head; `known` is a head exported before, if there is one.
///
/// # Errors
///
/// [`TraceFault`] names the first entry that is altered, missing or out of place, or the known head that the chain no longer reaches.
pub fn verify(
    entries: impl IntoIterator<Item = StoredEntry>,
    known: Option<TraceHead>,
) -> Result<TraceHead, TraceFault> {
    let Followed { head, fault } = follow(entries, |_, head| match known {
        Some(known) if known.seq == head.seq && known.hash != head.hash => Err(TraceFault::Altered { at: head.seq }),
        _ => Ok(()),
    });
    match (fault, known) {
        (Some(fault), _) => Err(fault),
        (None, Some(known)) if known.seq > head.seq => Err(TraceFault::Cut { at: known.seq }),
        (None, _) => Ok(head),
    }
}

/// One link: the entry that a stored one is, and the head behind it.
fn step(head: TraceHead, stored: &StoredEntry) -> Result<(TraceEntry, TraceHead), TraceFault> {
    let at = head.seq + 1;
    let altered = TraceFault::Altered { at };
    let entry: TraceEntry = serde_json::from_slice(&stored.entry).map_err(|_| altered)?;
    let (bytes, hash) = entry.link(&head.hash);
    if entry.seq != at || bytes != stored.entry || hash != stored.hash {
        return Err(altered);
    }
    Ok((entry, TraceHead { seq: at, hash }))
}

const DOMAIN: &str = "sigillo/v1/trace";

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sigillo_crypto::sha256;

    fn token(text: &str) -> Token {
        Token::parse(text).unwrap()
    }

    fn entry(seq: u64) -> TraceEntry {
        TraceEntry {
            v: 1,
            seq,
            at: token("2026-11-02T09:00:00Z"),
            operator: token("op.rossi"),
            subject: Subject::Card { serial: token("00010203040506070809") },
            act: token("bind"),
            from: Some(token("stock")),
            to: Some(token("bound")),
            details: BTreeMap::from([(token("record"), token("17"))]),
        }
    }

    fn chain(length: u64) -> Vec<StoredEntry> {
        let mut previous = GENESIS;
        (1..=length)
            .map(|seq| {
                let (entry, hash) = entry(seq).link(&previous);
                previous = hash;
                StoredEntry { seq, entry, hash }
            })
            .collect()
    }

    #[test]
    fn the_bytes_of_an_entry_are_fixed() {
        let (bytes, hash) = entry(1).link(&GENESIS);
        let expected = r#"{"act":"bind","at":"2026-11-02T09:00:00Z","details":{"record":"17"},"from":"stock","operator":"op.rossi","seq":1,"subject":{"kind":"card","serial":"00010203040506070809"},"to":"bound","v":1}"#;
        assert_eq!(String::from_utf8(bytes).unwrap(), expected);
        let mut input = b"sigillo/v1/trace".to_vec();
        input.extend_from_slice(&[0; 32]);
        input.extend_from_slice(expected.as_bytes());
        assert_eq!(hash, sha256(&input));
    }

    #[test]
    fn a_whole_chain_yields_its_head() {
        let entries = chain(5);
        let head = TraceHead { seq: 5, hash: entries[4].hash };
        assert_eq!(verify(entries.clone(), None), Ok(head));
        assert_eq!(verify(entries.clone(), Some(TraceHead { seq: 3, hash: entries[2].hash })), Ok(head));
        assert_eq!(verify(Vec::new(), None), Ok(TraceHead::EMPTY));
    }

    #[test]
    fn the_first_fault_of_each_kind_is_named() {
        let whole = chain(6);
        let with = |change: &dyn Fn(&mut Vec<StoredEntry>)| {
            let mut entries = whole.clone();
            change(&mut entries);
            verify(entries, None).unwrap_err()
        };
        assert_eq!(with(&|e| e[2].entry[8] ^= 1), TraceFault::Altered { at: 3 });
        assert_eq!(with(&|e| e[2].hash[0] ^= 1), TraceFault::Altered { at: 3 });
        assert_eq!(with(&|e| drop(e.remove(3))), TraceFault::Missing { at: 4 });
        assert_eq!(with(&|e| e.swap(1, 2)), TraceFault::Reordered { at: 2 });
        assert_eq!(with(&|e| e.insert(2, e[1].clone())), TraceFault::Reordered { at: 3 });
        assert_eq!(
            with(&|e| {
                e.remove(3);
                (1..).zip(e.iter_mut()).for_each(|(seq, entry)| entry.seq = seq);
            }),
            TraceFault::Altered { at: 4 }
        );
        let head = TraceHead { seq: 6, hash: whole[5].hash };
        assert_eq!(verify(whole[..4].to_vec(), Some(head)), Err(TraceFault::Cut { at: 6 }));
        let other = TraceHead { seq: 6, hash: [1; 32] };
        assert_eq!(verify(whole, Some(other)), Err(TraceFault::Altered { at: 6 }));
    }

    #[test]
    fn what_could_be_personal_is_no_token() {
        for text in ["", "Mario Rossi", "caffè", "a\n", &"a".repeat(129)] {
            assert_eq!(Token::parse(text), Err(TokenRefused));
        }
    }

    proptest! {
        #[test]
        fn any_flipped_byte_is_found(at in 0_usize..4, byte in any::<prop::sample::Index>(), bit in 0_u8..8) {
            let mut entries = chain(4);
            let place = byte.index(entries[at].entry.len());
            entries[at].entry[place] ^= 1 << bit;
            let altered = TraceFault::Altered { at: u64::try_from(at).unwrap() + 1 };
            prop_assert_eq!(verify(entries, None), Err(altered));
        }
    }
}
