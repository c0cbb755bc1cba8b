//! Where a run takes its chips from, one after the other.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sigillo_reader::{Card, IMAGE_EXTENSION, LinkError, Log, Observed, PcscCard, VirtualCard};

use crate::error::LineError;

/// A place where one chip at a time is worked on.
pub trait Station {
    /// Puts the next chip in place, without power; `None` when there is no further one.
    ///
    /// # Errors
    ///
    /// Of the reader.
    fn next(&mut self) -> Result<Option<&mut dyn Card>, LineError>;
}

/// Virtual chips of a folder, in this process, in the order of their file names.
#[derive(Debug)]
pub struct VirtualStation {
    images: std::vec::IntoIter<PathBuf>,
    card: Option<Observed<VirtualCard, Log>>,
}

/// A PC/SC reader; it waits for a chip to be put in.
#[derive(Debug)]
pub struct ReaderStation {
    reader: String,
    patience: Duration,
    card: Option<Observed<PcscCard, Log>>,
}

impl VirtualStation {
    /// Takes the chips of one batch folder, or of every folder below it.
    ///
    /// # Errors
    ///
    /// `line.file`.
    pub fn of_folder(folder: &Path) -> Result<Self, LineError> {
        let mut images = Vec::new();
        collect_images(folder, &mut images)?;
        images.sort();
        Ok(Self { images: images.into_iter(), card: None })
    }
}

impl Station for VirtualStation {
    fn next(&mut self) -> Result<Option<&mut dyn Card>, LineError> {
        self.card = None;
        let Some(path) = self.images.next() else { return Ok(None) };
        let card = self.card.insert(Observed { card: VirtualCard::open(&path)?, observer: Log });
        Ok(Some(card))
    }
}

impl ReaderStation {
    /// A reader by its name or number, with the time that an operator has to put in the next chip.
    #[must_use]
    pub fn new(reader: &str, patience: Duration) -> Self {
        Self { reader: reader.to_owned(), patience, card: None }
    }
}

impl Station for ReaderStation {
    fn next(&mut self) -> Result<Option<&mut dyn Card>, LineError> {
        // Dropping the card takes its power: a magazine puts the next chip in.
        self.card = None;
        let deadline = Instant::now() + self.patience;
        loop {
            match PcscCard::connect(&self.reader, CALL_TIME_OUT) {
                Ok(card) => {
                    let card = self.card.insert(Observed { card, observer: Log });
                    return Ok(Some(card));
                }
                Err(LinkError::NoCard { .. } | LinkError::Mute) if Instant::now() < deadline => {
                    std::thread::sleep(POLL)
                }
                Err(LinkError::NoCard { .. }) => return Ok(None),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

fn collect_images(folder: &Path, images: &mut Vec<PathBuf>) -> Result<(), LineError> {
    let failed = |error: std::io::Error| LineError::file(folder, &error);
    for entry in folder.read_dir().map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() {
            collect_images(&path, images)?;
        } else if path.extension().is_some_and(|extension| extension == IMAGE_EXTENSION) {
            images.push(path);
        }
    }
    Ok(())
}

const CALL_TIME_OUT: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(100);
