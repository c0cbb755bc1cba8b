use std::ops::Range;

use const_oid::AssociatedOid;
use der::asn1::ObjectIdentifier;
use der::{Any, Decode};
use jiff::civil::DateTime;
use sigillo_crypto::{PublicKey, SignatureAlgorithm, sha1, sha256};
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, CertificatePolicies, CrlDistributionPoints, ExtendedKeyUsage,
    IssuerAltName, KeyUsage, PrivateKeyUsagePeriod, SubjectAltName, SubjectKeyIdentifier,
};
use x509_cert::ext::{Extension, Extensions};
use x509_cert::name::Name;
use x509_cert::time::Validity;

use super::extension::{DOCUMENT_TYPE_LIST, NAME_CHANGE};
use super::name::{country_of, name_text};
use super::period::{self, Period};
use super::signed::Signed;
use crate::algorithm::certificate_signature_algorithm;
use crate::asn1::{
    BIT_STRING, BOOLEAN, CONTEXT_0, CONTEXT_3, Der, INTEGER, PRINTABLE_STRING, SEQUENCE, SET, algorithm, element,
};
use crate::error::{SealError, SealErrorKind};

/// An X.509 version 3 certificate, read but not yet trusted.
///
/// The bytes that were signed are kept as they came: nothing is judged over a re-encoding. A key of an unknown kind makes
/// only those calls fail that need it.
///
/// Spec: `icao-9303-12#certificate-profile`, `rfc-5280#certificate`.
#[derive(Clone, Debug)]
pub struct Certificate {
    der: Vec<u8>,
    to_be_signed: Range<usize>,
    serial_number: Vec<u8>,
    issuer: Vec<u8>,
    subject: Vec<u8>,
    valid: Period,
    subject_public_key_info: Vec<u8>,
    public_key: Option<PublicKey>,
    key_identifier: [u8; 20],
    signature_algorithm: Option<SignatureAlgorithm>,
    signature: Vec<u8>,
    extensions: Known,
}

/// The extensions that this program understands.
#[derive(Clone, Debug, Default)]
struct Known {
    key_usage: Option<KeyUsage>,
    basic_constraints: Option<BasicConstraints>,
    subject_key_identifier: Option<Vec<u8>>,
    authority_key_identifier: Option<Vec<u8>>,
    private_key_not_before: Option<DateTime>,
    private_key_not_after: Option<DateTime>,
    subject_alternative_name: Option<Vec<u8>>,
    document_types: Option<Vec<String>>,
    purposes: Option<Vec<ObjectIdentifier>>,
    unknown_critical: bool,
}

impl Certificate {
    /// Reads one DER certificate with nothing behind it.
    ///
    /// # Errors
    ///
    /// `seal.too-large`, `seal.der`, `seal.der-length`, `seal.der-value`, `seal.certificate`, `seal.signature-algorithm`,
    /// `seal.extension`, `seal.period`.
    pub fn decode(bytes: &[u8]) -> Result<Self, SealError> {
        let Signed { to_be_signed, algorithm: signature_algorithm, signature } =
            Signed::decode(bytes, MAX_CERTIFICATE)?;
        let mut fields = Der::inside(&to_be_signed);
        let mut version = fields
            .optional(CONTEXT_0)?
            .map(|tlv| Der::inside(&tlv))
            .ok_or(SealErrorKind::Certificate.at(to_be_signed.at))?;
        if version.small_integer()? != VERSION_3 {
            return Err(SealErrorKind::Certificate.at(to_be_signed.at));
        }
        version.finish()?;
        let serial_number = fields.expect(INTEGER)?;
        if !(1..=MAX_SERIAL).contains(&serial_number.value.len()) {
            return Err(SealErrorKind::DerValue { what: "the serial number" }.at(serial_number.at));
        }
        if fields.expect(SEQUENCE)?.raw != signature_algorithm.raw {
            return Err(SealErrorKind::SignatureAlgorithm.at(signature_algorithm.at));
        }
        let issuer = fields.expect(SEQUENCE)?;
        let validity = fields.expect(SEQUENCE)?;
        let subject = fields.expect(SEQUENCE)?;
        let key = fields.expect(SEQUENCE)?;
        // Unique identifiers ([1], [2]) are forbidden by ICAO 9303-12; a reader has no use for them.
        fields.optional(0x81)?;
        fields.optional(0x82)?;
        let extensions = match fields.optional(CONTEXT_3)? {
            Some(tlv) => Known::decode(tlv.value, tlv.value_at())?,
            None => Known::default(),
        };
        fields.finish()?;

        Ok(Self {
            der: bytes.to_vec(),
            to_be_signed: to_be_signed.at..to_be_signed.at + to_be_signed.raw.len(),
            serial_number: serial_number.value.to_vec(),
            issuer: issuer.raw.to_vec(),
            subject: subject.raw.to_vec(),
            valid: decode_validity(validity.raw)
                .ok_or(SealErrorKind::DerValue { what: "the validity" }.at(validity.at))
                .and_then(|(from, to)| Period::new(from, to))?,
            subject_public_key_info: key.raw.to_vec(),
            public_key: PublicKey::from_spki_der(key.raw).ok(),
            key_identifier: key_identifier(key.raw)?,
            signature_algorithm: certificate_signature_algorithm(&signature_algorithm).ok(),
            signature: signature.to_vec(),
            extensions,
        })
    }

