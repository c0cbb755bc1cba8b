//! Tables 9 and 10: revocation lists of a country signing CA.

use const_oid::db::rfc5280::{
    ID_CE_AUTHORITY_KEY_IDENTIFIER, ID_CE_CERTIFICATE_ISSUER, ID_CE_CRL_NUMBER, ID_CE_CRL_REASONS,
    ID_CE_DELTA_CRL_INDICATOR, ID_CE_FRESHEST_CRL, ID_CE_HOLD_INSTRUCTION_CODE, ID_CE_INVALIDITY_DATE,
    ID_CE_ISSUING_DISTRIBUTION_POINT,
};
use jiff::ToSpan;
use sigillo_crypto::HashAlgorithm;

use super::finding::{ALGORITHMS, CRL, CRL_EXTENSIONS, Findings, REVOCATION};
use super::names::{check_name, check_time};
use crate::asn1::{CONTEXT_0, Der, INTEGER, SEQUENCE};
use crate::error::SealError;
use crate::x509::extension::RawExtension;
use crate::x509::revocation_list::Crl;

pub(super) fn check(list: &Crl, findings: &mut Findings) -> Result<(), SealError> {
    let mut fields = Der::new(list.der()).descend(SEQUENCE)?.descend(SEQUENCE)?;
    fields.expect(INTEGER)?;
    fields.expect(SEQUENCE)?;
    check_name(&fields.expect(SEQUENCE)?, "issuer", CRL, findings);
    if let Some(time) = fields.next()? {
        check_time(&time, "this-update", CRL, findings);
    }
    if list.next_update().is_some()
        && let Some(time) = fields.next()?
    {
        check_time(&time, "next-update", CRL, findings);
    }
    check_times(list, findings);
    match list.signature_algorithm() {
        None => {
            findings.must(ALGORITHMS, "signature-algorithm-unknown", "the signature algorithm is not of the profile")
        }
        Some(known) if known.hash() == HashAlgorithm::Sha1 => {
            findings.must(ALGORITHMS, "signature-sha-1", "the revocation list is signed over SHA-1");
        }
        Some(_) => {}
    }
    if let Some(revoked) = fields.optional(SEQUENCE)? {
        let mut entries = Der::inside(&revoked);
        let mut count = 0;
        while let Some(entry) = entries.member(SEQUENCE)? {
            count += 1;
            check_entry(Der::inside(&entry), findings)?;
        }
        if count == 0 {
            findings.must(CRL, "crl-entries-empty", "there is a list of revoked certificates, and nothing in it");
        }
    }
    let extensions = match fields.optional(CONTEXT_0)? {
        Some(tlv) => RawExtension::list(Der::inside(&tlv).descend(SEQUENCE)?)?,
        None => Vec::new(),
    };
    check_extensions(&extensions, findings);
    if let Some(number) = list.number() {
        if number.first().is_some_and(|octet| *octet >= 0x80) {
            findings.must(CRL_EXTENSIONS, "crl-number-negative", "the CRL number is negative");
        }
        if number.len() > 20 {
            findings.must(CRL_EXTENSIONS, "crl-number-long", "the CRL number has more than 20 octets");
        }
    }
    Ok(())
}

fn check_times(list: &Crl, findings: &mut Findings) {
    match list.next_update() {
        None => findings.must(CRL, "next-update-missing", "the list does not say when the next one comes"),
        Some(next) if next > list.this_update().saturating_add(90.days()) => {
            findings.must(REVOCATION, "next-update-late", "the next list comes more than 90 days later");
        }
        Some(_) => {}
    }
}

fn check_entry(mut fields: Der<'_>, findings: &mut Findings) -> Result<(), SealError> {
    fields.expect(INTEGER)?;
    if let Some(time) = fields.next()? {
        check_time(&time, "revocation-date", CRL, findings);
    }
    if let Some(tlv) = fields.optional(SEQUENCE)? {
        for extension in RawExtension::list(Der::inside(&tlv))? {
            if FORBIDDEN_IN_ENTRIES.contains(&extension.oid) {
                let text = "an entry says more than serial number and date";
                findings.must(CRL_EXTENSIONS, "crl-entry-extension-forbidden", text);
            }
        }
    }
    Ok(())
}

fn check_extensions(extensions: &[RawExtension<'_>], findings: &mut Findings) {
    for (oid, name) in [(ID_CE_AUTHORITY_KEY_IDENTIFIER, "authority-key-identifier"), (ID_CE_CRL_NUMBER, "crl-number")]
    {
        match extensions.iter().find(|extension| extension.oid == oid) {
            None => findings.must(CRL_EXTENSIONS, &format!("{name}-missing"), format!("{name} is missing")),
            Some(extension) if extension.critical() => {
                findings.must(CRL_EXTENSIONS, &format!("{name}-critical"), format!("{name} is critical"));
            }
            Some(_) => {}
        }
    }
    for extension in extensions {
        if FORBIDDEN.contains(&extension.oid) {
            let text = "an extension narrows the list: of changes, or of some certificates only";
            findings.must(CRL_EXTENSIONS, "crl-extension-forbidden", text);
        }
        if extension.flag == Some(&[0]) {
            findings.must(CRL, "default-encoded", "an extension says that it is not critical");
        }
    }
}

const FORBIDDEN: [der::asn1::ObjectIdentifier; 3] =
    [ID_CE_DELTA_CRL_INDICATOR, ID_CE_ISSUING_DISTRIBUTION_POINT, ID_CE_FRESHEST_CRL];
const FORBIDDEN_IN_ENTRIES: [der::asn1::ObjectIdentifier; 4] =
    [ID_CE_CRL_REASONS, ID_CE_HOLD_INSTRUCTION_CODE, ID_CE_INVALIDITY_DATE, ID_CE_CERTIFICATE_ISSUER];
