//! Reading the source tree.

use std::fs;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use crate::check::CheckError;

/// The whole text of a file.
pub(crate) fn read(path: &Path) -> Result<String, CheckError> {
    fs::read_to_string(path).map_err(|source| CheckError::Unreadable { path: path.to_owned(), source })
}

/// A TOML file as a table of ours.
pub(crate) fn read_table<T: DeserializeOwned>(path: &Path) -> Result<T, CheckError> {
    toml::from_str(&read(path)?).map_err(|source| CheckError::Table { path: path.to_owned(), source: Box::new(source) })
}

/// Every file below `folder` whose name ends in `.extension`, sorted; build output is left out.
pub(crate) fn files_below(folder: &Path, extension: &str) -> Result<Vec<PathBuf>, CheckError> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        let unreadable = |source| CheckError::Unreadable { path: folder.clone(), source };
        for entry in fs::read_dir(&folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let path = entry.path();
            let name = entry.file_name();
            if entry.file_type().map_err(unreadable)?.is_dir() {
                if !name.to_string_lossy().starts_with('.') && name != "target" {
                    waiting.push(path);
                }
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}
