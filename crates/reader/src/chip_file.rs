//! The image file of a virtual chip: one user at a time, and never half of a memory on the disk.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use sigillo_vchip::Chip;
use zeroize::Zeroizing;

use crate::error::LinkError;

/// The extension of image files: a magazine holds the files that have it.
pub const IMAGE_EXTENSION: &str = "chip";

/// A chip and the file that is its memory.
///
/// The lock sits on the file itself. A save writes a new file beside it, locks that, and renames it over the old one: whoever
/// waits for the lock of the old file then holds a file without a name, sees that, and looks again.
#[derive(Debug)]
pub(crate) struct ChipFile {
    pub(crate) chip: Chip,
    path: PathBuf,
    /// Keeps the lock.
    file: File,
    saved_generation: u64,
    is_unsaved: bool,
}

impl ChipFile {
    /// Makes the file of a new chip, mode 0600; an existing file is never overwritten.
    pub(crate) fn create(path: &Path, chip: Chip) -> Result<Self, LinkError> {
        let failed = |error| LinkError::of_file(path, error);
        let mut file =
            OpenOptions::new().read(true).write(true).create_new(true).mode(PRIVATE).open(path).map_err(failed)?;
        lock(&file, path)?;
        file.write_all(&Zeroizing::new(chip.image())).map_err(failed)?;
        file.sync_all().map_err(failed)?;
        File::open(folder(path)).and_then(|folder| folder.sync_all()).map_err(failed)?;
        Ok(Self { saved_generation: chip.generation(), chip, path: path.to_owned(), file, is_unsaved: false })
    }

    /// Opens the file of a chip and locks it.
    pub(crate) fn open(path: &Path) -> Result<Self, LinkError> {
        let failed = |error| LinkError::of_file(path, error);
        loop {
            let mut file = OpenOptions::new().read(true).write(true).open(path).map_err(failed)?;
            lock(&file, path)?;
            if file.metadata().map_err(failed)?.ino() != fs::metadata(path).map_err(failed)?.ino() {
                continue;
            }
            let mut image = Zeroizing::new(Vec::new());
            (&mut file).take(MAX_IMAGE).read_to_end(&mut image).map_err(failed)?;
            let chip = Chip::from_image(&image).map_err(|reason| LinkError::Image { path: path.to_owned(), reason })?;
            return Ok(Self {
                saved_generation: chip.generation(),
                chip,
                path: path.to_owned(),
                file,
                is_unsaved: false,
            });
        }
    }

    /// Where the image is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Saves what was committed since the last save; a chip whose commit was not saved answers nothing more.
    ///
    /// The rename is atomic, so a killed process leaves the old memory or the new one. It is not forced to the disk: a virtual
    /// chip need not survive the machine.
    pub(crate) fn save(&mut self) -> Result<(), LinkError> {
        if self.is_unsaved {
            return Err(LinkError::Unsaved { path: self.path.clone() });
        }
        if self.saved_generation == self.chip.generation() {
            return Ok(());
        }
        self.is_unsaved = true;
        self.file = self.replace()?;
        self.saved_generation = self.chip.generation();
        self.is_unsaved = false;
        Ok(())
    }

    fn replace(&self) -> Result<File, LinkError> {
        let failed = |error| LinkError::of_file(&self.path, error);
        let mut name = std::ffi::OsString::from(".");
        name.push(self.path.file_name().unwrap_or_default());
        name.push(".new");
        let fresh = self.path.with_file_name(name);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .mode(PRIVATE)
            .open(&fresh)
            .map_err(failed)?;
        lock(&file, &self.path)?;
        file.write_all(&Zeroizing::new(self.chip.image())).map_err(failed)?;
        fs::rename(&fresh, &self.path).map_err(failed)?;
        Ok(file)
    }
}

const PRIVATE: u32 = 0o600;
const LOCK_PATIENCE: Duration = Duration::from_millis(250);
const LOCK_PAUSE: Duration = Duration::from_millis(5);
/// Far more than any image; the decoder refuses what is too large.
const MAX_IMAGE: u64 = 1 << 20;

/// Takes the lock, or says who has it. Between the fork and the exec of a child that another thread starts, the child holds our
/// locks too: that passes, so a short while is waited.
fn lock(file: &File, path: &Path) -> Result<(), LinkError> {
    let deadline = Instant::now() + LOCK_PATIENCE;
    loop {
        match flock(file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(()),
            Err(Errno::WOULDBLOCK) if Instant::now() < deadline => thread::sleep(LOCK_PAUSE),
            Err(Errno::WOULDBLOCK) => return Err(LinkError::Busy { what: path.display().to_string() }),
            Err(error) => return Err(LinkError::of_file(path, error.into())),
        }
    }
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
