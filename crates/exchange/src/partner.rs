use sigillo_keystore::Mode;
use sigillo_seal::message::{check_recipient, check_signer};
use sigillo_seal::x509::Certificate;
use sigillo_store::{NewPartner, Receives};

use crate::desk::Desk;
use crate::error::ExchangeError;

/// The certificates of a partner: he is known by these very certificates, whoever issued them.
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_structs, reason = "whoever adds a partner gives all of it")]
pub struct Certificates {
    /// Those that he signs under, one to eight.
    pub signers: Vec<Certificate>,
    /// The one that he is encrypted to.
    pub encryption: Certificate,
}

/// Adds a partner, whom the messages call `name`, and who calls us `own_name`.
///
/// # Errors
///
/// `exchange.signers`, `exchange.test-certificate`, those of [`Store::add_partner`](sigillo_store::Store::add_partner), and
/// the codes of `seal` by which a certificate does not serve: key usage, dates.
pub fn add_partner(
    desk: &mut Desk<'_>,
    name: &str,
    own_name: &str,
    receives: Receives,
    certificates: &Certificates,
) -> Result<(), ExchangeError> {
    check(desk, certificates)?;
    let signers = signers(certificates);
    let encryption = certificates.encryption.der();
    Ok(desk.store.add_partner(desk.by, &NewPartner { name, own_name, receives, encryption, signers: &signers })?)
}

/// Gives a partner other certificates; those that he had serve no more.
///
/// # Errors
///
/// As [`add_partner`]; `exchange.unknown-partner`.
pub fn renew_partner(desk: &mut Desk<'_>, name: &str, certificates: &Certificates) -> Result<(), ExchangeError> {
    check(desk, certificates)?;
    let signers = signers(certificates);
    let known = desk.store.partner(name)?;
    let (own_name, receives) = (known.own_name.as_str(), known.receives);
    let encryption = certificates.encryption.der();
    Ok(desk.store.renew_partner(desk.by, &NewPartner { name, own_name, receives, encryption, signers: &signers })?)
}

fn check(desk: &Desk<'_>, certificates: &Certificates) -> Result<(), ExchangeError> {
    if !(1..=MAX_SIGNERS).contains(&certificates.signers.len()) {
        return Err(ExchangeError::Signers);
    }
    let mut all = certificates.signers.iter().chain([&certificates.encryption]);
    if desk.home.mode() == Mode::Production && all.any(Certificate::is_marked_test) {
        return Err(ExchangeError::TestCertificate);
    }
    check_recipient(&certificates.encryption, desk.now)?;
    certificates.signers.iter().try_for_each(|signer| Ok(check_signer(signer, desk.now)?))
}

/// SHA-256 and DER of each.
fn signers(certificates: &Certificates) -> Vec<([u8; 32], Vec<u8>)> {
    certificates.signers.iter().map(|signer| (signer.fingerprint(), signer.der().to_vec())).collect()
}

const MAX_SIGNERS: usize = 8;
