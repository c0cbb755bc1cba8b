//! How long a command and a response may be, and what a whole operation looks like on the wire.

use sigillo_apdu::{CommandApdu, ins};
use sigillo_channel::scp03::host::{max_plain, max_plain_response};
use sigillo_profile::{FileSpec, Profile};

/// The longest command and response in whole octets, as negotiated with the chip.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Longest command.
    pub command: usize,
    /// Longest response.
    pub response: usize,
}

impl Limits {
    /// Short APDUs only: what every reader and chip can do.
    pub const SHORT: Self = Self { command: 260, response: 258 };

    /// What the profile says the chip can do.
    #[must_use]
    pub fn of_profile(profile: &Profile) -> Self {
        Self { command: profile.max_command.into(), response: profile.max_response.into() }
    }

    /// Octets of a file that one UPDATE BINARY carries inside the secure channel.
    #[must_use]
    pub fn update_chunk(self) -> usize {
        max_plain(self.command)
    }

    /// Octets of a file that one READ BINARY returns inside the secure channel.
    #[must_use]
    pub fn read_chunk(self) -> usize {
        max_plain_response(self.response)
    }
}

/// UPDATE BINARY at an offset: the first one names the file by its short identifier and makes it current.
pub(crate) fn update_binary(file: &FileSpec, offset: usize, chunk: &[u8]) -> CommandApdu {
    let (p1, p2) = position(file, offset);
    CommandApdu::new(0x00, ins::UPDATE_BINARY, p1, p2).with_data(chunk)
}

/// READ BINARY at an offset, for up to `length` octets.
pub(crate) fn read_binary(file: &FileSpec, offset: usize, length: usize) -> CommandApdu {
    let le = u32::try_from(length).unwrap_or(u32::MAX).clamp(1, 65_536);
    let (p1, p2) = position(file, offset);
    CommandApdu::new(0x00, ins::READ_BINARY, p1, p2).with_le(le)
}

/// P1 and P2: a profile's files have at most 32 768 octets, so that 15 bits hold every offset.
fn position(file: &FileSpec, offset: usize) -> (u8, u8) {
    match (offset, file.sfi()) {
        (0, Some(sfi)) => (0x80 | sfi, 0),
        _ => {
            let [high, low] = u16::try_from(offset).unwrap_or(u16::MAX).to_be_bytes();
            (high & 0x7F, low)
        }
    }
}
