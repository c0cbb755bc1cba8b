//! Strangers' trust anchors: which certificates of a master list are usable, and why the others are not.

use sigillo_crypto::PublicKey;

use super::certificate::Certificate;
use super::chain::check_signature;
use crate::error::{SealError, SealErrorKind};

/// The certificates of country signing CAs that can vouch for document signers, and those that cannot.
///
/// What makes one usable: it decodes, its key and signature algorithm are known, it is an authority that may sign
/// certificates, has no unknown critical extension, and its signature verifies under its own key or, if it is a link
/// certificate, under that of another usable certificate of the store and of its country. Whatever else ICAO 9303-12 demands is left to
/// [`lint`](crate::x509::lint): issued certificates break it in many ways.
///
/// Spec: `icao-9303-12#trust-anchors`.
#[derive(Clone, Debug, Default)]
pub struct TrustStore {
    roots: Vec<Certificate>,
    links: Vec<Certificate>,
    refused: Vec<Refused>,
}

/// A certificate that cannot vouch for anybody.
#[derive(Clone, Debug)]
pub struct Refused {
    /// Its place among the certificates that were read, from 0.
    pub index: usize,
    /// The certificate, if it decodes.
    pub certificate: Option<Certificate>,
    /// Why.
    pub error: SealError,
}

impl TrustStore {
    /// Reads certificates in DER; refuses single ones, never all.
    #[must_use]
    pub fn read<'a>(certificates: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut store = Self::default();
        let mut pending: Vec<(usize, Certificate)> = Vec::new();
        for (index, der) in certificates.into_iter().enumerate() {
            match Certificate::decode(der) {
                Ok(certificate) => match vouches(&certificate) {
                    Ok(key) if certificate.is_self_issued() && check_signature(&certificate, key).is_ok() => {
                        store.roots.push(certificate);
                    }
                    Ok(_) => pending.push((index, certificate)),
                    Err(error) => store.refuse(index, Some(certificate), error),
                },
                Err(error) => store.refuse(index, None, error),
            }
        }
        // A link may be certified by a link: as long as one more is taken, go on.
        loop {
            let before = pending.len();
            pending.retain(|(_, certificate)| {
                let usable = store.anchors().any(|issuer| check_link(certificate, issuer).is_ok());
                if usable {
                    store.links.push(certificate.clone());
                }
                !usable
            });
            if pending.len() == before {
                break;
            }
        }
        for (index, certificate) in pending {
            let error = store.reason(&certificate);
            store.refuse(index, Some(certificate), error);
        }
        store.refused.sort_by_key(|refused| refused.index);
        store
    }

    /// Self-signed certificates.
    #[must_use]
    pub fn roots(&self) -> &[Certificate] {
        &self.roots
    }

    /// Link certificates whose issuer is in the store.
    #[must_use]
    pub fn links(&self) -> &[Certificate] {
        &self.links
    }

    /// The certificates that cannot vouch for anybody, in the order of reading.
    #[must_use]
    pub fn refused(&self) -> &[Refused] {
        &self.refused
    }

    /// Roots, then links.
    pub fn anchors(&self) -> impl Iterator<Item = &Certificate> {
        self.roots.iter().chain(&self.links)
    }
    fn refuse(&mut self, index: usize, certificate: Option<Certificate>, error: SealError) {
        self.refused.push(Refused { index, certificate, error });
    }

    /// Why a certificate whose signature verifies under no key of the store is not in it.
    fn reason(&self, certificate: &Certificate) -> SealError {
        let refused = self.refused.iter().filter_map(|refused| refused.certificate.as_ref());
        let mut candidates = self.anchors().chain(refused).filter(|issuer| is_of(certificate, issuer));
        match candidates.next() {
            // The issuer is on the list, but was refused itself: its reason is the reason.
            Some(issuer) => match vouches(issuer).and_then(|key| check_signature(certificate, key)) {
                Err(error) => error,
                Ok(()) => SealErrorKind::ChainUnknownIssuer.into(),
            },
            None => SealErrorKind::ChainUnknownIssuer.into(),
        }
    }
}

/// The key of a certificate that may stand above others.
fn vouches(certificate: &Certificate) -> Result<&PublicKey, SealError> {
    certificate.verify_may_issue()?;
    certificate.public_key()
}

/// Whether the issuer certified the other: of one country, by key identifier (names change, and are written in more than one
/// way) or, where that is not stated, by name; and by signature.
fn check_link(certificate: &Certificate, issuer: &Certificate) -> Result<(), SealError> {
    if is_of(certificate, issuer) {
        check_signature(certificate, issuer.public_key()?)
    } else {
        Err(SealErrorKind::ChainUnknownIssuer.into())
    }
}

fn is_of(certificate: &Certificate, issuer: &Certificate) -> bool {
    certificate.country() == issuer.country()
        && match (certificate.authority_key_identifier(), issuer.subject_key_identifier()) {
            (Some(wanted), Some(found)) => wanted == found,
            _ => certificate.issuer_der() == issuer.subject_der(),
        }
}
