//! The test issuer: a country signing CA, one document signer, and the CA of electronic services, with software keys of the
//! seed.

use jiff::ToSpan;
use jiff::civil::{Date, DateTime};
use sigillo_crypto::{EcParameters, Entropy, HashAlgorithm, P256PrivateKey, PublicKey, SignatureAlgorithm};
use sigillo_profile::{CertificateParameters, Profile};
use sigillo_seal::x509::{
    Certificate, CertificateProfile, Country, Period, SerialNumber, SubjectName, country_signer, document_signer,
    eservices_authority, holder,
};
use sigillo_seal::{Hashed, Seal, SignerCertificate, prepare_card_security};

use crate::error::SpecimenError;
use crate::stream::stream;

/// Who sealed a specimen.
pub struct Issuer {
    csca: Certificate,
    signer: SignerCertificate,
    csca_key: P256PrivateKey,
    signer_key: P256PrivateKey,
    services: Certificate,
    services_key: P256PrivateKey,
    profile: Profile,
    day: Date,
}

impl Issuer {
    /// Makes keys and certificates; valid from that day.
    pub(crate) fn new(profile: &Profile, seed: &[u8; 32], day: Date) -> Result<Self, SpecimenError> {
        let mut entropy = stream(seed, "issuer");
        let csca_key = P256PrivateKey::generate(&mut entropy);
        let signer_key = P256PrivateKey::generate(&mut entropy);
        let terms = |name, years, entropy: &mut dyn Entropy| certificate_profile(profile, name, day, years, entropy);
        let unsigned = country_signer(&terms("TEST CSCA", 15, &mut entropy)?, &csca_key.public(), ECDSA)?;
        let signature = csca_key.sign(HashAlgorithm::Sha256, unsigned.to_be_signed())?;
        let csca = unsigned.complete(&signature)?;
        let terms = terms("TEST document signer", 11, &mut entropy)?;
        let unsigned = document_signer(&terms, &[&profile.document_code], &signer_key.public(), &csca, ECDSA)?;
        let signature = csca_key.sign(HashAlgorithm::Sha256, unsigned.to_be_signed())?;
        let signer = SignerCertificate::verify(unsigned.complete(&signature)?, std::slice::from_ref(&csca))?;
        let services_key = P256PrivateKey::generate(&mut entropy);
        let terms = certificate_profile(profile, "TEST eServices CA", day, 15, &mut entropy)?;
        let unsigned = eservices_authority(&terms, &services_key.public(), ECDSA)?;
        let signature = services_key.sign(HashAlgorithm::Sha256, unsigned.to_be_signed())?;
        let services = unsigned.complete(&signature)?;
        Ok(Self { csca, signer, csca_key, signer_key, services, services_key, profile: profile.clone(), day })
    }

    /// The trust anchor of whoever reads the specimen.
    #[must_use]
    pub fn csca(&self) -> &Certificate {
        &self.csca
    }

    /// The document signer's certificate, with its verified chain.
    #[must_use]
    pub fn signer(&self) -> &SignerCertificate {
        &self.signer
    }

    /// The country signing CA's private key.
    #[must_use]
    pub fn csca_key(&self) -> &P256PrivateKey {
        &self.csca_key
    }

    /// The document signer's private key.
    #[must_use]
    pub fn signer_key(&self) -> &P256PrivateKey {
        &self.signer_key
    }

    /// The trust anchor of certificates of holders.
    #[must_use]
    pub fn services(&self) -> &Certificate {
        &self.services
    }

    /// Issues EF.Certificate: a certificate of the holder's key.
    ///
    /// # Errors
    ///
    /// A code of `seal` or `crypto`.
    pub fn certify_holder(&self, key: &PublicKey, entropy: &mut dyn Entropy) -> Result<Vec<u8>, SpecimenError> {
        let terms = certificate_profile(&self.profile, "TEST holder", self.day, 10, entropy)?;
        let unsigned = holder(&terms, key, &self.services, ECDSA)?;
        let signature = self.services_key.sign(HashAlgorithm::Sha256, unsigned.to_be_signed())?;
        Ok(unsigned.complete(&signature)?.der().to_vec())
    }

    /// Signs EF.CardSecurity, and verifies it.
    ///
    /// # Errors
    ///
    /// A code of `seal` or `crypto`.
    pub fn sign_card_security(&self, security_infos: &[u8], now: DateTime) -> Result<Vec<u8>, SpecimenError> {
        let unsigned = prepare_card_security(security_infos, self.signer.algorithm().hash())?;
        let signature = self.signer_key.sign(HashAlgorithm::Sha256, unsigned.to_be_signed())?;
        Ok(unsigned.sign(&signature, &self.signer, now)?)
    }

    /// Signs what was hashed, and verifies it.
    ///
    /// # Errors
    ///
    /// A code of `seal` or `crypto`.
    pub fn seal(&self, hashed: Hashed, now: DateTime) -> Result<Seal, SpecimenError> {
        let signature = self.signer_key.sign(HashAlgorithm::Sha256, hashed.to_be_signed())?;
        Ok(hashed.seal(&signature, &self.signer, now)?)
    }
}

/// The keys are printed nowhere.
impl std::fmt::Debug for Issuer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Issuer(TEST keys, redacted)")
    }
}

fn certificate_profile(
    profile: &Profile,
    name: &str,
    day: Date,
    years: i64,
    entropy: &mut dyn Entropy,
) -> Result<CertificateProfile, SpecimenError> {
    let until = |years: i64| day.saturating_add(years.years()).at(0, 0, 0, 0);
    let from = day.at(0, 0, 0, 0);
    let mut serial = [0; 16];
    entropy.fill(&mut serial);
    Ok(CertificateProfile {
        subject: SubjectName::new(Country::parse("IT", &profile.issuing_state)?, "Sigillo TEST", None, name)?,
        serial_number: SerialNumber::from_random(serial),
        valid: Period::new(from, until(years))?,
        private_key_usage: Period::new(from, until(1))?,
        parameters: match profile.certificate_parameters {
            CertificateParameters::Explicit => EcParameters::Explicit,
            CertificateParameters::Named => EcParameters::Named,
        },
        contact: "test@specimen.invalid".to_owned(),
        crl_addresses: vec!["https://specimen.invalid/TEST.crl".to_owned()],
    })
}

/// How the keys of specimens sign: all of them are of P-256.
const ECDSA: SignatureAlgorithm = SignatureAlgorithm::Ecdsa(HashAlgorithm::Sha256);
