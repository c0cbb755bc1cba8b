//! Certificate revocation lists, version 2, by the profile of ICAO 9303-12.

use const_oid::AssociatedOid;
use const_oid::db::rfc5280::{
    ID_CE_AUTHORITY_KEY_IDENTIFIER, ID_CE_CRL_NUMBER, ID_CE_CRL_REASONS, ID_CE_ISSUER_ALT_NAME,
};
use der::Decode;
use jiff::ToSpan;
use jiff::civil::DateTime;
use sigillo_crypto::{PublicKey, SignatureAlgorithm, sha256};
use sigillo_tlv::Tlv;
use x509_cert::ext::pkix::AuthorityKeyIdentifier;

use super::certificate::Certificate;
use super::extension::{RawExtension, authority_key_identifier, extension};
use super::name::name_text;
use super::period;
use super::signed::{Signed, Unsigned};
use crate::algorithm::{certificate_signature_algorithm, signature_algorithm_identifier};
use crate::asn1::{CONTEXT_0, Der, ENUMERATED, GENERALIZED_TIME, INTEGER, SEQUENCE, UTC_TIME, element};
use crate::error::{SealError, SealErrorKind};

/// A certificate revocation list, read but not yet trusted.
///
/// Critical extensions other than the key identifier and the number make it unusable: they would narrow what it says.
///
/// Spec: `icao-9303-12#crl`, `rfc-5280#crl`.
#[derive(Clone, Debug)]
pub struct Crl {
    der: Vec<u8>,
    to_be_signed: Vec<u8>,
    issuer: Vec<u8>,
    this_update: DateTime,
    next_update: Option<DateTime>,
    entries: Vec<RevokedCertificate>,
    extensions: Known,
    signature_algorithm: Option<SignatureAlgorithm>,
    signature: Vec<u8>,
}

/// What the issuer decides about one revocation list.
#[derive(Clone, Debug)]
pub struct CrlProfile {
    /// One more than the issuer's list before.
    pub number: u64,
    /// When the list is made.
    pub this_update: DateTime,
    /// When the next one comes at the latest: 90 days later at most.
    pub next_update: DateTime,
    /// Every revoked certificate whose validity has not ended.
    pub revoked: Vec<RevokedCertificate>,
}

/// One entry of a revocation list.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RevokedCertificate {
    /// The content octets of the certificate's serial number.
    pub serial_number: Vec<u8>,
    /// When it was revoked.
    pub on: DateTime,
    /// Why; ICAO 9303-12 lets a country signing CA state no reason.
    pub reason: Option<RevocationReason>,
}

/// Why a certificate was revoked.
///
/// Spec: `rfc-5280#crl`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum RevocationReason {
    /// Nothing more is said.
    Unspecified = 0,
    /// The subject's private key is known, or feared to be known, to another.
    KeyCompromise = 1,
    /// The same of the issuer's private key.
    CaCompromise = 2,
    /// The name or something else of the subject changed.
    AffiliationChanged = 3,
    /// Another certificate took its place.
    Superseded = 4,
    /// It is no longer needed: the permit ended.
    CessationOfOperation = 5,
    /// Suspended.
    CertificateHold = 6,
    /// Taken off a list of changes.
    RemoveFromCrl = 8,
    /// The subject lost a right.
    PrivilegeWithdrawn = 9,
    /// The attribute authority's key is known to another.
    AaCompromise = 10,
}

