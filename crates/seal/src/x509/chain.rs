use jiff::civil::DateTime;
use sigillo_crypto::PublicKey;

use super::certificate::Certificate;
use crate::error::{SealError, SealErrorKind};

/// Finds the trust anchor that issued the certificate and verifies the link, times aside.
///
/// Names are compared byte for byte; where both sides state key identifiers these must be equal. Several anchors may
/// bear one name (a renewed CSCA): the first that verifies is taken.
///
/// Spec: `icao-9303-12#chain`.
pub(crate) fn find_issuer<'a>(
    certificate: &Certificate,
    anchors: &'a [Certificate],
) -> Result<&'a Certificate, SealError> {
    let mut refused = SealErrorKind::ChainUnknownIssuer.into();
    for anchor in anchors.iter().filter(|anchor| may_be_issuer(anchor, certificate)) {
        match check_link(certificate, anchor) {
            Ok(()) => return Ok(anchor),
            Err(error) => refused = error,
        }
    }
    Err(refused)
}

impl Certificate {
    /// Verifies that the issuer may issue certificates and signed this one; times are another question.
    ///
    /// # Errors
    ///
    /// `seal.chain-unknown-issuer` (other names or key identifiers), `seal.chain-signature`, `seal.critical-extension`,
    /// `seal.issuer-not-authority`, `seal.issuer-key-usage`, `seal.public-key`, `seal.signature-algorithm`.
    pub fn verify_issued_by(&self, issuer: &Self) -> Result<(), SealError> {
        if may_be_issuer(issuer, self) {
            check_link(self, issuer)
        } else {
            Err(SealErrorKind::ChainUnknownIssuer.into())
        }
    }

    /// Whether the certificate may stand above others: an authority, whose key may sign certificates, without unknown
    /// critical extensions.
    pub(super) fn verify_may_issue(&self) -> Result<(), SealError> {
        if self.has_unknown_critical_extension() {
            return Err(SealErrorKind::CriticalExtension.into());
        }
        if !self.is_authority() {
            return Err(SealErrorKind::IssuerNotAuthority.into());
        }
        if !self.may_sign_certificates() {
            return Err(SealErrorKind::IssuerKeyUsage.into());
        }
        Ok(())
    }
}

/// What a document signer's certificate must and must not say.
pub(crate) fn check_document_signer(certificate: &Certificate) -> Result<(), SealError> {
    if certificate.is_authority() {
        return Err(SealErrorKind::SignerIsAuthority.into());
    }
    if !certificate.may_sign_documents() {
        return Err(SealErrorKind::SignerKeyUsage.into());
    }
    Ok(())
}

/// Whether the certificate is valid at that moment.
pub(crate) fn check_validity(certificate: &Certificate, now: DateTime) -> Result<(), SealError> {
    if now < certificate.valid().from() {
        Err(SealErrorKind::ChainNotYetValid.into())
    } else if now > certificate.valid().to() {
        Err(SealErrorKind::ChainExpired.into())
    } else {
        Ok(())
    }
}

fn may_be_issuer(issuer: &Certificate, certificate: &Certificate) -> bool {
    issuer.subject_der() == certificate.issuer_der()
        && match (certificate.authority_key_identifier(), issuer.subject_key_identifier()) {
            (Some(wanted), Some(found)) => wanted == found,
            _ => true,
        }
}

fn check_link(certificate: &Certificate, issuer: &Certificate) -> Result<(), SealError> {
    if certificate.has_unknown_critical_extension() {
        return Err(SealErrorKind::CriticalExtension.into());
    }
    issuer.verify_may_issue()?;
    if issuer.subject_der() == issuer.issuer_der() {
        check_signature(issuer, issuer.public_key()?)?;
    }
    check_signature(certificate, issuer.public_key()?)
}

/// Verifies a certificate's signature with the issuer's key.
pub(super) fn check_signature(certificate: &Certificate, key: &PublicKey) -> Result<(), SealError> {
    let (Some(algorithm), signature) = certificate.signature() else {
        return Err(SealErrorKind::SignatureAlgorithm.into());
    };
    key.verify(algorithm, certificate.to_be_signed(), signature).map_err(|_| SealErrorKind::ChainSignature.into())
}
