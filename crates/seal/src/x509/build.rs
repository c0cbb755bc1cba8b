use const_oid::AssociatedOid;
use const_oid::db::rfc5912::ECDSA_WITH_SHA_256;
use der::Encode;
use der::asn1::{GeneralizedTime, ObjectIdentifier};
use jiff::civil::DateTime;
use sigillo_crypto::{EcParameters, PublicKey};
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, CrlDistributionPoints, IssuerAltName, KeyUsage, KeyUsages,
    PrivateKeyUsagePeriod, SubjectAltName, SubjectKeyIdentifier,
};
use x509_cert::time::Time;

use super::certificate::{Certificate, DOCUMENT_TYPE_LIST, encode_document_types, key_identifier};
use super::chain::check_signature;
use super::name::SubjectName;
use super::period::{self, Period};
use crate::asn1::{
    BIT_STRING, BOOLEAN, CONTEXT_0, CONTEXT_3, INTEGER, OCTET_STRING, SEQUENCE, algorithm_without_parameters, element,
    oid_element,
};
use crate::error::{SealError, SealErrorKind};

/// What the issuer decides about one certificate.
///
/// Spec: `icao-9303-12#certificate-profile`.
#[derive(Clone, Debug)]
pub struct CertificateProfile {
    /// The holder of the key.
    pub subject: SubjectName,
    /// A number that this issuer never used before.
    pub serial_number: SerialNumber,
    /// When the certificate is valid.
    pub valid: Period,
    /// When the private key may be used; inside the validity.
    pub private_key_usage: Period,
    /// Explicit parameters as ICAO 9303-12 asks, or the named curve.
    pub parameters: EcParameters,
    /// How to reach the subject: an e-mail address, or a web address (`http:`, `https:`).
    pub contact: String,
    /// Where the revocation list lies (`http:`, `https:` or `ldap:`); at least one address.
    pub crl_addresses: Vec<String>,
}

/// A serial number of exactly 16 octets, positive.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SerialNumber([u8; 16]);

/// A certificate that lacks its signature.
#[derive(Clone, Debug)]
pub struct Unsigned {
    to_be_signed: Vec<u8>,
    /// `None`: it signs itself.
    issuer: Option<Certificate>,
}

/// A self-signed country signing CA.
///
/// | extension                   | critical | value                                             |
/// |-----------------------------|----------|---------------------------------------------------|
/// | authority key identifier    | no       | SHA-1 of the issuer's key bits                    |
/// | subject key identifier      | no       | SHA-1 of the own key bits                         |
/// | key usage                   | yes      | certificate and CRL signing                       |
/// | private key usage period    | no       | both ends                                         |
/// | subject and issuer alt name | no       | contact; directory name: locality = MRZ's country |
/// | basic constraints           | yes      | CA, path length 0                                 |
/// | CRL distribution points     | no       | one or more addresses                             |
///
/// Spec: `icao-9303-12#certificate-profile`.
///
/// # Errors
///
/// `seal.period`, `seal.profile-field`, `seal.public-key`.
pub fn country_signer(profile: &CertificateProfile, key: &PublicKey) -> Result<Unsigned, SealError> {
    let parts = Parts::check(profile, key)?;
    let name = parts.alternative_name()?;
    let mut extensions = parts.common_extensions(&parts.key_identifier, &name, &name)?;
    let usages = KeyUsage(KeyUsages::KeyCertSign | KeyUsages::CRLSign);
    extensions.extend(extension(KeyUsage::OID, true, &encode(&usages)?));
    let constraints = BasicConstraints { ca: true, path_len_constraint: Some(0) };
    extensions.extend(extension(BasicConstraints::OID, true, &encode(&constraints)?));
    let to_be_signed = parts.to_be_signed(&profile.subject.to_der(), &extensions)?;
    Ok(Unsigned { to_be_signed, issuer: None })
}

/// A document signer issued by a country signing CA.
///
/// | extension                   | critical | value                                             |
/// |-----------------------------|----------|---------------------------------------------------|
/// | authority key identifier    | no       | the issuer's subject key identifier               |
/// | subject key identifier      | no       | SHA-1 of the own key bits                         |
/// | key usage                   | yes      | digital signature                                 |
/// | private key usage period    | no       | both ends                                         |
/// | subject alternative name    | no       | contact; directory name: locality = MRZ's country |
/// | issuer alternative name     | no       | the issuer's subject alternative name             |
/// | CRL distribution points     | no       | one or more addresses                             |
/// | document type list          | no       | version 0, the MRZ classes without filler         |
///
/// Spec: `icao-9303-12#certificate-profile`.
///
/// # Errors
///
/// `seal.period` (also if it outlives its issuer), `seal.profile-field`, `seal.public-key`, `seal.issuer-not-authority`,
/// `seal.extension` (the issuer lacks a key identifier or alternative name),
/// `seal.signer-usage-period` (the issuer's key may not be used any more or not yet).
pub fn document_signer(
    profile: &CertificateProfile,
    document_types: &[&str],
    key: &PublicKey,
    issuer: &Certificate,
) -> Result<Unsigned, SealError> {
    let types = document_types.iter().map(|class| document_type(class)).collect::<Result<Vec<_>, _>>()?;
    issued(profile, key, issuer, &extension(DOCUMENT_TYPE_LIST, false, &encode_document_types(&types)))
}

