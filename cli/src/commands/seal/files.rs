//! A document as a folder: `DG1.bin` … `DG16.bin` and `EF.SOD.bin`.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use sigillo_line::{Groups, LineError};

/// The name of the seal in a document's folder.
pub(super) const SOD: &str = "EF.SOD.bin";

/// The data groups of a folder.
pub(super) fn groups(folder: &Path) -> Result<Groups, LineError> {
    let mut groups = Groups::new();
    for number in 1..=16 {
        if let Some(file) = read_if_there(&folder.join(format!("DG{number}.bin")))? {
            groups.insert(number, file);
        }
    }
    Ok(groups)
}

/// A file that must be there.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, LineError> {
    read_if_there(path)?.ok_or_else(|| failed(path, &ErrorKind::NotFound.into()))
}

/// A file of a size that a chip could hold.
pub(super) fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, LineError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(path, &error)),
    };
    let mut octets = Vec::new();
    file.take(MOST + 1).read_to_end(&mut octets).map_err(|error| failed(path, &error))?;
    if octets.len() as u64 > MOST {
        return Err(failed(path, &ErrorKind::FileTooLarge.into()));
    }
    Ok(Some(octets))
}

/// The seal that an argument names: the file itself, or the one in the folder; and the folder, if it is one.
pub(super) fn seal_of(argument: &Path) -> (PathBuf, Option<&Path>) {
    if argument.is_dir() { (argument.join(SOD), Some(argument)) } else { (argument.to_owned(), None) }
}

fn failed(path: &Path, error: &std::io::Error) -> LineError {
    LineError::File { path: path.to_owned(), reason: error.kind().to_string() }
}

/// More than any file of a chip.
const MOST: u64 = 1 << 20;
