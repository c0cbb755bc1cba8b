use std::fmt;
use std::io;

use sigillo_channel::ChannelError;
use sigillo_crypto::CryptoError;
use sigillo_seal::SealError;

/// Why the key store refused, and whose fault it is: a file, a key, a role, a custodian. It never holds a key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeystoreError {
    kind: KeystoreErrorKind,
    subject: Option<String>,
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
    /// Somebody else changed the register since it was read.
    #[error("somebody else changed the register of keys meanwhile")]
    Changed,
    /// A line of a chained file is not the one that was written.
    #[error("line {line} is not the one that was written, or stands elsewhere")]
    ChainBroken {
        /// The line, counted from 1.
        line: u64,
    },
    /// A file is not the one that was written.
    #[error("the file was altered, or is that of another store")]
    Altered,
    /// A passphrase that does not open the store.
    #[error("the passphrase does not open the store")]
    Passphrase,
    /// A passphrase or PIN that nobody gave.
    #[error("no passphrase or PIN was given")]
    SecretMissing,
    /// A certificate does not belong to its private key.
    #[error("the certificate is not that of the key")]
    CertificateMismatch,
    /// A certificate that was not installed.
    #[error("no certificate is installed for it")]
    NoCertificate,
    /// A label of no known form.
    #[error("a key is named by ROLE/GENERATION or ROLE/NAME")]
    Label,
    /// A key that the store does not hold.
    #[error("there is no such key")]
    KeyUnknown,
    /// A key that makes nothing new any more.
    #[error("a successor took over from this key; it makes nothing new")]
    KeyRetired,
    /// A key pair was wanted, and the key is symmetric.
    #[error("this key is symmetric; it neither signs nor has a public half")]
    NotAKeyPair,
    /// No document signer may sign.
    #[error("no document signer may sign: none has a key and a certificate")]
    NoSigner,
    /// An algorithm that the role does not have.
    #[error("keys of this role do not have this algorithm, or cannot be entered in components")]
    Algorithm,
    /// A second key of a role that has only one.
    #[error("there is one key of this role only; what it made could not be made again under another")]
    OnlyOne,
    /// A key that is not made here.
    #[error("this key is entered in components that its owner sends")]
    ComesByImport,
    /// Fewer custodians than the role's ceremony asks for.
    #[error("this takes two custodians with two names (one operator where the table says so)")]
    DualControl,
    /// A check value that is not the one that was confirmed.
    #[error("the check value is not the one on the custodian's paper")]
    CheckValue,
    /// A component of another length.
    #[error("a component has 32 octets, which are 64 hexadecimal digits")]
    ComponentLength,
    /// Components that cancel each other.
    #[error("the components cancel each other")]
    ComponentsCancel,
    /// A script that is none.
    #[error("not a script of a ceremony with two custodians and a step at least")]
    Ceremony,
    /// A custodian who did not see what he should.
    #[error("did not confirm what was shown; the ceremony ends here")]
    NotConfirmed,
    /// A transcript that does not tell a whole ceremony.
    #[error("the transcript does not tell a whole ceremony, or another than the script's")]
    Transcript,
    /// A batch name that is not 1 to 32 letters, digits or hyphens.
    #[error("a batch is named by 1 to 32 letters, digits or hyphens")]
    BatchName,
    /// A batch that this store has no transport key for.
    #[error("there is no transport key for this batch")]
    BatchUnknown,
    /// A wrapped data key that was altered, or belongs to another record or store.
    #[error("the wrapped data key was altered, or belongs to another record or key store")]
    WrappedKey,
    /// An encrypted code that was altered, or belongs to another document.
    #[error("the encrypted code was altered, or belongs to another document")]
    CodeAltered,
    /// The token is away and did not come back in time.
    #[error("the token is away and did not come back in time")]
    TokenAway,
    /// The token's module cannot be loaded.
    #[error("the PKCS#11 module cannot be loaded")]
    Module,
    /// No token of this label.
    #[error("no token has this label")]
    TokenUnknown,
    /// The token refused the PIN.
    #[error("the token refused the PIN; after a few more it locks itself")]
    Pin,
    /// The token refused a function.
    #[error("the token refused {function}: {reason}")]
    Token {
        /// The function of PKCS#11.
        function: &'static str,
        /// The name of its return value.
        reason: &'static str,
    },
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
            Self::Changed => "keystore.changed",
            Self::ChainBroken { .. } => "keystore.chain-broken",
            Self::Altered => "keystore.altered",
            Self::Passphrase => "keystore.passphrase",
            Self::SecretMissing => "keystore.secret-missing",
            Self::CertificateMismatch => "keystore.certificate-mismatch",
            Self::NoCertificate => "keystore.no-certificate",
            Self::Label => "keystore.label",
            Self::KeyUnknown => "keystore.key-unknown",
            Self::KeyRetired => "keystore.key-retired",
            Self::NotAKeyPair => "keystore.not-a-key-pair",
            Self::NoSigner => "keystore.no-signer",
            Self::Algorithm => "keystore.algorithm",
            Self::OnlyOne => "keystore.only-one",
            Self::ComesByImport => "keystore.comes-by-import",
            Self::DualControl => "keystore.dual-control",
            Self::CheckValue => "keystore.check-value",
            Self::ComponentLength => "keystore.component-length",
            Self::ComponentsCancel => "keystore.components-cancel",
            Self::Ceremony => "keystore.ceremony",
            Self::NotConfirmed => "keystore.not-confirmed",
            Self::Transcript => "keystore.transcript",
            Self::BatchName => "keystore.batch-name",
            Self::BatchUnknown => "keystore.batch-unknown",
            Self::WrappedKey => "keystore.wrapped-key",
            Self::CodeAltered => "keystore.code-altered",
            Self::TokenAway => "keystore.token-away",
            Self::Module => "keystore.module",
            Self::TokenUnknown => "keystore.token-unknown",
            Self::Pin => "keystore.pin",
            Self::Token { .. } => "keystore.token",
            Self::Date => "keystore.date",
            Self::Seal(error) => error.code(),
            Self::Crypto(error) => error.code(),
            Self::Channel(error) => error.code(),
        }
    }

    /// The fault of a file.
    pub(crate) fn file(self, name: &str) -> KeystoreError {
        self.named(name)
    }

    /// The fault of a key.
    pub(crate) fn at(self, label: &impl fmt::Display) -> KeystoreError {
        self.named(&label.to_string())
    }

    /// The fault of whatever has this name.
    pub(crate) fn named(self, name: &str) -> KeystoreError {
        KeystoreError { kind: self, subject: Some(name.to_owned()) }
    }
}

impl KeystoreError {
    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> KeystoreErrorKind {
        self.kind
    }

    /// The name of the file, key, role or custodian that the fault is of, where there is one.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.kind.code()
    }
}

impl fmt::Display for KeystoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.subject {
            Some(subject) => write!(f, "{subject}: {}", self.kind),
            None => write!(f, "{}", self.kind),
        }
    }
}

impl std::error::Error for KeystoreError {}

impl From<KeystoreErrorKind> for KeystoreError {
    fn from(kind: KeystoreErrorKind) -> Self {
        Self { kind, subject: None }
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
