//! Who lives, for a register in one file: whoever holds a number has the lock on a file of its own, and the system takes it
//! away however the process ends.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::error::StoreError;

/// A file that is locked while this lives.
pub(super) struct LockFile {
    path: PathBuf,
    _locked: File,
}

impl LockFile {
    /// Makes the file of a number and locks it.
    pub(super) fn take(register: &Path, holder: i64) -> Result<Self, StoreError> {
        let path = file_of(register, holder);
        // A transaction that was rolled back leaves its file behind, and its number to the next: the file may exist.
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(&path).map_err(StoreError::File)?;
        file.try_lock().map_err(|_| StoreError::Busy)?;
        Ok(Self { path, _locked: file })
    }
}

impl Drop for LockFile {
    fn drop(&mut self) {
        // A holder without a file is gone as much as one without a lock; what stays behind is taken away by whoever looks.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Whether the file of a number is locked; the file of one that is not is taken away.
pub(super) fn is_locked(register: &Path, holder: i64) -> Result<bool, StoreError> {
    let path = file_of(register, holder);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(StoreError::File(error)),
    };
    match file.try_lock() {
        Err(std::fs::TryLockError::WouldBlock) => Ok(true),
        Err(std::fs::TryLockError::Error(error)) => Err(StoreError::File(error)),
        Ok(()) => {
            // Its number is never given again: nobody waits for this file.
            let _ = std::fs::remove_file(&path);
            Ok(false)
        }
    }
}

/// `REGISTER-holder-NUMBER`, beside the register.
fn file_of(register: &Path, holder: i64) -> PathBuf {
    let mut name = register.as_os_str().to_owned();
    name.push(format!("-holder-{holder}"));
    name.into()
}