/// A revocation list that lacks its signature.
///
/// | field or extension       | critical | value                                                       |
/// |--------------------------|----------|-------------------------------------------------------------|
/// | version                  |          | 2                                                           |
/// | next update              |          | always there, at most 90 days after this update             |
/// | revoked certificates     |          | by serial number; absent if there are none                  |
/// | reason of an entry       | no       | only of lists of the CA of electronic services              |
/// | authority key identifier | no       | the issuer's subject key identifier                         |
/// | CRL number               | no       | as given                                                    |
///
/// Spec: `icao-9303-12#crl`, `icao-9303-12#revocation`.
///
/// # Errors
///
/// `seal.revocation-list-period`, `seal.revocation-entry`, `seal.issuer-key-usage` (the issuer signs no lists),
/// `seal.extension` (the issuer lacks a key identifier), `seal.chain-expired` and `seal.chain-not-yet-valid` (of the issuer, at
/// this update), `seal.public-key`, `seal.signature-algorithm`.
pub fn revocation_list(
    profile: &CrlProfile,
    issuer: &Certificate,
    algorithm: SignatureAlgorithm,
) -> Result<Unsigned<Crl>, SealError> {
    let latest = profile.this_update.checked_add(MOST_DAYS.days()).map_err(|_| SealErrorKind::RevocationListPeriod)?;
    if profile.next_update <= profile.this_update || profile.next_update > latest {
        return Err(SealErrorKind::RevocationListPeriod.into());
    }
    if !issuer.may_sign_revocation_lists() {
        return Err(SealErrorKind::IssuerKeyUsage.into());
    }
    super::chain::check_validity(issuer, profile.this_update)?;
    let identifier = issuer.subject_key_identifier().ok_or(SealErrorKind::Extension)?;
    let reasons_allowed = issuer.states_purpose();

    let mut entries: Vec<&RevokedCertificate> = profile.revoked.iter().collect();
    entries.sort_by_key(|entry| (entry.serial_number.len(), &entry.serial_number));
    let twice = entries.windows(2).any(|pair| matches!(pair, [one, other] if one.serial_number == other.serial_number));
    if twice || !entries.iter().all(|entry| entry.fits(profile.this_update, reasons_allowed)) {
        return Err(SealErrorKind::RevocationEntry.into());
    }
    let entries = entries.into_iter().map(RevokedCertificate::encode).collect::<Result<Vec<_>, _>>()?.concat();
    let revoked = if entries.is_empty() { Vec::new() } else { element(SEQUENCE, &[&entries]) };

    let extensions = [
        extension(AuthorityKeyIdentifier::OID, false, &authority_key_identifier(identifier)),
        extension(ID_CE_CRL_NUMBER, false, &unsigned_integer(profile.number)),
    ]
    .concat();
    let to_be_signed = element(
        SEQUENCE,
        &[
            &element(INTEGER, &[&[VERSION_2]]),
            &signature_algorithm_identifier(algorithm)?,
            issuer.subject_der(),
            &period::encode(profile.this_update)?,
            &period::encode(profile.next_update)?,
            &revoked,
            &element(CONTEXT_0, &[&element(SEQUENCE, &[&extensions])]),
        ],
    );
    Unsigned::new(to_be_signed, algorithm, issuer.public_key()?.clone())
}

impl Unsigned<Crl> {
    /// Joins the signature (ECDSA in DER), reads the whole list again and verifies it.
    ///
    /// # Errors
    ///
    /// `seal.revocation-list-signature`, or those of [`Crl::decode`].
    pub fn complete(self, signature: &[u8]) -> Result<Crl, SealError> {
        let list = Crl::decode(&self.join(signature))?;
        list.check_signature(self.key())?;
        Ok(list)
    }
}

