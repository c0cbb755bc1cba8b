/// Why a letter was not made. It never holds what was to be printed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EnvelopeError {
    /// A text has letters that the page's fonts do not have.
    #[error("{field}: a letter of it cannot be printed; write it in Latin letters")]
    Letters {
        /// Which text: `holder`, `office`, `address`, `telephone`.
        field: &'static str,
    },
    /// A text is too long for its place on the page.
    #[error("{field}: the text does not fit its place on the page")]
    Room {
        /// As above.
        field: &'static str,
    },
}

impl EnvelopeError {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Letters { .. } => "envelope.letters",
            Self::Room { .. } => "envelope.room",
        }
    }
}
