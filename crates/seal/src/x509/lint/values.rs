//! What stands inside the extensions: the comments of Table 6 and the clauses behind it.

use const_oid::db::rfc4519::LOCALITY_NAME;
use const_oid::db::rfc5280::{
    ID_CE_BASIC_CONSTRAINTS, ID_CE_CRL_DISTRIBUTION_POINTS, ID_CE_EXT_KEY_USAGE, ID_CE_ISSUER_ALT_NAME,
    ID_CE_KEY_USAGE, ID_CE_PRIVATE_KEY_USAGE_PERIOD, ID_CE_SUBJECT_ALT_NAME,
};
use der::Decode;
use der::asn1::ObjectIdentifier;
use sigillo_tlv::Tlv;
use x509_cert::ext::pkix::{KeyUsage, KeyUsages};

use super::fields::{Fields, attributes};
use super::finding::{
    ALTERNATIVE_NAMES, DISTRIBUTION, DOCUMENT_TYPES, EXTENSIONS, FIELDS, Findings, KEY_IDENTIFIER, NAME_CHANGES,
    PURPOSES,
};
use super::table::Kind;
use crate::asn1::{BOOLEAN, CONTEXT_0, Der, INTEGER, PRINTABLE_STRING, SEQUENCE, SET};
use crate::error::SealError;
use crate::x509::build::{DEVIATION_LIST_SIGNING, MASTER_LIST_SIGNING};
use crate::x509::certificate::Certificate;
use crate::x509::extension::{DOCUMENT_TYPE_LIST, NAME_CHANGE};

pub(super) fn check(fields: &Fields<'_>, certificate: &Certificate, kind: Kind, findings: &mut Findings) {
    check_key_identifiers(certificate, kind, findings);
    let of = |oid: ObjectIdentifier| fields.extension(oid).map(|extension| extension.value);
    let checks: [(Option<&[u8]>, Check); 6] = [
        (of(ID_CE_KEY_USAGE), check_key_usage),
        (of(ID_CE_PRIVATE_KEY_USAGE_PERIOD), check_usage_period),
        (of(ID_CE_BASIC_CONSTRAINTS), check_basic_constraints),
        (of(ID_CE_EXT_KEY_USAGE), check_purposes),
        (of(ID_CE_CRL_DISTRIBUTION_POINTS), check_distribution_points),
        (of(DOCUMENT_TYPE_LIST), check_document_types),
    ];
    for (value, check) in checks {
        if let Some(Err(_)) = value.map(|value| check(value, kind, findings)) {
            findings.must(EXTENSIONS, "extension-malformed", "an extension is not well formed");
        }
    }
    for (oid, name) in
        [(ID_CE_SUBJECT_ALT_NAME, "subject-alternative-name"), (ID_CE_ISSUER_ALT_NAME, "issuer-alternative-name")]
    {
        if let Some(Err(_)) = of(oid).map(|value| check_alternative_name(value, name, findings)) {
            findings.must(EXTENSIONS, "extension-malformed", "an extension is not well formed");
        }
    }
    let renamed = certificate.subject_der() != certificate.issuer_der();
    match of(NAME_CHANGE) {
        Some(value) if value != [0x05, 0x00] => {
            findings.must(NAME_CHANGES, "name-change-value", "name change holds more than NULL");
        }
        Some(_) if kind == Kind::Link && !renamed => {
            findings.must(NAME_CHANGES, "name-change-without-change", "name change, but the name is the same");
        }
        None if kind == Kind::Link && renamed => {
            findings.must(NAME_CHANGES, "name-change-missing", "the name changed, and name change is missing");
        }
        _ => {}
    }
}

type Check = fn(&[u8], Kind, &mut Findings) -> Result<(), SealError>;

