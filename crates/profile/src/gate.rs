use serde::{Deserialize, Serialize};

/// One line of the release gate, in order: what is checked before a record is `not_issued`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct GateCheck {
    /// Which check.
    pub check: Check,
    /// Why this profile does without it; every report repeats it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waived: Option<String>,
}

/// The checks of decision D1.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Check {
    /// Every file compared, octet by octet, under the formation keys, before the lock.
    ReadBack,
    /// The chip refuses the formation keys after the lock.
    Lock,
    /// A fresh session through the public protocols opens with the record's own machine readable zone.
    AccessControl,
    /// Signature, chain, validity and hashes of EF.SOD.
    PassiveAuthentication,
    /// Every publicly readable file compared, octet by octet; what must not be readable is refused.
    PublicRead,
    /// The chip proves the private key of DG14.
    ChipAuthentication,
    /// PIN, PUK and CIP are set and encrypted to the issuing circuit.
    Codes,
    /// The card is printed.
    Print,
    /// Print, chip and register show the same data.
    PrintComparison,
}

impl Check {
    /// The name in profiles and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ReadBack => "read-back",
            Self::Lock => "lock",
            Self::AccessControl => "access-control",
            Self::PassiveAuthentication => "passive-authentication",
            Self::PublicRead => "public-read",
            Self::ChipAuthentication => "chip-authentication",
            Self::Codes => "codes",
            Self::Print => "print",
            Self::PrintComparison => "print-comparison",
        }
    }
}
