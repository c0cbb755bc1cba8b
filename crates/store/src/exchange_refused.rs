/// Why a message does not stand in its row, or a partner cannot be what is said of him.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ExchangeRefused {
    /// Nobody of this name.
    #[error("there is no partner of this name")]
    UnknownPartner,
    /// There is one of this name.
    #[error("there is a partner of this name")]
    PartnerExists,
    /// A certificate that somebody signs under, or signed under once.
    #[error("a partner signs under this certificate already, or did once")]
    SignerKnown,
    /// Messages before it did not come.
    #[error("message {expected} of this partner must come before message {found}")]
    Gap {
        /// The number that comes next.
        expected: u64,
        /// The number that came.
        found: u64,
    },
    /// It came before.
    #[error("message {number} of this partner came before")]
    Repeated {
        /// Its number.
        number: u64,
    },
    /// Another content came under this number.
    #[error("another content came before as message {number} of this partner")]
    NumberReused {
        /// The number.
        number: u64,
    },
    /// It follows another message than the one that came.
    #[error("the message does not follow the one that came before it")]
    Previous,
    /// Somebody else sent a message meanwhile.
    #[error("another message went to this partner meanwhile")]
    Overtaken,
    /// No message of this number and content went to the partner.
    #[error("no message of this number and content went to this partner")]
    UnknownMessage,
    /// No event of this place.
    #[error("the outbox does not reach this place")]
    UnknownEvent,
}

impl ExchangeRefused {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::UnknownPartner => "exchange.unknown-partner",
            Self::PartnerExists => "exchange.partner-exists",
            Self::SignerKnown => "exchange.signer-known",
            Self::Gap { .. } => "exchange.gap",
            Self::Repeated { .. } => "exchange.repeated",
            Self::NumberReused { .. } => "exchange.number-reused",
            Self::Previous => "exchange.previous",
            Self::Overtaken => "exchange.overtaken",
            Self::UnknownMessage => "exchange.unknown-message",
            Self::UnknownEvent => "exchange.unknown-event",
        }
    }
}
