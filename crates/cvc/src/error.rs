use std::fmt;

use sigillo_crypto::CryptoError;
use sigillo_tlv::TlvError;

/// Why octets are no card-verifiable certificate, or why a chip must refuse one. Nothing in it is secret.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CvcError {
    kind: CvcErrorKind,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum CvcErrorKind {
    /// The data objects are missing, doubled, in another order or malformed.
    Objects(TlvError),
    /// A length that is not written in the fewest octets.
    LengthForm,
    /// Another certificate profile than version 1.
    ProfileVersion,
    /// A reference that is not country, mnemonic and sequence number.
    Reference,
    /// A date that is not six digits of a day from 2000 to 2099.
    Date,
    /// An authorization template of a wrong length or form.
    Template,
    /// A public key of an unknown algorithm, curve, size or form.
    PublicKey,
    /// Domain parameters where they must not be, or missing where they must be.
    DomainParameters,
    /// The issuer named is not the key that was selected.
    Issuer,
    /// The terminal type is not that of the issuer.
    TerminalType,
    /// A certificate of this role is not issued by the issuer's role.
    Role,
    /// The algorithm, domain parameters or key size are not those of the issuer.
    Algorithm,
    /// The certificate ends before it begins.
    Validity,
    /// The certificate is expired at the chip's date.
    Expired,
    /// The issuer is expired at the chip's date and verifies link certificates only.
    IssuerExpired,
    /// The holder's reference is that of a trust point.
    HolderKnown,
    /// The signature does not verify.
    Signature,
    /// The signer refused to sign.
    Signer(CryptoError),
}

impl CvcError {
    pub(crate) const fn new(kind: CvcErrorKind) -> Self {
        Self { kind }
    }

    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> CvcErrorKind {
        self.kind
    }

    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self.kind {
            CvcErrorKind::Objects(_) => "cvc.objects",
            CvcErrorKind::LengthForm => "cvc.length-form",
            CvcErrorKind::ProfileVersion => "cvc.profile-version",
            CvcErrorKind::Reference => "cvc.reference",
            CvcErrorKind::Date => "cvc.date",
            CvcErrorKind::Template => "cvc.template",
            CvcErrorKind::PublicKey => "cvc.public-key",
            CvcErrorKind::DomainParameters => "cvc.domain-parameters",
            CvcErrorKind::Issuer => "cvc.issuer",
            CvcErrorKind::TerminalType => "cvc.terminal-type",
            CvcErrorKind::Role => "cvc.role",
            CvcErrorKind::Algorithm => "cvc.algorithm",
            CvcErrorKind::Validity => "cvc.validity",
            CvcErrorKind::Expired => "cvc.expired",
            CvcErrorKind::IssuerExpired => "cvc.issuer-expired",
            CvcErrorKind::HolderKnown => "cvc.holder-known",
            CvcErrorKind::Signature => "cvc.signature",
            CvcErrorKind::Signer(_) => "cvc.signer",
        }
    }
}

impl From<TlvError> for CvcError {
    fn from(error: TlvError) -> Self {
        Self::new(CvcErrorKind::Objects(error))
    }
}

impl fmt::Display for CvcError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            CvcErrorKind::Objects(error) => return write!(f, "the data objects of the certificate: {error}"),
            CvcErrorKind::LengthForm => "a length is not written in the fewest octets",
            CvcErrorKind::ProfileVersion => "another certificate profile than version 1",
            CvcErrorKind::Reference => "the reference is not country, mnemonic and sequence number",
            CvcErrorKind::Date => "the date is not a day from 2000 to 2099",
            CvcErrorKind::Template => "the authorization template has a wrong length or form",
            CvcErrorKind::PublicKey => "the public key has an unknown algorithm, curve, size or form",
            CvcErrorKind::DomainParameters => "domain parameters where they must not be, or none where they must be",
            CvcErrorKind::Issuer => "the certificate names another issuer than the key that was selected",
            CvcErrorKind::TerminalType => "the terminal type is not that of the issuer",
            CvcErrorKind::Role => "the issuer's role does not issue certificates of this role",
            CvcErrorKind::Algorithm => "the algorithm or key size is not that of the issuer",
            CvcErrorKind::Validity => "the certificate ends before it begins",
            CvcErrorKind::Expired => "the certificate is expired at the chip's date",
            CvcErrorKind::IssuerExpired => "the issuer is expired at the chip's date",
            CvcErrorKind::HolderKnown => "the holder's reference is that of a trust point",
            CvcErrorKind::Signature => "the signature of the certificate does not verify",
            CvcErrorKind::Signer(error) => return write!(f, "the signer refused: {error}"),
        })
    }
}

impl std::error::Error for CvcError {}
