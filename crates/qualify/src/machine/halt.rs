use crate::error::QualifyError;

/// Why a run ended before its last step.
#[derive(Debug)]
pub(crate) enum Halt {
    /// The answer was one with which the case ends.
    Passed,
    /// The chip did not do what it should.
    Failed { expected: String, came: String },
    /// The laboratory lacks something.
    NotRun(String),
    /// Nothing can be said about the chip.
    Error(QualifyError),
}

impl From<QualifyError> for Halt {
    fn from(error: QualifyError) -> Self {
        Self::Error(error)
    }
}

impl Halt {
    pub(crate) fn failed(expected: impl Into<String>, came: impl Into<String>) -> Self {
        Self::Failed { expected: expected.into(), came: came.into() }
    }

    /// The case itself is wrong.
    pub(crate) fn data(what: impl Into<String>) -> Self {
        Self::Error(QualifyError::data("case", what))
    }
}
