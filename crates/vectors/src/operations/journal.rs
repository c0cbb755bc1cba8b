//! Canonical JSON and the hash chain over it.

use serde::Deserialize;
use serde_json::{Value, json};
use sigillo_issuance::canonical;
use sigillo_issuance::trace::{self, StoredEntry, TraceHead};

use crate::envelope::Stage;
use crate::failure::Failure;
use crate::input::{Fixed, Hex, read};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Digest {
    domain: String,
    previous: Hex,
    entry: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Chain {
    entries: Vec<Entry>,
    #[serde(default)]
    known: Option<Head>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    seq: u64,
    entry: String,
    hash: Fixed<32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    seq: u64,
    hash: Fixed<32>,
}

pub(super) fn digest(input: &Value) -> Result<Value, Failure> {
    let Digest { domain, previous: Hex(previous), entry } = read(input)?;
    let refused = |error: canonical::CanonicalError| Failure::refused(Stage::Journal, error.code(), None);
    let text = canonical::canonical(&entry).map_err(refused)?;
    let text = String::from_utf8(text).map_err(|_| Failure::Broken("canonical JSON is UTF-8".to_owned()))?;
    let digest = canonical::digest(&domain, &previous, &entry).map_err(refused)?;
    Ok(json!({ "canonical": text, "digest": hex::encode(digest) }))
}

pub(super) fn verify(input: &Value) -> Result<Value, Failure> {
    let Chain { entries, known } = read(input)?;
    let stored = |Entry { seq, entry, hash: Fixed(hash) }| StoredEntry { seq, entry: entry.into_bytes(), hash };
    let known = known.map(|Head { seq, hash: Fixed(hash) }| TraceHead { seq, hash });
    let head = trace::verify(entries.into_iter().map(stored), known)
        .map_err(|fault| Failure::refused(Stage::Journal, fault.code(), usize::try_from(fault.at()).ok()))?;
    Ok(json!({ "head": { "seq": head.seq, "hash": hex::encode(head.hash) } }))
}
