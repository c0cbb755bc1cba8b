use sigillo_apdu::{ApduHead, StatusWord};
use sigillo_channel::ChannelError;
use sigillo_crypto::CryptoError;
use sigillo_lds::LdsError;
use sigillo_seal::SealError;

/// Why a formation or an initialization does not go on: what, and at which step of the plan.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{kind} (step {step})")]
pub struct PersoError {
    kind: PersoErrorKind,
    step: String,
}

/// What is wrong. Card answered badly, card gone, caller's mistake and refused input are told apart.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PersoErrorKind {
    /// The card answered a command with another status than `9000`.
    #[error("the chip answered {status} to instruction {:02X}", head.ins)]
    Status {
        /// The command.
        head: ApduHead,
        /// The answer.
        status: StatusWord,
    },
    /// The card's answer has not the form it must have.
    #[error("the chip's answer to instruction {:02X} is malformed", head.ins)]
    Answer {
        /// The command.
        head: ApduHead,
    },
    /// The card is gone or mute.
    #[error("the chip is gone or mute")]
    CardRemoved,
    /// What was read back is not what was written.
    #[error("{file} reads back differently from offset {at}")]
    ReadBack {
        /// The file's name.
        file: String,
        /// First offset that differs.
        at: usize,
    },
    /// The secure channel refused.
    #[error("secure channel: {0}")]
    Channel(ChannelError),
    /// A data group could not be made from the record.
    #[error("data group: {0}")]
    DataGroup(LdsError),
    /// The seal was refused.
    #[error("seal: {0}")]
    Seal(SealError),
    /// A primitive refused.
    #[error("{0}")]
    Crypto(CryptoError),
    /// Public keys of a chip have not the form in which they are kept or answered.
    #[error("the public keys of the chip have not their form")]
    ChipKeys,
    /// A file is longer than the profile's room for it.
    #[error("{file} has {length} octets, the profile gives it {room}")]
    NoRoom {
        /// The file's name.
        file: String,
        /// Its length.
        length: usize,
        /// The profile's size.
        room: usize,
    },
    /// The profile has no row for something the plan needs.
    #[error("the profile has no row for {0}")]
    ProfileRow(&'static str),
    /// The plan names a file or secret that the caller did not provide.
    #[error("the plan asks for {0}, which was not provided")]
    NotProvided(&'static str),
}

impl PersoError {
    pub(crate) fn new(kind: PersoErrorKind, step: &str) -> Self {
        Self { kind, step: step.to_owned() }
    }

    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> &PersoErrorKind {
        &self.kind
    }

    /// The plan's step, or the phase of preparation.
    #[must_use]
    pub fn step(&self) -> &str {
        &self.step
    }

    /// The stable code; that of the inner refusal where there is one.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match &self.kind {
            PersoErrorKind::Status { .. } => "perso.status",
            PersoErrorKind::Answer { .. } => "perso.answer",
            PersoErrorKind::CardRemoved => "perso.card-removed",
            PersoErrorKind::ReadBack { .. } => "perso.read-back",
            PersoErrorKind::Channel(error) => error.code(),
            PersoErrorKind::DataGroup(error) => error.code(),
            PersoErrorKind::Seal(error) => error.code(),
            PersoErrorKind::Crypto(error) => error.code(),
            PersoErrorKind::ChipKeys => "perso.chip-keys",
            PersoErrorKind::NoRoom { .. } => "perso.no-room",
            PersoErrorKind::ProfileRow(_) => "perso.profile-row",
            PersoErrorKind::NotProvided(_) => "perso.not-provided",
        }
    }
}
