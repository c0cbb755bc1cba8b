//! The side of the documents: the country signing CA, its successors, and whoever signs below it.

use std::fs;
use std::io;

use jiff::ToSpan;
use jiff::civil::Date;
use sigillo_crypto::{EcParameters, PublicKey, sha1};
use sigillo_keystore::{KeyKind, KeyLabel, KeyRole, KeystoreError};
use sigillo_seal::x509::{
    Certificate, CertificateProfile, CertificateRequest, Country, Period, SerialNumber, SubjectName, Unsigned,
    certificate_request, country_signer, deviation_list_signer, document_signer, eservices_authority, holder, link,
    master_list_signer, message_recipient, message_signer,
};

use crate::error::AuthorityError;
use crate::office::{CERTIFICATES, Office};
use crate::register::By;

/// What an X.509 certificate of ours is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Purpose {
    /// Signs certificates of signers, and revocation lists.
    CountrySigner,
    /// Seals documents.
    DocumentSigner,
    /// Signs master lists.
    MasterListSigner,
    /// Signs deviation lists.
    DeviationListSigner,
    /// Certifies the keys of holders.
    EservicesAuthority,
    /// A holder's key on the chip.
    Holder,
    /// Signs messages to partners.
    MessageSigner,
    /// Partners encrypt their messages to it.
    MessageRecipient,
}

/// How long a key is used and its certificate valid, in months.
///
/// | purpose | key | certificate | because |
/// |---|---|---|---|
/// | country signing CA | 48 | 171 | its last signer's certificate ends with it |
/// | document signer | 3 | 123 | ten years of the last document, and three months of use |
/// | signer of lists | 12 | 15 | a list is verified when it comes |
/// | CA of electronic services | 48 | 171 | as the country signing CA |
/// | holder | as the permit | as the permit | decision D2 |
/// | messages | 24 | 27 | partners have some time to take the next one |
///
/// Spec: `icao-9303-12#lifetimes`.
const fn months(purpose: Purpose) -> (i32, i32) {
    match purpose {
        Purpose::CountrySigner | Purpose::EservicesAuthority => (48, 48 + 3 + 120),
        Purpose::DocumentSigner => (3, 3 + 120),
        Purpose::MasterListSigner | Purpose::DeviationListSigner => (12, 15),
        Purpose::Holder => (120, 120),
        Purpose::MessageSigner | Purpose::MessageRecipient => (24, 27),
    }
}

impl Purpose {
    /// The name in the register and in file names.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CountrySigner => "csca",
            Self::DocumentSigner => "document-signer",
            Self::MasterListSigner => "master-list-signer",
            Self::DeviationListSigner => "deviation-list-signer",
            Self::EservicesAuthority => "eservices-ca",
            Self::Holder => "holder",
            Self::MessageSigner => "message-signer",
            Self::MessageRecipient => "message-recipient",
        }
    }

    /// Whose keys certify it.
    #[must_use]
    pub const fn issuer(self) -> KeyRole {
        match self {
            Self::EservicesAuthority | Self::Holder | Self::MessageSigner | Self::MessageRecipient => {
                KeyRole::EservicesCa
            }
            _ => KeyRole::Csca,
        }
    }

    const fn common_name(self) -> &'static str {
        match self {
            Self::CountrySigner => "CSCA",
            Self::DocumentSigner => "Document Signer",
            Self::MasterListSigner => "Master List Signer",
            Self::DeviationListSigner => "Deviation List Signer",
            Self::EservicesAuthority => "eServices CA",
            Self::Holder => "Holder",
            Self::MessageSigner => "Message Signer",
            Self::MessageRecipient => "Message Recipient",
        }
    }
}

