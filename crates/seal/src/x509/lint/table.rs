//! Table 6: which extension a kind of certificate must, may or must not have, and whether it is critical.

use const_oid::db::rfc5280::{
    ID_CE_AUTHORITY_KEY_IDENTIFIER, ID_CE_BASIC_CONSTRAINTS, ID_CE_CERTIFICATE_POLICIES, ID_CE_CRL_DISTRIBUTION_POINTS,
    ID_CE_EXT_KEY_USAGE, ID_CE_FRESHEST_CRL, ID_CE_ISSUER_ALT_NAME, ID_CE_KEY_USAGE, ID_CE_NAME_CONSTRAINTS,
    ID_CE_POLICY_CONSTRAINTS, ID_CE_POLICY_MAPPINGS, ID_CE_PRIVATE_KEY_USAGE_PERIOD, ID_CE_SUBJECT_ALT_NAME,
    ID_CE_SUBJECT_DIRECTORY_ATTRIBUTES, ID_CE_SUBJECT_KEY_IDENTIFIER,
};
use der::asn1::ObjectIdentifier;

use super::fields::Fields;
use super::finding::{EXTENSIONS, FIELDS, Findings};
use crate::x509::build::{DEVIATION_LIST_SIGNING, MASTER_LIST_SIGNING};
use crate::x509::certificate::Certificate;
use crate::x509::extension::{DOCUMENT_TYPE_LIST, NAME_CHANGE};

/// What a certificate is for: the columns of the table.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Kind {
    /// A self-signed country signing CA.
    CountrySigner,
    /// A link certificate of a country signing CA.
    Link,
    /// A document signer.
    DocumentSigner,
    /// A signer of master lists.
    MasterListSigner,
    /// A signer of deviation lists.
    DeviationListSigner,
}

impl Kind {
    /// What the certificate seems to be, by what it says of itself.
    #[must_use]
    pub fn of(certificate: &Certificate) -> Self {
        if certificate.is_authority() {
            let same_key = match (certificate.authority_key_identifier(), certificate.subject_key_identifier()) {
                (Some(authority), Some(subject)) => authority == subject,
                _ => true,
            };
            if certificate.is_self_issued() && same_key { Self::CountrySigner } else { Self::Link }
        } else if certificate.has_purpose(&MASTER_LIST_SIGNING) {
            Self::MasterListSigner
        } else if certificate.has_purpose(&DEVIATION_LIST_SIGNING) {
            Self::DeviationListSigner
        } else {
            Self::DocumentSigner
        }
    }

    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CountrySigner => "csca",
            Self::Link => "link",
            Self::DocumentSigner => "document-signer",
            Self::MasterListSigner => "master-list-signer",
            Self::DeviationListSigner => "deviation-list-signer",
        }
    }

    /// Whether it is one of the two certificates of a country signing CA.
    pub(super) const fn is_authority(self) -> bool {
        matches!(self, Self::CountrySigner | Self::Link)
    }

    const fn column(self) -> usize {
        match self {
            Self::CountrySigner => 0,
            Self::Link => 1,
            Self::DocumentSigner => 2,
            Self::MasterListSigner | Self::DeviationListSigner => 3,
        }
    }
}

pub(super) fn check(fields: &Fields<'_>, kind: Kind, findings: &mut Findings) {
    for row in &ROWS {
        let Some(rule) = row.rules.get(kind.column()) else { continue };
        match (fields.extension(row.oid), rule) {
            (None, Rule::Must { .. }) => {
                findings.must(EXTENSIONS, &format!("{}-missing", row.name), format!("{} is missing", row.name));
            }
            (Some(_), Rule::Never) => {
                findings.must(
                    EXTENSIONS,
                    &format!("{}-forbidden", row.name),
                    format!("{} must not be there", row.name),
                );
            }
            (Some(extension), Rule::Must { critical } | Rule::May { critical }) => {
                match (extension.critical(), *critical) {
                    (false, true) => {
                        let text = format!("{} is not critical", row.name);
                        findings.must(EXTENSIONS, &format!("{}-not-critical", row.name), text);
                    }
                    (true, false) => {
                        let text = format!("{} is critical", row.name);
                        findings.must(EXTENSIONS, &format!("{}-critical", row.name), text);
                    }
                    _ => {}
                }
            }
            (None, _) => {}
        }
    }
    if fields.extensions.is_empty() {
        findings.must(FIELDS, "extensions-missing", "there are no extensions");
    }
    for extension in &fields.extensions {
        match extension.flag {
            Some([0]) => findings.must(FIELDS, "default-encoded", "an extension says that it is not critical"),
            Some([0xFF]) | None => {}
            Some(_) => findings.must(FIELDS, "boolean-form", "TRUE is not written as FF"),
        }
        if extension.critical() && !ROWS.iter().any(|row| row.oid == extension.oid) {
            findings.must(
                EXTENSIONS,
                "other-extension-critical",
                "an extension that is not of the profile is critical",
            );
        }
    }
}

