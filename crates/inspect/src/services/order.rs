use sigillo_codes::{Pin, Puk};

/// One thing to ask of the eServices application.
///
/// | order | who | commands |
/// |---|---|---|
/// | `Activate` | office, right *activate* | ACTIVATE FILE |
/// | `Deactivate` | office, right *activate*, where the profile allows it | DEACTIVATE FILE |
/// | `SetCodes` | office, right *set codes* | CHANGE REFERENCE DATA (new PIN), the same (new PUK) |
/// | `Terminate` | office, right *terminate* | TERMINATE CARD USAGE |
/// | `VerifyPin` | holder | VERIFY |
/// | `ChangePin` | holder | CHANGE REFERENCE DATA (old PIN, new PIN) |
/// | `UnblockPin` | holder | RESET RETRY COUNTER (PUK, and a new PIN if there is one) |
/// | `AskTries` | holder | VERIFY without data: a question, and no try |
///
/// Spec: `iso-7816-4#verify`, `iso-7816-9#life-cycle`.
#[derive(Debug)]
#[allow(clippy::exhaustive_enums, reason = "the orders of decision D2")]
pub enum Order {
    /// The office hands the permit over: the application serves its holder.
    Activate,
    /// The application serves nobody until it is activated again.
    Deactivate,
    /// New codes, and all tries with them.
    SetCodes {
        /// The new PIN.
        pin: Pin,
        /// The new PUK.
        puk: Puk,
    },
    /// The end of the card.
    Terminate,
    /// One try.
    VerifyPin(
        /// The PIN as it was typed.
        Pin,
    ),
    /// One try with the old PIN.
    ChangePin {
        /// The PIN as it was typed.
        old: Pin,
        /// What it is to be.
        new: Pin,
    },
    /// One try with the PUK; the PIN gets all its tries back.
    UnblockPin {
        /// The PUK as it was typed.
        puk: Puk,
        /// What the PIN is to be; without it the old one is kept.
        new: Option<Pin>,
    },
    /// How many tries the PIN has left.
    AskTries,
}

/// An order without what it carries.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[allow(clippy::exhaustive_enums, reason = "the orders of decision D2")]
#[allow(missing_docs, reason = "the names of `Order`")]
pub enum OrderName {
    Activate,
    Deactivate,
    SetCodes,
    Terminate,
    VerifyPin,
    ChangePin,
    UnblockPin,
    AskTries,
}

impl Order {
    /// Which order it is.
    #[must_use]
    pub const fn name(&self) -> OrderName {
        match self {
            Self::Activate => OrderName::Activate,
            Self::Deactivate => OrderName::Deactivate,
            Self::SetCodes { .. } => OrderName::SetCodes,
            Self::Terminate => OrderName::Terminate,
            Self::VerifyPin(_) => OrderName::VerifyPin,
            Self::ChangePin { .. } => OrderName::ChangePin,
            Self::UnblockPin { .. } => OrderName::UnblockPin,
            Self::AskTries => OrderName::AskTries,
        }
    }
}

impl OrderName {
    /// Whether the chip takes it from the issuing office alone.
    #[must_use]
    pub const fn is_the_offices(self) -> bool {
        matches!(self, Self::Activate | Self::Deactivate | Self::SetCodes | Self::Terminate)
    }

    /// Whether a deactivated application takes it too.
    #[must_use]
    pub const fn works_deactivated(self) -> bool {
        matches!(self, Self::Activate | Self::Deactivate | Self::Terminate)
    }
}

/// As a lower-case word.
impl std::fmt::Display for OrderName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Activate => "activate",
            Self::Deactivate => "deactivate",
            Self::SetCodes => "set-codes",
            Self::Terminate => "terminate",
            Self::VerifyPin => "verify-pin",
            Self::ChangePin => "change-pin",
            Self::UnblockPin => "unblock-pin",
            Self::AskTries => "ask-tries",
        })
    }
}
