//! Lots of R-PSE records: checked whole, imported whole or not at all, in constant memory.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use sigillo_crypto::{Entropy, Sha256Stream, sha256};
use sigillo_issuance::record::{
    Fault, HolderRecord, IMAGE_MAX_BYTES, ImageRefused, ImageSource, LINE_MAX_BYTES, LotCheck, LotRules, LotSummary,
};
use sigillo_keystore::Keystore;
use sigillo_profile::Content;
use sigillo_store::{By, Incoming, LotId, LotImport, LotMeta, NewRecord, Store, StoreError};
use zeroize::Zeroizing;

use crate::error::LineError;
use crate::home::Home;
use crate::vault::{Place, encrypt};

/// What was found in a lot.
#[derive(Debug)]
pub struct LotReport {
    /// Lines, faulty lines, warnings.
    pub summary: LotSummary,
    /// SHA-256 of the file.
    pub digest: [u8; 32],
    /// The lot's number, if it was imported.
    pub lot: Option<LotId>,
}

/// A lot that came in a partner's message.
#[derive(Clone, Copy)]
#[allow(clippy::exhaustive_structs, reason = "whoever imports a lot gives all of it")]
pub struct MessageLot<'a> {
    /// What it is called in the register, a short technical word.
    pub name: &'a str,
    /// The records, one a line; images are inside.
    pub records: &'a [u8],
    /// The message.
    pub incoming: &'a Incoming<'a>,
}

/// Checks every record of a file; nothing is stored.
///
/// # Errors
///
/// `line.file`, `store.empty-lot`, or `line.lot-faults` with every fault of every line.
pub fn check_lot(home: &Home, file: &Path, today: Date) -> Result<LotReport, LineError> {
    let (summary, digest) = walk(home, Lines::open(file)?, &LotFolder::of(file)?, today, |_, _| Ok(()))?;
    if summary.lines == 0 {
        return Err(StoreError::EmptyLot.into());
    }
    Ok(LotReport { summary, digest, lot: None })
}

/// Checks every record of a file and stores all of them, encrypted, in one transaction; or none.
///
/// # Errors
///
/// As [`check_lot`], where a number or file reference that a living record has already is one more fault of its line;
/// `line.plain-lot` in production, unless the home takes plain lots; or a code of `store` or `keystore`.
pub fn import_lot(
    home: &Home,
    store: &mut Store,
    keys: &dyn Keystore,
    by: By<'_>,
    file: &Path,
    today: Date,
    entropy: &mut dyn Entropy,
) -> Result<LotReport, LineError> {
    if !home.takes_plain_lots() {
        return Err(LineError::PlainLot);
    }
    let digest = digest_of(file)?;
    let name = file
        .file_name()
        .map(|name| name.to_string_lossy().replace(|c: char| !c.is_ascii_alphanumeric() && !"._-".contains(c), "_"));
    let mut import = store.begin_lot(by, LotMeta { name: name.as_deref().unwrap_or("lot"), digest })?;
    let (summary, walked) =
        walk(home, Lines::open(file)?, &LotFolder::of(file)?, today, keep(&mut import, keys, entropy))?;
    if walked != digest {
        return Err(LineError::File { path: file.to_owned(), reason: "the file changed while it was read".to_owned() });
    }
    let lot = import.commit()?;
    Ok(LotReport { summary, digest, lot: Some(lot) })
}

/// Checks every record of a message and stores all of them, encrypted, in one transaction with the message's number; or none.
///
/// # Errors
///
/// As [`import_lot`]; `exchange.gap`, `exchange.repeated`, `exchange.number-reused`, `exchange.previous` for a message out of
/// its place.
pub fn import_message_lot(
    home: &Home,
    store: &mut Store,
    keys: &dyn Keystore,
    by: By<'_>,
    message: &MessageLot<'_>,
    today: Date,
    entropy: &mut dyn Entropy,
) -> Result<LotReport, LineError> {
    let MessageLot { name, records, incoming } = *message;
    let mut import = store.begin_lot(by, LotMeta { name, digest: sha256(records) })?;
    import.came_in(incoming)?;
    let (summary, digest) = walk(home, Lines::of(records), &NoFolder, today, keep(&mut import, keys, entropy))?;
    let lot = import.commit()?;
    Ok(LotReport { summary, digest, lot: Some(lot) })
}

/// What is done with each good record: it is encrypted and added to the lot.
fn keep<'a>(
    import: &'a mut LotImport<'_>,
    keys: &'a dyn Keystore,
    entropy: &'a mut dyn Entropy,
) -> impl FnMut(u64, &HolderRecord) -> Result<(), LineError> {
    let lot = import.lot();
    move |line, record| {
        let parts = encrypt(keys, &Place::new(lot, line), record, entropy)?;
        let number = record.document_number.as_deref();
        let pratica_digest = keys.reference_digest(&record.pratica)?;
        match import.add(&NewRecord { line, document_number: number, pratica_digest, parts }) {
            Err(error) => Err(delivered_before(line, error)),
            Ok(()) => Ok(()),
        }
    }
}

/// Calls `keep` for each good record, and collects every fault of the lines and of `keep`.
fn walk<R: BufRead>(
    home: &Home,
    mut lines: Lines<R>,
    images: &dyn ImageSource,
    today: Date,
    mut keep: impl FnMut(u64, &HolderRecord) -> Result<(), LineError>,
) -> Result<(LotSummary, [u8; 32]), LineError> {
    let mut check = LotCheck::new(rules(home, today));
    let mut faults = Vec::new();
    let mut number = 0;
    while let Some(line) = lines.next()? {
        number += 1;
        match check.line(&line, images) {
            Ok(record) => match keep(number, &record) {
                Err(LineError::Faults(mut found)) => faults.append(&mut found),
                kept => kept?,
            },
            Err(mut found) => faults.append(&mut found),
        }
    }
    if faults.is_empty() { Ok((check.finish(), lines.digest.finish())) } else { Err(LineError::Faults(faults)) }
}

