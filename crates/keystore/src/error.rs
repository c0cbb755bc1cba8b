use std::fmt;
use std::io;

use sigillo_channel::ChannelError;
use sigillo_crypto::CryptoError;
use sigillo_seal::SealError;

/// Why the key store refused, and at which of its files. It never holds a key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeystoreError {
    kind: KeystoreErrorKind,
    file: Option<String>,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum KeystoreErrorKind {
    /// A file or folder could not be read, written or synced.
    #[error("the file system refused: {0}")]
    Io(io::ErrorKind),
    /// There is something already where a new key store or file should be made.
    #[error("there is something already; nothing is overwritten")]
    Exists,
    /// There is no key store here, or its making was broken off.
    #[error("there is no complete key store here; if its making broke off, remove the folder and make it again")]
    Missing,
    /// Others may read or write a secret file.
    #[error("others may read or write this file; it must be private (0600)")]
    FileMode,
    /// A file is not what the key store writes.
    #[error("the file is not what a key store writes")]
    Form,
    /// The format is newer than this program.
    #[error("the key store has format {found}, this program knows {known}")]
    Version {
        /// The version in the file.
        found: u32,
        /// The version of this program.
        known: u32,
    },
    /// A test key in production mode.
    #[error("test keys do not serve in production mode")]
    TestKey,
    /// A key's own mark or role is not what the inventory says.
    #[error("the key's own mark is not what the inventory says")]
    MarkMismatch,
    /// A certificate does not belong to its private key.
    #[error("the certificate is not that of the key")]
    CertificateMismatch,
    /// A batch name that is not 1 to 32 letters, digits or hyphens.
    #[error("a batch is named by 1 to 32 letters, digits or hyphens")]
    BatchName,
    /// A batch that this store has no transport key for.
    #[error("there is no transport key for this batch")]
    BatchUnknown,
    /// A wrapped data key that was altered, or belongs to another record or store.
    #[error("the wrapped data key was altered, or belongs to another record or key store")]
    WrappedKey,
    /// A date beyond the calendar.
    #[error("the date leaves no room for the certificates' validity")]
    Date,
    /// Building or verifying a certificate failed.
    #[error("{0}")]
    Seal(SealError),
    /// A primitive refused.
    #[error("{0}")]
    Crypto(CryptoError),
    /// Deriving a chip's keys failed.
    #[error("{0}")]
    Channel(ChannelError),
}

impl KeystoreErrorKind {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io(_) => "keystore.io",
            Self::Exists => "keystore.exists",
            Self::Missing => "keystore.missing",
            Self::FileMode => "keystore.file-mode",
            Self::Form => "keystore.form",
            Self::Version { .. } => "keystore.version",
            Self::TestKey => "keystore.test-key",
            Self::MarkMismatch => "keystore.mark-mismatch",
            Self::CertificateMismatch => "keystore.certificate-mismatch",
            Self::BatchName => "keystore.batch-name",
            Self::BatchUnknown => "keystore.batch-unknown",
            Self::WrappedKey => "keystore.wrapped-key",
            Self::Date => "keystore.date",
            Self::Seal(error) => error.code(),
            Self::Crypto(error) => error.code(),
            Self::Channel(error) => error.code(),
        }
    }

    pub(crate) fn file(self, name: &str) -> KeystoreError {
        KeystoreError { kind: self, file: Some(name.to_owned()) }
    }
}

impl KeystoreError {
    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> KeystoreErrorKind {
        self.kind
    }

    /// The name of the file inside the key store, where the fault has one.
    #[must_use]
    pub fn file(&self) -> Option<&str> {
        self.file.as_deref()
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.kind.code()
    }
}

impl fmt::Display for KeystoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(file) => write!(f, "{file}: {}", self.kind),
            None => write!(f, "{}", self.kind),
        }
    }
}

impl std::error::Error for KeystoreError {}

impl From<KeystoreErrorKind> for KeystoreError {
    fn from(kind: KeystoreErrorKind) -> Self {
        Self { kind, file: None }
    }
}

impl From<SealError> for KeystoreError {
    fn from(error: SealError) -> Self {
        KeystoreErrorKind::Seal(error).into()
    }
}

impl From<CryptoError> for KeystoreError {
    fn from(error: CryptoError) -> Self {
        KeystoreErrorKind::Crypto(error).into()
    }
}

impl From<ChannelError> for KeystoreError {
    fn from(error: ChannelError) -> Self {
        KeystoreErrorKind::Channel(error).into()
    }
}
