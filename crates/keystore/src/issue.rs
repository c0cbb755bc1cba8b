//! The certificates of a test issuer: a country signing CA and one document signer, both marked TEST.

use jiff::ToSpan;
use jiff::civil::Date;
use sigillo_crypto::{Entropy, SignatureAlgorithm};
use sigillo_seal::x509::{
    Certificate, CertificateProfile, Country, Period, SerialNumber, SubjectName, Unsigned, country_signer,
    document_signer,
};

use crate::error::{KeystoreError, KeystoreErrorKind};
use crate::keystore::Keystore;
use crate::label::KeyLabel;
use crate::role::{KeyRole, StoredAlgorithm};
use crate::settings::IssuerSettings;

/// Certifies the newest CSCA and document signer of a store, and installs both certificates.
///
/// The CSCA signs for four years, the document signer for three months from `now`; certificates stay valid ten years longer
/// than what they signed last.
///
/// # Errors
///
/// `keystore.key-unknown`, `keystore.exists`, `keystore.date`, and `seal.profile-field` for settings that ICAO 9303-12 refuses.
pub fn make_test_certificates(
    keys: &mut dyn Keystore,
    settings: &IssuerSettings,
    entropy: &mut dyn Entropy,
    now: Date,
) -> Result<(), KeystoreError> {
    let country = Country::parse(&settings.country, &settings.mrz_country)?;
    let mut profile = |name: &str, key_until: Date, valid_until: Date| -> Result<_, KeystoreError> {
        let mut serial = [0; 16];
        entropy.fill(&mut serial);
        Ok(CertificateProfile {
            subject: SubjectName::new(country, &settings.organization, Some("TEST"), name)?,
            serial_number: SerialNumber::from_random(serial),
            valid: whole_days(now, valid_until)?,
            private_key_usage: whole_days(now, key_until)?,
            parameters: settings.parameters,
            contact: settings.contact.clone(),
            crl_addresses: settings.crl_addresses.clone(),
        })
    };
    // The last signer made by the CSCA lives three months, the last document of that signer ten years.
    let csca_profile = profile("TEST CSCA", last_day(now, 48)?, last_day(now, 48 + 3 + 120)?)?;
    let signer_profile = profile("TEST Document Signer", last_day(now, 3)?, last_day(now, 3 + 120)?)?;

    let (csca, signer) = (keys.current(KeyRole::Csca)?, keys.current(KeyRole::DocumentSigner)?);
    let algorithm = algorithm_of(keys, &csca)?;
    let unsigned = country_signer(&csca_profile, &keys.public_key(&csca)?, algorithm)?;
    let csca_certificate = complete(keys, &csca, unsigned, algorithm)?;
    keys.install_certificate(&csca, csca_certificate.der(), 0, now)?;

    let types: Vec<&str> = settings.document_types.iter().map(String::as_str).collect();
    let unsigned = document_signer(&signer_profile, &types, &keys.public_key(&signer)?, &csca_certificate, algorithm)?;
    let certificate = complete(keys, &csca, unsigned, algorithm)?;
    keys.install_certificate(&signer, certificate.der(), settings.seals, now)
}

/// The signature algorithm that goes with a key.
fn algorithm_of(keys: &dyn Keystore, label: &KeyLabel) -> Result<SignatureAlgorithm, KeystoreError> {
    match keys.keys().iter().find(|key| key.label == *label).map(|key| key.algorithm) {
        Some(StoredAlgorithm::Pair(key)) => Ok(SignatureAlgorithm::for_key(key)),
        _ => Err(KeystoreErrorKind::NotAKeyPair.at(label)),
    }
}

fn complete(
    keys: &dyn Keystore,
    issuer: &KeyLabel,
    unsigned: Unsigned<Certificate>,
    algorithm: SignatureAlgorithm,
) -> Result<Certificate, KeystoreError> {
    let signature = keys.sign(issuer, algorithm, unsigned.to_be_signed())?;
    Ok(unsigned.complete(&signature)?)
}

/// The day before the same day so many months later.
fn last_day(from: Date, months: i32) -> Result<Date, KeystoreError> {
    let day = from.checked_add(months.months()).and_then(Date::yesterday);
    day.map_err(|_| KeystoreErrorKind::Date.into())
}

/// From the first second of one day to the last of the other (UTC).
fn whole_days(from: Date, to: Date) -> Result<Period, KeystoreError> {
    Ok(Period::new(from.at(0, 0, 0, 0), to.at(23, 59, 59, 0))?)
}
