use std::fs;
use std::path::{Path, PathBuf};

use sigillo_apdu::fcp::LifeCycle;

use crate::chip_file::{ChipFile, IMAGE_EXTENSION};
use crate::error::LinkError;

/// The chips of a folder, put in one after the other in the order of their names.
pub(super) struct Magazine {
    folder: PathBuf,
}

impl Magazine {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The first chip that has something before it; one that another program holds is passed over.
    pub(super) fn next(&self) -> Result<Option<ChipFile>, LinkError> {
        for path in images(&self.folder)? {
            match ChipFile::open(&path) {
                Ok(file) if !is_finished(&file) => return Ok(Some(file)),
                Ok(_) | Err(LinkError::Busy { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }
}

/// Whether formation has nothing left to do with the chip: it is locked or terminated.
pub(super) fn is_finished(file: &ChipFile) -> bool {
    matches!(file.chip.life_cycle(), LifeCycle::Activated | LifeCycle::Terminated)
}

fn images(folder: &Path) -> Result<Vec<PathBuf>, LinkError> {
    let failed = |error| LinkError::of_file(folder, error);
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let is_hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if path.extension().is_some_and(|extension| extension == IMAGE_EXTENSION) && !is_hidden && path.is_file() {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}
