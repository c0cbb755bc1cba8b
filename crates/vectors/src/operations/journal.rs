//! Canonical JSON, the hash chain over it, and its checkpoints.

use serde::Deserialize;
use serde_json::{Value, json};
use sigillo_crypto::PublicKey;
use sigillo_issuance::canonical;
use sigillo_issuance::checkpoint::{self, CheckpointKeys, SignedCheckpoint};
use sigillo_issuance::trace::{self, StoredEntry, TraceFault, TraceHead};

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
struct Audit {
    entries: Vec<Entry>,
    checkpoints: Vec<String>,
    keys: Vec<Hex>,
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
    let known = known.map(|Head { seq, hash: Fixed(hash) }| TraceHead { seq, hash });
    let head = trace::verify(entries.into_iter().map(Entry::stored), known)
        .map_err(|fault| Failure::refused(Stage::Journal, fault.code(), usize::try_from(fault.at()).ok()))?;
    Ok(json!({ "head": { "seq": head.seq, "hash": hex::encode(head.hash) } }))
}

pub(super) fn audit(input: &Value) -> Result<Value, Failure> {
    let Audit { entries, checkpoints, keys } = read(input)?;
    let refused = |code, at: Option<u64>| Failure::refused(Stage::Journal, code, at.and_then(|at| at.try_into().ok()));
    let mut known = CheckpointKeys::default();
    for Hex(key) in keys {
        let key = PublicKey::from_spki_der(&key).and_then(|key| known.add(key));
        key.map_err(|error| refused(error.code(), None))?;
    }
    let checkpoints: Result<Vec<_>, _> =
        checkpoints.iter().map(|line| SignedCheckpoint::decode(line.as_bytes())).collect();
    let checkpoints = checkpoints.map_err(|error| refused(error.code(), None))?;
    let entries = entries.into_iter().map(Entry::stored);
    let verdict = checkpoint::verify(entries, checkpoints, &known, |_| Ok::<(), TraceFault>(()));
    if let Some(fault) = verdict.trace {
        return Err(refused(fault.code(), Some(fault.at())));
    }
    if let Some(fault) = verdict.checkpoint {
        return Err(refused(fault.code(), Some(fault.number())));
    }
    let secured = verdict.secured.map(|secured| json!({ "number": secured.number, "seq": secured.seq }));
    let head = json!({ "seq": verdict.head.seq, "hash": hex::encode(verdict.head.hash) });
    Ok(json!({ "head": head, "secured": secured, "unsecured": verdict.unsecured() }))
}

impl Entry {
    fn stored(self) -> StoredEntry {
        let Fixed(hash) = self.hash;
        StoredEntry { seq: self.seq, entry: self.entry.into_bytes(), hash }
    }
}