fn check_key_identifiers(certificate: &Certificate, kind: Kind, findings: &mut Findings) {
    let subject = certificate.subject_key_identifier();
    if let (Kind::CountrySigner, Some(authority), Some(subject)) =
        (kind, certificate.authority_key_identifier(), subject)
        && authority != subject
    {
        let text = "the authority's key identifier is not the own one, though the key signed itself";
        findings.must(EXTENSIONS, "authority-key-identifier-value", text);
    }
    let method_1 = certificate.computed_key_identifier();
    let is_method_2 = |stated: &[u8]| match (stated.split_first(), method_1.get(12..)) {
        (Some((first, rest)), Some([low, tail @ ..])) => *first == 0x40 | (low & 0x0F) && rest == tail,
        _ => false,
    };
    if let Some(stated) = subject
        && stated != method_1
        && !is_method_2(stated)
    {
        let text = "the key identifier is not the SHA-1 hash of the key";
        findings.should(KEY_IDENTIFIER, "subject-key-identifier-method", text);
    }
}

fn check_key_usage(value: &[u8], kind: Kind, findings: &mut Findings) -> Result<(), SealError> {
    let Ok(usage) = KeyUsage::from_der(value) else {
        findings.must(EXTENSIONS, "key-usage-value", "key usage is not well formed");
        return Ok(());
    };
    let wanted = if kind.is_authority() {
        KeyUsages::KeyCertSign | KeyUsages::CRLSign
    } else {
        KeyUsages::DigitalSignature.into()
    };
    if !usage.0.into_iter().eq(wanted) {
        let all = wanted.into_iter().all(|one| usage.0.contains(one));
        let (code, text) = if all {
            ("key-usage-more", "key usage allows more than the profile does")
        } else {
            ("key-usage-value", "key usage lacks what the profile demands")
        };
        findings.must(EXTENSIONS, code, text);
    }
    Ok(())
}

fn check_usage_period(value: &[u8], _: Kind, findings: &mut Findings) -> Result<(), SealError> {
    if Der::new(value).descend(SEQUENCE)?.next()?.is_none() {
        findings.must(EXTENSIONS, "private-key-usage-period-empty", "the private key usage period has neither end");
    }
    Ok(())
}

fn check_basic_constraints(value: &[u8], kind: Kind, findings: &mut Findings) -> Result<(), SealError> {
    let mut fields = Der::new(value).descend(SEQUENCE)?;
    let authority = fields.optional(u32::from(BOOLEAN))?;
    match authority.as_ref().map(|flag| flag.value) {
        Some([0]) => findings.must(FIELDS, "default-encoded", "basic constraints say that it is no authority"),
        Some([0xFF]) | None => {}
        Some(_) => findings.must(FIELDS, "boolean-form", "TRUE is not written as FF"),
    }
    if kind.is_authority() {
        if authority.is_none_or(|flag| flag.value == [0]) {
            findings.must(EXTENSIONS, "basic-constraints-value", "basic constraints make it no authority");
        }
        match fields.optional(INTEGER)?.map(|tlv| tlv.value) {
            Some([0]) => {}
            Some(_) => findings.must(EXTENSIONS, "path-length-value", "the path length is not 0"),
            None => findings.must(EXTENSIONS, "path-length-missing", "the path length is missing"),
        }
    }
    Ok(())
}

fn check_purposes(value: &[u8], kind: Kind, findings: &mut Findings) -> Result<(), SealError> {
    let wanted = match kind {
        Kind::MasterListSigner => MASTER_LIST_SIGNING,
        Kind::DeviationListSigner => DEVIATION_LIST_SIGNING,
        _ => return Ok(()),
    };
    let mut purposes = Der::new(value).descend(SEQUENCE)?;
    let mut found = Vec::new();
    while let Some(purpose) = purposes.next()? {
        found.push(purpose.value);
    }
    if !found.contains(&wanted.as_bytes()) {
        findings.must(PURPOSES, "extended-key-usage-value", "extended key usage lacks the purpose of this signer");
    }
    Ok(())
}

