use std::fs;
use std::path::{Path, PathBuf};

use sigillo_apdu::fcp::LifeCycle;

use crate::chip_file::{ChipFile, IMAGE_EXTENSION};
use crate::error::LinkError;

/// Which chips are served.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Source {
    /// One image file, whatever happens to its chip.
    Image(PathBuf),
    /// A folder of image files (`*.chip`): when a chip has had its turn and loses its power, it is taken out and the next one
    /// is put in; when there is none, the service ends.
    Magazine {
        /// The folder.
        folder: PathBuf,
        /// When a chip has had its turn.
        turn: Turn,
    },
}

/// When a chip of a magazine has had its turn. The magazine knows no register and no profile: that a chip is initialized is
/// nothing that it could see, since an interrupted initialization leaves the same life cycle.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Turn {
    /// When it is locked or terminated; one that is so already never comes. For formation: an interrupted chip stays in.
    AfterLock,
    /// When it answered a command, whatever became of it; each chip comes once. For initialization, inspection, verification.
    AfterUse,
}

/// The chips of a source, put in one after the other; those of a folder in the order of their names.
pub(super) struct Magazine<'s> {
    source: &'s Source,
    /// The chip that was put in last.
    last: Option<PathBuf>,
}

impl<'s> Magazine<'s> {
    pub(super) fn new(source: &'s Source) -> Self {
        Self { source, last: None }
    }

    /// The next chip that has something before it; one that another program holds is passed over.
    pub(super) fn next(&mut self) -> Result<Option<ChipFile>, LinkError> {
        let next = match self.source {
            Source::Image(path) if self.last.is_none() => Some(ChipFile::open(path)?),
            Source::Image(_) => None,
            Source::Magazine { folder, turn } => self.next_of(folder, *turn)?,
        };
        self.last = next.as_ref().map(|file| file.path().to_owned()).or(self.last.take());
        Ok(next)
    }

    /// Whether a chip that loses its power now, after so many commands, makes room for the next.
    pub(super) fn has_had_its_turn(&self, file: &ChipFile, commands: u64) -> bool {
        match self.source {
            Source::Image(_) => false,
            Source::Magazine { turn: Turn::AfterLock, .. } => is_finished(file),
            Source::Magazine { turn: Turn::AfterUse, .. } => commands > 0,
        }
    }

    fn next_of(&self, folder: &Path, turn: Turn) -> Result<Option<ChipFile>, LinkError> {
        for path in images(folder)? {
            let had_its_turn = turn == Turn::AfterUse && self.last.as_ref().is_some_and(|last| path <= *last);
            if had_its_turn {
                continue;
            }
            match ChipFile::open(&path) {
                Ok(file) if turn == Turn::AfterLock && is_finished(&file) => {}
                Ok(file) => return Ok(Some(file)),
                Err(LinkError::Busy { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }
}

/// Whether formation has nothing left to do with the chip: it is locked or terminated.
fn is_finished(file: &ChipFile) -> bool {
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
