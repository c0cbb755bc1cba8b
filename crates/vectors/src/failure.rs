use sigillo_apdu::{ApduError, ApduErrorKind};
use sigillo_channel::ChannelError;
use sigillo_crypto::CryptoError;
use sigillo_lds::LdsError;
use sigillo_profile::ProfileError;
use sigillo_seal::SealError;
use sigillo_secret::KeyLengthRefused;
use sigillo_tlv::TlvError;

use crate::envelope::Stage;

/// Why an operation gave no output.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Failure {
    /// The code under test refused the input, which is what a case may expect.
    Refused(Refusal),
    /// The case itself is wrong, or the code under test contradicts itself.
    Broken(String),
}

/// A refusal by the code under test.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Refusal {
    /// Who refuses.
    pub stage: Stage,
    /// The stable code.
    pub error: String,
    /// Where, if the error says so.
    pub at: Option<u64>,
    /// Which field of a record.
    pub field: Option<String>,
}

impl Refusal {
    pub(crate) fn new(stage: Stage, error: &str, at: Option<usize>) -> Self {
        Self { stage, error: error.to_owned(), at: at.and_then(|at| u64::try_from(at).ok()), field: None }
    }
}

impl Failure {
    pub(crate) fn refused(stage: Stage, error: &str, at: Option<usize>) -> Self {
        Self::Refused(Refusal::new(stage, error, at))
    }

    /// The same refusal, seen from another stage.
    pub(crate) fn seen_from(self, stage: Stage) -> Self {
        match self {
            Self::Refused(refusal) => Self::Refused(Refusal { stage, ..refusal }),
            broken @ Self::Broken(_) => broken,
        }
    }
}

impl From<TlvError> for Failure {
    fn from(error: TlvError) -> Self {
        Self::refused(Stage::Tlv, error.code(), Some(error.at()))
    }
}

impl From<ApduError> for Failure {
    fn from(error: ApduError) -> Self {
        let at = match error.kind() {
            ApduErrorKind::TooShort | ApduErrorKind::LengthContradiction => None,
            _ => Some(error.at()),
        };
        Self::refused(Stage::Apdu, error.code(), at)
    }
}

impl From<CryptoError> for Failure {
    fn from(error: CryptoError) -> Self {
        Self::refused(Stage::Crypto, error.code(), None)
    }
}

impl From<KeyLengthRefused> for Failure {
    fn from(error: KeyLengthRefused) -> Self {
        Self::refused(Stage::Crypto, error.code(), None)
    }
}

impl From<LdsError> for Failure {
    fn from(error: LdsError) -> Self {
        Self::refused(Stage::Lds, error.code(), error.at())
    }
}

impl From<ChannelError> for Failure {
    fn from(error: ChannelError) -> Self {
        Self::refused(Stage::Channel, error.code(), None)
    }
}

impl From<ProfileError> for Failure {
    fn from(error: ProfileError) -> Self {
        Self::refused(Stage::Profile, error.code(), None)
    }
}

impl From<SealError> for Failure {
    fn from(error: SealError) -> Self {
        Self::refused(seal_stage(error.code()), error.code(), error.at())
    }
}

/// Whether a code of the seal speaks of a certificate or of the security object.
pub(crate) fn seal_stage(code: &str) -> Stage {
    let of_certificates = [
        "seal.certificate",
        "seal.extension",
        "seal.critical-extension",
        "seal.public-key",
        "seal.period",
        "seal.document-type",
        "seal.signer-is-authority",
        "seal.signer-key-usage",
        "seal.signer-usage-period",
    ];
    let of_a_chain = code.starts_with("seal.chain-") || code.starts_with("seal.issuer-");
    if of_a_chain || of_certificates.contains(&code) { Stage::Certificate } else { Stage::Sod }
}