fn check_distribution_points(value: &[u8], _: Kind, findings: &mut Findings) -> Result<(), SealError> {
    let mut points = Der::new(value).descend(SEQUENCE)?;
    let mut addresses = 0;
    while let Some(point) = points.member(SEQUENCE)? {
        let Some(name) = Der::inside(&point).optional(CONTEXT_0)? else { continue };
        let Some(full_name) = Der::inside(&name).optional(CONTEXT_0)? else { continue };
        let mut names = Der::inside(&full_name);
        while let Some(name) = names.next()? {
            let lower = name.value.to_ascii_lowercase();
            let scheme = SCHEMES.iter().any(|scheme| lower.starts_with(scheme));
            if name.tag.number() == UNIFORM_RESOURCE_IDENTIFIER && scheme {
                addresses += 1;
            } else {
                let text = "a distribution point is no address of ldap, http or https";
                findings.must(DISTRIBUTION, "crl-distribution-points-scheme", text);
            }
        }
    }
    if addresses == 0 {
        findings.must(DISTRIBUTION, "crl-distribution-points-empty", "no distribution point has a usable address");
    }
    Ok(())
}

fn check_document_types(value: &[u8], kind: Kind, findings: &mut Findings) -> Result<(), SealError> {
    if kind != Kind::DocumentSigner {
        return Ok(());
    }
    let mut fields = Der::new(value).descend(SEQUENCE)?;
    if fields.small_integer()? != 0 {
        findings.must(DOCUMENT_TYPES, "document-type-list-version", "the document type list is not of version 0");
    }
    let mut types = fields.descend(SET)?;
    let mut count = 0;
    while let Some(one) = types.next()? {
        count += 1;
        let form = (1..=2).contains(&one.value.len()) && one.tag.number() == PRINTABLE_STRING;
        if !form || !one.value.iter().all(u8::is_ascii_uppercase) {
            let text = "a document type is not one or two capital letters of the MRZ";
            findings.must(DOCUMENT_TYPES, "document-type-form", text);
        }
    }
    if count == 0 {
        findings.must(DOCUMENT_TYPES, "document-type-list-empty", "the document type list is empty");
    }
    Ok(())
}

fn check_alternative_name(value: &[u8], name: &str, findings: &mut Findings) -> Result<(), SealError> {
    let mut names = Der::new(value).descend(SEQUENCE)?;
    let (mut contact, mut country) = (false, None);
    while let Some(one) = names.next()? {
        match one.tag.number() {
            RFC_822_NAME | DNS_NAME | UNIFORM_RESOURCE_IDENTIFIER => contact = true,
            DIRECTORY_NAME => country = country.or(locality(&one)?),
            _ => {}
        }
    }
    if !contact {
        let text = format!("{name} has no way to reach anybody");
        findings.should(ALTERNATIVE_NAMES, &format!("{name}-contact-missing"), text);
    }
    match country {
        None => {
            let text = format!("{name} has no directory name with the country's code as locality");
            findings.must(ALTERNATIVE_NAMES, &format!("{name}-country-missing"), text);
        }
        Some(code) if !(1..=3).contains(&code.len()) || !code.iter().all(u8::is_ascii_uppercase) => {
            let text = format!("the country's code in {name} is not one to three capital letters");
            findings.must(ALTERNATIVE_NAMES, &format!("{name}-country-form"), text);
        }
        Some(_) => {}
    }
    Ok(())
}

/// The locality of a directory name.
fn locality<'a>(directory_name: &Tlv<'a>) -> Result<Option<&'a [u8]>, SealError> {
    let name = Der::inside(directory_name).expect(SEQUENCE)?;
    Ok(attributes(&name)?.into_iter().find(|attribute| attribute.oid == LOCALITY_NAME).map(|attribute| attribute.value))
}

const RFC_822_NAME: u32 = 0x81;
const DNS_NAME: u32 = 0x82;
const UNIFORM_RESOURCE_IDENTIFIER: u32 = 0x86;
const DIRECTORY_NAME: u32 = 0xA4;
const SCHEMES: [&[u8]; 3] = [b"http://", b"https://", b"ldap://"];
