use std::path::{Path, PathBuf};

use sigillo_keystore::KeystoreError;
use sigillo_line::LineError;
use sigillo_seal::SealError;
use sigillo_store::StoreError;

/// Why a message was refused or could not be made; nothing of it is kept but its trace.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExchangeError {
    /// A file could not be read or written.
    #[error("{}: {reason}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// The first line is not the header of a message.
    #[error("the first line is not the header of a message")]
    Header,
    /// The header names another sender than the one who signed.
    #[error("the header names another sender than the partner who signed")]
    OtherPartner,
    /// The message is for somebody else.
    #[error("the header names another recipient than us")]
    OtherRecipient,
    /// A kind of message that partners do not send.
    #[error("partners send lots and acknowledgements, nothing else")]
    OtherKind,
    /// A line behind the header is not an acknowledgement.
    #[error("line {line} is not an acknowledgement")]
    Acknowledgement {
        /// The line, counted from 1.
        line: usize,
    },
    /// A certificate marked TEST in production.
    #[error("a certificate marked TEST does not serve in production mode")]
    TestCertificate,
    /// A partner without a certificate to sign under, or with too many.
    #[error("a partner signs under one to eight certificates")]
    Signers,
    /// The message or a certificate is refused.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The key store refused.
    #[error(transparent)]
    Keystore(#[from] KeystoreError),
    /// The register refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The lot is refused, or the line failed.
    #[error(transparent)]
    Line(#[from] LineError),
}

impl ExchangeError {
    /// The stable code; what others refuse keeps theirs.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::File { .. } => "exchange.file",
            Self::Header => "exchange.header",
            Self::OtherPartner => "exchange.other-partner",
            Self::OtherRecipient => "exchange.other-recipient",
            Self::OtherKind => "exchange.other-kind",
            Self::Acknowledgement { .. } => "exchange.acknowledgement",
            Self::TestCertificate => "exchange.test-certificate",
            Self::Signers => "exchange.signers",
            Self::Seal(error) => error.code(),
            Self::Keystore(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Line(error) => error.code(),
        }
    }

    /// Whether the file is refused for what it is, not for what happened here.
    pub(crate) fn is_of_the_message(&self) -> bool {
        let code = self.code();
        let family = code.split('.').next().unwrap_or_default();
        ["seal", "exchange", "record", "lot"].contains(&family)
            || ["line.lot-faults", "store.empty-lot"].contains(&code)
    }

    pub(crate) fn file(path: &Path, reason: impl ToString) -> Self {
        Self::File { path: path.to_owned(), reason: reason.to_string() }
    }
}