    /// The bytes as they came.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// SHA-256 of the bytes as they came.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 32] {
        sha256(&self.der)
    }

    /// What the issuer signed.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        self.der.get(self.to_be_signed.clone()).unwrap_or_default()
    }

    /// The content octets of the serial number.
    #[must_use]
    pub fn serial_number(&self) -> &[u8] {
        &self.serial_number
    }

    /// The issuer's name in DER.
    #[must_use]
    pub fn issuer_der(&self) -> &[u8] {
        &self.issuer
    }

    /// The subject's name in DER.
    #[must_use]
    pub fn subject_der(&self) -> &[u8] {
        &self.subject
    }

    /// The subject's name for people (RFC 4514).
    #[must_use]
    pub fn subject(&self) -> String {
        name_text(&self.subject)
    }

    /// The issuer's name for people (RFC 4514).
    #[must_use]
    pub fn issuer(&self) -> String {
        name_text(&self.issuer)
    }

    /// Whether subject and issuer bear one name, as self-signed and most link certificates do.
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.subject == self.issuer
    }

    /// How the certificate is signed; `None` if by an algorithm that this program does not verify.
    #[must_use]
    pub fn signature_algorithm(&self) -> Option<SignatureAlgorithm> {
        self.signature_algorithm
    }

    /// Whether an attribute of the subject holds the word `TEST`: the mark of software keys.
    #[must_use]
    pub fn is_marked_test(&self) -> bool {
        let marked = |value: &Any| {
            std::str::from_utf8(value.value())
                .is_ok_and(|text| text.split(|letter: char| !letter.is_alphanumeric()).any(|word| word == "TEST"))
        };
        Name::from_der(&self.subject).is_ok_and(|name| name.iter().any(|attribute| marked(&attribute.value)))
    }

    /// From when to when the certificate is valid.
    #[must_use]
    pub fn valid(&self) -> &Period {
        &self.valid
    }

    /// Whether the private key may be used at that moment; a bound that the certificate lacks is none.
    #[must_use]
    pub fn private_key_usable_at(&self, now: DateTime) -> bool {
        self.extensions.private_key_not_before.is_none_or(|first| first <= now)
            && self.extensions.private_key_not_after.is_none_or(|last| now <= last)
    }

    /// The first second of the private key usage period, if the certificate has one.
    #[must_use]
    pub fn private_key_usable_from(&self) -> Option<DateTime> {
        self.extensions.private_key_not_before
    }

    /// The last second of the private key usage period, if the certificate has one.
    #[must_use]
    pub fn private_key_usable_until(&self) -> Option<DateTime> {
        self.extensions.private_key_not_after
    }

    /// The subject's key.
    ///
    /// # Errors
    ///
    /// `seal.public-key` if it is of no supported kind.
    pub fn public_key(&self) -> Result<&PublicKey, SealError> {
        self.public_key.as_ref().ok_or(SealErrorKind::PublicKey.into())
    }

    /// The subject's key in DER, parameters explicit or named as they came.
    #[must_use]
    pub fn subject_public_key_info(&self) -> &[u8] {
        &self.subject_public_key_info
    }

    /// SHA-1 of the key's bits (RFC 5280 method 1), in hexadecimal: how this program names a signer.
    #[must_use]
    pub fn key_id(&self) -> String {
        self.key_identifier.iter().map(|octet| format!("{octet:02x}")).collect()
    }

    /// SHA-1 of the key's bits, whatever the certificate states.
    pub(super) const fn computed_key_identifier(&self) -> &[u8; 20] {
        &self.key_identifier
    }

    /// The subject key identifier that the certificate states.
    #[must_use]
    pub fn subject_key_identifier(&self) -> Option<&[u8]> {
        self.extensions.subject_key_identifier.as_deref()
    }

    /// The authority key identifier that the certificate states.
    #[must_use]
    pub fn authority_key_identifier(&self) -> Option<&[u8]> {
        self.extensions.authority_key_identifier.as_deref()
    }

    /// Whether the basic constraints make it an authority.
    #[must_use]
    pub fn is_authority(&self) -> bool {
        self.extensions.basic_constraints.as_ref().is_some_and(|constraints| constraints.ca)
    }

    /// How many further authorities may stand below it, if it says.
    #[must_use]
    pub fn path_length(&self) -> Option<u8> {
        self.extensions.basic_constraints.as_ref().and_then(|constraints| constraints.path_len_constraint)
    }

    /// Whether the key may sign certificates.
    #[must_use]
    pub fn may_sign_certificates(&self) -> bool {
        self.extensions.key_usage.as_ref().is_some_and(KeyUsage::key_cert_sign)
    }

    /// Whether the key may sign documents.
    #[must_use]
    pub fn may_sign_documents(&self) -> bool {
        self.extensions.key_usage.as_ref().is_some_and(KeyUsage::digital_signature)
    }

    /// Whether the key may sign revocation lists.
    #[must_use]
    pub fn may_sign_revocation_lists(&self) -> bool {
        self.extensions.key_usage.as_ref().is_some_and(KeyUsage::crl_sign)
    }

    /// Whether the key may agree on keys with others.
    #[must_use]
    pub fn may_agree_on_keys(&self) -> bool {
        self.extensions.key_usage.as_ref().is_some_and(KeyUsage::key_agreement)
    }

    /// Whether others may encrypt keys to the key.
    #[must_use]
    pub fn may_encipher_keys(&self) -> bool {
        self.extensions.key_usage.as_ref().is_some_and(KeyUsage::key_encipherment)
    }

    /// Whether the certificate says what the key is for (extended key usage), and this is among it.
    #[must_use]
    pub fn has_purpose(&self, purpose: &ObjectIdentifier) -> bool {
        self.extensions.purposes.as_ref().is_some_and(|purposes| purposes.contains(purpose))
    }

    /// Whether the certificate says what the key is for (extended key usage).
    #[must_use]
    pub fn states_purpose(&self) -> bool {
        self.extensions.purposes.is_some()
    }

    /// The country of the subject in capital letters, as the name says it.
    #[must_use]
    pub fn country(&self) -> Option<String> {
        country_of(&self.subject)
    }

    /// The document types the signer may sign, if it says.
    #[must_use]
    pub fn document_types(&self) -> Option<&[String]> {
        self.extensions.document_types.as_deref()
    }

    /// `GeneralNames` in DER, as they came.
    pub(crate) fn subject_alternative_name(&self) -> Option<&[u8]> {
        self.extensions.subject_alternative_name.as_deref()
    }

    pub(crate) fn has_unknown_critical_extension(&self) -> bool {
        self.extensions.unknown_critical
    }

    pub(crate) fn signature(&self) -> (Option<SignatureAlgorithm>, &[u8]) {
        (self.signature_algorithm, &self.signature)
    }
}

