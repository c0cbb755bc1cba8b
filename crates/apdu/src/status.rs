use std::fmt;

/// A status word; every one of the 65 536 values has exactly one variant.
///
/// Spec: `iso-7816-4#status-words`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[allow(clippy::exhaustive_enums, reason = "total over 16 bits: Other takes what has no name")]
pub enum StatusWord {
    /// `61xx`: more data is available through GET RESPONSE.
    MoreData {
        /// Octets still available; 0 means 256 or more.
        available: u8,
    },
    /// `63Cx`: a reference was wrong, or a counter is shown.
    TriesLeft(u8),
    /// `6Cxx`: Le was wrong, this one is right.
    WrongLe {
        /// Octets available; 0 means 256.
        exact: u8,
    },
    /// `9000`: normal processing.
    Success,
    /// `6282`: end of file reached before reading Le octets.
    EndOfFile,
    /// `6283`: the selected file is deactivated.
    FileDeactivated,
    /// `6285`: the selected file is terminated.
    FileTerminated,
    /// `6300`: authentication failed, no further information.
    AuthenticationFailed,
    /// `6400`: execution error, memory unchanged.
    ExecutionError,
    /// `6581`: memory failure.
    MemoryFailure,
    /// `6700`: wrong length.
    WrongLength,
    /// `6882`: secure messaging not supported.
    SecureMessagingNotSupported,
    /// `6883`: the last command of the chain was expected.
    LastCommandExpected,
    /// `6884`: command chaining not supported.
    ChainingNotSupported,
    /// `6982`: security status not satisfied.
    SecurityStatusNotSatisfied,
    /// `6983`: authentication method blocked.
    AuthenticationBlocked,
    /// `6984`: reference data not usable.
    ReferenceDataNotUsable,
    /// `6985`: conditions of use not satisfied.
    ConditionsNotSatisfied,
    /// `6986`: no current EF.
    NoCurrentFile,
    /// `6987`: an expected secure messaging data object is missing.
    SecureMessagingObjectMissing,
    /// `6988`: A secure messaging data object is incorrect.
    SecureMessagingObjectIncorrect,
    /// `6A80`: incorrect parameters in the data field.
    WrongData,
    /// `6A81`: function not supported.
    FunctionNotSupported,
    /// `6A82`: file or application not found.
    FileNotFound,
    /// `6A84`: not enough memory space.
    NotEnoughMemory,
    /// `6A86`: incorrect parameters P1-P2.
    WrongParameters,
    /// `6A88`: referenced data not found.
    ReferencedDataNotFound,
    /// `6A89`: file already exists.
    FileExists,
    /// `6A8A`: DF name already exists.
    DfNameExists,
    /// `6B00`: wrong parameters P1-P2: offset outside the file.
    WrongOffset,
    /// `6D00`: instruction code not supported or invalid.
    InstructionNotSupported,
    /// `6E00`: class not supported.
    ClassNotSupported,
    /// `6F00`: no precise diagnosis.
    NoPreciseDiagnosis,
    /// Any other value, kept.
    Other(u16),
}

impl StatusWord {
    /// Whether the command was carried out: `9000` only.
    #[must_use]
    pub const fn is_success(self) -> bool {
        matches!(self, Self::Success)
    }
}