impl Crl {
    /// Reads one DER revocation list with nothing behind it.
    ///
    /// # Errors
    ///
    /// `seal.too-large`, `seal.der`, `seal.der-length`, `seal.der-value`, `seal.revocation-list`,
    /// `seal.revocation-entry` (a certificate twice), `seal.signature-algorithm`, `seal.extension`,
    /// `seal.critical-extension`.
    pub fn decode(bytes: &[u8]) -> Result<Self, SealError> {
        let Signed { to_be_signed, algorithm, signature } = Signed::decode(bytes, MAX_LIST)?;
        let mut fields = Der::inside(&to_be_signed);
        if fields.small_integer()? != VERSION_2 {
            return Err(SealErrorKind::RevocationList.at(to_be_signed.at));
        }
        if fields.expect(SEQUENCE)?.raw != algorithm.raw {
            return Err(SealErrorKind::SignatureAlgorithm.at(algorithm.at));
        }
        let issuer = fields.expect(SEQUENCE)?.raw.to_vec();
        let this_update = time(&mut fields)?.ok_or(SealErrorKind::RevocationList.at(to_be_signed.at))?;
        let next_update = time(&mut fields)?;
        let entries = match fields.optional(SEQUENCE)? {
            Some(tlv) => RevokedCertificate::decode_list(Der::inside(&tlv))?,
            None => Vec::new(),
        };
        let extensions = match fields.optional(CONTEXT_0)? {
            Some(tlv) => Known::decode(&tlv)?,
            None => Known::default(),
        };
        fields.finish()?;
        Ok(Self {
            der: bytes.to_vec(),
            to_be_signed: to_be_signed.raw.to_vec(),
            issuer,
            this_update,
            next_update,
            entries,
            extensions,
            signature_algorithm: certificate_signature_algorithm(&algorithm).ok(),
            signature: signature.to_vec(),
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

    /// The issuer's name in DER.
    #[must_use]
    pub fn issuer_der(&self) -> &[u8] {
        &self.issuer
    }

    /// The issuer's name for people (RFC 4514).
    #[must_use]
    pub fn issuer(&self) -> String {
        name_text(&self.issuer)
    }

    /// The authority key identifier that the list states.
    #[must_use]
    pub fn authority_key_identifier(&self) -> Option<&[u8]> {
        self.extensions.authority_key_identifier.as_deref()
    }

    /// The content octets of the CRL number, if the list has one.
    #[must_use]
    pub fn number(&self) -> Option<&[u8]> {
        self.extensions.number.as_deref()
    }

    /// When the list was made.
    #[must_use]
    pub fn this_update(&self) -> DateTime {
        self.this_update
    }

    /// When the next list comes at the latest, if it says.
    #[must_use]
    pub fn next_update(&self) -> Option<DateTime> {
        self.next_update
    }

    /// How the list is signed; `None` if by an algorithm that this program does not verify.
    #[must_use]
    pub fn signature_algorithm(&self) -> Option<SignatureAlgorithm> {
        self.signature_algorithm
    }

    /// The entries in their order.
    #[must_use]
    pub fn entries(&self) -> &[RevokedCertificate] {
        &self.entries
    }

    /// The entry of the certificate with that serial number (content octets).
    #[must_use]
    pub fn revoked(&self, serial_number: &[u8]) -> Option<&RevokedCertificate> {
        self.entries.iter().find(|entry| entry.serial_number == serial_number)
    }

    /// Whether the list has an entry of that serial number (content octets).
    #[must_use]
    pub fn is_revoked(&self, serial_number: &[u8]) -> bool {
        self.revoked(serial_number).is_some()
    }

    /// Whether the list speaks for the issuer of a certificate: by its own name, or by one that it had before a change of name.
    #[must_use]
    pub fn covers(&self, issuer: &[u8]) -> bool {
        self.issuer == issuer || self.extensions.former_names.iter().any(|name| name == issuer)
    }

    /// Verifies the list with the certificate of whoever signed it: name, key identifier, key usage, signature.
    ///
    /// # Errors
    ///
    /// `seal.revocation-list-issuer`, `seal.issuer-key-usage`, `seal.revocation-list-signature`, `seal.public-key`.
    pub fn verify(&self, issuer: &Certificate) -> Result<(), SealError> {
        let same_key = match (self.authority_key_identifier(), issuer.subject_key_identifier()) {
            (Some(wanted), Some(found)) => wanted == found,
            _ => true,
        };
        if self.issuer != issuer.subject_der() || !same_key {
            return Err(SealErrorKind::RevocationListIssuer.into());
        }
        if !issuer.may_sign_revocation_lists() {
            return Err(SealErrorKind::IssuerKeyUsage.into());
        }
        self.check_signature(issuer.public_key()?)
    }

    fn check_signature(&self, key: &PublicKey) -> Result<(), SealError> {
        let algorithm = self.signature_algorithm.ok_or(SealErrorKind::SignatureAlgorithm)?;
        key.verify(algorithm, &self.to_be_signed, &self.signature)
            .map_err(|_| SealErrorKind::RevocationListSignature.into())
    }
}

impl RevocationReason {
    /// The words of RFC 5280.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::KeyCompromise => "key-compromise",
            Self::CaCompromise => "ca-compromise",
            Self::AffiliationChanged => "affiliation-changed",
            Self::Superseded => "superseded",
            Self::CessationOfOperation => "cessation-of-operation",
            Self::CertificateHold => "certificate-hold",
            Self::RemoveFromCrl => "remove-from-crl",
            Self::PrivilegeWithdrawn => "privilege-withdrawn",
            Self::AaCompromise => "aa-compromise",
        }
    }

    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 10] = [
        Self::Unspecified,
        Self::KeyCompromise,
        Self::CaCompromise,
        Self::AffiliationChanged,
        Self::Superseded,
        Self::CessationOfOperation,
        Self::CertificateHold,
        Self::RemoveFromCrl,
        Self::PrivilegeWithdrawn,
        Self::AaCompromise,
    ];
}

impl RevokedCertificate {
    /// Whether an issuer may put the entry on a list of that time.
    fn fits(&self, this_update: DateTime, reasons_allowed: bool) -> bool {
        let reason = match self.reason {
            None => true,
            // RFC 5280: the reason 0 is said by saying none, and 8 belongs on lists of changes.
            Some(RevocationReason::Unspecified | RevocationReason::RemoveFromCrl) => false,
            Some(_) => reasons_allowed,
        };
        (1..=20).contains(&self.serial_number.len()) && self.on <= this_update && reason
    }

    fn encode(&self) -> Result<Vec<u8>, SealError> {
        let reason = match self.reason {
            Some(reason) => {
                let value = element(ENUMERATED, &[&[reason as u8]]);
                element(SEQUENCE, &[&extension(ID_CE_CRL_REASONS, false, &value)])
            }
            None => Vec::new(),
        };
        Ok(element(SEQUENCE, &[&element(INTEGER, &[&self.serial_number]), &period::encode(self.on)?, &reason]))
    }

