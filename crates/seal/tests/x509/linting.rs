//! The linter finds nothing in what we make, and each departure by its clause.

use sigillo_crypto::{EcParameters, KeyAlgorithm};
use sigillo_seal::x509::{Certificate, Crl, Kind, lint, lint_revocation_list};

use crate::country::{Everything, crl_profile};

#[test]
fn what_we_make_breaks_no_clause() {
    for kind in [KeyAlgorithm::P256, KeyAlgorithm::BrainpoolP384r1, KeyAlgorithm::Rsa2048] {
        let all = Everything::new(kind, EcParameters::Explicit);
        for (certificate, kind) in [
            (&all.csca, Kind::CountrySigner),
            (&all.next_csca, Kind::CountrySigner),
            (&all.link, Kind::Link),
            (&all.renamed_link, Kind::Link),
            (&all.document_signer, Kind::DocumentSigner),
            (&all.master_list_signer, Kind::MasterListSigner),
            (&all.deviation_list_signer, Kind::DeviationListSigner),
        ] {
            assert_eq!(Kind::of(certificate), kind);
            assert_eq!(lint(certificate, kind), []);
        }
        assert_eq!(lint_revocation_list(&all.list), []);
    }
    let named = Everything::new(KeyAlgorithm::P256, EcParameters::Named);
    let findings = lint(&named.csca, Kind::CountrySigner);
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!((findings[0].code.as_str(), findings[0].clause), ("lint.ec-named-curve", "icao-9303-12#ec-parameters"));
}

/// A certificate of one kind held against another's profile.
#[test]
fn the_columns_of_the_table_differ() {
    let all = Everything::new(KeyAlgorithm::P256, EcParameters::Explicit);
    let codes = |certificate, kind| -> Vec<String> {
        lint(certificate, kind).into_iter().map(|finding| finding.code).collect()
    };
    assert_eq!(
        codes(&all.services, Kind::CountrySigner),
        ["lint.extended-key-usage-forbidden"],
        "no trust anchor of documents"
    );
    assert_eq!(
        codes(&all.holder, Kind::DocumentSigner),
        ["lint.key-used-long", "lint.document-type-list-missing"][1..]
    );
    assert_eq!(
        codes(&all.document_signer, Kind::MasterListSigner),
        ["lint.extended-key-usage-missing", "lint.document-type-list-forbidden"]
    );
    assert_eq!(codes(&all.master_list_signer, Kind::DeviationListSigner), ["lint.extended-key-usage-value"]);
    assert_eq!(
        codes(&all.csca, Kind::DocumentSigner),
        [
            "lint.key-used-long",
            "lint.basic-constraints-forbidden",
            "lint.document-type-list-missing",
            "lint.key-usage-value"
        ]
    );
    assert_eq!(codes(&all.link, Kind::CountrySigner), ["lint.authority-key-identifier-value"]);
}

/// One octet altered, in a field that the decoder lets pass: the finding names it. Signatures are not the linter's matter.
#[test]
fn one_altered_octet_is_one_finding() {
    let all = Everything::new(KeyAlgorithm::P256, EcParameters::Explicit);
    let der = all.csca.der();
    let oid = |arc: u8| vec![0x06, 0x03, 0x55, 0x1D, arc];
    let cases: [(&str, Vec<u8>, usize, u8); 11] = [
        ("lint.serial-number-not-positive", vec![0x02, 0x10, 0x41], 2, 0xC1),
        ("lint.issuer-country-lower-case", vec![0x13, 0x02, b'I', b'T'], 2, b'i'),
        ("lint.issuer-not-printable-string", vec![0x13, 0x02, b'I', b'T'], 0, 0x0C),
        ("lint.issuer-string-type", [&[0x0C, 12][..], b"Sigillo"].concat(), 0, 0x14),
        ("lint.issuer-common-name-missing", vec![0x06, 0x03, 0x55, 0x04, 0x03], 4, 0x04),
        ("lint.path-length-value", vec![0x01, 0x01, 0xFF, 0x02, 0x01, 0x00], 5, 0x01),
        ("lint.boolean-form", vec![0x01, 0x01, 0xFF, 0x02, 0x01, 0x00], 2, 0x01),
        ("lint.key-usage-more", vec![0x03, 0x02, 0x01, 0x06], 3, 0x86),
        ("lint.private-key-usage-period-missing", oid(16), 4, 0x63),
        ("lint.crl-distribution-points-scheme", b"https://csca".to_vec(), 0, b'g'),
        ("lint.subject-key-identifier-method", [&oid(14)[..], &[0x04, 0x16, 0x04, 0x14]].concat(), 9, 0x00),
    ];
    for (code, needle, offset, value) in cases {
        let at = der.windows(needle.len()).position(|window| window == needle);
        let at = at.unwrap_or_else(|| panic!("{code}: nothing to alter"));
        let mut twin = der.to_vec();
        assert_ne!(twin[at + offset], value, "{code}");
        twin[at + offset] = value;
        let twin = Certificate::decode(&twin).unwrap_or_else(|error| panic!("{code}: {error}"));
        let findings = lint(&twin, Kind::CountrySigner);
        assert!(findings.iter().any(|finding| finding.code == code), "{code}: {findings:?}");
        assert!(findings.iter().all(|finding| finding.clause.contains('#') && !finding.text.is_empty()));
    }
}

#[test]
fn revocation_lists_are_held_against_their_tables() {
    let all = Everything::new(KeyAlgorithm::P256, EcParameters::Explicit);
    let codes =
        |list: &Crl| -> Vec<String> { lint_revocation_list(list).into_iter().map(|finding| finding.code).collect() };
    assert_eq!(codes(&all.services_list), ["lint.crl-entry-extension-forbidden"]);
    let unsigned = sigillo_seal::x509::revocation_list(&crl_profile(0, Vec::new()), &all.csca, all.old.algorithm);
    let unsigned = unsigned.unwrap();
    let signature = all.old.sign(unsigned.to_be_signed());
    let empty = unsigned.complete(&signature).unwrap();
    assert_eq!(codes(&empty), Vec::<String>::new());
    assert_eq!(empty.number(), Some(&[0][..]));
    let der = all.list.der();
    for (code, needle, offset, value) in [
        ("lint.crl-number-negative", vec![0x02, 0x02, 0x00, 0x80], 2, 0x80),
        ("lint.crl-number-missing", vec![0x06, 0x03, 0x55, 0x1D, 20], 4, 99),
        ("lint.authority-key-identifier-missing", vec![0x06, 0x03, 0x55, 0x1D, 35], 4, 99),
        ("lint.crl-extension-forbidden", vec![0x06, 0x03, 0x55, 0x1D, 20], 4, 46),
        ("lint.next-update-late", b"270220100000Z".to_vec(), 3, b'4'),
    ] {
        let at = der.windows(needle.len()).position(|window| window == needle).unwrap();
        let mut twin = der.to_vec();
        twin[at + offset] = value;
        let twin = Crl::decode(&twin).unwrap_or_else(|error| panic!("{code}: {error}"));
        assert!(codes(&twin).iter().any(|found| found == code), "{code}: {:?}", codes(&twin));
    }
}
