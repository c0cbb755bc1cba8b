//! Where a run takes its chips from, one after the other.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sigillo_reader::{Card, IMAGE_EXTENSION, LinkError, Log, Observed, PcscCard, Presence, VirtualCard};

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

/// A PC/SC reader; it waits until the chip that it worked on is taken out and another is put in.
pub struct ReaderStation {
    reader: String,
    patience: Duration,
    ask: Box<dyn FnMut(Wanted)>,
    /// What the reader had in it when the last chip was taken.
    worked_on: Option<Presence>,
    card: Option<Observed<PcscCard, Log>>,
}

/// What a [`ReaderStation`] waits for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Wanted {
    /// The reader is empty: a chip.
    Chip,
    /// The chip in the reader had its turn: another one in its place.
    AnotherChip,
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
    /// A reader by its name or number, with the time that an operator has to put in the next chip; `ask` is told once for
    /// each wait.
    ///
    /// # Errors
    ///
    /// `reader.unknown`, `reader.no-service` and the reader's other codes.
    pub fn open(reader: &str, patience: Duration, ask: impl FnMut(Wanted) + 'static) -> Result<Self, LineError> {
        let reader = PcscCard::reader_named(reader, CALL_TIME_OUT)?;
        Ok(Self { reader, patience, ask: Box::new(ask), worked_on: None, card: None })
    }

    /// What is wanted before the chip in the reader can be worked on; `None` if it can.
    fn wanted(&self, found: Presence) -> Option<Wanted> {
        match (found.is_present, self.worked_on) {
            (false, _) => Some(Wanted::Chip),
            (true, Some(before)) if before.moves == found.moves => Some(Wanted::AnotherChip),
            (true, _) => None,
        }
    }
}

impl Station for ReaderStation {
    fn next(&mut self) -> Result<Option<&mut dyn Card>, LineError> {
        // Dropping the card takes its power: a magazine puts the next chip in.
        self.card = None;
        let deadline = Instant::now() + self.patience;
        let mut asked = None;
        let quiet = Instant::now() + QUIET;
        loop {
            let is_late = Instant::now() >= deadline;
            let found = PcscCard::presence(&self.reader, CALL_TIME_OUT)?;
            if let Some(wanted) = self.wanted(found) {
                if is_late {
                    return Ok(None);
                }
                if Instant::now() >= quiet && asked.replace(wanted) != Some(wanted) {
                    (self.ask)(wanted);
                }
            } else {
                match PcscCard::connect(&self.reader, CALL_TIME_OUT) {
                    Ok(card) => {
                        self.worked_on = Some(found);
                        return Ok(Some(self.card.insert(Observed { card, observer: Log })));
                    }
                    // Taken out again, not yet in place, or looked at by another program that noticed it too.
                    Err(LinkError::NoCard { .. } | LinkError::Mute | LinkError::Removed | LinkError::Busy { .. })
                        if !is_late => {}
                    Err(error) => return Err(error.into()),
                }
            }
            std::thread::sleep(POLL);
        }
    }
}

impl fmt::Debug for ReaderStation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReaderStation").field("reader", &self.reader).finish_non_exhaustive()
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
/// A magazine or a quick hand needs no asking.
const QUIET: Duration = Duration::from_millis(1500);
