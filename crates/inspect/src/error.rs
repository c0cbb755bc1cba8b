use std::fmt;

use sigillo_apdu::{ApduError, StatusWord};
use sigillo_channel::ChannelError;

use crate::access::AccessRefused;
use crate::file_name::FileName;

/// Why a read session could not go on, and where it stood.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct InspectError {
    step: Step,
    kind: InspectErrorKind,
}

/// A step of a read session.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[allow(clippy::exhaustive_enums, reason = "the steps of this session")]
pub enum Step {
    /// INITIALIZE UPDATE, to see that the formation keys are gone.
    LockProbe,
    /// SELECT of the eMRTD application.
    SelectApplication,
    /// The choice between PACE and Basic Access Control.
    ChooseAccess,
    /// A command of PACE.
    Pace,
    /// GET CHALLENGE of Basic Access Control.
    GetChallenge,
    /// EXTERNAL AUTHENTICATE of Basic Access Control.
    ExternalAuthenticate,
    /// What the chip authentication mapping of PACE adds.
    ChipAuthenticationMapping,
    /// A command of Chip Authentication, or the first one under its keys.
    ChipAuthentication,
    /// A command of Terminal Authentication.
    TerminalAuthentication,
    /// INTERNAL AUTHENTICATE of Active Authentication.
    ActiveAuthentication,
    /// SELECT of the eServices application.
    SelectServices,
    /// READ BINARY of a file.
    Read(FileName),
    /// An order to the eServices application.
    Order,
    /// After the last step.
    Done,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum InspectErrorKind {
    /// The card is gone or mute.
    CardRemoved,
    /// The octets of an answer are no response APDU.
    Response(ApduError),
    /// The chip refused a step that nothing can go on without.
    Refused(StatusWord),
    /// Access control or secure messaging failed.
    Channel(ChannelError),
    /// Neither PACE nor Basic Access Control is tried.
    Access(AccessRefused),
    /// A file of keys or of references does not decode.
    Undecodable(FileName),
    /// EF.CardSecurity names no key on the curve of PACE.
    NoKey,
    /// Whoever holds the terminal's key did not sign; the code is his.
    Signature {
        /// His stable code.
        code: &'static str,
    },
    /// Status word and parameters of the eServices application say different things of its life cycle.
    LifeCycle,
    /// An answer in more pieces than fit into any response.
    TooLong,
    /// More APDUs than any document needs.
    TooManyCommands,
    /// A response where no command was sent.
    OutOfTurn,
}

impl InspectError {
    pub(crate) const fn new(step: Step, kind: InspectErrorKind) -> Self {
        Self { step, kind }
    }

    /// Where the session stood.
    #[must_use]
    pub const fn step(&self) -> Step {
        self.step
    }

    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> InspectErrorKind {
        self.kind
    }

    /// The stable code; that of the protocol where it was the protocol that failed.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match &self.kind {
            InspectErrorKind::CardRemoved => "inspect.card-removed",
            InspectErrorKind::Response(error) => error.code(),
            InspectErrorKind::Refused(_) => "inspect.refused",
            InspectErrorKind::Channel(error) => error.code(),
            InspectErrorKind::Access(refused) => refused.code(),
            InspectErrorKind::Undecodable(_) => "inspect.undecodable",
            InspectErrorKind::NoKey => "inspect.no-key",
            InspectErrorKind::Signature { code } => code,
            InspectErrorKind::LifeCycle => "inspect.life-cycle",
            InspectErrorKind::TooLong => "inspect.answer-too-long",
            InspectErrorKind::TooManyCommands => "inspect.too-many-commands",
            InspectErrorKind::OutOfTurn => "inspect.out-of-turn",
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LockProbe => f.write_str("INITIALIZE UPDATE"),
            Self::SelectApplication => f.write_str("SELECT eMRTD application"),
            Self::ChooseAccess => f.write_str("choice of the access protocol"),
            Self::Pace => f.write_str("PACE"),
            Self::GetChallenge => f.write_str("GET CHALLENGE"),
            Self::ExternalAuthenticate => f.write_str("EXTERNAL AUTHENTICATE"),
            Self::ChipAuthenticationMapping => f.write_str("chip authentication mapping"),
            Self::ChipAuthentication => f.write_str("chip authentication"),
            Self::TerminalAuthentication => f.write_str("terminal authentication"),
            Self::ActiveAuthentication => f.write_str("active authentication"),
            Self::SelectServices => f.write_str("SELECT eServices application"),
            Self::Read(file) => write!(f, "READ BINARY of {file}"),
            Self::Order => f.write_str("order to the eServices application"),
            Self::Done => f.write_str("end of session"),
        }
    }
}

impl fmt::Display for InspectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.step)?;
        match &self.kind {
            InspectErrorKind::CardRemoved => f.write_str("the card is gone"),
            InspectErrorKind::Response(error) => error.fmt(f),
            InspectErrorKind::Refused(status) => write!(f, "the chip answered {status}"),
            InspectErrorKind::Channel(error) => error.fmt(f),
            InspectErrorKind::Access(refused) => refused.fmt(f),
            InspectErrorKind::Undecodable(file) => write!(f, "{file} does not decode"),
            InspectErrorKind::NoKey => f.write_str("EF.CardSecurity names no key on the curve of PACE"),
            InspectErrorKind::Signature { code } => write!(f, "the terminal's key did not sign: {code}"),
            InspectErrorKind::LifeCycle => f.write_str("status word and parameters name different life cycles"),
            InspectErrorKind::TooLong => f.write_str("the answer comes in more pieces than fit into any response"),
            InspectErrorKind::TooManyCommands => f.write_str("the chip needs more commands than any document"),
            InspectErrorKind::OutOfTurn => f.write_str("nothing was asked of the card"),
        }
    }
}

impl std::error::Error for InspectError {}
