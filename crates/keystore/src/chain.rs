use std::fs::OpenOptions;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use sigillo_issuance::canonical::{canonical, digest};

use crate::disk;
use crate::error::{KeystoreError, KeystoreErrorKind};

/// A file of entries of which none can be altered, left out or put elsewhere without a trace: each line holds the digest of
/// the one before it.
///
/// | member     | value                                                                                        |
/// |------------|----------------------------------------------------------------------------------------------|
/// | `n`        | number of the line, from 1                                                                   |
/// | `entry`    | what happened                                                                                |
/// | `previous` | digest of the line before it; 32 zeros before the first                                      |
/// | `digest`   | SHA-256 of the domain ‖ previous ‖ RFC 8785 form of `{"entry":…,"n":…}`                       |
///
/// A line without its end was not written: the next entry takes its place.
#[derive(Clone, Debug)]
pub(crate) struct Chain {
    path: PathBuf,
    domain: &'static str,
    head: [u8; 32],
    entries: u64,
    /// Octets of the whole lines.
    length: u64,
}

impl Chain {
    /// Makes an empty file that did not exist.
    pub(crate) fn create(path: &Path, domain: &'static str) -> Result<Self, KeystoreError> {
        disk::write_new_private(path, b"")?;
        Ok(Self::empty(path, domain))
    }

    /// Reads all entries and verifies every digest.
    pub(crate) fn read(path: &Path, domain: &'static str) -> Result<(Self, Vec<Value>), KeystoreError> {
        let file = disk::read_private(path, MAX_LENGTH)?;
        let mut chain = Self::empty(path, domain);
        let entries = file.expose(|text| chain.take(text));
        entries.map(|entries| (chain, entries)).map_err(|kind| kind.file(&disk::name(path)))
    }

    /// Appends an entry and syncs it; refuses if somebody else appended since this was read.
    pub(crate) fn append(&mut self, entry: &Value) -> Result<(), KeystoreError> {
        let name = disk::name(&self.path);
        let failed = |error: &std::io::Error| disk::failed(error, &self.path);
        let (current, _) = Self::read(&self.path, self.domain)?;
        if current.head != self.head || current.entries != self.entries {
            return Err(KeystoreErrorKind::Changed.file(&name));
        }
        let (line, head) = self.line(entry).map_err(|kind| kind.file(&name))?;
        let mut file = OpenOptions::new().write(true).open(&self.path).map_err(|error| failed(&error))?;
        let write = file
            .set_len(self.length)
            .and_then(|()| file.seek(SeekFrom::Start(self.length)))
            .and_then(|_| file.write_all(&line))
            .and_then(|()| file.sync_all());
        write.map_err(|error| failed(&error))?;
        self.head = head;
        self.entries += 1;
        self.length += line.len() as u64;
        Ok(())
    }

    fn empty(path: &Path, domain: &'static str) -> Self {
        Self { path: path.to_owned(), domain, head: [0; 32], entries: 0, length: 0 }
    }

    fn take(&mut self, text: &[u8]) -> Result<Vec<Value>, KeystoreErrorKind> {
        let mut entries = Vec::new();
        for line in text.split_inclusive(|octet| *octet == b'\n').filter(|line| line.ends_with(b"\n")) {
            let stated: Value = serde_json::from_slice(line).map_err(|_| KeystoreErrorKind::Form)?;
            let entry = stated.get("entry").cloned().ok_or(KeystoreErrorKind::Form)?;
            let (expected, head) = self.line(&entry)?;
            if expected != line {
                return Err(KeystoreErrorKind::ChainBroken { line: self.entries + 1 });
            }
            self.head = head;
            self.entries += 1;
            self.length += line.len() as u64;
            entries.push(entry);
        }
        Ok(entries)
    }

    /// The line of an entry, and its digest.
    fn line(&self, entry: &Value) -> Result<(Vec<u8>, [u8; 32]), KeystoreErrorKind> {
        let form = |_| KeystoreErrorKind::Form;
        let number = self.entries + 1;
        let head = digest(self.domain, &self.head, &json!({ "entry": entry, "n": number })).map_err(form)?;
        let whole = json!({
            "digest": hex::encode(head), "entry": entry, "n": number, "previous": hex::encode(self.head),
        });
        let mut line = canonical(&whole).map_err(form)?;
        line.push(b'\n');
        Ok((line, head))
    }
}

const MAX_LENGTH: usize = 0x100_0000;