impl From<u16> for StatusWord {
    fn from(code: u16) -> Self {
        let [high, low] = code.to_be_bytes();
        match code {
            _ if high == 0x61 => Self::MoreData { available: low },
            _ if high == 0x6C => Self::WrongLe { exact: low },
            0x63C0..=0x63CF => Self::TriesLeft(low & 0x0F),
            0x9000 => Self::Success,
            0x6282 => Self::EndOfFile,
            0x6283 => Self::FileDeactivated,
            0x6285 => Self::FileTerminated,
            0x6300 => Self::AuthenticationFailed,
            0x6400 => Self::ExecutionError,
            0x6581 => Self::MemoryFailure,
            0x6700 => Self::WrongLength,
            0x6882 => Self::SecureMessagingNotSupported,
            0x6883 => Self::LastCommandExpected,
            0x6884 => Self::ChainingNotSupported,
            0x6982 => Self::SecurityStatusNotSatisfied,
            0x6983 => Self::AuthenticationBlocked,
            0x6984 => Self::ReferenceDataNotUsable,
            0x6985 => Self::ConditionsNotSatisfied,
            0x6986 => Self::NoCurrentFile,
            0x6987 => Self::SecureMessagingObjectMissing,
            0x6988 => Self::SecureMessagingObjectIncorrect,
            0x6A80 => Self::WrongData,
            0x6A81 => Self::FunctionNotSupported,
            0x6A82 => Self::FileNotFound,
            0x6A84 => Self::NotEnoughMemory,
            0x6A86 => Self::WrongParameters,
            0x6A88 => Self::ReferencedDataNotFound,
            0x6A89 => Self::FileExists,
            0x6A8A => Self::DfNameExists,
            0x6B00 => Self::WrongOffset,
            0x6D00 => Self::InstructionNotSupported,
            0x6E00 => Self::ClassNotSupported,
            0x6F00 => Self::NoPreciseDiagnosis,
            other => Self::Other(other),
        }
    }
}

impl From<StatusWord> for u16 {
    fn from(status: StatusWord) -> Self {
        match status {
            StatusWord::MoreData { available } => 0x6100 | Self::from(available),
            StatusWord::WrongLe { exact } => 0x6C00 | Self::from(exact),
            StatusWord::TriesLeft(tries) => 0x63C0 | Self::from(tries & 0x0F),
            StatusWord::Success => 0x9000,
            StatusWord::EndOfFile => 0x6282,
            StatusWord::FileDeactivated => 0x6283,
            StatusWord::FileTerminated => 0x6285,
            StatusWord::AuthenticationFailed => 0x6300,
            StatusWord::ExecutionError => 0x6400,
            StatusWord::MemoryFailure => 0x6581,
            StatusWord::WrongLength => 0x6700,
            StatusWord::SecureMessagingNotSupported => 0x6882,
            StatusWord::LastCommandExpected => 0x6883,
            StatusWord::ChainingNotSupported => 0x6884,
            StatusWord::SecurityStatusNotSatisfied => 0x6982,
            StatusWord::AuthenticationBlocked => 0x6983,
            StatusWord::ReferenceDataNotUsable => 0x6984,
            StatusWord::ConditionsNotSatisfied => 0x6985,
            StatusWord::NoCurrentFile => 0x6986,
            StatusWord::SecureMessagingObjectMissing => 0x6987,
            StatusWord::SecureMessagingObjectIncorrect => 0x6988,
            StatusWord::WrongData => 0x6A80,
            StatusWord::FunctionNotSupported => 0x6A81,
            StatusWord::FileNotFound => 0x6A82,
            StatusWord::NotEnoughMemory => 0x6A84,
            StatusWord::WrongParameters => 0x6A86,
            StatusWord::ReferencedDataNotFound => 0x6A88,
            StatusWord::FileExists => 0x6A89,
            StatusWord::DfNameExists => 0x6A8A,
            StatusWord::WrongOffset => 0x6B00,
            StatusWord::InstructionNotSupported => 0x6D00,
            StatusWord::ClassNotSupported => 0x6E00,
            StatusWord::NoPreciseDiagnosis => 0x6F00,
            StatusWord::Other(other) => other,
        }
    }
}

impl fmt::Display for StatusWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04X}", u16::from(*self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_word_survives_a_round_trip() {
        for code in 0..=u16::MAX {
            assert_eq!(u16::from(StatusWord::from(code)), code);
        }
        assert_eq!(StatusWord::from(0x63C2), StatusWord::TriesLeft(2));
        assert_eq!(StatusWord::FileNotFound.to_string(), "6A82");
        assert!(StatusWord::from(0x9000).is_success() && !StatusWord::from(0x6282).is_success());
    }
}
