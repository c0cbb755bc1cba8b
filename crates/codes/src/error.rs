/// Why a code was refused or not made. It never holds a digit.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CodesError {
    /// Another number of characters than the code has, or one that is no digit.
    #[error("a {code} has {digits} digits and nothing else")]
    Form {
        /// `PIN`, `PUK`, `CIP` or `CAN`.
        code: &'static str,
        /// How many it has, the check digit among them.
        digits: usize,
    },
    /// The check digit of a CIP does not fit: a digit was mistaken, or two were swapped.
    #[error("the check digit does not fit: a digit is wrong, or two are swapped")]
    CheckDigit,
    /// The random source repeats itself, or gives nothing that can be used.
    #[error("the random source failed its health test; no code was made")]
    Source,
}

impl CodesError {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Form { .. } => "codes.form",
            Self::CheckDigit => "codes.check-digit",
            Self::Source => "codes.source",
        }
    }
}
