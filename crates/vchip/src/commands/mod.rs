//! The commands of the native dialect (decision D3), one file a family, and what they share.

mod authenticate;
mod create;
mod data_object;
mod key_pair;
mod life_cycle;
mod read;
mod select;
mod update;

use sigillo_apdu::fcp::LifeCycle;
use sigillo_apdu::{ApduHead, CommandApdu, ResponseApdu, StatusWord, ins};
use sigillo_crypto::Entropy;

use crate::access::{Access, permits};
use crate::channel::{ChannelChange, Handshake};
use crate::files::{FileHandle, Selection};
use crate::memory::{Change, Memory};
use crate::power::{PowerLost, PowerSupply};
use crate::status::SecurityStatus;

pub(crate) use authenticate::BAC;

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
    pub(crate) status: SecurityStatus,
    /// The most plain octets that the response can carry.
    pub(crate) capacity: usize,
    pub(crate) entropy: &'a mut dyn Entropy,
}

/// Why a command came to no response of its own.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Interrupted {
    Refused(StatusWord),
    PowerLost,
}

/// A response, a refusal, or darkness.
pub(crate) type Outcome = Result<ResponseApdu, Interrupted>;

/// Carries out one command in plain form.
///
/// | class | instruction | command |
/// |-------|-------------|---------|
/// | `00` | `A4` | SELECT |
/// | `00` | `B0` `B1` | READ BINARY |
/// | `00` | `D6` `D7` | UPDATE BINARY |
/// | `00` | `E0` | CREATE FILE |
/// | `00` | `E4` | DELETE FILE |
/// | `00` | `DA` `DB` | PUT DATA |
/// | `00` `80` | `CA` `CB` | GET DATA: nothing on this chip is read so |
/// | `00` | `46` `47` | GENERATE ASYMMETRIC KEY PAIR |
/// | `00` | `44` | ACTIVATE FILE: on the master file, the lock |
/// | `00` | `FE` | TERMINATE CARD USAGE |
/// | `00` | `84`, `82` | GET CHALLENGE, EXTERNAL AUTHENTICATE: Basic Access Control |
/// | `80` `84` | `50`, `82`, `D8` | INITIALIZE UPDATE, EXTERNAL AUTHENTICATE, PUT KEY: SCP03, until the lock |
pub(crate) fn carry_out(execution: &mut Execution<'_>, command: &CommandApdu) -> Outcome {
    let ApduHead { cla, ins: instruction, .. } = command.head();
    if execution.memory.life_cycle == LifeCycle::Terminated {
        return refuse(StatusWord::ConditionsNotSatisfied);
    }
    let has_keys = execution.memory.key_set.is_some();
    match (cla, instruction) {
        (0x00, ins::SELECT) => select::select(execution, command),
        (0x00, ins::READ_BINARY) => read::read_binary(execution, command),
        (0x00, ins::READ_BINARY_ODD) => read::read_binary_odd(execution, command),
        (0x00, ins::UPDATE_BINARY) => update::update_binary(execution, command),
        (0x00, ins::UPDATE_BINARY_ODD) => update::update_binary_odd(execution, command),
        (0x00, ins::CREATE_FILE) => create::create_file(execution, command),
        (0x00, ins::DELETE_FILE) => create::delete_file(execution, command),
        (0x00, ins::PUT_DATA) => data_object::put_data(execution, command),
        (0x00, PUT_DATA_ODD) => data_object::put_data_odd(execution, command),
        (0x00 | 0x80, ins::GET_DATA | ins::GET_DATA_ODD) => refuse(StatusWord::ReferencedDataNotFound),
        (0x00, GENERATE_EVEN | ins::GENERATE_ASYMMETRIC_KEY_PAIR) => key_pair::generate(execution, command),
        (0x00, ins::ACTIVATE_FILE) => life_cycle::activate_file(execution, command),
        (0x00, ins::TERMINATE_CARD_USAGE) => life_cycle::terminate_card_usage(execution, command),
        (0x00, ins::GET_CHALLENGE) => authenticate::get_challenge(execution, command),
        (0x00, ins::EXTERNAL_AUTHENTICATE) => authenticate::external_authenticate_bac(execution, command),
        (0x80, ins::INITIALIZE_UPDATE) if has_keys => authenticate::initialize_update(execution, command),
        (0x84, ins::EXTERNAL_AUTHENTICATE) if has_keys => authenticate::external_authenticate_scp03(execution, command),
        (0x80, ins::PUT_KEY) if has_keys => authenticate::put_key(execution, command),
        _ => refuse(StatusWord::InstructionNotSupported),
    }
}