struct Row {
    oid: ObjectIdentifier,
    name: &'static str,
    /// Of a CSCA, a link certificate, a document signer, a signer of lists.
    rules: [Rule; 4],
}

#[derive(Clone, Copy)]
enum Rule {
    Must { critical: bool },
    May { critical: bool },
    Never,
}

/// `m/c`
const MC: Rule = Rule::Must { critical: true };
/// `m/nc`
const MN: Rule = Rule::Must { critical: false };
/// `o/nc`
const ON: Rule = Rule::May { critical: false };
/// `x`
const X: Rule = Rule::Never;

const fn row(oid: ObjectIdentifier, name: &'static str, rules: [Rule; 4]) -> Row {
    Row { oid, name, rules }
}

const NETSCAPE_CERTIFICATE_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.113730.1.1");
const AUTHORITY_INFORMATION_ACCESS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.1.1");
const SUBJECT_INFORMATION_ACCESS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.1.11");

/// In the order of the table.
const ROWS: [Row; 20] = [
    row(ID_CE_AUTHORITY_KEY_IDENTIFIER, "authority-key-identifier", [ON, MN, MN, MN]),
    row(ID_CE_SUBJECT_KEY_IDENTIFIER, "subject-key-identifier", [MN, MN, ON, ON]),
    row(ID_CE_KEY_USAGE, "key-usage", [MC, MC, MC, MC]),
    row(ID_CE_PRIVATE_KEY_USAGE_PERIOD, "private-key-usage-period", [MN, MN, MN, ON]),
    row(ID_CE_CERTIFICATE_POLICIES, "certificate-policies", [ON, ON, ON, ON]),
    row(ID_CE_POLICY_MAPPINGS, "policy-mappings", [X, X, X, X]),
    row(ID_CE_SUBJECT_ALT_NAME, "subject-alternative-name", [MN, MN, MN, MN]),
    row(ID_CE_ISSUER_ALT_NAME, "issuer-alternative-name", [MN, MN, MN, MN]),
    row(ID_CE_SUBJECT_DIRECTORY_ATTRIBUTES, "subject-directory-attributes", [X, X, X, X]),
    row(ID_CE_BASIC_CONSTRAINTS, "basic-constraints", [MC, MC, X, X]),
    row(ID_CE_NAME_CONSTRAINTS, "name-constraints", [X, X, X, X]),
    row(ID_CE_POLICY_CONSTRAINTS, "policy-constraints", [X, X, X, X]),
    row(ID_CE_EXT_KEY_USAGE, "extended-key-usage", [X, X, X, MC]),
    row(ID_CE_CRL_DISTRIBUTION_POINTS, "crl-distribution-points", [MN, MN, MN, MN]),
    row(ID_CE_FRESHEST_CRL, "freshest-crl", [X, X, X, X]),
    row(AUTHORITY_INFORMATION_ACCESS, "authority-information-access", [ON, ON, ON, ON]),
    row(SUBJECT_INFORMATION_ACCESS, "subject-information-access", [ON, ON, ON, ON]),
    row(NAME_CHANGE, "name-change", [ON, ON, X, X]),
    row(DOCUMENT_TYPE_LIST, "document-type-list", [X, X, MN, X]),
    row(NETSCAPE_CERTIFICATE_TYPE, "netscape-certificate-type", [X, X, X, X]),
];
