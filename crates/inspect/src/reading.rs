//! One file, chunk by chunk: which command comes next, and what an answer means. No session, no channel.

use sigillo_apdu::{CommandApdu, ResponseApdu, StatusWord, ins};
use sigillo_tlv::{encode, encoded_length, single, total_length};

use crate::file_name::FileName;
use crate::outcome::Refusal;

/// The most octets of one file.
pub(crate) const MAX_FILE: usize = 64 * 1024;
/// READ BINARY with even INS addresses 15 bits.
const FIRST_LONG_OFFSET: usize = 0x8000;
/// What chips that take no short file identifier answer to one.
const NO_SHORT_IDS: [StatusWord; 5] = [
    StatusWord::WrongParameters,
    StatusWord::WrongOffset,
    StatusWord::FunctionNotSupported,
    StatusWord::NoCurrentFile,
    StatusWord::Other(0x6981),
];
const DISCRETIONARY: u32 = 0x53;
const OFFSET: u32 = 0x54;

/// A file that is being read.
pub(crate) struct Reading {
    name: FileName,
    file_id: u16,
    octets: Vec<u8>,
    address: Address,
    /// What the last command asked for, without any wrapping.
    asked: usize,
    /// Le as the chip corrected it; once an offset.
    exact: Option<u8>,
    corrected: bool,
    extent: Extent,
}

/// How the file is named to the chip.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Address {
    /// In the first READ BINARY.
    ShortId(u8),
    /// By SELECT, which is the next command.
    Select,
    /// Not at all: it is the current file.
    Current,
}

/// Where the file ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Extent {
    /// Where its first TLV ends; not known yet.
    Unknown,
    /// Here.
    Known(usize),
    /// Where the answer to one command ends.
    OneCommand,
}

/// What comes after an answer.
#[derive(Eq, PartialEq)]
pub(crate) enum Progress {
    More,
    Whole(Vec<u8>),
    Refused(Refusal),
}

/// What was read is personal.
impl std::fmt::Debug for Reading {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Reading({}, {} octets so far)", self.name, self.octets.len())
    }
}

/// What was read is personal.
impl std::fmt::Debug for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::More => f.write_str("More"),
            Self::Whole(file) => write!(f, "Whole({} octets)", file.len()),
            Self::Refused(why) => write!(f, "Refused({why:?})"),
        }
    }
}

impl Reading {
    /// Begins a file; EF.ATR/INFO and EF.CVCA are several TLVs, and small: one command reads them.
    pub(crate) fn new(name: FileName) -> Self {
        let extent = match name {
            FileName::AtrInfo | FileName::Cvca => Extent::OneCommand,
            _ => Extent::Unknown,
        };
        let address = Address::ShortId(name.short_file_id());
        let file_id = name.file_id();
        Self { name, file_id, octets: Vec::new(), address, asked: 0, exact: None, corrected: false, extent }
    }

    /// Begins EF.CVCA where DG14 says that it lies elsewhere.
    pub(crate) fn cvca(file_id: u16, short_id: Option<u8>) -> Self {
        let address = short_id.map_or(Address::Select, Address::ShortId);
        Self { file_id, address, ..Self::new(FileName::Cvca) }
    }

    pub(crate) fn name(&self) -> FileName {
        self.name
    }

    /// The next READ BINARY, for at most `room` plain octets in its answer.
    ///
    /// | offset | command |
    /// |---|---|
    /// | 0 | `B0`, short file identifier in P1, which also makes the file current; `A4` and `B0` if the chip takes none |
    /// | up to 7FFF | `B0`, offset in P1-P2 |
    /// | from 8000 | `B1`, offset in data object 54, answer in data object 53 |
    pub(crate) fn next_command(&mut self, room: usize) -> CommandApdu {
        if self.address == Address::Select {
            return CommandApdu::new(0x00, ins::SELECT, 0x02, 0x0C).with_data(self.file_id.to_be_bytes());
        }
        let offset = self.octets.len();
        let left = match self.extent {
            Extent::Known(total) => total.saturating_sub(offset),
            Extent::Unknown | Extent::OneCommand => MAX_FILE,
        };
        let long = offset >= FIRST_LONG_OFFSET;
        let header = if long { encoded_length(DISCRETIONARY, room) - room } else { 0 };
        self.asked = left.min(room.saturating_sub(header)).max(1);
        let expected = if long { encoded_length(DISCRETIONARY, self.asked) } else { self.asked };
        let le = self.exact.take().map_or(u32::try_from(expected).unwrap_or(1), u32::from).clamp(1, 65_536);
        let [.., high, low] = offset.to_be_bytes();
        match self.address {
            Address::ShortId(id) => CommandApdu::new(0x00, ins::READ_BINARY, 0x80 | id, 0x00),
            _ if long => {
                CommandApdu::new(0x00, ins::READ_BINARY_ODD, 0x00, 0x00).with_data(encode(OFFSET, &[high, low]))
            }
            _ => CommandApdu::new(0x00, ins::READ_BINARY, high, low),
        }
        .with_le(le)
    }

    /// Takes the (unwrapped) answer to the last command.
    pub(crate) fn take(&mut self, answer: &ResponseApdu) -> Progress {
        match (self.address, answer.status()) {
            (Address::Select, StatusWord::Success) => {
                self.address = Address::Current;
                return Progress::More;
            }
            (Address::Select, status) => return Progress::Refused(Refusal::Status(status)),
            (Address::ShortId(_), status) if NO_SHORT_IDS.contains(&status) => {
                self.address = Address::Select;
                return Progress::More;
            }
            _ => {}
        }
        match answer.status() {
            StatusWord::Success | StatusWord::EndOfFile => {}
            StatusWord::WrongLe { exact } if exact != 0 && !self.corrected => {
                (self.exact, self.corrected) = (Some(exact), true);
                return Progress::More;
            }
            StatusWord::WrongOffset if !self.octets.is_empty() => return self.truncated(),
            status => return Progress::Refused(Refusal::Status(status)),
        }
        let long = self.octets.len() >= FIRST_LONG_OFFSET;
        let chunk = if long { single(answer.data(), DISCRETIONARY).map(|tlv| tlv.value) } else { Ok(answer.data()) };
        let chunk = match chunk {
            Ok(chunk) if chunk.len() <= self.asked => chunk,
            _ => return Progress::Refused(Refusal::BadAnswer),
        };
        if chunk.is_empty() {
            return if self.octets.is_empty() { Progress::Refused(Refusal::NoLength) } else { self.truncated() };
        }
        self.octets.extend_from_slice(chunk);
        self.address = Address::Current;
        self.corrected = false;
        let ended = answer.status() == StatusWord::EndOfFile;
        if self.extent == Extent::Unknown {
            match total_length(&self.octets) {
                Ok(Some(length)) if length > MAX_FILE => return Progress::Refused(Refusal::TooLarge { length }),
                Ok(Some(length)) => self.extent = Extent::Known(length),
                Ok(None) if !ended => {}
                Ok(None) | Err(_) => return Progress::Refused(Refusal::NoLength),
            }
        }
        match self.extent {
            Extent::OneCommand => Progress::Whole(std::mem::take(&mut self.octets)),
            Extent::Known(total) if self.octets.len() >= total => {
                self.octets.truncate(total);
                Progress::Whole(std::mem::take(&mut self.octets))
            }
            _ if ended => self.truncated(),
            _ => Progress::More,
        }
    }

    fn truncated(&self) -> Progress {
        Progress::Refused(Refusal::Truncated { found: self.octets.len() })
    }
}
