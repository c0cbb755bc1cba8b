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
    /// A ciphertext has another form, or belongs to another context or key.
    #[error("the encrypted codes have another form, or another document's context, or were altered")]
    Ciphertext,
    /// The chip never answered that it has these codes.
    #[error("the chip did not confirm these codes: new ones must be set")]
    NotSet,
    /// The chip answered already that it has these codes.
    #[error("the chip has these codes already")]
    AlreadySet,
    /// A letter is said to be printed whose codes were not taken out.
    #[error("these codes were not taken out in order to be printed")]
    NotPrinting,
    /// The codes were taken out for printing: whatever became of the letter, there will be no other.
    #[error("these codes were taken out for printing; there is no second letter")]
    Consumed,
    /// The letter came out.
    #[error("the letter with these codes was printed; there is no second one")]
    Printed,
    /// The codes were replaced, or their letter was lost.
    #[error("these codes are no more: replaced, or their letter was lost")]
    Lost,
    /// What was decrypted is not the plain form of codes.
    #[error("the octets are not the plain form of a set of codes")]
    PlainForm,
    /// A verifier of a CIP has another form, or a cost outside its limits.
    #[error("the verifier of the CIP has another form or a cost outside its limits")]
    Verifier,
}

impl CodesError {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Form { .. } => "codes.form",
            Self::CheckDigit => "codes.check-digit",
            Self::Source => "codes.source",
            Self::Ciphertext => "codes.ciphertext",
            Self::NotSet => "codes.not-set",
            Self::AlreadySet => "codes.already-set",
            Self::NotPrinting => "codes.not-printing",
            Self::Consumed => "codes.consumed",
            Self::Printed => "codes.printed",
            Self::Lost => "codes.lost",
            Self::PlainForm => "codes.plain-form",
            Self::Verifier => "codes.verifier",
        }
    }
}
