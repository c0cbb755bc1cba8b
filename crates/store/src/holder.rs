//! Who holds a reserved slot: a process that is alive has the lock on a file of its own, and the system takes it away however
//! the process ends.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::error::StoreError;

/// A hand on the register that reserves slots; as long as this lives, what it reserved is in work.
#[derive(Debug)]
pub(crate) struct Holder {
    id: i64,
    path: PathBuf,
    _locked: File,
}

impl Holder {
    /// Takes the next number inside a transaction that writes, and locks the file that belongs to it.
    pub(crate) fn take(connection: &Connection, operator: &str, at: &str) -> Result<Self, StoreError> {
        connection.prepare_cached("INSERT INTO holder (operator, at) VALUES (?1, ?2)")?.execute((operator, at))?;
        let id = connection.last_insert_rowid();
        let path = file_of(connection, id)?;
        // A transaction that was rolled back leaves its file behind, and its number to the next: the file may exist.
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(&path).map_err(StoreError::File)?;
        file.try_lock().map_err(|_| StoreError::Busy)?;
        Ok(Self { id, path, _locked: file })
    }

    /// Its number.
    pub(crate) fn id(&self) -> i64 {
        self.id
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        // A holder without a file is gone as much as one without a lock; what stays behind is taken away by whoever looks.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Whether a holder still lives; the file of one that does not is taken away.
pub(crate) fn is_alive(connection: &Connection, id: i64) -> Result<bool, StoreError> {
    let path = file_of(connection, id)?;
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
fn file_of(connection: &Connection, id: i64) -> Result<PathBuf, StoreError> {
    let register = connection.path().ok_or(StoreError::NotFound)?;
    let mut name = Path::new(register).as_os_str().to_owned();
    name.push(format!("-holder-{id}"));
    Ok(name.into())
}