/// A record of an earlier lot, named as a fault of its line.
fn delivered_before(line: u64, error: StoreError) -> LineError {
    let field = match error {
        StoreError::DuplicateNumber => "document_number",
        StoreError::DuplicatePratica => "pratica",
        error => return error.into(),
    };
    let advice = "Take the record out of the lot, or correct it: a record delivered before has this already.";
    LineError::Faults(vec![Fault { line, field: field.to_owned(), code: error.code(), advice }])
}

fn rules(home: &Home, today: Date) -> LotRules {
    let profile = home.profile();
    let has_bac = profile
        .environments
        .iter()
        .flat_map(|environment| &environment.alternatives)
        .any(|alternative| alternative.mechanism == sigillo_profile::Mechanism::Bac);
    let room = |group, header| {
        let size = profile.file_with(Content::DataGroup(group)).and_then(sigillo_profile::FileSpec::size);
        usize::from(size.unwrap_or(0)).saturating_sub(header)
    };
    let mut rules = LotRules::new(today);
    rules.bac = has_bac;
    rules.portrait_max_bytes = room(2, BIOMETRIC_HEADER);
    rules.fingerprint_max_bytes = room(3, 2 * BIOMETRIC_HEADER) / 2;
    rules
}

/// More than the headers around one image in DG2 or DG3.
const BIOMETRIC_HEADER: usize = 128;

/// The folder of a lot: images are read from inside it only.
struct LotFolder(PathBuf);

impl LotFolder {
    fn of(file: &Path) -> Result<Self, LineError> {
        let folder = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        folder.canonicalize().map(Self).map_err(|error| LineError::file(folder, &error))
    }
}

impl ImageSource for LotFolder {
    fn read(&self, relative: &str) -> Result<Vec<u8>, ImageRefused> {
        let path = self.0.join(relative).canonicalize().map_err(|_| ImageRefused::Missing)?;
        if !path.starts_with(&self.0) {
            return Err(ImageRefused::Outside);
        }
        // A pipe or a device would make the import wait, or never end.
        if !path.is_file() {
            return Err(ImageRefused::Unreadable);
        }
        let mut bytes = Vec::new();
        let limit = IMAGE_MAX_BYTES as u64 + 1;
        File::open(path)
            .and_then(|file| file.take(limit).read_to_end(&mut bytes))
            .map_err(|_| ImageRefused::Unreadable)?;
        if bytes.len() as u64 == limit { Err(ImageRefused::TooLarge) } else { Ok(bytes) }
    }
}

/// A message has no folder: images are inside its lines.
struct NoFolder;

impl ImageSource for NoFolder {
    fn read(&self, _: &str) -> Result<Vec<u8>, ImageRefused> {
        Err(ImageRefused::Outside)
    }
}

/// The lines of a lot, each read only as far as a line may be long.
struct Lines<R> {
    path: PathBuf,
    reader: R,
    digest: Sha256Stream,
}

impl Lines<BufReader<File>> {
    fn open(path: &Path) -> Result<Self, LineError> {
        let file = File::open(path).map_err(|error| LineError::file(path, &error))?;
        Ok(Self { path: path.to_owned(), reader: BufReader::new(file), digest: Sha256Stream::new() })
    }
}

impl<'a> Lines<&'a [u8]> {
    fn of(octets: &'a [u8]) -> Self {
        Self { path: PathBuf::new(), reader: octets, digest: Sha256Stream::new() }
    }
}

impl<R: BufRead> Lines<R> {
    /// The next line without its end. A line beyond the limit comes cut, one that is not UTF-8 comes empty: both are
    /// then refused by the check, under their own line number.
    fn next(&mut self) -> Result<Option<Zeroizing<String>>, LineError> {
        let mut line = Zeroizing::new(Vec::new());
        loop {
            let available = match self.reader.fill_buf() {
                Ok(available) => available,
                Err(error) => return Err(LineError::file(&self.path, &error)),
            };
            if available.is_empty() {
                if line.is_empty() {
                    return Ok(None);
                }
                break;
            }
            let end = available.iter().position(|octet| *octet == b'\n');
            let taken = available.get(..end.unwrap_or(available.len())).unwrap_or_default();
            let room = (LINE_MAX_BYTES + 1).saturating_sub(line.len());
            line.extend_from_slice(taken.get(..room.min(taken.len())).unwrap_or_default());
            let consumed = end.map_or(available.len(), |end| end + 1);
            self.digest.update(available.get(..consumed).unwrap_or_default());
            self.reader.consume(consumed);
            if end.is_some() {
                break;
            }
        }
        let text = std::str::from_utf8(&line).unwrap_or_default();
        Ok(Some(Zeroizing::new(text.strip_suffix('\r').unwrap_or(text).to_owned())))
    }
}

impl std::fmt::Debug for MessageLot<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MessageLot({}, {} bytes)", self.name, self.records.len())
    }
}

fn digest_of(path: &Path) -> Result<[u8; 32], LineError> {
    let mut lines = Lines::open(path)?;
    while lines.next()?.is_some() {}
    Ok(lines.digest.finish())
}
