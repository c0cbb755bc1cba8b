/// Why a run of cases did not begin or did not end; a verdict about a chip is never an error.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum QualifyError {
    /// The case data are not of the form that the engine reads.
    #[error("{place}: {what}")]
    Data {
        /// The file, or suite and case.
        place: String,
        /// What is wrong there.
        what: String,
    },
    /// The card is gone or mute, or the reader fails: nothing more can be said about the chip.
    #[error("the card cannot be reached: {reason}")]
    Link {
        /// What the transport says.
        reason: String,
    },
    /// The selection names a suite or a case that does not exist.
    #[error("no such {what}")]
    Unknown {
        /// `suite icao` or `case X`.
        what: String,
    },
}

impl QualifyError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Data { .. } => "qualify.data",
            Self::Link { .. } => "qualify.link",
            Self::Unknown { .. } => "qualify.unknown",
        }
    }

    pub(crate) fn data(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self::Data { place: place.into(), what: what.into() }
    }
}
