use std::fmt;

/// Why a primitive refused its inputs. Nothing in it is secret.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CryptoError {
    kind: CryptoErrorKind,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum CryptoErrorKind {
    /// An authenticated ciphertext was altered, or belongs to another key or context.
    Authentication,
    /// Data that are no whole number of blocks.
    BlockLength,
    /// A hash that does not go with the curve or key.
    HashMismatch,
    /// A key of a wrong length or value.
    KeyForm,
    /// A public key that is no SubjectPublicKeyInfo of a supported kind.
    PublicKeyForm,
    /// Elliptic-curve parameters that are not those of a supported curve.
    CurveUnknown,
    /// A private key and a point of two curves.
    CurveMismatch,
    /// The signature does not verify.
    Signature,
    /// The signature algorithm does not go with the kind of key.
    AlgorithmMismatch,
}

impl CryptoError {
    pub(crate) const fn new(kind: CryptoErrorKind) -> Self {
        Self { kind }
    }

    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> CryptoErrorKind {
        self.kind
    }

    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self.kind {
            CryptoErrorKind::Authentication => "crypto.authentication",
            CryptoErrorKind::BlockLength => "crypto.block-length",
            CryptoErrorKind::HashMismatch => "crypto.hash-mismatch",
            CryptoErrorKind::KeyForm => "crypto.key-form",
            CryptoErrorKind::PublicKeyForm => "crypto.public-key-form",
            CryptoErrorKind::CurveUnknown => "crypto.curve-unknown",
            CryptoErrorKind::CurveMismatch => "crypto.curve-mismatch",
            CryptoErrorKind::Signature => "crypto.signature",
            CryptoErrorKind::AlgorithmMismatch => "crypto.algorithm-mismatch",
        }
    }
}

impl fmt::Display for CryptoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            CryptoErrorKind::Authentication => "the ciphertext was altered, or the key or context is another one",
            CryptoErrorKind::BlockLength => "the data are no whole number of blocks",
            CryptoErrorKind::HashMismatch => "the hash does not go with the key",
            CryptoErrorKind::KeyForm => "the key has a wrong length or value",
            CryptoErrorKind::PublicKeyForm => "not a public key of a supported kind",
            CryptoErrorKind::CurveUnknown => "the curve parameters are those of no supported curve",
            CryptoErrorKind::CurveMismatch => "the private key and the point are on two curves",
            CryptoErrorKind::Signature => "the signature does not verify",
            CryptoErrorKind::AlgorithmMismatch => "the signature algorithm does not go with the key",
        })
    }
}

impl std::error::Error for CryptoError {}
