//! What an authority issued and revoked: a file of lines that only grows, each line bound to the one before.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sigillo_issuance::canonical;

use crate::error::AuthorityError;

/// The register of one home.
///
/// A number is taken by a line on the disk before anything is signed under it, and a number that was taken is never given
/// again: a program that is killed between signing and recording leaves a taken number without a certificate, never a number
/// with two.
///
/// Every line is the canonical JSON of an [`Entry`] (RFC 8785); `chain` is SHA-256 over the domain string
/// `sigillo/v1/authority-register`, the `chain` of the line before (empty for the first) and the entry without `chain`. A last
/// line without its end was never promised to anybody, and is cut off by the next program that writes.
///
/// Whoever writes holds the lock of the home.
#[derive(Debug)]
pub struct Register {
    path: PathBuf,
    entries: Vec<Entry>,
    /// Octets of whole lines.
    length: u64,
}

/// One line.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Entry {
    /// Version of the format: 1.
    pub version: u8,
    /// Counts from 1.
    pub entry: u64,
    /// When.
    pub at: String,
    /// In whose name.
    pub by: String,
    /// What happened.
    #[serde(flatten)]
    pub act: Act,
    /// Binds the line to the one before.
    pub chain: String,
}

/// What a line tells.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "act", rename_all = "kebab-case")]
pub enum Act {
    /// A number is taken: a serial number, the number of a revocation list, a certificate holder reference.
    Take {
        /// Among whose numbers it is unique.
        authority: String,
        /// What is to be made.
        what: String,
        /// The number.
        number: String,
    },
    /// Something was made under a number that was taken.
    Issue {
        /// Among whose numbers it is unique.
        authority: String,
        /// The number.
        number: String,
        /// Whose it is.
        subject: String,
        /// The last moment of its validity.
        until: String,
        /// SHA-256 of the whole of it.
        digest: String,
    },
    /// A certificate was revoked.
    Revoke {
        /// Among whose numbers its own is unique.
        authority: String,
        /// The number.
        number: String,
        /// Why, as RFC 5280 names it.
        reason: String,
    },
}

/// What was made under a number.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Issued<'a> {
    /// Among whose numbers it is unique.
    pub authority: &'a str,
    /// What it is.
    pub what: &'a str,
    /// The number.
    pub number: &'a str,
    /// When the number was taken.
    pub taken: &'a str,
    /// Whose it is; `None` if nothing was recorded: the number is lost.
    pub subject: Option<&'a str>,
    /// The last moment of its validity.
    pub until: Option<&'a str>,
    /// When it was revoked, and why.
    pub revoked: Option<(&'a str, &'a str)>,
}

/// Who writes a line, and when.
#[derive(Clone, Copy, Debug)]
pub struct By<'a> {
    /// The operator.
    pub operator: &'a str,
    /// The moment.
    pub at: &'a str,
}

/// A number that was taken and may be used once.
#[derive(Debug)]
#[must_use = "a number that is taken and not used is lost"]
pub struct Taken {
    authority: String,
    number: String,
}

