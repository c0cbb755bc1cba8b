//! What is above a chip, and what a terminal shows it: card-verifiable certificates of the folder, in order.

use std::path::Path;

use jiff::civil::Date;
use sigillo_crypto::PublicKey;
use sigillo_cvc::{CvCertificate, CvDate, CvPublicKey, HolderReference, Role, TerminalType};
use sigillo_keystore::{KeyLabel, Keystore};

use crate::error::AuthorityError;
use crate::office::{CERTIFICATES, cv_date, kept};

/// The certificates that a chip takes for its trust points: of the roots of this type that are valid on the day the newest
/// and the one before it, the older one first; of a root that has its own certificate and a link, its own.
///
/// Spec: `bsi-tr-03110-3#trust-points`.
///
/// # Errors
///
/// `pki.file`, `cvc.…`.
pub fn trust_points(folder: &Path, of: &TerminalType, on: Date) -> Result<Vec<CvCertificate>, AuthorityError> {
    let day = cv_date(on)?;
    let is_root = |certificate: &CvCertificate| {
        let template = certificate.template();
        template.role() == Role::Cvca && template.terminal_type() == of && is_valid(certificate, day)
    };
    let mut roots: Vec<CvCertificate> = cv_certificates(folder)?.into_iter().filter(is_root).collect();
    // Its own certificate before a link to the same root, which then falls away.
    roots.sort_by_key(|root| (root.effective(), root.holder().to_string(), root.authority() != root.holder()));
    roots.dedup_by(|later, earlier| later.holder() == earlier.holder());
    Ok(roots.split_off(roots.len().saturating_sub(MOST_TRUST_POINTS)))
}

/// What the terminal with this key of the key store shows: the certificates from the first below the root down to its own,
/// each the newest of its holder that is valid on the day.
///
/// # Errors
///
/// `pki.no-certificate` if there is none of the key, or of one above it; `pki.file`, `cvc.…`, `keystore.…`.
pub fn terminal_chain(
    folder: &Path,
    keys: &dyn Keystore,
    label: &KeyLabel,
    on: Date,
) -> Result<Vec<CvCertificate>, AuthorityError> {
    let key = keys.public_key(label)?;
    let missing = || AuthorityError::NoCertificate { label: label.to_string() };
    let day = cv_date(on)?;
    let valid: Vec<CvCertificate> =
        cv_certificates(folder)?.into_iter().filter(|certificate| is_valid(certificate, day)).collect();
    let newest = |wanted: &dyn Fn(&CvCertificate) -> bool| {
        valid.iter().filter(|certificate| wanted(certificate)).max_by_key(|certificate| certificate.effective())
    };
    let own = |certificate: &CvCertificate| certificate.template().role() == Role::Terminal && is_of(certificate, &key);
    let mut chain = vec![newest(&own).ok_or_else(missing)?.clone()];
    while let Some(above) = chain.last().map(|lowest| lowest.authority().clone()) {
        let named = |certificate: &CvCertificate| *certificate.holder() == above;
        let issuer = newest(&named).ok_or_else(missing)?;
        if issuer.template().role() == Role::Cvca || is_in(&chain, &above) {
            break;
        }
        chain.push(issuer.clone());
    }
    chain.reverse();
    Ok(chain)
}

/// The card-verifiable certificates of the folder `pki/`.
///
/// # Errors
///
/// `pki.file`, `cvc.…`.
pub(crate) fn cv_certificates(folder: &Path) -> Result<Vec<CvCertificate>, AuthorityError> {
    let files = kept(&folder.join(CERTIFICATES), CV_ENDING)?;
    files.into_iter().map(|(_, octets)| Ok(CvCertificate::decode(&octets)?)).collect()
}

fn is_valid(certificate: &CvCertificate, on: CvDate) -> bool {
    (certificate.effective()..=certificate.expiration()).contains(&on)
}

/// Keys of terminals are on a curve, as the table of keys has them.
fn is_of(certificate: &CvCertificate, key: &PublicKey) -> bool {
    match certificate.public_key().clone().without_domain_parameters() {
        CvPublicKey::EcInherited { octets, .. } => key.point().is_some_and(|point| point.octets() == octets),
        _ => false,
    }
}

fn is_in(chain: &[CvCertificate], holder: &HolderReference) -> bool {
    chain.iter().any(|certificate| certificate.holder() == holder)
}

/// As many as a chip keeps of one type of terminals.
const MOST_TRUST_POINTS: usize = 2;
pub(crate) const CV_ENDING: &str = ".cvcert";
