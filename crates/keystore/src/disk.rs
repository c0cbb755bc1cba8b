//! The one way to write and to read the store's files.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags};
use sigillo_secret::SecretBytes;

use crate::error::{KeystoreError, KeystoreErrorKind};

/// Makes a private folder, or takes an empty one.
pub(crate) fn new_folder(folder: &Path) -> Result<(), KeystoreError> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Ok(()) => sync_folder(parent(folder)).map_err(|error| failed(&error, folder)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let mut entries = folder.read_dir().map_err(|error| failed(&error, folder))?;
            if entries.next().is_none() { Ok(()) } else { Err(KeystoreErrorKind::Exists.file(&name(folder))) }
        }
        Err(error) => Err(failed(&error, folder)),
    }
}

/// Writes a file that did not exist, whole or not at all, and syncs it and its folder: the new name survives a power cut too.
///
/// The octets go under a name of their own, which takes the right one when it is complete and only if nobody has it. A
/// process that is killed leaves at most that draft, `.NAME.PROCESS-NUMBER.new`.
///
/// # Errors
///
/// [`io::ErrorKind::AlreadyExists`], and whatever the file system says.
pub fn write_new(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let (draft, mut file) = new_draft(path, mode)?;
    let complete = file.write_all(bytes).and_then(|()| file.sync_all());
    let named = complete.and_then(|()| Ok(rustix::fs::renameat_with(CWD, &draft, CWD, path, RenameFlags::NOREPLACE)?));
    if let Err(error) = named {
        // What went wrong first is what is told.
        let _ = fs::remove_file(&draft);
        return Err(error);
    }
    sync_folder(parent(path))
}

/// As [`write_new`], for what nobody else may read.
pub(crate) fn write_new_private(path: &Path, bytes: &[u8]) -> Result<(), KeystoreError> {
    write_new(path, bytes, 0o600).map_err(|error| failed(&error, path))
}

/// As [`write_new_private`], for what is the same again when an act that was broken off is repeated.
pub(crate) fn write_once_private(path: &Path, bytes: &[u8]) -> Result<(), KeystoreError> {
    match fs::read(path) {
        Ok(there) if there == bytes => Ok(()),
        _ => write_new_private(path, bytes),
    }
}

/// Reads a private file of at most `limit` bytes: one that nobody but its owner may read or write.
///
/// # Errors
///
/// `keystore.missing`, `keystore.io`, `keystore.file-mode`; `keystore.form` for a longer file.
pub fn read_private(path: &Path, limit: usize) -> Result<SecretBytes, KeystoreError> {
    let mut file = File::open(path).map_err(|error| failed(&error, path))?;
    let metadata = file.metadata().map_err(|error| failed(&error, path))?;
    if metadata.permissions().mode() & 0o077 != 0 {
        return Err(KeystoreErrorKind::FileMode.file(&name(path)));
    }
    let length = usize::try_from(metadata.len()).ok().filter(|length| *length <= limit);
    let mut bytes = vec![0; length.ok_or_else(|| KeystoreErrorKind::Form.file(&name(path)))?];
    let read = file.read_exact(&mut bytes);
    // Wrapped before anything can fail, so that the buffer is wiped whatever happens.
    let bytes = SecretBytes::new(bytes);
    read.map_err(|error| failed(&error, path)).map(|()| bytes)
}

/// The last component of a path: all that an error says about it.
pub(crate) fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

pub(crate) fn failed(error: &io::Error, path: &Path) -> KeystoreError {
    match error.kind() {
        io::ErrorKind::AlreadyExists => KeystoreErrorKind::Exists.file(&name(path)),
        io::ErrorKind::NotFound => KeystoreErrorKind::Missing.file(&name(path)),
        kind => KeystoreErrorKind::Io(kind).file(&name(path)),
    }
}

/// A new file beside the one that it is to become.
fn new_draft(path: &Path, mode: u32) -> io::Result<(PathBuf, File)> {
    let mut number = 0_u32;
    loop {
        let draft = parent(path).join(format!(".{}.{}-{number}.new", name(path), std::process::id()));
        match OpenOptions::new().write(true).create_new(true).mode(mode).open(&draft) {
            Ok(file) => return Ok((draft, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < MAX_DRAFTS => number += 1,
            Err(error) => return Err(error),
        }
    }
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Drafts of one name at a time; so many were left by nobody.
const MAX_DRAFTS: u32 = 1000;