    fn decode_list(mut list: Der<'_>) -> Result<Vec<Self>, SealError> {
        let mut entries: Vec<Self> = Vec::new();
        let mut places = Vec::new();
        while let Some(tlv) = list.member(SEQUENCE)? {
            entries.push(Self::decode(&tlv)?);
            places.push(tlv.at);
        }
        let mut order: Vec<usize> = (0..entries.len()).collect();
        let serial = |index: usize| entries.get(index).map(|entry| entry.serial_number.as_slice());
        order.sort_by_key(|index| serial(*index));
        let twice = order.windows(2).find_map(|pair| match pair {
            [one, other] if serial(*one) == serial(*other) => places.get(*other),
            _ => None,
        });
        match twice {
            Some(at) => Err(SealErrorKind::RevocationEntry.at(*at)),
            None => Ok(entries),
        }
    }

    fn decode(tlv: &Tlv<'_>) -> Result<Self, SealError> {
        let mut fields = Der::inside(tlv);
        let serial_number = fields.expect(INTEGER)?.value.to_vec();
        let on = time(&mut fields)?.ok_or(SealErrorKind::RevocationList.at(tlv.at))?;
        let mut reason = None;
        if let Some(extensions) = fields.optional(SEQUENCE)? {
            for entry in RawExtension::list(Der::inside(&extensions))? {
                if entry.oid == ID_CE_CRL_REASONS {
                    let mut value = Der::new(entry.value);
                    let number = value.expect(ENUMERATED)?;
                    value.finish()?;
                    let known = RevocationReason::ALL.into_iter().find(|known| number.value == [*known as u8]);
                    reason = Some(known.ok_or(SealErrorKind::Extension.at(entry.at))?);
                } else if entry.critical() {
                    return Err(SealErrorKind::CriticalExtension.at(entry.at));
                }
            }
        }
        fields.finish()?;
        Ok(Self { serial_number, on, reason })
    }
}

/// The extensions of a list that this program understands.
#[derive(Clone, Debug, Default)]
struct Known {
    authority_key_identifier: Option<Vec<u8>>,
    number: Option<Vec<u8>>,
    /// Directory names among the issuer's alternative names: what it was called before (ICAO 9303-12).
    former_names: Vec<Vec<u8>>,
}

impl Known {
    fn decode(tlv: &Tlv<'_>) -> Result<Self, SealError> {
        let mut outer = Der::inside(tlv);
        let list = outer.descend(SEQUENCE)?;
        outer.finish()?;
        let mut known = Self::default();
        for entry in RawExtension::list(list)? {
            let malformed = SealErrorKind::Extension.at(entry.at);
            match entry.oid {
                ID_CE_AUTHORITY_KEY_IDENTIFIER => {
                    let identifier = AuthorityKeyIdentifier::from_der(entry.value).map_err(|_| malformed)?;
                    known.authority_key_identifier = identifier.key_identifier.map(|key| key.as_bytes().to_vec());
                }
                ID_CE_CRL_NUMBER => {
                    let mut value = Der::new(entry.value);
                    let number = value.expect(INTEGER)?;
                    value.finish()?;
                    if !(1..=MAX_NUMBER).contains(&number.value.len()) {
                        return Err(malformed);
                    }
                    known.number = Some(number.value.to_vec());
                }
                ID_CE_ISSUER_ALT_NAME => {
                    let mut value = Der::new(entry.value);
                    let mut names = value.descend(SEQUENCE)?;
                    value.finish()?;
                    while let Some(name) = names.next()? {
                        if name.tag.number() == DIRECTORY_NAME {
                            known.former_names.push(name.value.to_vec());
                        }
                    }
                }
                _ if entry.critical() => return Err(SealErrorKind::CriticalExtension.at(entry.at)),
                _ => {}
            }
        }
        Ok(known)
    }
}

/// A time, if one stands here.
fn time(fields: &mut Der<'_>) -> Result<Option<DateTime>, SealError> {
    let found = match fields.optional(UTC_TIME)? {
        Some(tlv) => Some(tlv),
        None => fields.optional(GENERALIZED_TIME)?,
    };
    found.map(|tlv| period::decode(&tlv)).transpose()
}

/// INTEGER in its shortest form.
fn unsigned_integer(number: u64) -> Vec<u8> {
    let octets = number.to_be_bytes();
    let first = octets.iter().position(|octet| *octet != 0).unwrap_or(octets.len() - 1);
    let significant = octets.get(first..).unwrap_or_default();
    let sign: &[u8] = if significant.first().is_some_and(|octet| *octet >= 0x80) { &[0] } else { &[] };
    element(INTEGER, &[sign, significant])
}

const VERSION_2: u8 = 1;
/// ICAO 9303-12: a list at least every 90 days.
const MOST_DAYS: i64 = 90;
const DIRECTORY_NAME: u32 = 0xA4;
/// 20 octets and a sign octet.
const MAX_NUMBER: usize = 21;
/// A hundred thousand entries of holders fit.
const MAX_LIST: usize = 0x40_0000;
