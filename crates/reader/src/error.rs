use std::io;
use std::path::{Path, PathBuf};

use sigillo_vchip::ImageRefused;
use thiserror::Error;

/// Why no answer came from a card. A card that is gone or mute is one thing, a reader that fails is another: only the first says
/// anything about the card.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LinkError {
    /// The card was taken out of the reader.
    #[error("the card was removed")]
    Removed,
    /// The card is there and does not answer, or lost its power.
    #[error("the card is mute")]
    Mute,
    /// There is no card in the reader.
    #[error("there is no card in reader {reader:?}")]
    NoCard {
        /// The reader's name.
        reader: String,
    },
    /// There is no reader of this name.
    #[error("there is no reader {reader:?}")]
    NoReader {
        /// The name that was asked for.
        reader: String,
    },
    /// Another program uses the card.
    #[error("{what} is in use by another program")]
    Busy {
        /// The reader's name or the image's path.
        what: String,
    },
    /// The PC/SC daemon does not answer the door.
    #[error("the PC/SC service is not running")]
    NoService,
    /// The reader or its daemon did not answer in time.
    #[error("the reader did not answer in {seconds} seconds")]
    TimeOut {
        /// How long it was given.
        seconds: u64,
    },
    /// The reader or its daemon failed in another way.
    #[error("the reader failed: {reason}")]
    Fault {
        /// What PC/SC says of it.
        reason: pcsc::Error,
    },
    /// The other side of a socket does not speak the protocol of vpcd.
    #[error("the virtual reader broke its protocol")]
    Protocol,
    /// A command or response that no frame can carry.
    #[error("{octets} octets do not fit into one frame")]
    TooLong {
        /// How many there are.
        octets: usize,
    },
    /// A file or socket failed.
    #[error("{what}: {reason}")]
    Io {
        /// The path or address.
        what: String,
        /// What the system says of it.
        reason: io::Error,
    },
    /// The file is no image of a virtual chip.
    #[error("{}: {reason}", path.display())]
    Image {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: ImageRefused,
    },
    /// The memory of the virtual chip could not be saved; it answers nothing more until it is opened again.
    #[error("{}: the chip's last commit was not saved", path.display())]
    Unsaved {
        /// The image file.
        path: PathBuf,
    },
}

impl LinkError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Removed => "reader.removed",
            Self::Mute => "reader.mute",
            Self::NoCard { .. } => "reader.no-card",
            Self::NoReader { .. } => "reader.unknown",
            Self::Busy { .. } => "reader.busy",
            Self::NoService => "reader.no-service",
            Self::TimeOut { .. } => "reader.time-out",
            Self::Fault { .. } => "reader.fault",
            Self::Protocol => "reader.protocol",
            Self::TooLong { .. } => "reader.too-long",
            Self::Io { .. } => "reader.io",
            Self::Image { reason, .. } => reason.code(),
            Self::Unsaved { .. } => "reader.unsaved",
        }
    }

    /// Whether the card is gone or mute, rather than the reader at fault.
    #[must_use]
    pub const fn is_card_gone(&self) -> bool {
        matches!(self, Self::Removed | Self::Mute)
    }

    pub(crate) fn of_file(path: &Path, reason: io::Error) -> Self {
        Self::Io { what: path.display().to_string(), reason }
    }
}