impl Known {
    fn decode(bytes: &[u8], at: usize) -> Result<Self, SealError> {
        let malformed = SealErrorKind::Extension.at(at);
        let list = Extensions::from_der(bytes).map_err(|_| malformed)?;
        let mut known = Self::default();
        for (index, extension) in list.iter().enumerate() {
            if list.iter().take(index).any(|earlier| earlier.extn_id == extension.extn_id) {
                return Err(malformed);
            }
            known.take(extension).ok_or(malformed)?;
        }
        Ok(known)
    }

    /// `None` if the extension is known and malformed.
    fn take(&mut self, extension: &Extension) -> Option<()> {
        let value = extension.extn_value.as_bytes();
        match extension.extn_id {
            KeyUsage::OID => self.key_usage = Some(KeyUsage::from_der(value).ok()?),
            BasicConstraints::OID => self.basic_constraints = Some(decode_basic_constraints(value).ok()?),
            SubjectKeyIdentifier::OID => {
                let identifier = SubjectKeyIdentifier::from_der(value).ok()?;
                self.subject_key_identifier = Some(identifier.0.as_bytes().to_vec());
            }
            AuthorityKeyIdentifier::OID => {
                let identifier = AuthorityKeyIdentifier::from_der(value).ok()?;
                self.authority_key_identifier = identifier.key_identifier.map(|key| key.as_bytes().to_vec());
            }
            PrivateKeyUsagePeriod::OID => {
                let usage = PrivateKeyUsagePeriod::from_der(value).ok()?;
                let moment = |time: der::asn1::GeneralizedTime| period::from_der(&time.to_date_time());
                self.private_key_not_before = usage.not_before.and_then(moment);
                self.private_key_not_after = usage.not_after.and_then(moment);
            }
            DOCUMENT_TYPE_LIST => self.document_types = Some(decode_document_types(value).ok()?),
            ExtendedKeyUsage::OID => self.purposes = Some(ExtendedKeyUsage::from_der(value).ok()?.0),
            // Known, and nothing in them decides here.
            CertificatePolicies::OID | CrlDistributionPoints::OID | IssuerAltName::OID | NAME_CHANGE => {}
            SubjectAltName::OID => self.subject_alternative_name = Some(value.to_vec()),
            _ => self.unknown_critical |= extension.critical,
        }
        Some(())
    }
}