/// The certificate of a holder's key for electronic services.
///
/// | extension                   | critical | value                                             |
/// |-----------------------------|----------|---------------------------------------------------|
/// | authority key identifier    | no       | the issuer's subject key identifier               |
/// | subject key identifier      | no       | SHA-1 of the own key bits                         |
/// | key usage                   | yes      | digital signature                                 |
/// | private key usage period    | no       | both ends                                         |
/// | subject and issuer alt name | no       | as a document signer's                            |
/// | CRL distribution points     | no       | one or more addresses                             |
///
/// Our own profile: no public source has one. The issuer is the CA of electronic services and never a country signing CA, so
/// that no trust anchor of seals vouches for a holder.
///
/// Spec: decision D2.
///
/// # Errors
///
/// As [`document_signer`].
pub fn holder(profile: &CertificateProfile, key: &PublicKey, issuer: &Certificate) -> Result<Unsigned, SealError> {
    issued(profile, key, issuer, &[])
}

impl SerialNumber {
    /// Makes 16 random octets a positive number of exactly 16 octets: the two highest bits become 01.
    #[must_use]
    pub fn from_random(mut octets: [u8; 16]) -> Self {
        if let Some(first) = octets.first_mut() {
            *first = *first & 0x3F | 0x40;
        }
        Self(octets)
    }
}

impl Unsigned {
    /// What the issuer signs (ECDSA with SHA-256).
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        &self.to_be_signed
    }

    /// Joins the signature (DER), reads the whole certificate again and verifies it.
    ///
    /// # Errors
    ///
    /// `seal.chain-signature`, or those of [`Certificate::decode`].
    pub fn complete(self, signature: &[u8]) -> Result<Certificate, SealError> {
        let der = element(
            SEQUENCE,
            &[
                &self.to_be_signed,
                &algorithm_without_parameters(&ECDSA_WITH_SHA_256),
                &element(BIT_STRING, &[&[0], signature]),
            ],
        );
        let certificate = Certificate::decode(&der)?;
        check_signature(&certificate, self.issuer.as_ref().unwrap_or(&certificate))?;
        Ok(certificate)
    }
}

/// A profile whose periods were checked, with its key in DER.
struct Parts<'a> {
    profile: &'a CertificateProfile,
    subject_public_key_info: Vec<u8>,
    key_identifier: [u8; 20],
}

impl<'a> Parts<'a> {
    fn check(profile: &'a CertificateProfile, key: &PublicKey) -> Result<Self, SealError> {
        if !profile.valid.covers(&profile.private_key_usage) {
            return Err(SealErrorKind::Period.into());
        }
        let subject_public_key_info = key.to_spki_der(profile.parameters).map_err(|_| SealErrorKind::PublicKey)?;
        let key_identifier = key_identifier(&subject_public_key_info)?;
        Ok(Self { profile, subject_public_key_info, key_identifier })
    }

    fn common_extensions(&self, authority: &[u8], name: &[u8], issuer_name: &[u8]) -> Result<Vec<u8>, SealError> {
        let usage = PrivateKeyUsagePeriod {
            not_before: Some(generalized(self.profile.private_key_usage.from())?),
            not_after: Some(generalized(self.profile.private_key_usage.to())?),
        };
        let authority = element(SEQUENCE, &[&element(CONTEXT_0_PRIMITIVE, &[authority])]);
        let mut all = extension(AuthorityKeyIdentifier::OID, false, &authority);
        let subject = element(OCTET_STRING, &[&self.key_identifier]);
        all.extend(extension(SubjectKeyIdentifier::OID, false, &subject));
        all.extend(extension(PrivateKeyUsagePeriod::OID, false, &encode(&usage)?));
        all.extend(extension(SubjectAltName::OID, false, name));
        all.extend(extension(IssuerAltName::OID, false, issuer_name));
        if self.profile.crl_addresses.is_empty() {
            return Err(SealErrorKind::ProfileField { field: "CRL address" }.into());
        }
        let points = self.profile.crl_addresses.iter().map(|address| distribution_point(address));
        let points = points.collect::<Result<Vec<_>, _>>()?.concat();
        all.extend(extension(CrlDistributionPoints::OID, false, &element(SEQUENCE, &[&points])));
        Ok(all)
    }

    /// `GeneralNames`: the contact, then the directory name of the country.
    fn alternative_name(&self) -> Result<Vec<u8>, SealError> {
        let contact = &self.profile.contact;
        let tag = if has_scheme(contact, &["http://", "https://"]) {
            UNIFORM_RESOURCE_IDENTIFIER
        } else if contact.split_once('@').is_some_and(|(user, host)| !user.is_empty() && !host.is_empty()) {
            RFC_822_NAME
        } else {
            return Err(SealErrorKind::ProfileField { field: "contact" }.into());
        };
        if !contact.bytes().all(|octet| octet.is_ascii_graphic()) {
            return Err(SealErrorKind::ProfileField { field: "contact" }.into());
        }
        let directory = element(DIRECTORY_NAME, &[&self.profile.subject.country().locality_name()]);
        Ok(element(SEQUENCE, &[&element(tag, &[contact.as_bytes()]), &directory]))
    }

