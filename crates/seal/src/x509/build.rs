use const_oid::AssociatedOid;
use const_oid::db::rfc5280::{ID_KP_CLIENT_AUTH, ID_KP_EMAIL_PROTECTION};
use der::asn1::ObjectIdentifier;
use sigillo_crypto::{PublicKey, SignatureAlgorithm};
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, IssuerAltName, KeyUsage, KeyUsages, SubjectAltName, SubjectKeyIdentifier,
};

use super::certificate::{Certificate, encode_document_types, key_identifier};
use super::chain::check_signature;
use super::extension::{
    DOCUMENT_TYPE_LIST, alternative_name, authority_key_identifier, crl_distribution_points, encode,
    extended_key_usage, extension, name_change, private_key_usage_period,
};
use super::name::country_of;
use super::period;
use super::profile::CertificateProfile;
use super::signed::Unsigned;
use crate::algorithm::signature_algorithm_identifier;
use crate::asn1::{CONTEXT_0, CONTEXT_3, INTEGER, OCTET_STRING, SEQUENCE, element};
use crate::error::{SealError, SealErrorKind};

/// The purpose of a key that signs master lists: `2.23.136.1.1.3`.
pub(crate) const MASTER_LIST_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.23.136.1.1.3");
/// The purpose of a key that signs deviation lists: `2.23.136.1.1.8`.
pub(crate) const DEVIATION_LIST_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.23.136.1.1.8");

/// A self-signed country signing CA.
///
/// | extension                   | critical | value                                             |
/// |-----------------------------|----------|---------------------------------------------------|
/// | authority key identifier    | no       | SHA-1 of the own key bits                         |
/// | subject key identifier      | no       | SHA-1 of the own key bits                         |
/// | private key usage period    | no       | both ends                                         |
/// | subject and issuer alt name | no       | contact; directory name: locality = MRZ's country |
/// | CRL distribution points     | no       | one or more addresses                             |
/// | key usage                   | yes      | certificate and CRL signing                       |
/// | basic constraints           | yes      | CA, path length 0                                 |
///
/// Spec: `icao-9303-12#certificate-profile`.
///
/// # Errors
///
/// `seal.period`, `seal.profile-field`, `seal.public-key`, `seal.signature-algorithm` (it does not go with the key).
pub fn country_signer(
    profile: &CertificateProfile,
    key: &PublicKey,
    algorithm: SignatureAlgorithm,
) -> Result<Unsigned<Certificate>, SealError> {
    self_signed(profile, key, algorithm, &[])
}

/// A link certificate: a country signing CA's old key certifies its new key.
///
/// | extension                   | critical | value                                               |
/// |-----------------------------|----------|-----------------------------------------------------|
/// | authority key identifier    | no       | the old key's subject key identifier                |
/// | subject key identifier      | no       | SHA-1 of the new key's bits                         |
/// | private key usage period    | no       | both ends, of the new key                           |
/// | subject alternative name    | no       | contact; directory name: locality = MRZ's country   |
/// | issuer alternative name     | no       | the old certificate's subject alternative name      |
/// | CRL distribution points     | no       | one or more addresses                               |
/// | key usage                   | yes      | certificate and CRL signing                         |
/// | basic constraints           | yes      | CA, path length 0                                   |
/// | name change                 | no       | there if the new name differs from the old one      |
///
/// It may outlive the old certificate: a chain through it ends with whichever ends first.
///
/// Spec: `icao-9303-12#link`.
///
/// # Errors
///
/// As [`document_signer`], but for the outliving; `seal.profile-field` for another country.
pub fn link(
    profile: &CertificateProfile,
    key: &PublicKey,
    issuer: &Certificate,
    algorithm: SignatureAlgorithm,
) -> Result<Unsigned<Certificate>, SealError> {
    check_country_signer(issuer)?;
    let mut more = authority_extensions()?;
    if profile.subject.to_der() != issuer.subject_der() {
        more.extend(name_change());
    }
    issued(profile, key, issuer, algorithm, &more)
}