impl Office<'_> {
    /// Makes a first authority, signed by its own key: the country signing CA or the CA of electronic services.
    ///
    /// # Errors
    ///
    /// `pki.file` (also if there is one of this key), `pki.register`, `seal.…`, `keystore.…`.
    pub fn create_authority(&mut self, label: &KeyLabel, purpose: Purpose) -> Result<Certificate, AuthorityError> {
        let key = self.public_key(label)?;
        let algorithm = self.algorithm(label, &key)?;
        self.make(label, purpose, &name(purpose, label), None, |profile| match purpose {
            Purpose::EservicesAuthority => eservices_authority(profile, &key, algorithm),
            _ => country_signer(profile, &key, algorithm),
        })
    }

    /// Makes the successor of the country signing CA: the new key's own certificate, and the link by which the old one
    /// certifies it.
    ///
    /// Spec: `icao-9303-12#link`.
    ///
    /// # Errors
    ///
    /// As [`Self::create_authority`]; `pki.no-certificate` of the old key.
    pub fn link_country_signer(
        &mut self,
        old: &KeyLabel,
        new: &KeyLabel,
    ) -> Result<(Certificate, Certificate), AuthorityError> {
        let issuer = self.certificate(old)?;
        let key = self.public_key(new)?;
        let algorithm = self.algorithm(old, issuer.public_key()?)?;
        let own = self.create_authority(new, Purpose::CountrySigner)?;
        let file = format!("{}-link-{}", name(Purpose::CountrySigner, old), name(Purpose::CountrySigner, new));
        let link =
            self.make(old, Purpose::CountrySigner, &file, None, |profile| link(profile, &key, &issuer, algorithm))?;
        Ok((link, own))
    }

    /// Asks for a certificate of a key of ours.
    ///
    /// # Errors
    ///
    /// `seal.…`, `keystore.…`.
    pub fn request_signer(&self, label: &KeyLabel, purpose: Purpose) -> Result<CertificateRequest, AuthorityError> {
        let key = self.public_key(label)?;
        let subject = self.subject(purpose)?;
        let algorithm = self.algorithm(label, &key)?;
        let unsigned = certificate_request(&subject, &key, self.occasion.parameters, algorithm)?;
        let signature = self.sign(label, unsigned.algorithm(), unsigned.to_be_signed())?;
        Ok(unsigned.complete(&signature)?)
    }

    /// Answers a request of a signer or of a holder, whose key is proved by the request itself; the name is the authority's
    /// own, not the requester's.
    ///
    /// `until` shortens the validity of a holder's certificate to that of the permit.
    ///
    /// # Errors
    ///
    /// `pki.no-certificate` of the issuer's key, `pki.key-certified` if the key was certified before, `pki.file`, `seal.…`,
    /// `keystore.…`.
    pub fn sign_request(
        &mut self,
        request: &CertificateRequest,
        purpose: Purpose,
        label: &KeyLabel,
        document_types: &[&str],
        until: Option<Date>,
    ) -> Result<Certificate, AuthorityError> {
        let issuer = self.certificate(label)?;
        let key = request.public_key();
        if self.certificates()?.iter().any(|known| known.public_key().is_ok_and(|known| known == key)) {
            return Err(AuthorityError::KeyCertified);
        }
        let algorithm = self.algorithm(label, issuer.public_key()?)?;
        let file = format!("{}-{}", purpose.name(), request.key_id());
        self.make(label, purpose, &file, until, |profile| match purpose {
            Purpose::MasterListSigner => master_list_signer(profile, key, &issuer, algorithm),
            Purpose::DeviationListSigner => deviation_list_signer(profile, key, &issuer, algorithm),
            Purpose::Holder => holder(profile, key, &issuer, algorithm),
            _ => document_signer(profile, document_types, key, &issuer, algorithm),
        })
    }

    /// Certifies the key of a holder that its chip generated in front of the line and the stock keeps, until the last day of the
    /// permit: the secure channel in which it was answered is its proof of possession. Asked again, it gives the same
    /// certificate, so that a formation that broke off goes on with the one that it had.
    ///
    /// # Errors
    ///
    /// `pki.key-certified` if the key has a certificate of another validity or issuer; `pki.no-certificate` of the issuer's
    /// key, `pki.file`, `seal.…`, `keystore.…`.
    pub fn certify_holder(
        &mut self,
        key: &PublicKey,
        label: &KeyLabel,
        until: Date,
    ) -> Result<Certificate, AuthorityError> {
        let issuer = self.certificate(label)?;
        let file = format!(
            "{}-{}",
            Purpose::Holder.name(),
            hex::encode(sha1(&key.subject_public_key().map_err(KeystoreError::from)?))
        );
        if let Some(made) = self.made_before(&file)? {
            let is_same = made.public_key()? == key
                && made.issuer_der() == issuer.subject_der()
                && made.valid().to().date() == until;
            if !is_same {
                return Err(AuthorityError::KeyCertified);
            }
            self.record_again(label, &made)?;
            return Ok(made);
        }
        let algorithm = self.algorithm(label, issuer.public_key()?)?;
        self.make(label, Purpose::Holder, &file, Some(until), |profile| holder(profile, key, &issuer, algorithm))
    }

    /// Certifies a key of the exchange in this home's own key store, by which partners know its messages or encrypt theirs; its
    /// curve is named, since partners work with programs that know no other.
    ///
    /// # Errors
    ///
    /// `pki.key-certified` if the key was certified before, `pki.no-key` for a key of another role; `pki.no-certificate` of the
    /// issuer's key, `pki.file`, `seal.…`, `keystore.…`.
    pub fn certify_exchange(&mut self, own: &KeyLabel, label: &KeyLabel) -> Result<Certificate, AuthorityError> {
        let purpose = match own.role() {
            KeyRole::ExchangeSigner => Purpose::MessageSigner,
            KeyRole::ExchangeDecryption => Purpose::MessageRecipient,
            _ => return Err(AuthorityError::NoKey { role: KeyRole::ExchangeSigner.name() }),
        };
        let (issuer, key) = (self.certificate(label)?, self.public_key(own)?);
        if self.certificates()?.iter().any(|known| known.public_key().is_ok_and(|known| *known == key)) {
            return Err(AuthorityError::KeyCertified);
        }
        let algorithm = self.algorithm(label, issuer.public_key()?)?;
        self.make(label, purpose, &name(purpose, own), None, |profile| {
            let profile = CertificateProfile { parameters: EcParameters::Named, ..profile.clone() };
            match purpose {
                Purpose::MessageSigner => message_signer(&profile, &key, &issuer, algorithm),
                _ => message_recipient(&profile, &key, &issuer, algorithm),
            }
        })
    }

    /// Keeps a certificate that came from elsewhere; whose it is, says its key.
    ///
    /// # Errors
    ///
    /// `pki.file` if it is here already.
    pub fn install(&mut self, certificate: &Certificate) -> Result<(), AuthorityError> {
        let file = format!("{}{ENDING}", hex::encode(certificate.fingerprint()));
        self.keep(CERTIFICATES, &file, certificate.der())?;
        Ok(())
    }

    /// The X.509 certificates of the folder.
    ///
    /// # Errors
    ///
    /// `pki.file`, `seal.…`.
    pub fn certificates(&self) -> Result<Vec<Certificate>, AuthorityError> {
        let files = self.kept(CERTIFICATES, ENDING)?;
        files.into_iter().map(|(_, octets)| Ok(Certificate::decode(&octets)?)).collect()
    }

    /// The certificate of a key of ours; an authority's own, not a link to it.
    ///
    /// # Errors
    ///
    /// `pki.no-certificate`, `pki.file`, `seal.…`, `keystore.…`.
    pub fn certificate(&self, label: &KeyLabel) -> Result<Certificate, AuthorityError> {
        // What the key store has been given is what it works with.
        if let Ok(installed) = self.occasion.keys.certificate(label) {
            return Ok(installed);
        }
        let key = self.public_key(label)?;
        let of_key = |certificate: &Certificate| certificate.public_key().is_ok_and(|own| *own == key);
        let mut own: Vec<Certificate> = self.certificates()?.into_iter().filter(of_key).collect();
        own.sort_by_key(|certificate| certificate.issuer_der() == certificate.subject_der());
        own.pop().ok_or_else(|| AuthorityError::NoCertificate { label: label.to_string() })
    }

    /// Makes a certificate: number taken, signed, verified, kept, recorded.
    fn make(
        &mut self,
        label: &KeyLabel,
        purpose: Purpose,
        file: &str,
        until: Option<Date>,
        build: impl FnOnce(&CertificateProfile) -> Result<Unsigned<Certificate>, sigillo_seal::SealError>,
    ) -> Result<Certificate, AuthorityError> {
        let mut octets = [0; 16];
        self.occasion.keys.entropy().fill(&mut octets);
        let serial = SerialNumber::from_random(octets);
        let profile = self.profile(purpose, serial, until)?;
        let unsigned = build(&profile)?;
        let at = self.moment();
        let by = By { operator: self.occasion.operator, at: &at };
        let taken = self.register.take(by, label.role().name(), purpose.name(), &hex::encode(serial.octets()))?;
        let signature = self.sign(label, unsigned.algorithm(), unsigned.to_be_signed())?;
        let certificate = unsigned.complete(&signature)?;
        self.keep(CERTIFICATES, &format!("{file}{ENDING}"), certificate.der())?;
        let until = format!("{}Z", certificate.valid().to());
        self.register.issue(by, taken, &certificate.subject(), &until, certificate.der())?;
        Ok(certificate)
    }

    /// The certificate of this name in the folder.
    fn made_before(&self, file: &str) -> Result<Option<Certificate>, AuthorityError> {
        let path = self.occasion.folder.join(CERTIFICATES).join(format!("{file}{ENDING}"));
        match fs::read(&path) {
            Ok(octets) => Ok(Some(Certificate::decode(&octets)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(AuthorityError::file(&path, &error)),
        }
    }

    /// Records a certificate that was kept by a program that was killed before it could.
    fn record_again(&mut self, label: &KeyLabel, certificate: &Certificate) -> Result<(), AuthorityError> {
        let number = hex::encode(certificate.serial_number());
        let Some(taken) = self.register.take_up(label.role().name(), &number) else { return Ok(()) };
        let at = self.moment();
        let by = By { operator: self.occasion.operator, at: &at };
        let until = format!("{}Z", certificate.valid().to());
        self.register.issue(by, taken, &certificate.subject(), &until, certificate.der())
    }

    fn profile(
        &self,
        purpose: Purpose,
        serial_number: SerialNumber,
        until: Option<Date>,
    ) -> Result<CertificateProfile, AuthorityError> {
        let today = self.occasion.now.date();
        let (of_key, of_certificate) = months(purpose);
        let last = |months| match until {
            Some(until) => Ok(until),
            None => last_day(today, months),
        };
        Ok(CertificateProfile {
            subject: self.subject(purpose)?,
            serial_number,
            valid: whole_days(today, last(of_certificate)?)?,
            private_key_usage: whole_days(today, last(of_key)?)?,
            parameters: self.occasion.parameters,
            contact: self.occasion.settings.contact.clone(),
            crl_addresses: self.occasion.settings.crl_addresses.clone(),
        })
    }

    fn subject(&self, purpose: Purpose) -> Result<SubjectName, AuthorityError> {
        let settings = self.occasion.settings;
        let country = Country::parse(&settings.country, &settings.mrz_country)?;
        let (unit, common_name) = match self.occasion.keys.kind() {
            KeyKind::Test => (Some("TEST"), format!("TEST {}", purpose.common_name())),
            KeyKind::Production => (None, purpose.common_name().to_owned()),
        };
        Ok(SubjectName::new(country, &settings.organization, unit, &common_name)?)
    }
}

/// `csca-1`.
fn name(purpose: Purpose, label: &KeyLabel) -> String {
    format!("{}-{}", purpose.name(), label.generation().unwrap_or_default())
}

/// The day before the same day so many months later.
fn last_day(from: Date, months: i32) -> Result<Date, AuthorityError> {
    let day = from.checked_add(months.months()).and_then(|day| day.yesterday());
    day.map_err(|_| AuthorityError::Exhausted { what: "day of the calendar" })
}

/// From the first second of one day to the last of the other (UTC).
fn whole_days(from: Date, to: Date) -> Result<Period, AuthorityError> {
    Ok(Period::new(from.at(0, 0, 0, 0), to.at(23, 59, 59, 0))?)
}

pub(crate) const ENDING: &str = ".der";
