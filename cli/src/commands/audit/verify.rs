use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::{Value, json};
use sigillo_crypto::PublicKey;
use sigillo_issuance::checkpoint::{CheckpointKeys, Secured, SignedCheckpoint};
use sigillo_keystore::{KeyRole, KeyState, Keystore, KeystoreError};
use sigillo_line::{Home, LineError};
use sigillo_store::{Audited, Store, StoreError};

use crate::commands::pki::files;
use crate::context::Context;
use crate::failure::{CHECK_FAILED, Failure, advice};

/// `sigillo audit verify`.
pub(super) fn verify(context: &Context, exported: &[PathBuf], public_keys: &[PathBuf]) -> Result<ExitCode, Failure> {
    let home = Home::open(&context.global.home)?;
    let store = context.store(&home)?;
    let exported = read(exported)?;
    let known = if !public_keys.is_empty() {
        of_files(public_keys)?
    } else if exported.is_empty() && store.checkpoints()?.is_empty() {
        CheckpointKeys::default()
    } else {
        of_home(&*context.keys(&home)?)?
    };
    let (count, head) = (exported.len(), store.trace_head()?);
    let bar = context.progress_bar(Some(head.seq));
    let audited = store.audit(exported, &known, |seq| {
        if seq.is_multiple_of(1000) {
            bar.at(seq);
        }
    })?;
    bar.clear();
    let records = match &audited.verdict.trace {
        None => follow_records(context, &store)?,
        // Where a trace leads that is not whole, nobody knows.
        Some(_) => Records::NotFollowed,
    };
    print(context, &audited, &records, count);
    let is_right = audited.verdict.is_right() && matches!(records, Records::AsTraced(_));
    Ok(if is_right { ExitCode::SUCCESS } else { ExitCode::from(CHECK_FAILED) })
}

/// Whether the register's records stand where the trace leads them.
enum Records {
    /// All of them, so many.
    AsTraced(u64),
    /// One that does not.
    Wrong {
        record: u64,
        wrong: StoreError,
    },
    NotFollowed,
}

impl Records {
    const fn right(&self) -> Option<u64> {
        match self {
            Self::AsTraced(records) => Some(*records),
            Self::Wrong { .. } | Self::NotFollowed => None,
        }
    }
}

fn follow_records(context: &Context, store: &Store) -> Result<Records, Failure> {
    let bar = context.progress_bar(None);
    let followed = store.follow_stories(|right| bar.at(right));
    bar.clear();
    match followed {
        Ok(records) => Ok(Records::AsTraced(records)),
        Err(wrong @ StoreError::NotAsTraced { record }) => Ok(Records::Wrong { record, wrong }),
        Err(error) => Err(error.into()),
    }
}

/// The public keys of every generation of the home's checkpoint key.
pub(super) fn keys_of_home(keys: &dyn Keystore) -> Result<Vec<(u32, PublicKey)>, Failure> {
    let entries = keys.keys().into_iter().filter(|key| key.state != KeyState::Destroyed).map(|key| key.label);
    let labels = entries.filter(|label| label.role() == KeyRole::TraceCheckpoint);
    labels.map(|label| Ok((label.generation().unwrap_or_default(), keys.public_key(&label)?))).collect()
}

fn of_home(keys: &dyn Keystore) -> Result<CheckpointKeys, Failure> {
    let mut known = CheckpointKeys::default();
    for (_, key) in keys_of_home(keys)? {
        known.add(key).map_err(KeystoreError::from)?;
    }
    Ok(known)
}

fn of_files(files: &[PathBuf]) -> Result<CheckpointKeys, Failure> {
    let mut known = CheckpointKeys::default();
    for path in files {
        let key = PublicKey::from_spki_der(&files::read(path)?).and_then(|key| known.add(key));
        key.map_err(|error| Failure::input(error.code(), format!("{}: no public key", path.display()), KEY_ADVICE))?;
    }
    Ok(known)
}

