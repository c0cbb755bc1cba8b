use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::{Value, json};
use sigillo_authority::encoding;
use sigillo_crypto::{EcParameters, PublicKey, Sha256Stream};
use sigillo_issuance::operator::ACTS;
use sigillo_keystore::KeystoreError;
use sigillo_line::LineError;

use super::verify::keys_of_home;
use crate::context::Context;
use crate::failure::Failure;

/// `sigillo audit export`.
pub(super) fn export(context: &Context, out: &Path) -> Result<ExitCode, Failure> {
    let open = context.open()?;
    let mut folder = Folder::create(out)?;
    let store = &open.store;
    let bar = context.progress_bar(Some(store.trace_head()?.seq));
    let mut trace = folder.lines("trace")?;
    let mut entries = 0_u64;
    store.trace_entries::<LineError>(|stored| {
        entries += 1;
        if entries.is_multiple_of(1000) {
            bar.at(entries);
        }
        let text = String::from_utf8_lossy(&stored.entry);
        trace.line(&json!({ "seq": stored.seq, "entry": text, "hash": hex::encode(stored.hash) }).to_string())
    })?;
    bar.clear();
    folder.keep(trace)?;
    let checkpoints = store.checkpoints()?;
    let mut file = folder.lines("checkpoints")?;
    checkpoints.iter().try_for_each(|signed| file.octets(&signed.encode()))?;
    folder.keep(file)?;
    let mut requests = folder.lines("requests")?;
    let mut signed = 0_u64;
    store.requests_each::<LineError>(|octets| {
        signed += 1;
        requests.octets(octets)?;
        requests.octets(b"\n")
    })?;
    folder.keep(requests)?;
    let mut acts = folder.file("acts", "json")?;
    acts.line(&acts_table().to_string())?;
    folder.keep(acts)?;
    for (generation, key) in keys_of_home(&*open.keys)? {
        folder.key(&format!("checkpoint-key-{generation}.pem"), &key)?;
    }
    // A name may have been given again: each of its keys stands in the trace, the newest here too.
    let operators: BTreeMap<_, _> =
        store.operators()?.into_iter().map(|row| (row.operator.name.clone(), row.operator.key)).collect();
    for (name, key) in &operators {
        folder.key(&format!("operator-{}.pem", name.as_str()), &key.public_key())?;
    }
    folder.finish()?;
    let result = json!({ "folder": out, "entries": entries, "checkpoints": checkpoints.len(), "requests": signed });
    context.print(&result, || {
        format!(
            "{}: {entries} entries, {} checkpoints, {signed} requests\nnow `sha256sum -c MANIFEST.sha256` there, and \
             test-vectors/replay/audit.py\n",
            out.display(),
            checkpoints.len()
        )
    });
    Ok(ExitCode::SUCCESS)
}

/// Who may ask for what: without it nobody can say whether a request had to be refused.
fn acts_table() -> Value {
    ACTS.iter()
        .map(|row| {
            let roles: Vec<&str> = row.roles.iter().map(|role| role.name()).collect();
            json!({ "name": row.name, "on": row.on, "touches": row.touches, "roles": roles, "persons": row.persons })
        })
        .collect()
}

/// A new folder, and the digests of what is in it.
struct Folder {
    path: PathBuf,
    manifest: Vec<String>,
}

impl Folder {
    fn create(path: &Path) -> Result<Self, Failure> {
        let made = std::fs::DirBuilder::new().mode(0o700).create(path);
        made.map_err(|error| LineError::file(path, &error))?;
        Ok(Self { path: path.to_owned(), manifest: Vec::new() })
    }

    /// A file of one JSON object a line.
    fn lines(&self, stem: &str) -> Result<Written, LineError> {
        self.file(stem, "jsonl")
    }

    fn file(&self, stem: &str, ending: &str) -> Result<Written, LineError> {
        let name = format!("{stem}.{ending}");
        Written::create(&self.path.join(&name), &name)
    }

    fn keep(&mut self, file: Written) -> Result<(), LineError> {
        let name = file.name.clone();
        let digest = file.finish()?;
        self.manifest.push(format!("{}  {name}", hex::encode(digest)));
        Ok(())
    }

    fn key(&mut self, name: &str, key: &PublicKey) -> Result<(), Failure> {
        let der = key.to_spki_der(EcParameters::Named).map_err(KeystoreError::from)?;
        let mut file = Written::create(&self.path.join(name), name)?;
        file.octets(encoding::to_pem("PUBLIC KEY", &der).as_bytes())?;
        Ok(self.keep(file)?)
    }

    fn finish(mut self) -> Result<(), LineError> {
        let mut manifest = Written::create(&self.path.join(MANIFEST), MANIFEST)?;
        self.manifest.sort();
        self.manifest.iter().try_for_each(|line| manifest.line(line))?;
        manifest.finish().map(drop)
    }
}

/// A new file, hashed while it is written: a trace of any length takes the same memory.
struct Written {
    name: String,
    path: PathBuf,
    file: BufWriter<File>,
    digest: Sha256Stream,
}

impl Written {
    fn create(path: &Path, name: &str) -> Result<Self, LineError> {
        let file = File::options().write(true).create_new(true).mode(0o600).open(path);
        let file = file.map_err(|error| LineError::file(path, &error))?;
        Ok(Self {
            name: name.to_owned(),
            path: path.to_owned(),
            file: BufWriter::new(file),
            digest: Sha256Stream::new(),
        })
    }

    fn line(&mut self, text: &str) -> Result<(), LineError> {
        self.octets(text.as_bytes())?;
        self.octets(b"\n")
    }

    fn octets(&mut self, octets: &[u8]) -> Result<(), LineError> {
        self.digest.update(octets);
        self.file.write_all(octets).map_err(|error| LineError::file(&self.path, &error))
    }

    fn finish(self) -> Result<[u8; 32], LineError> {
        let failed = |error: &std::io::Error| LineError::file(&self.path, error);
        let file = self.file.into_inner().map_err(|error| failed(error.error()))?;
        file.sync_all().map_err(|error| failed(&error))?;
        Ok(self.digest.finish())
    }
}

const MANIFEST: &str = "MANIFEST.sha256";
