//! A station of virtual chips, with a hand between the line and the chip.

use std::collections::VecDeque;
use std::path::PathBuf;

use sigillo_line::{LineError, Station};
use sigillo_reader::{Card, LinkError, VirtualCard};

/// What happens between the line and a chip.
pub(crate) trait Touch {
    /// Cuts the power and gives it again.
    fn reset(&mut self, _chip: &str, card: &mut VirtualCard) -> Result<Vec<u8>, LinkError> {
        card.reset()
    }

    /// Carries a command to the chip and its answer back.
    fn transmit(&mut self, _chip: &str, card: &mut VirtualCard, command: &[u8]) -> Result<Vec<u8>, LinkError> {
        card.transmit(command)
    }
}

/// Nothing happens there.
pub(crate) struct Plain;

impl Touch for Plain {}

impl<F: FnMut(&str, &mut VirtualCard, &[u8]) -> Result<Vec<u8>, LinkError>> Touch for F {
    fn transmit(&mut self, chip: &str, card: &mut VirtualCard, command: &[u8]) -> Result<Vec<u8>, LinkError> {
        self(chip, card, command)
    }
}

/// Chips that come one after the other.
pub(crate) struct Bench<'t> {
    chips: VecDeque<(String, PathBuf)>,
    here: Option<(String, VirtualCard)>,
    touch: &'t mut dyn Touch,
}

impl<'t> Bench<'t> {
    pub(super) fn new(chips: VecDeque<(String, PathBuf)>, touch: &'t mut dyn Touch) -> Self {
        Self { chips, here: None, touch }
    }
}

impl Station for Bench<'_> {
    fn next(&mut self) -> Result<Option<&mut dyn Card>, LineError> {
        // The image is locked until its card is dropped.
        self.here = None;
        let Some((name, image)) = self.chips.pop_front() else { return Ok(None) };
        self.here = Some((name, VirtualCard::open(&image)?));
        Ok(Some(self))
    }
}

impl Card for Bench<'_> {
    fn reset(&mut self) -> Result<Vec<u8>, LinkError> {
        let (name, card) = self.here.as_mut().ok_or(LinkError::Removed)?;
        self.touch.reset(name, card)
    }

    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, LinkError> {
        let (name, card) = self.here.as_mut().ok_or(LinkError::Removed)?;
        self.touch.transmit(name, card, command)
    }
}