impl Register {
    /// Reads the register of the folder `pki/` of a home; one that is not there yet is empty.
    ///
    /// # Errors
    ///
    /// `pki.file`; `pki.register` for a line that is none, or does not follow from the one before.
    pub fn open(folder: &Path) -> Result<Self, AuthorityError> {
        let path = folder.join(FILE);
        let bytes = match std::fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            read => read.map_err(|error| AuthorityError::file(&path, &error))?,
        };
        let whole = bytes.iter().rposition(|octet| *octet == b'\n').map_or(0, |end| end + 1);
        let mut entries: Vec<Entry> = Vec::new();
        for line in bytes.get(..whole).unwrap_or_default().split_inclusive(|octet| *octet == b'\n') {
            let number = entries.len() as u64 + 1;
            let refused = || AuthorityError::Register { entry: number };
            let entry: Entry = serde_json::from_slice(line).map_err(|_| refused())?;
            let before = entries.last().map_or("", |before| &before.chain);
            // Written again it must be the same line: so there are no other fields either.
            let is_next = entry.version == VERSION && entry.entry == number;
            if !is_next || entry.chain != chain(before, &entry)? || line_of(&entry)? != line {
                return Err(refused());
            }
            entries.push(entry);
        }
        Ok(Self { path, entries, length: whole as u64 })
    }

    /// Takes a number, durably.
    ///
    /// # Errors
    ///
    /// `pki.number-taken`, `pki.file`.
    pub fn take(&mut self, by: By<'_>, authority: &str, what: &str, number: &str) -> Result<Taken, AuthorityError> {
        if self.is_taken(authority, number) {
            return Err(AuthorityError::NumberTaken { number: number.to_owned() });
        }
        let (authority, number) = (authority.to_owned(), number.to_owned());
        let act = Act::Take { authority: authority.clone(), what: what.to_owned(), number: number.clone() };
        self.append(by, act)?;
        Ok(Taken { authority, number })
    }

    /// A number under which something may have been made and nothing was recorded: the program was killed between the two.
    #[must_use]
    pub fn take_up(&self, authority: &str, number: &str) -> Option<Taken> {
        let is_recorded = self.entries.iter().any(|entry| match &entry.act {
            Act::Issue { authority: of, number: issued, .. } => of == authority && issued == number,
            _ => false,
        });
        let is_lost = self.is_taken(authority, number) && !is_recorded;
        is_lost.then(|| Taken { authority: authority.to_owned(), number: number.to_owned() })
    }

    /// Records what was made under a number, durably.
    ///
    /// # Errors
    ///
    /// `pki.file`.
    pub fn issue(
        &mut self,
        by: By<'_>,
        taken: Taken,
        subject: &str,
        until: &str,
        made: &[u8],
    ) -> Result<(), AuthorityError> {
        let act = Act::Issue {
            authority: taken.authority,
            number: taken.number,
            subject: subject.to_owned(),
            until: until.to_owned(),
            digest: hex::encode(sigillo_crypto::sha256(made)),
        };
        self.append(by, act)
    }

    /// Records a revocation, durably.
    ///
    /// # Errors
    ///
    /// `pki.not-issued` if nothing was issued under the number, `pki.revoked-already`, `pki.file`.
    pub fn revoke(&mut self, by: By<'_>, authority: &str, number: &str, reason: &str) -> Result<(), AuthorityError> {
        let issued = self.issued().into_iter().find(|issued| issued.authority == authority && issued.number == number);
        // Also a number without a record: its certificate may exist.
        let issued = issued.ok_or_else(|| AuthorityError::NotIssued { number: number.to_owned() })?;
        if issued.revoked.is_some() {
            return Err(AuthorityError::RevokedAlready { number: number.to_owned() });
        }
        let act = Act::Revoke { authority: authority.to_owned(), number: number.to_owned(), reason: reason.to_owned() };
        self.append(by, act)
    }

    /// Every number that was taken, in order, and what became of it.
    #[must_use]
    pub fn issued(&self) -> Vec<Issued<'_>> {
        let mut all: Vec<Issued<'_>> = Vec::new();
        for entry in &self.entries {
            match &entry.act {
                Act::Take { authority, what, number } => {
                    let taken = &entry.at;
                    all.push(Issued { authority, what, number, taken, subject: None, until: None, revoked: None });
                }
                Act::Issue { authority, number, subject, until, .. } => {
                    if let Some(issued) = find(&mut all, authority, number) {
                        issued.subject = Some(subject);
                        issued.until = Some(until);
                    }
                }
                Act::Revoke { authority, number, reason } => {
                    if let Some(issued) = find(&mut all, authority, number) {
                        issued.revoked = Some((&entry.at, reason));
                    }
                }
            }
        }
        all
    }

    /// Whether a number was taken.
    #[must_use]
    pub fn is_taken(&self, authority: &str, number: &str) -> bool {
        self.numbers(authority).any(|taken| taken == number)
    }

    /// The numbers that were taken, in order.
    pub fn numbers(&self, of: &str) -> impl DoubleEndedIterator<Item = &str> {
        self.entries.iter().filter_map(move |entry| match &entry.act {
            Act::Take { authority, number, .. } if authority == of => Some(number.as_str()),
            _ => None,
        })
    }

    /// The lines.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn append(&mut self, by: By<'_>, act: Act) -> Result<(), AuthorityError> {
        let before = self.entries.last().map_or("", |before| &before.chain);
        let mut entry = Entry {
            version: VERSION,
            entry: self.entries.len() as u64 + 1,
            at: by.at.to_owned(),
            by: by.operator.to_owned(),
            act,
            chain: String::new(),
        };
        entry.chain = chain(before, &entry)?;
        let line = line_of(&entry)?;
        let is_new = self.length == 0;
        let write = || -> io::Result<()> {
            let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(&self.path)?;
            // What stands behind the last whole line is of a program that ended while it wrote.
            file.set_len(self.length)?;
            file.write_all(&line)?;
            file.sync_all()?;
            match self.path.parent().filter(|_| is_new) {
                Some(folder) => File::open(folder)?.sync_all(),
                None => Ok(()),
            }
        };
        write().map_err(|error| AuthorityError::file(&self.path, &error))?;
        self.length += line.len() as u64;
        self.entries.push(entry);
        Ok(())
    }
}

impl Taken {
    /// The number.
    #[must_use]
    pub fn number(&self) -> &str {
        &self.number
    }
}

fn find<'v, 'a>(all: &'v mut [Issued<'a>], authority: &str, number: &str) -> Option<&'v mut Issued<'a>> {
    all.iter_mut().find(|issued| issued.authority == authority && issued.number == number)
}

fn line_of(entry: &Entry) -> Result<Vec<u8>, AuthorityError> {
    let value = serde_json::to_value(entry).map_err(|_| AuthorityError::Register { entry: entry.entry })?;
    let mut line = canonical::canonical(&value).map_err(|_| AuthorityError::Register { entry: entry.entry })?;
    line.push(b'\n');
    Ok(line)
}

fn chain(before: &str, entry: &Entry) -> Result<String, AuthorityError> {
    let refused = || AuthorityError::Register { entry: entry.entry };
    let mut value = serde_json::to_value(entry).map_err(|_| refused())?;
    if let Some(fields) = value.as_object_mut() {
        fields.remove("chain");
    }
    canonical::digest(DOMAIN, before.as_bytes(), &value).map(hex::encode).map_err(|_| refused())
}

const FILE: &str = "register.jsonl";
const VERSION: u8 = 1;
const DOMAIN: &str = "sigillo/v1/authority-register";
