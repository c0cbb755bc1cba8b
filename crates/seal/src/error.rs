use std::fmt;

use sigillo_tlv::{TlvError, TlvErrorKind};

use crate::irregularity::Irregularity;

/// Why a seal, a certificate or an LDS security object was refused, and where.
///
/// It names structures, fields and data groups; it never holds a value out of a document.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SealError {
    kind: SealErrorKind,
    at: Option<usize>,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SealErrorKind {
    // Encoding.
    /// The bytes are not the TLV that must stand here.
    #[error("the encoding breaks off or another tag stands here: {0:?}")]
    Der(TlvErrorKind),
    /// A length is not in its shortest form.
    #[error("a length is not in its shortest form, so this is not DER")]
    DerLength,
    /// A primitive value (integer, object identifier, time, string) is not well formed.
    #[error("{what} is not well formed")]
    DerValue {
        /// Which value.
        what: &'static str,
    },
    /// More bytes than any EF.SOD or certificate has.
    #[error("more than {limit} bytes")]
    TooLarge {
        /// The bound, in bytes.
        limit: usize,
    },

    // LDS security object.
    /// The version is neither 0 nor 1, or does not fit the presence of the LDS version information.
    #[error("the LDS security object's version and its version information do not fit")]
    LdsVersion,
    /// A hash algorithm that ICAO 9303 does not have.
    #[error("the hash algorithm is not one of ICAO 9303-12")]
    HashAlgorithm,
    /// Two places that must name the same hash algorithm name two.
    #[error("the hash algorithms of signer, signature and LDS security object differ")]
    HashAlgorithmMismatch,
    /// Fewer than 2 or more than 16 data groups.
    #[error("{count} data groups where 2 to 16 must be")]
    GroupCount {
        /// How many there are.
        count: usize,
    },
    /// A data group number outside 1 to 16.
    #[error("no data group has this number")]
    GroupNumber,
    /// The same data group twice.
    #[error("data group {group} stands twice")]
    GroupDuplicate {
        /// Its number.
        group: u8,
    },
    /// A file whose tag, length or end is not that of its data group.
    #[error("the file given for data group {group} is not that data group")]
    GroupTag {
        /// Its number.
        group: u8,
    },
    /// A hash of another length than its algorithm gives.
    #[error("the hash of data group {group} has another length than its algorithm gives")]
    HashLength {
        /// Its number.
        group: u8,
    },
    /// A data group that the LDS security object does not list.
    #[error("data group {group} is not in the LDS security object")]
    GroupMissing {
        /// Its number.
        group: u8,
    },
    /// A data group differs from its hash.
    #[error("data group {group} differs from its hash")]
    HashMismatch {
        /// Its number.
        group: u8,
    },

    // The signed message.
    /// The outer content is not signed data.
    #[error("the CMS content is not signed data")]
    NotSignedData,
    /// A version that CMS does not have here.
    #[error("the CMS version does not fit its content")]
    CmsVersion,
    /// The content or its attribute is not an LDS security object.
    #[error("the signed content is not of the type LDS security object")]
    ContentType,
    /// Not exactly one signer.
    #[error("{count} signers where one must be")]
    SignerCount {
        /// How many there are.
        count: usize,
    },
    /// Too many certificates, or certificates of another form than X.509.
    #[error("the certificates in the message are too many or of another form")]
    Certificates,
    /// No certificate in the message is the signer's.
    #[error("the certificate of the signer is not in the message")]
    SignerCertificate,
    /// Signed attributes that are missing or stand twice.
    #[error("the signed attributes are missing or stand twice")]
    SignedAttributes,
    /// The message digest differs from the content.
    #[error("the message digest differs from the signed content")]
    MessageDigest,
    /// A signature algorithm that this program does not verify, or two places that name two.
    #[error("the signature algorithm is unknown or named differently in two places")]
    SignatureAlgorithm,
    /// An algorithm of old chips that the policy does not take.
    #[error("an algorithm that nobody may use any more: SHA-1 or SHA-224, without a policy that takes it")]
    AlgorithmRetired,
    /// The signature of the document signer is wrong.
    #[error("the document signer's signature is wrong")]
    Signature,

    // Certificates.
    /// Not an X.509 version 3 certificate.
    #[error("not an X.509 certificate of version 3")]
    Certificate,
    /// An extension that stands twice or does not decode.
    #[error("a certificate extension stands twice or is not well formed")]
    Extension,
    /// A critical extension that this program does not know.
    #[error("a critical certificate extension is unknown")]
    CriticalExtension,
    /// A public key that this program does not take.
    #[error("the public key is of no supported kind")]
    PublicKey,
    /// A country, name, document type or address that the profile does not allow.
    #[error("{field} does not fit ICAO 9303-12")]
    ProfileField {
        /// Which field.
        field: &'static str,
    },
    /// A period that ends before it begins, or a key use outside the certificate's validity.
    #[error("a period ends before it begins, or the key outlives its certificate")]
    Period,
    /// No trust anchor has the issuer's name and key identifier.
    #[error("no trust anchor is the issuer of the certificate")]
    ChainUnknownIssuer,
    /// The signature on a certificate is wrong.
    #[error("the issuer's signature on the certificate is wrong")]
    ChainSignature,
    /// Now is behind the end of validity.
    #[error("a certificate of the chain has expired")]
    ChainExpired,
    /// Now is before the beginning of validity.
    #[error("a certificate of the chain is not valid yet")]
    ChainNotYetValid,
    /// The issuer may not issue: basic constraints.
    #[error("the issuer is no certification authority")]
    IssuerNotAuthority,
    /// The issuer may not issue: key usage.
    #[error("the issuer's key usage lacks certificate signing")]
    IssuerKeyUsage,
    /// The document signer is itself an authority.
    #[error("the document signer's certificate is that of an authority")]
    SignerIsAuthority,
    /// The document signer may not sign: key usage.
    #[error("the signer's key usage lacks digital signature")]
    SignerKeyUsage,
    /// The private key is used outside its usage period.
    #[error("the signer's private key usage period does not cover this day")]
    SignerUsagePeriod,
    /// The document type is not one that the signer may sign.
    #[error("the signer's certificate does not list this type of document")]
    DocumentType,
    /// The certificate does not say that its key is for this.
    #[error("the certificate's extended key usage lacks this purpose")]
    Purpose,

    // Certificate requests.
    /// Not a PKCS#10 request of version 1.
    #[error("not a certificate request of PKCS#10")]
    Request,
    /// The requester does not prove that it has the private key.
    #[error("the request's signature is wrong: whoever made it does not prove that it has the private key")]
    RequestSignature,

    // Revocation lists.
    /// Not an X.509 revocation list of version 2.
    #[error("not a certificate revocation list of version 2")]
    RevocationList,
    /// An entry twice, dated behind the list, or with a reason where ICAO 9303-12 allows none.
    #[error("an entry of the revocation list stands twice, is dated behind the list, or must not state a reason")]
    RevocationEntry,
    /// The signature on a revocation list is wrong.
    #[error("the issuer's signature on the revocation list is wrong")]
    RevocationListSignature,
    /// No trust anchor may have signed the revocation list.
    #[error("no trust anchor is the issuer of the revocation list")]
    RevocationListIssuer,
    /// The next list comes later than 90 days after this one, or not after it.
    #[error("the next revocation list must follow this one within 90 days")]
    RevocationListPeriod,
    /// The certificate was revoked.
    #[error("the certificate was revoked")]
    Revoked,
    /// The newest revocation list should have been replaced.
    #[error("the newest revocation list is out of date")]
    RevocationListStale,
    /// There is no revocation list of the issuer.
    #[error("there is no revocation list of the certificate's issuer")]
    RevocationListMissing,

    // Encrypted messages.
    /// The outer content is not authenticated enveloped data.
    #[error("the CMS content is not authenticated enveloped data")]
    NotEnvelopedData,
    /// A content encryption other than AES-256-GCM with a nonce of 12 and a tag of 16 octets.
    #[error("the content is not encrypted by AES-256-GCM with a tag of 16 octets")]
    ContentEncryption,
    /// No recipient, too many, or one of an unknown form.
    #[error("the recipients are none, too many, or of an unknown form")]
    Recipients,
    /// The message is for others.
    #[error("the message is encrypted to somebody else")]
    NotRecipient,
    /// A key agreement of another kind, or a point off the recipient's curve.
    #[error(
        "the key is not agreed on by ECDH with SHA-256 (384, 512) and AES-256 wrap, or not on the recipient's curve"
    )]
    KeyAgreement,
    /// The wrapped key was altered, or the agreed secret is another one.
    #[error("the message's key does not unwrap: it was altered, or wrapped for another key")]
    WrappedKey,
    /// The tag over the content is wrong.
    #[error("the encrypted content was altered")]
    ContentAltered,
    /// Signed by nobody who was expected.
    #[error("the message is signed by somebody else than the one expected")]
    MessageSigner,
    /// A signed message that departs from the standard, from a partner who can be told so.
    #[error("the signed message departs from the standard: {}", .0.name())]
    Irregular(Irregularity),
    /// The certificate's key usage lacks key agreement (RSA: key encipherment).
    #[error("the recipient's key usage lacks key agreement, or key encipherment for RSA")]
    RecipientKeyUsage,

    // Master and deviation lists.
    /// The content is not a CSCA master list of version 0.
    #[error("the signed content is not a master list of version 0")]
    MasterList,
    /// The content is not a deviation list of version 0.
    #[error("the signed content is not a deviation list of version 0")]
    DeviationList,
}

