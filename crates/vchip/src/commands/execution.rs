//! What the commands share: all that one may see and change, and how it ends.

use sigillo_apdu::{ApduHead, CommandApdu, ResponseApdu, StatusWord};
use sigillo_crypto::Entropy;

use crate::access::{Access, permits};
use crate::channel::{ChannelChange, Context, Handshake};
use crate::faults::{Fault, Faults};
use crate::files::{FileHandle, Selection};
use crate::memory::{Change, Memory};
use crate::power::{PowerLost, PowerSupply};
use crate::status::Mechanism;

/// All that a command may see and change.
pub(crate) struct Execution<'a> {
    pub(crate) memory: &'a mut Memory,
    pub(crate) power: &'a mut PowerSupply,
    pub(crate) selection: &'a mut Selection,
    /// Left over from the command before, if that began an authentication.
    pub(crate) handshake: Option<Handshake>,
    /// Kept for the next command.
    pub(crate) next_handshake: Option<Handshake>,
    pub(crate) channel_change: ChannelChange,
    /// What the session holds that the command came through.
    pub(crate) context: Context,
    /// The most plain octets that the response can carry.
    pub(crate) capacity: usize,
    pub(crate) entropy: &'a mut dyn Entropy,
    pub(crate) faults: Faults,
}

/// Why a command came to no response of its own.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Interrupted {
    Refused(StatusWord),
    PowerLost,
}

/// A response, a refusal, or darkness.
pub(crate) type Outcome = Result<ResponseApdu, Interrupted>;

impl Execution<'_> {
    /// Whether the chip has this fault.
    pub(super) fn has(&self, fault: Fault) -> bool {
        self.faults.has(fault)
    }

    /// The current DF; a chip without a master file has none.
    pub(super) fn current_df(&self) -> Result<FileHandle, StatusWord> {
        self.selection.df.ok_or(StatusWord::ConditionsNotSatisfied)
    }

    /// Refuses unless the rules of this file let the command do this.
    pub(super) fn require(&self, file: FileHandle, access: Access) -> Result<(), StatusWord> {
        let rules = self.memory.files.rules(self.keeper(file));
        let permitted = permits(rules, access, &self.memory.environments, &self.context.status);
        (permitted || self.forgives(file, access)).then_some(()).ok_or(StatusWord::SecurityStatusNotSatisfied)
    }

    /// Refuses unless this many more octets fit.
    pub(super) fn require_room(&self, octets: usize) -> Result<(), StatusWord> {
        if self.memory.has_room_for(octets) { Ok(()) } else { Err(StatusWord::NotEnoughMemory) }
    }

    pub(super) fn commit(&mut self, change: Change) -> Result<(), PowerLost> {
        self.power.commit(self.memory, change)
    }

    /// The EF that an odd-numbered instruction names in P1-P2: `0000` the current one, up to `001E` by short identifier, else
    /// by file identifier. It becomes the current EF.
    pub(super) fn file_of_odd(&mut self, head: ApduHead) -> Result<FileHandle, StatusWord> {
        match (head.p1, head.p2) {
            (0, 0) => self.current_ef(),
            (0, sfi @ 1..=30) => self.select_sfi(sfi),
            (0, _) => Err(StatusWord::WrongParameters),
            (high, low) => {
                let df = self.current_df()?;
                let file = self.memory.files.child(df, u16::from_be_bytes([high, low]));
                let file = file.filter(|file| self.memory.files.content(*file).is_some());
                self.make_current(file.ok_or(StatusWord::FileNotFound)?)
            }
        }
    }

    /// The EF and offset that an even-numbered instruction names in P1-P2: 15 bits of offset in the current EF, or a short
    /// identifier and 8 bits of offset.
    pub(super) fn file_and_offset(&mut self, head: ApduHead) -> Result<(FileHandle, usize), StatusWord> {
        if head.p1 & 0x80 == 0 {
            return Ok((self.current_ef()?, usize::from(u16::from_be_bytes([head.p1, head.p2]))));
        }
        match head.p1 & 0x7F {
            sfi @ 1..=30 if self.has(Fault::SfiNotMadeCurrent) => {
                let before = *self.selection;
                let file = self.select_sfi(sfi)?;
                *self.selection = before;
                Ok((file, usize::from(head.p2)))
            }
            sfi @ 1..=30 => Ok((self.select_sfi(sfi)?, usize::from(head.p2))),
            _ => Err(StatusWord::WrongParameters),
        }
    }

    pub(super) fn current_ef(&self) -> Result<FileHandle, StatusWord> {
        self.current_df()?;
        self.selection.ef.ok_or(StatusWord::NoCurrentFile)
    }

    pub(super) fn select_sfi(&mut self, sfi: u8) -> Result<FileHandle, StatusWord> {
        let df = self.current_df()?;
        let sfi = if self.has(Fault::SfiOffByOne) { sfi + 1 } else { sfi };
        self.make_current(self.memory.files.child_with_sfi(df, sfi).ok_or(StatusWord::FileNotFound)?)
    }

    pub(super) fn make_current(&mut self, file: FileHandle) -> Result<FileHandle, StatusWord> {
        *self.selection = Selection::of(&self.memory.files, file);
        Ok(file)
    }
}

impl From<StatusWord> for Interrupted {
    fn from(status: StatusWord) -> Self {
        Self::Refused(status)
    }
}

impl From<PowerLost> for Interrupted {
    fn from(_: PowerLost) -> Self {
        Self::PowerLost
    }
}

pub(super) fn refuse(status: StatusWord) -> Outcome {
    Err(Interrupted::Refused(status))
}

pub(super) fn done() -> Outcome {
    Ok(ResponseApdu::from(StatusWord::Success))
}

/// No channel is opened inside another.
pub(super) fn require_no_channel(execution: &Execution<'_>) -> Result<(), StatusWord> {
    if execution.context.status.is_empty() { Ok(()) } else { Err(StatusWord::ConditionsNotSatisfied) }
}

/// Refuses outside of secure messaging.
pub(super) fn require_secure_messaging(execution: &Execution<'_>) -> Result<(), StatusWord> {
    let status = &execution.context.status;
    let is_open = status.knows(Mechanism::Bac) || status.knows(Mechanism::Pace);
    is_open.then_some(()).ok_or(StatusWord::SecurityStatusNotSatisfied)
}

/// Refuses unless P1-P2 are these.
pub(super) fn require_parameters(head: ApduHead, p1: u8, p2: u8) -> Result<(), StatusWord> {
    if (head.p1, head.p2) == (p1, p2) { Ok(()) } else { Err(StatusWord::WrongParameters) }
}

/// Refuses unless the command has a body of a length that is allowed.
pub(super) fn require_body(command: &CommandApdu, allowed: impl FnOnce(usize) -> bool) -> Result<(), StatusWord> {
    if allowed(command.data().len()) { Ok(()) } else { Err(StatusWord::WrongLength) }
}

/// The value of an offset data object: one to four octets, big-endian.
pub(super) fn offset_of(value: &[u8]) -> Result<usize, StatusWord> {
    if !(1..=4).contains(&value.len()) {
        return Err(StatusWord::WrongData);
    }
    Ok(value.iter().fold(0, |offset, octet| offset << 8 | usize::from(*octet)))
}
