use const_oid::db::rfc4519::{COMMON_NAME, COUNTRY_NAME, LOCALITY_NAME, ORGANIZATION_NAME, ORGANIZATIONAL_UNIT_NAME};
use der::Decode;
use der::asn1::ObjectIdentifier;
use x509_cert::name::Name;

use crate::asn1::{PRINTABLE_STRING, SEQUENCE, SET, UTF8_STRING, element, oid_element};
use crate::error::{SealError, SealErrorKind};

/// A country twice: as X.509 writes it (two letters) and as the MRZ does (three).
///
/// Spec: `icao-9303-12#names`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Country {
    two: [u8; 2],
    three: [u8; 3],
}

/// A distinguished name: country, organization, unit, common name.
///
/// | attribute | form            | length           |
/// |-----------|-----------------|------------------|
/// | C         | PrintableString | 2                |
/// | O, OU, CN | UTF8String      | 1 to 64 (OU may be absent) |
///
/// Spec: `icao-9303-12#names`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SubjectName {
    country: Country,
    organization: String,
    unit: Option<String>,
    common_name: String,
}

impl Country {
    /// Takes upper-case letters only, as in `IT` and `ITA`; the second form may be one letter, as in `D`.
    ///
    /// # Errors
    ///
    /// `seal.profile-field`.
    pub fn parse(two: &str, three: &str) -> Result<Self, SealError> {
        let refused = SealErrorKind::ProfileField { field: "country" };
        let upper = |text: &str| !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_uppercase());
        if !upper(two) || !upper(three) {
            return Err(refused.into());
        }
        let two = two.as_bytes().try_into().map_err(|_| refused)?;
        let mut padded = [b'<'; 3];
        padded.get_mut(..three.len()).ok_or(refused)?.copy_from_slice(three.as_bytes());
        Ok(Self { two, three: padded })
    }

    /// The name of one attribute (locality: the MRZ's country code) that the alternative names carry.
    pub(crate) fn locality_name(&self) -> Vec<u8> {
        let code: Vec<u8> = self.three.iter().copied().filter(|letter| *letter != b'<').collect();
        element(SEQUENCE, &[&attribute(&LOCALITY_NAME, PRINTABLE_STRING, &code)])
    }
}

impl SubjectName {
    /// Checks and keeps the attributes.
    ///
    /// # Errors
    ///
    /// `seal.profile-field` for an empty value, one of more than 64 characters, or one with control characters.
    pub fn new(country: Country, organization: &str, unit: Option<&str>, common_name: &str) -> Result<Self, SealError> {
        let checked = |text: &str, field| {
            if (1..=64).contains(&text.chars().count()) && !text.chars().any(char::is_control) {
                Ok(text.to_owned())
            } else {
                Err(SealError::from(SealErrorKind::ProfileField { field }))
            }
        };
        Ok(Self {
            country,
            organization: checked(organization, "organization")?,
            unit: unit.map(|unit| checked(unit, "organizational unit")).transpose()?,
            common_name: checked(common_name, "common name")?,
        })
    }

    pub(crate) fn country(&self) -> &Country {
        &self.country
    }

    pub(crate) fn to_der(&self) -> Vec<u8> {
        let mut parts = attribute(&COUNTRY_NAME, PRINTABLE_STRING, &self.country.two);
        parts.extend(attribute(&ORGANIZATION_NAME, UTF8_STRING, self.organization.as_bytes()));
        if let Some(unit) = &self.unit {
            parts.extend(attribute(&ORGANIZATIONAL_UNIT_NAME, UTF8_STRING, unit.as_bytes()));
        }
        parts.extend(attribute(&COMMON_NAME, UTF8_STRING, self.common_name.as_bytes()));
        element(SEQUENCE, &[&parts])
    }
}

/// The first country of a name, in capital letters.
pub(super) fn country_of(name: &[u8]) -> Option<String> {
    let name = Name::from_der(name).ok()?;
    let country = name.iter().find(|attribute| attribute.oid == COUNTRY_NAME)?;
    std::str::from_utf8(country.value.value()).ok().map(str::to_ascii_uppercase)
}

/// A name for people (RFC 4514).
pub(super) fn name_text(name: &[u8]) -> String {
    Name::from_der(name).map(|name| name.to_string()).unwrap_or_default()
}

/// A relative distinguished name of one attribute.
fn attribute(oid: &ObjectIdentifier, string: u32, value: &[u8]) -> Vec<u8> {
    element(SET, &[&element(SEQUENCE, &[&oid_element(oid), &element(string, &[value])])])
}
