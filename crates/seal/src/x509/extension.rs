//! Extensions as we write them, and as they stand in what others wrote.

use const_oid::AssociatedOid;
use der::Encode;
use der::asn1::{GeneralizedTime, ObjectIdentifier};
use x509_cert::ext::pkix::{CrlDistributionPoints, ExtendedKeyUsage, PrivateKeyUsagePeriod};

use super::name::Country;
use super::period::{self, Period};
use crate::asn1::{BOOLEAN, CONTEXT_0, CONTEXT_0_PRIMITIVE, Der, NULL, OCTET_STRING, SEQUENCE, element, oid_element};
use crate::error::{SealError, SealErrorKind};

/// A link certificate that changes the CSCA's name: `2.23.136.1.1.6.1`.
pub(crate) const NAME_CHANGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.23.136.1.1.6.1");
/// The document types a signer may sign: `2.23.136.1.1.6.2`.
pub(crate) const DOCUMENT_TYPE_LIST: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.23.136.1.1.6.2");

/// One extension as it stands.
pub(super) struct RawExtension<'a> {
    pub(super) oid: ObjectIdentifier,
    /// The content octets of the flag "critical", if it is written.
    pub(super) flag: Option<&'a [u8]>,
    pub(super) value: &'a [u8],
    pub(super) at: usize,
}

impl<'a> RawExtension<'a> {
    /// The members of `Extensions`, none of them twice.
    pub(super) fn list(mut members: Der<'a>) -> Result<Vec<Self>, SealError> {
        let mut all: Vec<Self> = Vec::new();
        while let Some(tlv) = members.member(SEQUENCE)? {
            let mut fields = Der::inside(&tlv);
            let oid = fields.oid()?;
            let flag = fields.optional(u32::from(BOOLEAN))?.map(|flag| flag.value);
            let value = fields.expect(OCTET_STRING)?.value;
            fields.finish()?;
            if all.len() == MAX_EXTENSIONS || all.iter().any(|earlier| earlier.oid == oid) {
                return Err(SealErrorKind::Extension.at(tlv.at));
            }
            all.push(Self { oid, flag, value, at: tlv.at });
        }
        Ok(all)
    }

    pub(super) fn critical(&self) -> bool {
        self.flag.is_some_and(|flag| flag != [0])
    }
}

pub(super) fn extension(oid: ObjectIdentifier, critical: bool, value: &[u8]) -> Vec<u8> {
    let flag: &[u8] = if critical { &[BOOLEAN, 0x01, 0xFF] } else { &[] };
    element(SEQUENCE, &[&oid_element(&oid), flag, &element(OCTET_STRING, &[value])])
}

/// `AuthorityKeyIdentifier` of the key identifier alone.
pub(super) fn authority_key_identifier(identifier: &[u8]) -> Vec<u8> {
    element(SEQUENCE, &[&element(CONTEXT_0_PRIMITIVE, &[identifier])])
}

/// The one purpose of a key, critical.
pub(super) fn extended_key_usage(purpose: &ObjectIdentifier) -> Vec<u8> {
    extension(ExtendedKeyUsage::OID, true, &element(SEQUENCE, &[&oid_element(purpose)]))
}

pub(super) fn name_change() -> Vec<u8> {
    extension(NAME_CHANGE, false, &element(NULL, &[&[]]))
}

pub(super) fn private_key_usage_period(usage: &Period) -> Result<Vec<u8>, SealError> {
    let generalized = |moment| period::whole_seconds(moment).map(GeneralizedTime::from_date_time);
    let usage = PrivateKeyUsagePeriod {
        not_before: Some(generalized(usage.from())?),
        not_after: Some(generalized(usage.to())?),
    };
    Ok(extension(PrivateKeyUsagePeriod::OID, false, &encode(&usage)?))
}

/// `GeneralNames`: the contact, then the directory name of the country.
pub(super) fn alternative_name(contact: &str, country: &Country) -> Result<Vec<u8>, SealError> {
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
    let directory = element(DIRECTORY_NAME, &[&country.locality_name()]);
    Ok(element(SEQUENCE, &[&element(tag, &[contact.as_bytes()]), &directory]))
}

pub(super) fn crl_distribution_points(addresses: &[String]) -> Result<Vec<u8>, SealError> {
    if addresses.is_empty() {
        return Err(SealErrorKind::ProfileField { field: "CRL address" }.into());
    }
    let points = addresses.iter().map(|address| distribution_point(address)).collect::<Result<Vec<_>, _>>()?.concat();
    Ok(extension(CrlDistributionPoints::OID, false, &element(SEQUENCE, &[&points])))
}

pub(super) fn encode(value: &impl Encode) -> Result<Vec<u8>, SealError> {
    value.to_der().map_err(|_| SealErrorKind::Certificate.into())
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

/// The profile has 20.
const MAX_EXTENSIONS: usize = 64;
const RFC_822_NAME: u32 = 0x81;
const UNIFORM_RESOURCE_IDENTIFIER: u32 = 0x86;
const DIRECTORY_NAME: u32 = 0xA4;
