//! Checkpoints: signed heads of the trace, kept where whoever can rewrite the register cannot reach (D7).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sigillo_crypto::{HashAlgorithm, PublicKey, SignatureAlgorithm, sha1, sha256};

use crate::canonical;
use crate::trace::{self, Followed, StoredEntry, Token, TraceEntry, TraceFault, TraceHead};

/// The head of the trace at a moment.
///
/// | member     | value                                                                              |
/// |------------|------------------------------------------------------------------------------------|
/// | `v`        | 1                                                                                  |
/// | `number`   | counted from 1                                                                     |
/// | `seq`      | how many entries the trace had                                                     |
/// | `head`     | the hash of the last of them, hexadecimal                                          |
/// | `at`       | time, RFC 3339                                                                     |
/// | `key`      | identifier of the key that signs: SHA-1 of the public key's bits, hexadecimal      |
/// | `previous` | digest of the checkpoint before it, hexadecimal; 64 zeros before the first         |
///
/// What is signed is `sigillo/v1/checkpoint` and the RFC 8785 form; its SHA-256 is the digest that the next one names.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Checkpoint {
    /// Counted from 1.
    pub number: u64,
    /// The end of the trace.
    pub head: TraceHead,
    /// The time, RFC 3339.
    pub at: Token,
    /// The key that signs.
    pub key: [u8; 20],
    /// The digest of the checkpoint before it.
    pub previous: [u8; 32],
}

/// A checkpoint and its signature: ECDSA with SHA-256 on P-256, in DER.
///
/// As a file it is one line, `{"checkpoint":{…},"signature":"…"}` in its RFC 8785 form.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SignedCheckpoint {
    /// What was signed.
    pub checkpoint: Checkpoint,
    /// The signature.
    pub signature: Vec<u8>,
}

/// Bytes that are no checkpoint in its one form.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("no checkpoint of the trace, or not in its one form")]
pub struct CheckpointRefused;

impl CheckpointRefused {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "checkpoint.form"
    }
}

impl Checkpoint {
    /// The checkpoint that follows `previous`.
    #[must_use]
    pub fn after(previous: Option<&Self>, head: TraceHead, at: Token, key: [u8; 20]) -> Self {
        let number = previous.map_or(0, |previous| previous.number) + 1;
        Self { number, head, at, key, previous: previous.map_or([0; 32], Self::digest) }
    }

    /// What is signed.
    #[must_use]
    pub fn message(&self) -> Vec<u8> {
        // Texts and numbers from 63-bit columns: the canonical form always exists.
        let form = canonical::canonical(&self.value()).unwrap_or_default();
        [DOMAIN.as_bytes(), &form].concat()
    }

    /// The digest that the next checkpoint names.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        sha256(&self.message())
    }

    fn value(&self) -> Value {
        json!({
            "v": VERSION, "number": self.number, "seq": self.head.seq, "head": hex::encode(self.head.hash),
            "at": self.at.as_str(), "key": hex::encode(self.key), "previous": hex::encode(self.previous),
        })
    }
}

impl SignedCheckpoint {
    /// The line of its file.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let value = json!({ "checkpoint": self.checkpoint.value(), "signature": hex::encode(&self.signature) });
        let mut line = canonical::canonical(&value).unwrap_or_default();
        line.push(b'\n');
        line
    }

    /// Reads the line of a file, with or without its end.
    ///
    /// # Errors
    ///
    /// [`CheckpointRefused`] unless the line is the one that [`Self::encode`] writes.
    pub fn decode(line: &[u8]) -> Result<Self, CheckpointRefused> {
        let file: File = serde_json::from_slice(line).map_err(|_| CheckpointRefused)?;
        let form = &file.checkpoint;
        let checkpoint = Checkpoint {
            number: form.number,
            head: TraceHead { seq: form.seq, hash: octets(&form.head)? },
            at: form.at.clone(),
            key: octets(&form.key)?,
            previous: octets(&form.previous)?,
        };
        let signed = Self { checkpoint, signature: hex::decode(&file.signature).map_err(|_| CheckpointRefused)? };
        let encoded = signed.encode();
        let is_whole = form.v == VERSION && form.number > 0 && form.seq > 0;
        let is_one_form = encoded.strip_suffix(b"\n") == Some(line.strip_suffix(b"\n").unwrap_or(line));
        if is_whole && is_one_form { Ok(signed) } else { Err(CheckpointRefused) }
    }
}

