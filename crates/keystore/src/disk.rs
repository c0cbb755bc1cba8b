//! The one way to write and to read the store's files.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

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

/// Writes a file that did not exist, private, and syncs it and its folder: the new name survives a power cut too.
pub(crate) fn write_new_private(path: &Path, bytes: &[u8]) -> Result<(), KeystoreError> {
    let write = || -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        sync_folder(parent(path))
    };
    write().map_err(|error| failed(&error, path))
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

fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
