//! What a document signer needs to be used, and how it refuses: the key itself is in a key store, behind its own seam.

/// One seal out of a signer's limit, reserved durably before it is used (decision D8).
///
/// It can be neither copied nor used twice: signing consumes it.
#[derive(Debug, Eq, PartialEq)]
pub struct ReservedSlot {
    signer: String,
    number: u64,
}

/// Why a signer did not sign.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SignerError {
    /// The slot belongs to another signer's limit.
    #[error("the slot was reserved for another signer")]
    SlotOfAnotherSigner,
    /// The slot's number is behind the signer's limit.
    #[error("slot {number} is behind the signer's limit of {limit} seals")]
    LimitReached {
        /// The slot's number, counted from 1.
        number: u64,
        /// How many seals the signer may make.
        limit: u64,
    },
    /// The key store is away: a token was taken out, or its connection broke.
    #[error("the key store is away; the signer goes on when it is back")]
    Away,
    /// The key refused or is not there.
    #[error("the signing key refused or is not there")]
    Key,
}

impl ReservedSlot {
    /// Names a slot that a store has just made durable; `signer` is the certificate's [`crate::x509::Certificate::key_id`], numbers
    /// start at 1.
    #[must_use]
    pub fn reserved(signer: &str, number: u64) -> Self {
        Self { signer: signer.to_owned(), number }
    }

    /// The signer whose limit it counts against.
    #[must_use]
    pub fn signer(&self) -> &str {
        &self.signer
    }

    /// Its number, counted from 1.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }
}

impl SignerError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::SlotOfAnotherSigner => "signer.slot-of-another-signer",
            Self::LimitReached { .. } => "signer.limit-reached",
            Self::Away => "signer.away",
            Self::Key => "signer.key",
        }
    }
}
