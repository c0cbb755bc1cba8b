use std::fmt;
use std::path::Path;

use sigillo_crypto::Entropy;
use sigillo_vchip::Chip;

use crate::card::Card;
use crate::chip_file::ChipFile;
use crate::entropy::OsEntropy;
use crate::error::LinkError;

/// A virtual chip in this process; its image file is its memory, and every commit is in the file before the answer leaves.
///
/// The chip has power from the first [`Card::reset`] on. A power cut (see [`VirtualCard::arm_cut`]) makes the card mute until
/// the next reset.
pub struct VirtualCard {
    file: ChipFile,
    entropy: Box<dyn Entropy + Send>,
}

impl VirtualCard {
    /// Makes the image file of a new chip, mode 0600, and puts the chip in.
    ///
    /// # Errors
    ///
    /// `reader.io`, also if the file exists: a chip is never overwritten.
    pub fn create(path: &Path, chip: Chip) -> Result<Self, LinkError> {
        Ok(Self { file: ChipFile::create(path, chip)?, entropy: Box::new(OsEntropy) })
    }

    /// Opens an image file and locks it against a second user until the card is dropped.
    ///
    /// # Errors
    ///
    /// `reader.busy`, `reader.io`, or the code of [`sigillo_vchip::ImageRefused`].
    pub fn open(path: &Path) -> Result<Self, LinkError> {
        Ok(Self { file: ChipFile::open(path)?, entropy: Box::new(OsEntropy) })
    }

    /// The same card with another source of randomness.
    #[must_use]
    pub fn with_entropy(self, entropy: impl Entropy + Send + 'static) -> Self {
        Self { entropy: Box::new(entropy), ..self }
    }

    /// The chip: its life cycle, generation, cut points passed.
    #[must_use]
    pub fn chip(&self) -> &Chip {
        &self.file.chip
    }

    /// Makes the power fail at the n-th cut point from now, counted from 1; 0 disarms.
    pub fn arm_cut(&mut self, n: u32) {
        self.file.chip.arm_cut(n);
    }
}

impl Card for VirtualCard {
    fn reset(&mut self) -> Result<Vec<u8>, LinkError> {
        // A chip whose last commit is not in the file must not go on.
        self.file.save()?;
        Ok(self.file.chip.power_on())
    }

    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, LinkError> {
        let response = self.file.chip.process(command, self.entropy.as_mut());
        self.file.save()?;
        response.map_err(|_| LinkError::Mute)
    }
}

impl fmt::Debug for VirtualCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VirtualCard").field("file", &self.file).finish_non_exhaustive()
    }
}