/// SHA-1 over the bits of the key, without the count of unused bits (RFC 5280 method 1).
pub(crate) fn key_identifier(subject_public_key_info: &[u8]) -> Result<[u8; 20], SealError> {
    let mut outer = Der::new(subject_public_key_info);
    let mut fields = outer.descend(SEQUENCE)?;
    algorithm(fields.expect(SEQUENCE)?)?;
    let bits = fields.expect(BIT_STRING)?;
    match bits.value.split_first() {
        Some((0, octets)) => Ok(sha1(octets)),
        _ => Err(SealErrorKind::DerValue { what: "the public key" }.at(bits.at)),
    }
}

/// `DocumentTypeListSyntax`: SEQUENCE { version 0, SET OF PrintableString }.
pub(crate) fn encode_document_types(types: &[String]) -> Vec<u8> {
    let mut members: Vec<Vec<u8>> = types.iter().map(|code| element(PRINTABLE_STRING, &[code.as_bytes()])).collect();
    members.sort();
    element(SEQUENCE, &[&element(INTEGER, &[&[0]]), &element(SET, &[&members.concat()])])
}

/// TRUE may be written as any octet but 0: BER, and on an issued CSCA.
fn decode_basic_constraints(value: &[u8]) -> Result<BasicConstraints, SealError> {
    let mut outer = Der::new(value);
    let mut fields = outer.descend(SEQUENCE)?;
    outer.finish()?;
    let ca = fields.optional(u32::from(BOOLEAN))?.is_some_and(|flag| flag.value != [0]);
    let path_len_constraint = fields.clone().next()?.map(|_| fields.small_integer()).transpose()?;
    fields.finish()?;
    Ok(BasicConstraints { ca, path_len_constraint })
}

fn decode_document_types(value: &[u8]) -> Result<Vec<String>, SealError> {
    let mut outer = Der::new(value);
    let mut fields = outer.descend(SEQUENCE)?;
    outer.finish()?;
    fields.small_integer()?;
    let mut members = fields.descend(SET)?;
    fields.finish()?;
    let mut types = Vec::new();
    while let Some(tlv) = members.member(PRINTABLE_STRING)? {
        let text = std::str::from_utf8(tlv.value).ok().filter(|text| (1..=2).contains(&text.len()));
        types.push(text.ok_or(SealErrorKind::DerValue { what: "a document type" }.at(tlv.at))?.to_owned());
    }
    Ok(types)
}

fn decode_validity(raw: &[u8]) -> Option<(DateTime, DateTime)> {
    let validity: Validity = Validity::from_der(raw).ok()?;
    Some((
        period::from_der(&validity.not_before.to_date_time())?,
        period::from_der(&validity.not_after.to_date_time())?,
    ))
}

const VERSION_3: u8 = 2;
/// 20 octets and a sign octet.
const MAX_SERIAL: usize = 21;
/// Explicit RSA or EC parameters and long names fit many times over.
const MAX_CERTIFICATE: usize = 0x8000;
