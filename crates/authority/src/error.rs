use std::path::{Path, PathBuf};

use sigillo_cvc::CvcError;
use sigillo_cvc::policy::Finding;
use sigillo_keystore::KeystoreError;
use sigillo_seal::SealError;

/// Why an authority did not do what it was asked. Nothing in it is secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthorityError {
    /// A file or folder that cannot be used.
    #[error("{}: {reason}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// A line of the register that is none, or does not follow from the line before.
    #[error("the register is altered or damaged at its entry {entry}")]
    Register {
        /// Which, counted from 1.
        entry: u64,
    },
    /// A serial number or reference that was given before.
    #[error("{number} was given before: no number is given twice")]
    NumberTaken {
        /// The number.
        number: String,
    },
    /// A number that this authority never gave.
    #[error("this authority issued nothing under {number}")]
    NotIssued {
        /// The number.
        number: String,
    },
    /// A certificate that is revoked.
    #[error("{number} is revoked already")]
    RevokedAlready {
        /// The number.
        number: String,
    },
    /// A sequence number or date beyond the last one.
    #[error("there is no {what} left")]
    Exhausted {
        /// Of what.
        what: &'static str,
    },
    /// A certificate of our own that is not in the folder.
    #[error("there is no certificate of {label} here")]
    NoCertificate {
        /// Of which key.
        label: String,
    },
    /// No key of a role serves.
    #[error("no key of the role {role} serves here")]
    NoKey {
        /// The role.
        role: &'static str,
    },
    /// A key of a kind that makes no signatures here.
    #[error("{label} is a key of a kind that makes no signatures here")]
    VerifiesOnly {
        /// Which.
        label: String,
    },
    /// A key that has a certificate.
    #[error("the key was certified before: every certificate needs a new one")]
    KeyCertified,
    /// A revocation list that is not newer than the one that is here.
    #[error("a newer list of this issuer is here, or the same")]
    ListOlder,
    /// PEM that is none, or holds more than one object.
    #[error("the file is not one object in PEM")]
    Pem,
    /// Octets that begin like nothing that is known here.
    #[error("the file is no certificate, request or list that is known here")]
    UnknownObject,
    /// A note of a deviation that says none.
    #[error("the {field} of a deviation is not what it should be")]
    Deviation {
        /// Which field.
        field: &'static str,
    },
    /// Rules of the profile or policy that a certificate or request breaks, or would break.
    #[error("refused by rule: {}", rules(.0))]
    Policy(
        /// Which, and whose certificate or request it is.
        Vec<Finding>,
    ),
    /// The key store.
    #[error(transparent)]
    Keystore(#[from] KeystoreError),
    /// X.509 and CMS.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// Card-verifiable certificates.
    #[error(transparent)]
    Cvc(#[from] CvcError),
}

impl AuthorityError {
    pub(crate) fn file(path: &Path, error: &std::io::Error) -> Self {
        Self::File { path: path.to_owned(), reason: error.kind().to_string() }
    }

    /// The stable code; that of the inner refusal where there is one.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::File { .. } => "pki.file",
            Self::Register { .. } => "pki.register",
            Self::NumberTaken { .. } => "pki.number-taken",
            Self::NotIssued { .. } => "pki.not-issued",
            Self::RevokedAlready { .. } => "pki.revoked-already",
            Self::Exhausted { .. } => "pki.exhausted",
            Self::NoCertificate { .. } => "pki.no-certificate",
            Self::NoKey { .. } => "pki.no-key",
            Self::VerifiesOnly { .. } => "pki.verifies-only",
            Self::KeyCertified => "pki.key-certified",
            Self::ListOlder => "pki.list-older",
            Self::Pem => "pki.pem",
            Self::UnknownObject => "pki.unknown-object",
            Self::Deviation { .. } => "pki.deviation",
            Self::Policy(_) => "pki.policy",
            Self::Keystore(error) => error.code(),
            Self::Seal(error) => error.code(),
            Self::Cvc(error) => error.code(),
        }
    }
}

fn rules(findings: &[Finding]) -> String {
    let each: Vec<String> = findings
        .iter()
        .map(|finding| {
            format!("{}: {} ({}, {})", finding.holder, finding.rule, finding.rule.code(), finding.rule.clause())
        })
        .collect();
    each.join("; ")
}