/// A document signer issued by a country signing CA.
///
/// | extension                   | critical | value                                             |
/// |-----------------------------|----------|---------------------------------------------------|
/// | authority key identifier    | no       | the issuer's subject key identifier               |
/// | subject key identifier      | no       | SHA-1 of the own key bits                         |
/// | private key usage period    | no       | both ends                                         |
/// | subject alternative name    | no       | contact; directory name: locality = MRZ's country |
/// | issuer alternative name     | no       | the issuer's subject alternative name             |
/// | CRL distribution points     | no       | one or more addresses                             |
/// | key usage                   | yes      | digital signature                                 |
/// | document type list          | no       | version 0, the MRZ classes without filler         |
///
/// Spec: `icao-9303-12#certificate-profile`.
///
/// # Errors
///
/// `seal.period` (also if it outlives its issuer), `seal.profile-field`, `seal.public-key`, `seal.signature-algorithm`,
/// `seal.issuer-not-authority`, `seal.issuer-key-usage` (also if the issuer is the CA of another purpose), `seal.extension`
/// (the issuer lacks a key identifier or alternative name), `seal.signer-usage-period` (the issuer's key may not be used any
/// more or not yet).
pub fn document_signer(
    profile: &CertificateProfile,
    document_types: &[&str],
    key: &PublicKey,
    issuer: &Certificate,
    algorithm: SignatureAlgorithm,
) -> Result<Unsigned<Certificate>, SealError> {
    check_country_signer(issuer)?;
    let types = document_types.iter().map(|class| document_type(class)).collect::<Result<Vec<_>, _>>()?;
    if types.is_empty() {
        return Err(SealErrorKind::ProfileField { field: "document type" }.into());
    }
    let more = [signing_usage()?, extension(DOCUMENT_TYPE_LIST, false, &encode_document_types(&types))].concat();
    within(issuer, profile)?;
    issued(profile, key, issuer, algorithm, &more)
}

/// A signer of master lists: a document signer's extensions with the purpose `2.23.136.1.1.3` (critical) in place of the
/// document types.
///
/// Spec: `icao-9303-12#extended-key-usage`.
///
/// # Errors
///
/// As [`document_signer`].
pub fn master_list_signer(
    profile: &CertificateProfile,
    key: &PublicKey,
    issuer: &Certificate,
    algorithm: SignatureAlgorithm,
) -> Result<Unsigned<Certificate>, SealError> {
    list_signer(profile, key, issuer, algorithm, &MASTER_LIST_SIGNING)
}

/// A signer of deviation lists: a document signer's extensions with the purpose `2.23.136.1.1.8` (critical) in place of the
/// document types.
///
/// Spec: `icao-9303-12#extended-key-usage`.
///
/// # Errors
///
/// As [`document_signer`].
pub fn deviation_list_signer(
    profile: &CertificateProfile,
    key: &PublicKey,
    issuer: &Certificate,
    algorithm: SignatureAlgorithm,
) -> Result<Unsigned<Certificate>, SealError> {
    list_signer(profile, key, issuer, algorithm, &DEVIATION_LIST_SIGNING)
}

/// The self-signed CA of electronic services, which certifies the keys of holders.
///
/// A country signing CA's extensions and the purpose "client authentication" (critical): ICAO 9303-12 forbids a country
/// signing CA to state a purpose, so nobody takes this certificate for a trust anchor of documents.
///
/// Our own profile: no public source has one.
///
/// Spec: decision D2.
///
/// # Errors
///
/// As [`country_signer`].
pub fn eservices_authority(
    profile: &CertificateProfile,
    key: &PublicKey,
    algorithm: SignatureAlgorithm,
) -> Result<Unsigned<Certificate>, SealError> {
    self_signed(profile, key, algorithm, &extended_key_usage(&ID_KP_CLIENT_AUTH))
}

/// The certificate of a holder's key for electronic services.
///
/// | extension                   | critical | value                                             |
/// |-----------------------------|----------|---------------------------------------------------|
/// | authority key identifier    | no       | the issuer's subject key identifier               |
/// | subject key identifier      | no       | SHA-1 of the own key bits                         |
/// | private key usage period    | no       | both ends                                         |
/// | subject and issuer alt name | no       | as a document signer's                            |
/// | CRL distribution points     | no       | one or more addresses                             |
/// | key usage                   | yes      | digital signature                                 |
///
/// Our own profile: no public source has one. The issuer is the CA of electronic services and never a country signing CA, so
/// that no trust anchor of seals vouches for a holder.
///
/// Spec: decision D2.
///
/// # Errors
///
/// As [`document_signer`]; `seal.issuer-key-usage` if the issuer is not made by [`eservices_authority`].
pub fn holder(
    profile: &CertificateProfile,
    key: &PublicKey,
    issuer: &Certificate,
    algorithm: SignatureAlgorithm,
) -> Result<Unsigned<Certificate>, SealError> {
    check_eservices_authority(issuer)?;
    within(issuer, profile)?;
    issued(profile, key, issuer, algorithm, &signing_usage()?)
}

