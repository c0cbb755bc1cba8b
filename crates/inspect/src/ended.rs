use std::fmt;

use crate::error::InspectError;

/// How a protocol ended that not every chip has, and not every terminal runs.
#[derive(Clone, Debug, Eq, PartialEq)]
#[allow(clippy::exhaustive_enums, reason = "two verdicts, and the honest third word for what was not run")]
pub enum Ended<T> {
    /// It holds.
    Passed(T),
    /// It was run and does not hold, or the chip broke it off.
    Failed(InspectError),
    /// It was not run.
    NotRun(NotRun),
}

/// Why a protocol was not run.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum NotRun {
    /// The session did not come that far.
    #[default]
    NotReached,
    /// The chip does not offer it.
    NotOffered,
    /// The chip offers it only with algorithms that are not spoken here.
    NotSpoken,
    /// Another mapping of PACE was used, or none.
    NotUsed,
    /// Nobody asked for it.
    NotAsked,
    /// It is worth nothing before Chip Authentication, and that was not run or failed.
    NoChipAuthentication,
    /// The chip opens it after PACE only.
    NeedsPace,
    /// The new keys of Chip Authentication were agreed on, and nothing was sent under them.
    Unconfirmed,
    /// No certificate that was given is signed by a key that the chip trusts.
    NoTrustPoint,
    /// The document number, which the terminal must sign after BAC, could not be read.
    NoDocumentNumber,
    /// The chip takes no command that is long enough.
    TooLong,
}

impl<T> Default for Ended<T> {
    fn default() -> Self {
        Self::NotRun(NotRun::default())
    }
}

impl<T> Ended<T> {
    /// What it yielded, if it passed.
    #[must_use]
    pub const fn passed(&self) -> Option<&T> {
        match self {
            Self::Passed(yielded) => Some(yielded),
            _ => None,
        }
    }
}

impl fmt::Display for NotRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotReached => "the session did not come that far",
            Self::NotOffered => "the chip does not offer it",
            Self::NotSpoken => "the chip offers it only with algorithms that are not spoken here",
            Self::NotUsed => "the session was opened without it",
            Self::NotAsked => "nobody asked for it",
            Self::NoChipAuthentication => "it needs chip authentication first",
            Self::NeedsPace => "the chip opens it after PACE only",
            Self::Unconfirmed => "nothing was sent under the new keys",
            Self::NoTrustPoint => "no certificate that was given is signed by a key that the chip trusts",
            Self::NoDocumentNumber => "DG1 gave no document number to sign",
            Self::TooLong => "the chip takes no command as long as a certificate",
        })
    }
}