impl SealErrorKind {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Der(_) => "seal.der",
            Self::DerLength => "seal.der-length",
            Self::DerValue { .. } => "seal.der-value",
            Self::TooLarge { .. } => "seal.too-large",
            Self::LdsVersion => "seal.lds-version",
            Self::HashAlgorithm => "seal.hash-algorithm",
            Self::HashAlgorithmMismatch => "seal.hash-algorithm-mismatch",
            Self::GroupCount { .. } => "seal.group-count",
            Self::GroupNumber => "seal.group-number",
            Self::GroupDuplicate { .. } => "seal.group-duplicate",
            Self::GroupTag { .. } => "seal.group-tag",
            Self::HashLength { .. } => "seal.hash-length",
            Self::GroupMissing { .. } => "seal.group-missing",
            Self::HashMismatch { .. } => "seal.hash-mismatch",
            Self::NotSignedData => "seal.not-signed-data",
            Self::CmsVersion => "seal.cms-version",
            Self::ContentType => "seal.content-type",
            Self::SignerCount { .. } => "seal.signer-count",
            Self::Certificates => "seal.certificates",
            Self::SignerCertificate => "seal.signer-certificate",
            Self::SignedAttributes => "seal.signed-attributes",
            Self::MessageDigest => "seal.message-digest",
            Self::SignatureAlgorithm => "seal.signature-algorithm",
            Self::AlgorithmRetired => "seal.algorithm-retired",
            Self::Signature => "seal.signature",
            Self::Certificate => "seal.certificate",
            Self::Extension => "seal.extension",
            Self::CriticalExtension => "seal.critical-extension",
            Self::PublicKey => "seal.public-key",
            Self::ProfileField { .. } => "seal.profile-field",
            Self::Period => "seal.period",
            Self::ChainUnknownIssuer => "seal.chain-unknown-issuer",
            Self::ChainSignature => "seal.chain-signature",
            Self::ChainExpired => "seal.chain-expired",
            Self::ChainNotYetValid => "seal.chain-not-yet-valid",
            Self::IssuerNotAuthority => "seal.issuer-not-authority",
            Self::IssuerKeyUsage => "seal.issuer-key-usage",
            Self::SignerIsAuthority => "seal.signer-is-authority",
            Self::SignerKeyUsage => "seal.signer-key-usage",
            Self::SignerUsagePeriod => "seal.signer-usage-period",
            Self::DocumentType => "seal.document-type",
            Self::Purpose => "seal.purpose",
            Self::Request => "seal.request",
            Self::RequestSignature => "seal.request-signature",
            Self::RevocationList => "seal.revocation-list",
            Self::RevocationEntry => "seal.revocation-entry",
            Self::RevocationListSignature => "seal.revocation-list-signature",
            Self::RevocationListIssuer => "seal.revocation-list-issuer",
            Self::RevocationListPeriod => "seal.revocation-list-period",
            Self::Revoked => "seal.revoked",
            Self::RevocationListStale => "seal.revocation-list-stale",
            Self::RevocationListMissing => "seal.revocation-list-missing",
            Self::NotEnvelopedData => "seal.not-enveloped-data",
            Self::ContentEncryption => "seal.content-encryption",
            Self::Recipients => "seal.recipients",
            Self::NotRecipient => "seal.not-recipient",
            Self::KeyAgreement => "seal.key-agreement",
            Self::WrappedKey => "seal.wrapped-key",
            Self::ContentAltered => "seal.content-altered",
            Self::MessageSigner => "seal.message-signer",
            Self::Irregular(_) => "seal.irregular",
            Self::RecipientKeyUsage => "seal.recipient-key-usage",
            Self::MasterList => "seal.master-list",
            Self::DeviationList => "seal.deviation-list",
        }
    }

    pub(crate) const fn at(self, at: usize) -> SealError {
        SealError { kind: self, at: Some(at) }
    }
}

impl SealError {
    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> SealErrorKind {
        self.kind
    }

    /// The offset in the decoded bytes, where the fault has one.
    #[must_use]
    pub const fn at(&self) -> Option<usize> {
        self.at
    }

    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.kind.code()
    }
}

impl From<SealErrorKind> for SealError {
    fn from(kind: SealErrorKind) -> Self {
        Self { kind, at: None }
    }
}

impl From<TlvError> for SealError {
    fn from(error: TlvError) -> Self {
        SealErrorKind::Der(error.kind()).at(error.at())
    }
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)?;
        match self.at {
            Some(at) => write!(f, " (offset {at})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for SealError {}