/// The certificate of a key that signs messages to partners.
///
/// | extension                   | critical | value                                             |
/// |-----------------------------|----------|---------------------------------------------------|
/// | authority key identifier    | no       | the issuer's subject key identifier               |
/// | subject key identifier      | no       | SHA-1 of the own key bits                         |
/// | private key usage period    | no       | both ends                                         |
/// | subject and issuer alt name | no       | as a document signer's                            |
/// | CRL distribution points     | no       | one or more addresses                             |
/// | key usage                   | yes      | digital signature                                 |
/// | extended key usage          | yes      | e-mail protection: what CMS programs ask for      |
///
/// Our own profile: partners pin the certificate itself. The issuer is the CA of electronic services and never a country
/// signing CA, so that no trust anchor of seals vouches for it.
///
/// Spec: decision D10.
///
/// # Errors
///
/// As [`holder`].
pub fn message_signer(
    profile: &CertificateProfile,
    key: &PublicKey,
    issuer: &Certificate,
    algorithm: SignatureAlgorithm,
) -> Result<Unsigned<Certificate>, SealError> {
    correspondent(profile, key, issuer, algorithm, KeyUsages::DigitalSignature)
}

/// The certificate of a key that partners encrypt their messages to: as [`message_signer`], its key usage is key agreement.
///
/// Spec: decision D10.
///
/// # Errors
///
/// As [`message_signer`].
pub fn message_recipient(
    profile: &CertificateProfile,
    key: &PublicKey,
    issuer: &Certificate,
    algorithm: SignatureAlgorithm,
) -> Result<Unsigned<Certificate>, SealError> {
    correspondent(profile, key, issuer, algorithm, KeyUsages::KeyAgreement)
}

impl Unsigned<Certificate> {
    /// Joins the signature (ECDSA in DER), reads the whole certificate again and verifies it.
    ///
    /// # Errors
    ///
    /// `seal.chain-signature`, or those of [`Certificate::decode`].
    pub fn complete(self, signature: &[u8]) -> Result<Certificate, SealError> {
        let certificate = Certificate::decode(&self.join(signature))?;
        check_signature(&certificate, self.key())?;
        Ok(certificate)
    }
}

/// A profile whose periods were checked, with its key in DER.
struct Parts<'a> {
    profile: &'a CertificateProfile,
    algorithm: SignatureAlgorithm,
    subject_public_key_info: Vec<u8>,
    key_identifier: [u8; 20],
}

impl<'a> Parts<'a> {
    fn check(
        profile: &'a CertificateProfile,
        key: &PublicKey,
        algorithm: SignatureAlgorithm,
    ) -> Result<Self, SealError> {
        if !profile.valid.covers(&profile.private_key_usage) {
            return Err(SealErrorKind::Period.into());
        }
        let subject_public_key_info = key.to_spki_der(profile.parameters).map_err(|_| SealErrorKind::PublicKey)?;
        let key_identifier = key_identifier(&subject_public_key_info)?;
        Ok(Self { profile, algorithm, subject_public_key_info, key_identifier })
    }

    fn own_name(&self) -> Result<Vec<u8>, SealError> {
        alternative_name(&self.profile.contact, self.profile.subject.country())
    }

    fn common_extensions(&self, authority: &[u8], issuer_name: &[u8]) -> Result<Vec<u8>, SealError> {
        let subject = element(OCTET_STRING, &[&self.key_identifier]);
        Ok([
            extension(AuthorityKeyIdentifier::OID, false, &authority_key_identifier(authority)),
            extension(SubjectKeyIdentifier::OID, false, &subject),
            private_key_usage_period(&self.profile.private_key_usage)?,
            extension(SubjectAltName::OID, false, &self.own_name()?),
            extension(IssuerAltName::OID, false, issuer_name),
            crl_distribution_points(&self.profile.crl_addresses)?,
        ]
        .concat())
    }

    fn to_be_signed(&self, issuer: &[u8], extensions: &[u8]) -> Result<Vec<u8>, SealError> {
        let valid = [period::encode(self.profile.valid.from())?, period::encode(self.profile.valid.to())?].concat();
        Ok(element(
            SEQUENCE,
            &[
                &element(CONTEXT_0, &[&element(INTEGER, &[&[VERSION_3]])]),
                &element(INTEGER, &[self.profile.serial_number.octets()]),
                &signature_algorithm_identifier(self.algorithm)?,
                issuer,
                &element(SEQUENCE, &[&valid]),
                &self.profile.subject.to_der(),
                &self.subject_public_key_info,
                &element(CONTEXT_3, &[&element(SEQUENCE, &[extensions])]),
            ],
        ))
    }
}