/// The keys that checkpoints may be signed with: one a generation.
#[derive(Clone, Debug, Default)]
pub struct CheckpointKeys(Vec<([u8; 20], PublicKey)>);

impl CheckpointKeys {
    /// Takes one more key.
    ///
    /// # Errors
    ///
    /// A code of `crypto` for a key that has no bits to identify it by.
    pub fn add(&mut self, key: PublicKey) -> Result<(), sigillo_crypto::CryptoError> {
        self.0.push((key_id(&key)?, key));
        Ok(())
    }

    fn check(&self, signed: &SignedCheckpoint) -> Result<(), CheckpointFault> {
        let number = signed.checkpoint.number;
        let known = self.0.iter().find(|(id, _)| *id == signed.checkpoint.key);
        let (_, key) = known.ok_or(CheckpointFault::KeyUnknown { number })?;
        let algorithm = SignatureAlgorithm::Ecdsa(HashAlgorithm::Sha256);
        let verified = key.verify(algorithm, &signed.checkpoint.message(), &signed.signature);
        verified.map_err(|_| CheckpointFault::Forged { number })
    }
}

/// The identifier of a key: SHA-1 of the public key's bits.
///
/// # Errors
///
/// A code of `crypto`.
pub fn key_id(key: &PublicKey) -> Result<[u8; 20], sigillo_crypto::CryptoError> {
    Ok(sha1(&key.subject_public_key()?))
}

/// What is wrong with a checkpoint.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointFault {
    /// Its signature does not verify.
    #[error("checkpoint {number} is forged: its signature does not verify")]
    Forged {
        /// Its number.
        number: u64,
    },
    /// It names a key that is not known.
    #[error("checkpoint {number} is signed by a key that is not known")]
    KeyUnknown {
        /// Its number.
        number: u64,
    },
    /// It does not follow from the checkpoint before it.
    #[error("checkpoint {number} does not follow from the one before it")]
    Unlinked {
        /// Its number.
        number: u64,
    },
    /// There is another checkpoint of this number.
    #[error("there are two checkpoints of number {number}")]
    Twice {
        /// Its number.
        number: u64,
    },
}

impl CheckpointFault {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Forged { .. } => "checkpoint.forged",
            Self::KeyUnknown { .. } => "checkpoint.key-unknown",
            Self::Unlinked { .. } => "checkpoint.unlinked",
            Self::Twice { .. } => "checkpoint.twice",
        }
    }

    /// The number of the checkpoint.
    #[must_use]
    pub const fn number(self) -> u64 {
        match self {
            Self::Forged { number }
            | Self::KeyUnknown { number }
            | Self::Unlinked { number }
            | Self::Twice { number } => number,
        }
    }
}

/// What the checkpoints say of a trace.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Verdict<F> {
    /// The last entry that is right, with everything before it.
    pub head: TraceHead,
    /// The last checkpoint that is right and that this trace still reaches: complete up to there, whoever wrote the rest.
    pub secured: Option<Secured>,
    /// The first thing that is wrong with the trace.
    pub trace: Option<F>,
    /// The first thing that is wrong with the checkpoints.
    pub checkpoint: Option<CheckpointFault>,
}

/// A checkpoint that a trace reaches.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Secured {
    /// Its number.
    pub number: u64,
    /// The entry it was made behind.
    pub seq: u64,
}

impl<F> Verdict<F> {
    /// Nothing is wrong.
    #[must_use]
    pub const fn is_right(&self) -> bool {
        self.trace.is_none() && self.checkpoint.is_none()
    }

    /// How many entries stand behind the last checkpoint: if more had stood there and were cut off, nobody would see it.
    #[must_use]
    pub fn unsecured(&self) -> u64 {
        self.head.seq - self.secured.map_or(0, |secured| secured.seq)
    }
}

