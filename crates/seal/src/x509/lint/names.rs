//! Serial number, names and times: the fields of Table 5.

use const_oid::db::rfc4519::{COMMON_NAME, COUNTRY_NAME, SERIAL_NUMBER};
use sigillo_tlv::Tlv;

use super::fields::{Fields, attributes};
use super::finding::{FIELDS, Findings, NAMES};
use crate::asn1::{GENERALIZED_TIME, PRINTABLE_STRING, UTC_TIME, UTF8_STRING};

pub(super) fn check(fields: &Fields<'_>, findings: &mut Findings) {
    let serial = fields.serial_number;
    if serial.first().is_some_and(|octet| *octet >= 0x80) || serial.iter().all(|octet| *octet == 0) {
        findings.must(FIELDS, "serial-number-not-positive", "the serial number is not positive");
    }
    if serial.len() > 20 {
        findings.must(
            FIELDS,
            "serial-number-long",
            format!("the serial number has {} octets, 20 at most", serial.len()),
        );
    }
    if matches!(serial, [0, second, ..] if *second < 0x80) {
        findings.must(FIELDS, "serial-number-padded", "the serial number has a needless leading zero octet");
    }
    let issuer = check_name(&fields.issuer, "issuer", FIELDS, findings);
    let subject = check_name(&fields.subject, "subject", FIELDS, findings);
    if let (Some(issuer), Some(subject)) = (issuer, subject)
        && !issuer.eq_ignore_ascii_case(subject)
    {
        findings.must(FIELDS, "country-differs", "issuer and subject are of different countries");
    }
    for (time, name) in fields.validity.iter().zip(["not-before", "not-after"]) {
        check_time(time, name, FIELDS, findings);
    }
    if fields.has_unique_identifier {
        findings.must(FIELDS, "unique-identifier-forbidden", "a unique identifier of issuer or subject is there");
    }
}

/// Gives the country.
pub(super) fn check_name<'a>(
    name: &Tlv<'a>,
    who: &str,
    clause: &'static str,
    findings: &mut Findings,
) -> Option<&'a [u8]> {
    let Ok(attributes) = attributes(name) else {
        findings.must(clause, &format!("{who}-malformed"), format!("the {who}'s name is not well formed"));
        return None;
    };
    for attribute in &attributes {
        let printable_only = attribute.oid == COUNTRY_NAME || attribute.oid == SERIAL_NUMBER;
        let printable = attribute.tag == PRINTABLE_STRING;
        if printable_only && !printable {
            let text = format!("country or serial number in the {who}'s name is no PrintableString");
            findings.must(clause, &format!("{who}-not-printable-string"), text);
        } else if !printable && attribute.tag != UTF8_STRING && DIRECTORY_STRINGS.contains(&attribute.tag) {
            let text = format!("an attribute of the {who}'s name is neither PrintableString nor UTF8String");
            findings.must(clause, &format!("{who}-string-type"), text);
        }
    }
    if !attributes.iter().any(|attribute| attribute.oid == COMMON_NAME) {
        findings.must(NAMES, &format!("{who}-common-name-missing"), format!("the {who}'s name has no common name"));
    }
    let country = attributes.iter().find(|attribute| attribute.oid == COUNTRY_NAME).map(|attribute| attribute.value);
    match country {
        None => findings.must(NAMES, &format!("{who}-country-missing"), format!("the {who}'s name has no country")),
        Some(code) if code.len() != 2 || !code.iter().all(u8::is_ascii_alphabetic) => {
            let text = format!("the {who}'s country is no two-letter code");
            findings.must(NAMES, &format!("{who}-country-form"), text);
        }
        Some(code) if !code.iter().all(u8::is_ascii_uppercase) => {
            let text = format!("the {who}'s country is not in capital letters");
            findings.must(clause, &format!("{who}-country-lower-case"), text);
        }
        Some(_) => {}
    }
    country
}

/// UTCTime to 2049, GeneralizedTime from 2050, both with seconds and a Z.
pub(super) fn check_time(time: &Tlv<'_>, name: &str, clause: &'static str, findings: &mut Findings) {
    let (length, late) = match time.tag.number() {
        UTC_TIME => (13, false),
        GENERALIZED_TIME => (15, time.value.get(..4).is_some_and(|year| year >= b"2050".as_slice())),
        _ => (0, false),
    };
    if time.value.len() != length || time.value.last() != Some(&b'Z') {
        findings.must(clause, &format!("{name}-form"), format!("{name} lacks its seconds or its Z"));
    } else if time.tag.number() == GENERALIZED_TIME && !late {
        findings.must(clause, &format!("{name}-generalized"), format!("{name} before 2050 is no UTCTime"));
    }
}

/// TeletexString, UniversalString, BMPString, IA5String: other ways to write a directory string.
const DIRECTORY_STRINGS: [u32; 4] = [0x14, 0x1C, 0x1E, 0x16];