/// A certificate under its own key, with further extensions at its end.
fn self_signed(
    profile: &CertificateProfile,
    key: &PublicKey,
    algorithm: SignatureAlgorithm,
    more: &[u8],
) -> Result<Unsigned<Certificate>, SealError> {
    let parts = Parts::check(profile, key, algorithm)?;
    let mut extensions = parts.common_extensions(&parts.key_identifier, &parts.own_name()?)?;
    extensions.extend(authority_extensions()?);
    extensions.extend_from_slice(more);
    let to_be_signed = parts.to_be_signed(&profile.subject.to_der(), &extensions)?;
    Unsigned::new(to_be_signed, algorithm, key.clone())
}

/// A certificate under another key, with further extensions at its end.
fn issued(
    profile: &CertificateProfile,
    key: &PublicKey,
    issuer: &Certificate,
    algorithm: SignatureAlgorithm,
    more: &[u8],
) -> Result<Unsigned<Certificate>, SealError> {
    let parts = Parts::check(profile, key, algorithm)?;
    if !issuer.is_authority() {
        return Err(SealErrorKind::IssuerNotAuthority.into());
    }
    if !issuer.may_sign_certificates() {
        return Err(SealErrorKind::IssuerKeyUsage.into());
    }
    if country_of(&profile.subject.to_der()) != issuer.country() {
        return Err(SealErrorKind::ProfileField { field: "country" }.into());
    }
    if !issuer.private_key_usable_at(profile.valid.from()) {
        return Err(SealErrorKind::SignerUsagePeriod.into());
    }
    let authority = issuer.subject_key_identifier().ok_or(SealErrorKind::Extension)?;
    let issuer_name = issuer.subject_alternative_name().ok_or(SealErrorKind::Extension)?;
    let mut extensions = parts.common_extensions(authority, issuer_name)?;
    extensions.extend_from_slice(more);
    let to_be_signed = parts.to_be_signed(issuer.subject_der(), &extensions)?;
    Unsigned::new(to_be_signed, algorithm, issuer.public_key()?.clone())
}

fn correspondent(
    profile: &CertificateProfile,
    key: &PublicKey,
    issuer: &Certificate,
    algorithm: SignatureAlgorithm,
    usage: KeyUsages,
) -> Result<Unsigned<Certificate>, SealError> {
    check_eservices_authority(issuer)?;
    within(issuer, profile)?;
    let usage = extension(KeyUsage::OID, true, &encode(&KeyUsage(usage.into()))?);
    issued(profile, key, issuer, algorithm, &[usage, extended_key_usage(&ID_KP_EMAIL_PROTECTION)].concat())
}

fn list_signer(
    profile: &CertificateProfile,
    key: &PublicKey,
    issuer: &Certificate,
    algorithm: SignatureAlgorithm,
    purpose: &ObjectIdentifier,
) -> Result<Unsigned<Certificate>, SealError> {
    check_country_signer(issuer)?;
    within(issuer, profile)?;
    issued(profile, key, issuer, algorithm, &[signing_usage()?, extended_key_usage(purpose)].concat())
}

/// A country signing CA states no purpose: another CA of ours does.
fn check_country_signer(issuer: &Certificate) -> Result<(), SealError> {
    if issuer.states_purpose() { Err(SealErrorKind::IssuerKeyUsage.into()) } else { Ok(()) }
}

fn check_eservices_authority(issuer: &Certificate) -> Result<(), SealError> {
    if issuer.has_purpose(&ID_KP_CLIENT_AUTH) { Ok(()) } else { Err(SealErrorKind::IssuerKeyUsage.into()) }
}

/// Whoever is issued a certificate must not outlive its issuer.
fn within(issuer: &Certificate, profile: &CertificateProfile) -> Result<(), SealError> {
    if issuer.valid().covers(&profile.valid) { Ok(()) } else { Err(SealErrorKind::Period.into()) }
}

fn signing_usage() -> Result<Vec<u8>, SealError> {
    Ok(extension(KeyUsage::OID, true, &encode(&KeyUsage(KeyUsages::DigitalSignature.into()))?))
}

fn authority_extensions() -> Result<Vec<u8>, SealError> {
    let usages = KeyUsage(KeyUsages::KeyCertSign | KeyUsages::CRLSign);
    let constraints = BasicConstraints { ca: true, path_len_constraint: Some(0) };
    Ok([
        extension(KeyUsage::OID, true, &encode(&usages)?),
        extension(BasicConstraints::OID, true, &encode(&constraints)?),
    ]
    .concat())
}

/// The document class of the MRZ: one or two capital letters, no filler.
fn document_type(class: &str) -> Result<String, SealError> {
    let fits = (1..=2).contains(&class.len()) && class.bytes().all(|letter| letter.is_ascii_uppercase());
    if fits { Ok(class.to_owned()) } else { Err(SealErrorKind::ProfileField { field: "document type" }.into()) }
}

const VERSION_3: u8 = 2;