/// Holds a trace against checkpoints, in memory that does not grow with the trace. The checkpoints may have gaps: whoever noted only some
/// still knows those. `each` sees every entry that is right, and may find another fault.
pub fn verify<F: From<TraceFault>>(
    entries: impl IntoIterator<Item = StoredEntry>,
    checkpoints: Vec<SignedCheckpoint>,
    keys: &CheckpointKeys,
    mut each: impl FnMut(&TraceEntry) -> Result<(), F>,
) -> Verdict<F> {
    let (heads, checkpoint) = judge(checkpoints, keys);
    let mut waiting = heads.iter().peekable();
    let mut secured = None;
    let Followed { head, fault } = trace::follow(entries, |entry, head| {
        while let Some((number, known)) = waiting.next_if(|(_, known)| known.seq == head.seq) {
            if known.hash != head.hash {
                return Err(TraceFault::Altered { at: head.seq }.into());
            }
            secured = Some(Secured { number: *number, seq: head.seq });
        }
        each(entry)
    });
    let cut = || heads.last().filter(|(_, known)| known.seq > head.seq);
    let fault = fault.or_else(|| cut().map(|(_, known)| TraceFault::Cut { at: known.seq }.into()));
    Verdict { head, secured, trace: fault, checkpoint }
}

/// The heads of the checkpoints that are right, in their order, and what is wrong with the first that is not.
fn judge(
    mut checkpoints: Vec<SignedCheckpoint>,
    keys: &CheckpointKeys,
) -> (Vec<(u64, TraceHead)>, Option<CheckpointFault>) {
    checkpoints.sort_by_key(|signed| signed.checkpoint.number);
    // The register and whoever holds the exported ones have most of them both.
    checkpoints.dedup_by(|later, earlier| later.checkpoint == earlier.checkpoint && keys.check(later).is_ok());
    let mut heads: Vec<(u64, TraceHead)> = Vec::new();
    let mut before: Option<&Checkpoint> = None;
    for signed in &checkpoints {
        let checkpoint = &signed.checkpoint;
        let judged = keys.check(signed).and_then(|()| follows(before, checkpoint));
        if let Err(fault) = judged {
            return (heads, Some(fault));
        }
        heads.push((checkpoint.number, checkpoint.head));
        before = Some(checkpoint);
    }
    (heads, None)
}