    fn to_be_signed(&self, issuer: &[u8], extensions: &[u8]) -> Result<Vec<u8>, SealError> {
        let valid = [time(self.profile.valid.from())?, time(self.profile.valid.to())?].concat();
        Ok(element(
            SEQUENCE,
            &[
                &element(CONTEXT_0, &[&element(INTEGER, &[&[VERSION_3]])]),
                &element(INTEGER, &[&self.profile.serial_number.0]),
                &algorithm_without_parameters(&ECDSA_WITH_SHA_256),
                issuer,
                &element(SEQUENCE, &[&valid]),
                &self.profile.subject.to_der(),
                &self.subject_public_key_info,
                &element(CONTEXT_3, &[&element(SEQUENCE, &[extensions])]),
            ],
        ))
    }
}

/// A certificate for digital signatures under a CA, with further extensions at its end.
fn issued(
    profile: &CertificateProfile,
    key: &PublicKey,
    issuer: &Certificate,
    more: &[u8],
) -> Result<Unsigned, SealError> {
    let parts = Parts::check(profile, key)?;
    if !issuer.is_authority() {
        return Err(SealErrorKind::IssuerNotAuthority.into());
    }
    if !issuer.valid().covers(&profile.valid) {
        return Err(SealErrorKind::Period.into());
    }
    if !issuer.private_key_usable_at(profile.valid.from()) {
        return Err(SealErrorKind::SignerUsagePeriod.into());
    }
    let authority = issuer.subject_key_identifier().ok_or(SealErrorKind::Extension)?;
    let issuer_name = issuer.subject_alternative_name().ok_or(SealErrorKind::Extension)?;
    let mut extensions = parts.common_extensions(authority, &parts.alternative_name()?, issuer_name)?;
    extensions.extend(extension(KeyUsage::OID, true, &encode(&KeyUsage(KeyUsages::DigitalSignature.into()))?));
    extensions.extend_from_slice(more);
    let to_be_signed = parts.to_be_signed(issuer.subject_der(), &extensions)?;
    Ok(Unsigned { to_be_signed, issuer: Some(issuer.clone()) })
}

fn extension(oid: ObjectIdentifier, critical: bool, value: &[u8]) -> Vec<u8> {
    let flag: &[u8] = if critical { &[BOOLEAN, 0x01, 0xFF] } else { &[] };
    element(SEQUENCE, &[&oid_element(&oid), flag, &element(OCTET_STRING, &[value])])
}

/// One `DistributionPoint` of one address.
fn distribution_point(address: &str) -> Result<Vec<u8>, SealError> {
    if !has_scheme(address, &["http://", "https://", "ldap://"])
        || !address.bytes().all(|octet| octet.is_ascii_graphic())
    {
        return Err(SealErrorKind::ProfileField { field: "CRL address" }.into());
    }
    let full_name = element(CONTEXT_0, &[&element(UNIFORM_RESOURCE_IDENTIFIER, &[address.as_bytes()])]);
    Ok(element(SEQUENCE, &[&element(CONTEXT_0, &[&full_name])]))
}

fn has_scheme(address: &str, schemes: &[&str]) -> bool {
    schemes.iter().any(|scheme| address.starts_with(scheme))
}

/// The document class of the MRZ: one or two capital letters, no filler.
fn document_type(class: &str) -> Result<String, SealError> {
    let fits = (1..=2).contains(&class.len()) && class.bytes().all(|letter| letter.is_ascii_uppercase());
    if fits { Ok(class.to_owned()) } else { Err(SealErrorKind::ProfileField { field: "document type" }.into()) }
}

/// UTCTime to 2049, GeneralizedTime from 2050.
fn time(moment: DateTime) -> Result<Vec<u8>, SealError> {
    encode(&Time::from(whole_seconds(moment)?))
}

fn generalized(moment: DateTime) -> Result<GeneralizedTime, SealError> {
    Ok(GeneralizedTime::from_date_time(whole_seconds(moment)?))
}

fn whole_seconds(moment: DateTime) -> Result<der::DateTime, SealError> {
    period::to_der(moment).ok_or(SealErrorKind::ProfileField { field: "time" }.into())
}

fn encode(value: &impl Encode) -> Result<Vec<u8>, SealError> {
    value.to_der().map_err(|_| SealErrorKind::Certificate.into())
}

const VERSION_3: u8 = 2;
const CONTEXT_0_PRIMITIVE: u32 = 0x80;
const RFC_822_NAME: u32 = 0x81;
const UNIFORM_RESOURCE_IDENTIFIER: u32 = 0x86;
const DIRECTORY_NAME: u32 = 0xA4;