impl Execution<'_> {
    /// The current DF; a chip without a master file has none.
    fn current_df(&self) -> Result<FileHandle, StatusWord> {
        self.selection.df.ok_or(StatusWord::ConditionsNotSatisfied)
    }

    /// Refuses unless the rules of this file let the command do this.
    fn require(&self, file: FileHandle, mode: Option<u8>, instruction: u8) -> Result<(), StatusWord> {
        let rules = self.memory.files.get(file).map(|file| file.fcp.rules.as_slice()).unwrap_or_default();
        let permitted = permits(rules, Access { mode, instruction }, self.memory, &self.status);
        permitted.then_some(()).ok_or(StatusWord::SecurityStatusNotSatisfied)
    }

    /// Refuses unless this many more octets fit.
    fn require_room(&self, octets: usize) -> Result<(), StatusWord> {
        if self.memory.has_room_for(octets) { Ok(()) } else { Err(StatusWord::NotEnoughMemory) }
    }

    fn commit(&mut self, change: Change) -> Result<(), PowerLost> {
        self.power.commit(self.memory, change)
    }

    /// The EF that an odd-numbered instruction names in P1-P2: `0000` the current one, up to `001E` by short identifier, else
    /// by file identifier. It becomes the current EF.
    fn file_of_odd(&mut self, head: ApduHead) -> Result<FileHandle, StatusWord> {
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
    fn file_and_offset(&mut self, head: ApduHead) -> Result<(FileHandle, usize), StatusWord> {
        if head.p1 & 0x80 == 0 {
            return Ok((self.current_ef()?, usize::from(u16::from_be_bytes([head.p1, head.p2]))));
        }
        match head.p1 & 0x7F {
            sfi @ 1..=30 => Ok((self.select_sfi(sfi)?, usize::from(head.p2))),
            _ => Err(StatusWord::WrongParameters),
        }
    }

    fn current_ef(&self) -> Result<FileHandle, StatusWord> {
        self.current_df()?;
        self.selection.ef.ok_or(StatusWord::NoCurrentFile)
    }

    fn select_sfi(&mut self, sfi: u8) -> Result<FileHandle, StatusWord> {
        let df = self.current_df()?;
        self.make_current(self.memory.files.child_with_sfi(df, sfi).ok_or(StatusWord::FileNotFound)?)
    }

    fn make_current(&mut self, file: FileHandle) -> Result<FileHandle, StatusWord> {
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

/// GENERATE ASYMMETRIC KEY PAIR with the even instruction code; rules name either.
const GENERATE_EVEN: u8 = 0x46;
/// PUT DATA with data objects in the data field.
const PUT_DATA_ODD: u8 = 0xDB;

fn refuse(status: StatusWord) -> Outcome {
    Err(Interrupted::Refused(status))
}

fn done() -> Outcome {
    Ok(ResponseApdu::from(StatusWord::Success))
}

/// Refuses unless P1-P2 are these.
fn require_parameters(head: ApduHead, p1: u8, p2: u8) -> Result<(), StatusWord> {
    if (head.p1, head.p2) == (p1, p2) { Ok(()) } else { Err(StatusWord::WrongParameters) }
}

/// Refuses unless the command has a body of a length that is allowed.
fn require_body(command: &CommandApdu, allowed: impl FnOnce(usize) -> bool) -> Result<(), StatusWord> {
    if allowed(command.data().len()) { Ok(()) } else { Err(StatusWord::WrongLength) }
}

/// The value of an offset data object: one to four octets, big-endian.
fn offset_of(value: &[u8]) -> Result<usize, StatusWord> {
    if !(1..=4).contains(&value.len()) {
        return Err(StatusWord::WrongData);
    }
    Ok(value.iter().fold(0, |offset, octet| offset << 8 | usize::from(*octet)))
}