fn follows(before: Option<&Checkpoint>, checkpoint: &Checkpoint) -> Result<(), CheckpointFault> {
    let number = checkpoint.number;
    let Some(before) = before else {
        let is_first = number == 1;
        return if is_first && checkpoint.previous != [0; 32] {
            Err(CheckpointFault::Unlinked { number })
        } else {
            Ok(())
        };
    };
    let is_next = before.number + 1 == number;
    if before.number == number {
        Err(CheckpointFault::Twice { number })
    } else if before.head.seq > checkpoint.head.seq || (is_next && checkpoint.previous != before.digest()) {
        Err(CheckpointFault::Unlinked { number })
    } else {
        Ok(())
    }
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct File {
    checkpoint: Form,
    signature: String,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Form {
    v: u8,
    number: u64,
    seq: u64,
    head: String,
    at: Token,
    key: String,
    previous: String,
}

fn octets<const N: usize>(text: &str) -> Result<[u8; N], CheckpointRefused> {
    let mut out = [0; N];
    hex::decode_to_slice(text, &mut out).map_err(|_| CheckpointRefused)?;
    Ok(out)
}

const VERSION: u8 = 1;
const DOMAIN: &str = "sigillo/v1/checkpoint";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::{GENESIS, Subject};
    use proptest::prelude::*;
    use sigillo_crypto::P256PrivateKey;

    fn signer(octet: u8) -> P256PrivateKey {
        P256PrivateKey::from_bytes(&[octet; 32]).unwrap()
    }

    fn keys_of(signers: &[&P256PrivateKey]) -> CheckpointKeys {
        let mut keys = CheckpointKeys::default();
        signers.iter().for_each(|signer| keys.add(signer.public()).unwrap());
        keys
    }

    fn chain(length: u64) -> Vec<StoredEntry> {
        let token = |text: &str| Token::parse(text).unwrap();
        let mut previous = GENESIS;
        (1..=length)
            .map(|seq| {
                let entry = TraceEntry {
                    v: 1,
                    seq,
                    at: token("2026-11-22T09:00:00Z"),
                    operator: token("anna"),
                    subject: Subject::Lot { id: seq },
                    act: token("import"),
                    from: None,
                    to: None,
                    details: std::collections::BTreeMap::new(),
                };
                let (entry, hash) = entry.link(&previous);
                previous = hash;
                StoredEntry { seq, entry, hash }
            })
            .collect()
    }

    fn signed(
        signer: &P256PrivateKey,
        previous: Option<&SignedCheckpoint>,
        entries: &[StoredEntry],
        seq: usize,
    ) -> SignedCheckpoint {
        let last = &entries[seq - 1];
        let at = Token::parse("2026-11-22T10:00:00Z").unwrap();
        let head = TraceHead { seq: last.seq, hash: last.hash };
        let key = key_id(&signer.public()).unwrap();
        let checkpoint = Checkpoint::after(previous.map(|signed| &signed.checkpoint), head, at, key);
        let signature = signer.sign(HashAlgorithm::Sha256, &checkpoint.message()).unwrap();
        SignedCheckpoint { checkpoint, signature }
    }

    /// Six entries, and a checkpoint behind the second and the fourth; the key was rotated between them.
    fn world() -> (Vec<StoredEntry>, Vec<SignedCheckpoint>, CheckpointKeys) {
        let entries = chain(6);
        let (old, new) = (signer(1), signer(2));
        let one = signed(&old, None, &entries, 2);
        let two = signed(&new, Some(&one), &entries, 4);
        (entries, vec![one, two], keys_of(&[&old, &new]))
    }

    fn verdict(
        entries: Vec<StoredEntry>,
        checkpoints: Vec<SignedCheckpoint>,
        keys: &CheckpointKeys,
    ) -> Verdict<TraceFault> {
        verify(entries, checkpoints, keys, |_| Ok(()))
    }

    #[test]
    fn the_signed_bytes_are_fixed() {
        let head = TraceHead { seq: 2, hash: [0xAB; 32] };
        let at = Token::parse("2026-11-22T10:00:00Z").unwrap();
        let checkpoint = Checkpoint::after(None, head, at, [0x11; 20]);
        let zeros = "00".repeat(32);
        let expected = format!(
            r#"sigillo/v1/checkpoint{{"at":"2026-11-22T10:00:00Z","head":"{}","key":"{}","number":1,"previous":"{zeros}","seq":2,"v":1}}"#,
            "ab".repeat(32),
            "11".repeat(20)
        );
        assert_eq!(String::from_utf8(checkpoint.message()).unwrap(), expected);
        let file = SignedCheckpoint { checkpoint, signature: vec![1, 2] }.encode();
        let text = String::from_utf8(file).unwrap();
        assert!(text.starts_with(r#"{"checkpoint":{"at":"#) && text.ends_with("},\"signature\":\"0102\"}\n"));
    }

    #[test]
    fn a_trace_is_complete_to_its_last_checkpoint() {
        let (entries, checkpoints, keys) = world();
        let whole = verdict(entries.clone(), checkpoints.clone(), &keys);
        assert!(whole.is_right());
        assert_eq!((whole.head.seq, whole.secured, whole.unsecured()), (6, Some(Secured { number: 2, seq: 4 }), 2));
        // A tail behind the last checkpoint is missed by nobody.
        let cut = verdict(entries[..4].to_vec(), checkpoints.clone(), &keys);
        assert!(cut.is_right());
        assert_eq!((cut.head.seq, cut.unsecured()), (4, 0));
        // One of the two alone is still one.
        let later = verdict(entries.clone(), checkpoints[1..].to_vec(), &keys);
        assert_eq!((later.is_right(), later.secured), (true, whole.secured));
        // The register's own and the exported ones are held together.
        let both = [checkpoints.clone(), checkpoints].concat();
        assert!(verdict(entries.clone(), both, &keys).is_right());
        assert_eq!(verdict(entries, Vec::new(), &keys).unsecured(), 6);
    }

    #[test]
    fn what_a_checkpoint_knows_is_not_taken_away() {
        let (entries, checkpoints, keys) = world();
        let first = Some(Secured { number: 1, seq: 2 });
        let cut = verdict(entries[..3].to_vec(), checkpoints.clone(), &keys);
        assert_eq!((cut.trace, cut.secured), (Some(TraceFault::Cut { at: 4 }), first));
        let mut dropped = entries.clone();
        dropped.remove(2);
        let dropped = verdict(dropped, checkpoints.clone(), &keys);
        assert_eq!((dropped.trace, dropped.secured, dropped.head.seq), (Some(TraceFault::Missing { at: 3 }), first, 2));
        // A chain written anew from its third entry on is whole in itself.
        let mut previous = entries[1].hash;
        let mut forged = entries.clone();
        for stored in &mut forged[2..] {
            let mut entry: TraceEntry = serde_json::from_slice(&stored.entry).unwrap();
            entry.operator = Token::parse("mallory").unwrap();
            (stored.entry, stored.hash) = entry.link(&previous);
            previous = stored.hash;
        }
        assert!(trace::verify(forged.clone(), None).is_ok());
        let forged = verdict(forged, checkpoints, &keys);
        assert_eq!((forged.trace, forged.secured), (Some(TraceFault::Altered { at: 4 }), first));
    }

    #[test]
    fn the_first_fault_of_the_checkpoints_is_named() {
        let (entries, checkpoints, keys) = world();
        let with = |change: &dyn Fn(&mut Vec<SignedCheckpoint>)| {
            let mut altered = checkpoints.clone();
            change(&mut altered);
            let verdict = verdict(entries.clone(), altered, &keys);
            (verdict.checkpoint.unwrap(), verdict.secured.map_or(0, |secured| secured.number), verdict.trace)
        };
        let forged = CheckpointFault::Forged { number: 2 };
        assert_eq!(with(&|c| c[1].signature[9] ^= 1), (forged, 1, None));
        assert_eq!(with(&|c| c[1].checkpoint.head.seq = 3), (forged, 1, None));
        let stranger = signer(3);
        let resigned = |c: &mut Vec<SignedCheckpoint>| c[1] = signed(&stranger, Some(&c[0]), &entries, 4);
        assert_eq!(with(&resigned), (CheckpointFault::KeyUnknown { number: 2 }, 1, None));
        // The stranger may claim to be the key that is known.
        let claimed = |c: &mut Vec<SignedCheckpoint>| {
            c[1].signature = stranger.sign(HashAlgorithm::Sha256, &c[1].checkpoint.message()).unwrap();
        };
        assert_eq!(with(&claimed), (forged, 1, None));
        let unlinked = |c: &mut Vec<SignedCheckpoint>| {
            let other = signed(&signer(1), None, &entries, 1);
            c[1] = signed(&signer(2), Some(&other), &entries, 4);
        };
        assert_eq!(with(&unlinked), (CheckpointFault::Unlinked { number: 2 }, 1, None));
        let twice = |c: &mut Vec<SignedCheckpoint>| c.push(signed(&signer(2), Some(&c[0]), &entries, 5));
        assert_eq!(with(&twice), (CheckpointFault::Twice { number: 2 }, 2, None));
    }

    #[test]
    fn a_file_has_one_form() {
        let (_, checkpoints, _) = world();
        let line = checkpoints[1].encode();
        assert_eq!(SignedCheckpoint::decode(&line).as_ref(), Ok(&checkpoints[1]));
        assert_eq!(SignedCheckpoint::decode(&line[..line.len() - 1]).as_ref(), Ok(&checkpoints[1]));
        let text = String::from_utf8(line).unwrap();
        for other in [
            text.replacen(':', ": ", 1),
            text.replacen("\"v\":1", "\"v\":2", 1),
            text.replacen("\"seq\":4", "\"seq\":0", 1),
            text.replacen("\"number\":2", "\"number\":0", 1),
            text.replacen("{\"at\"", "{\"a\":1,\"at\"", 1),
            text.to_uppercase(),
            format!("{text}\n"),
        ] {
            assert_eq!(SignedCheckpoint::decode(other.as_bytes()), Err(CheckpointRefused), "{other}");
        }
    }

    proptest! {
        #[test]
        fn what_was_encoded_decodes_to_itself(number in 1..1_u64 << 52, seq in 1..1_u64 << 52, hash: [u8; 32], key: [u8; 20],
            previous: [u8; 32], signature in prop::collection::vec(any::<u8>(), 0..80)) {
            let at = Token::parse("2026-11-22T10:00:00.5Z").unwrap();
            let checkpoint = Checkpoint { number, head: TraceHead { seq, hash }, at, key, previous };
            let signed = SignedCheckpoint { checkpoint, signature };
            prop_assert_eq!(SignedCheckpoint::decode(&signed.encode()), Ok(signed));
        }

        #[test]
        fn arbitrary_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            prop_assert!(SignedCheckpoint::decode(&bytes).is_err());
        }
    }
}