/// Checkpoints out of files, and out of the files of folders.
fn read(paths: &[PathBuf]) -> Result<Vec<SignedCheckpoint>, Failure> {
    let mut read = Vec::new();
    for path in paths {
        if path.is_dir() {
            let entries = path.read_dir().and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect());
            let mut files: Vec<PathBuf> = entries.map_err(|error: std::io::Error| LineError::file(path, &error))?;
            files.retain(|file| file.extension().is_some_and(|ending| ending == "json" || ending == "jsonl"));
            files.sort();
            for file in files {
                read.extend(lines(&file)?);
            }
        } else {
            read.extend(lines(path)?);
        }
    }
    Ok(read)
}

/// One checkpoint a line: a file of one, or those of an export.
fn lines(path: &Path) -> Result<Vec<SignedCheckpoint>, Failure> {
    let text = std::fs::read(path).map_err(|error| LineError::file(path, &error))?;
    let refused = |error: sigillo_issuance::checkpoint::CheckpointRefused| {
        Failure::input(error.code(), format!("{}: {error}", path.display()), advice(error.code()))
    };
    text.split_inclusive(|octet| *octet == b'\n').map(|line| SignedCheckpoint::decode(line).map_err(refused)).collect()
}

fn print(context: &Context, audited: &Audited, records: &Records, exported: usize) {
    let verdict = &audited.verdict;
    let faults: Vec<Value> = [
        verdict
            .trace
            .as_ref()
            .map(|fault| json!({ "code": fault.code(), "entry": fault.at(), "message": fault.to_string() })),
        verdict
            .checkpoint
            .as_ref()
            .map(|fault| json!({ "code": fault.code(), "checkpoint": fault.number(), "message": fault.to_string() })),
        match records {
            Records::Wrong { record, wrong } => {
                Some(json!({ "code": wrong.code(), "record": record, "message": wrong.to_string() }))
            }
            Records::AsTraced(_) | Records::NotFollowed => None,
        },
    ]
    .into_iter()
    .flatten()
    .collect();
    let secured = verdict.secured.map(|Secured { number, seq }| json!({ "checkpoint": number, "entries": seq }));
    let result = json!({
        "entries": verdict.head.seq, "head": hex::encode(verdict.head.hash), "complete_to": secured,
        "unsecured": verdict.unsecured(), "requests": audited.requests, "records": records.right(), "exported_checkpoints": exported, "faults": faults,
    });
    context.print(&result, || {
        let mut text = String::new();
        for fault in &faults {
            let (code, message) =
                (fault["code"].as_str().unwrap_or_default(), fault["message"].as_str().unwrap_or_default());
            text += &format!("WRONG: {message} ({code})\nnext: {}\n", advice(code));
        }
        text += &match verdict.trace {
            Some(_) => format!("entries 1 to {} are in order\n", verdict.head.seq),
            None => format!("{} entries in order, head {}\n", verdict.head.seq, hex::encode(verdict.head.hash)),
        };
        text += &match audited.requests {
            0 => "no operator signed for anything: the register has none\n".to_owned(),
            requests => format!("{requests} signed requests verified\n"),
        };
        if let Some(right) = records.right() {
            text += &format!("{right} records stand where the trace leads them\n");
        }
        match (verdict.secured, &verdict.trace) {
            (None, Some(_)) => text + "no checkpoint is reached before that\n",
            (secured, _) => text + &complete(secured, verdict.unsecured(), exported),
        }
    });
}

fn complete(secured: Option<Secured>, unsecured: u64, exported: usize) -> String {
    let Some(Secured { number, seq }) = secured else {
        return "no checkpoint speaks for it: a tail that was cut off would not be missed\n".to_owned();
    };
    let mut text = format!("complete to checkpoint {number}, entry {seq}");
    if unsecured > 0 {
        text += &format!("; behind it {unsecured} more, of which a tail could be missing");
    }
    if exported == 0 {
        text += "\nthese are the register's own checkpoints: hold it against exported ones with --checkpoints";
    }
    text + "\n"
}

const KEY_ADVICE: &str = "Give the public key of the checkpoints, PEM or DER: `sigillo audit export` writes it.";
