//! OpenSSL judges what we build; each of its verdicts has a tampered twin that it refuses.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "OpenSSL is a process that reads files")]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

mod common;

use std::fs;
use std::path::Path;

use common::{Issuer, borrowed, content_info, groups, now, openssl, openssl_text};
use sigillo_crypto::EcParameters;
use sigillo_seal::{VerificationPolicy, passive};
use tempfile::TempDir;

/// 2026-11-02 12:00 UTC.
const NOON: &str = "1793620800";

fn write(folder: &Path, issuer: &Issuer, name: &str, message: &[u8]) {
    fs::write(folder.join(name), message).unwrap();
    fs::write(folder.join("csca.der"), issuer.csca.der()).unwrap();
    fs::write(folder.join("ds.der"), issuer.signer.der()).unwrap();
    for file in ["csca", "ds"] {
        let (from, to) = (format!("{file}.der"), format!("{file}.pem"));
        openssl_text(folder, &["x509", "-inform", "DER", "-in", &from, "-out", &to]);
    }
}

fn cms_verify(folder: &Path, name: &str, more: &[&str]) -> bool {
    let mut arguments = vec!["cms", "-verify", "-inform", "DER", "-in", name, "-out", "content.der", "-attime", NOON];
    arguments.extend(more);
    openssl(folder, &arguments).status.success()
}

/// Every twin differs in one byte: of a hash in the content, of the message digest, of the signature.
fn twins(message: &[u8]) -> Vec<Vec<u8>> {
    let sha = [0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x04];
    let digest = message.windows(sha.len()).position(|window| window == sha).unwrap() + sha.len() + 10;
    let group = message.windows(5).position(|window| window == [0x02, 0x01, 0x02, 0x04, 0x20]).unwrap() + 10;
    [group, digest, message.len() - 3]
        .into_iter()
        .map(|at| {
            let mut twin = message.to_vec();
            twin[at] ^= 0x01;
            twin
        })
        .collect()
}

#[test]
fn with_a_named_curve_openssl_verifies_message_and_chain() {
    let folder = TempDir::new().unwrap();
    let issuer = Issuer::new(EcParameters::Named);
    let files = groups();
    let seal = issuer.seal(&borrowed(&files));
    write(folder.path(), &issuer, "sod.der", content_info(seal.ef_sod()));

    assert!(cms_verify(folder.path(), "sod.der", &["-CAfile", "csca.pem"]));
    let content = fs::read(folder.path().join("content.der")).unwrap();
    let lds = sigillo_seal::LdsSecurityObject::decode(&content).unwrap();
    assert_eq!(lds.encode(), content);

    for twin in twins(content_info(seal.ef_sod())) {
        fs::write(folder.path().join("twin.der"), twin).unwrap();
        assert!(!cms_verify(folder.path(), "twin.der", &["-CAfile", "csca.pem"]));
    }
    // The same message under another country's anchor.
    let stranger = Issuer::seeded(EcParameters::Named, 8);
    fs::write(folder.path().join("other.der"), stranger.csca.der()).unwrap();
    openssl_text(folder.path(), &["x509", "-inform", "DER", "-in", "other.der", "-out", "other.pem"]);
    assert!(!cms_verify(folder.path(), "sod.der", &["-CAfile", "other.pem"]));
}

/// EF.CardSecurity is the same kind of message around another content.
#[test]
fn openssl_verifies_card_security_and_its_chain() {
    let folder = TempDir::new().unwrap();
    let issuer = Issuer::new(EcParameters::Named);
    let infos = [0x31, 0x14, 0x30, 0x12, 0x06, 0x0A, 0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x04, 0x06, 0x02];
    let infos = [&infos[..], &[0x02, 0x01, 0x02, 0x02, 0x01, 0x0C]].concat();
    let file = issuer.card_security(&infos);
    write(folder.path(), &issuer, "security.der", &file);

    assert!(cms_verify(folder.path(), "security.der", &["-CAfile", "csca.pem"]));
    assert_eq!(fs::read(folder.path().join("content.der")).unwrap(), infos);
    let printed = openssl_text(folder.path(), &["cms", "-cmsout", "-print", "-inform", "DER", "-in", "security.der"]);
    assert!(printed.contains("eContentType: undefined (0.4.0.127.0.7.3.2.1)"), "{printed}");

    let at = |needle: &[u8]| file.windows(needle.len()).position(|window| window == needle).unwrap();
    let digest = at(&[0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x04]) + 11 + 10;
    for place in [at(&infos) + infos.len() - 1, digest, file.len() - 3] {
        let mut twin = file.clone();
        twin[place] ^= 0x01;
        fs::write(folder.path().join("twin.der"), &twin).unwrap();
        assert!(!cms_verify(folder.path(), "twin.der", &["-CAfile", "csca.pem"]), "{place}");
        let checks = passive::verify_card_security(
            &twin,
            std::slice::from_ref(&issuer.csca),
            now(),
            &VerificationPolicy::default(),
        );
        assert!(checks.iter().any(|check| matches!(check.outcome, passive::Outcome::Failed { .. })), "{checks:?}");
    }
    let checks =
        passive::verify_card_security(&file, std::slice::from_ref(&issuer.csca), now(), &VerificationPolicy::default());
    assert_eq!(checks.len(), 4);
    assert!(checks.iter().all(|check| check.outcome == passive::Outcome::Passed), "{checks:?}");
}

#[test]
fn openssl_verifies_the_certificates_strictly_and_refuses_a_twin() {
    let folder = TempDir::new().unwrap();
    let issuer = Issuer::new(EcParameters::Named);
    write(folder.path(), &issuer, "sod.der", &[]);
    let strict =
        |name: &str| openssl(folder.path(), &["verify", "-x509_strict", "-attime", NOON, "-CAfile", "csca.pem", name]);
    let verdict = strict("ds.pem");
    assert!(verdict.status.success(), "{}", String::from_utf8_lossy(&verdict.stderr));

    let mut twin = issuer.signer.der().to_vec();
    let year = twin.windows(2).position(|window| window == *b"37").unwrap();
    twin[year + 1] = b'8';
    fs::write(folder.path().join("twin.der"), twin).unwrap();
    openssl_text(folder.path(), &["x509", "-inform", "DER", "-in", "twin.der", "-out", "twin.pem"]);
    assert!(!strict("twin.pem").status.success());
}

#[test]
fn with_explicit_parameters_openssl_verifies_the_message() {
    let folder = TempDir::new().unwrap();
    let issuer = Issuer::new(EcParameters::Explicit);
    let files = groups();
    let seal = issuer.seal(&borrowed(&files));
    write(folder.path(), &issuer, "sod.der", content_info(seal.ef_sod()));
    assert!(cms_verify(folder.path(), "sod.der", &["-noverify"]));
    for twin in twins(content_info(seal.ef_sod())) {
        fs::write(folder.path().join("twin.der"), twin).unwrap();
        assert!(!cms_verify(folder.path(), "twin.der", &["-noverify"]));
    }
    // OpenSSL takes no explicit parameters in a chain, so the link is judged over the bytes that were signed.
    let signed = issuer.signer.to_be_signed();
    let signature = &issuer.signer.der()[issuer.signer.der().len() - signature_length(issuer.signer.der())..];
    fs::write(folder.path().join("tbs"), signed).unwrap();
    fs::write(folder.path().join("signature"), signature).unwrap();
    openssl_text(folder.path(), &["x509", "-in", "csca.pem", "-noout", "-pubkey", "-out", "csca.pub"]);
    let link = || openssl(folder.path(), &["dgst", "-sha256", "-verify", "csca.pub", "-signature", "signature", "tbs"]);
    assert!(link().status.success());
    let mut twin = signed.to_vec();
    twin[40] ^= 1;
    fs::write(folder.path().join("tbs"), twin).unwrap();
    assert!(!link().status.success());
}

/// The ECDSA signature stands at the end of a certificate as a SEQUENCE of fewer than 128 bytes.
fn signature_length(certificate: &[u8]) -> usize {
    (68..=72)
        .find(|length| {
            let tail = &certificate[certificate.len() - length..];
            tail[0] == 0x30 && usize::from(tail[1]) == length - 2 && tail[2] == 0x02
        })
        .unwrap()
}

#[test]
fn openssl_reads_the_certificates_as_the_profile_says() {
    for parameters in [EcParameters::Named, EcParameters::Explicit] {
        let folder = TempDir::new().unwrap();
        let issuer = Issuer::new(parameters);
        write(folder.path(), &issuer, "sod.der", &[]);
        let text = |file: &str| {
            openssl_text(folder.path(), &["x509", "-in", file, "-noout", "-text", "-nameopt", "RFC2253,show_type"])
        };
        let (csca, signer) = (text("csca.pem"), text("ds.pem"));
        for needed in [
            "Version: 3 (0x2)",
            "45:c5:c5:c5:c5:c5:c5:c5:c5:c5:c5:c5:c5:c5:c5:c5",
            "Signature Algorithm: ecdsa-with-SHA256",
            "CN=UTF8STRING:TEST CSCA,OU=UTF8STRING:Prove,O=UTF8STRING:Sigillo TEST,C=PRINTABLESTRING:IT",
            "Not Before: Nov  2 00:00:00 2026 GMT",
            "Not After : Nov  1 23:59:59 2042 GMT",
            "X509v3 Basic Constraints: critical\n                CA:TRUE, pathlen:0",
            "X509v3 Key Usage: critical\n                Certificate Sign, CRL Sign",
            "X509v3 Private Key Usage Period",
            "Not Before: Nov  2 00:00:00 2026 GMT, Not After: Feb  1 23:59:59 2031 GMT",
            "X509v3 Subject Alternative Name: \n                email:csca@example.invalid, DirName:/L=ITA",
            "X509v3 Issuer Alternative Name: \n                email:csca@example.invalid, DirName:/L=ITA",
            "URI:https://csca.example.invalid/ITA.crl",
            "X509v3 Subject Key Identifier",
            "X509v3 Authority Key Identifier",
        ] {
            assert!(csca.contains(needed), "the CSCA lacks {needed}:\n{csca}");
        }
        for needed in [
            "X509v3 Key Usage: critical\n                Digital Signature\n",
            "X509v3 Private Key Usage Period",
            "2.23.136.1.1.6.2",
            "X509v3 Authority Key Identifier",
        ] {
            assert!(signer.contains(needed), "the signer lacks {needed}:\n{signer}");
        }
        assert!(!signer.contains("Basic Constraints"));
        let explicit = signer.contains("Field Type: prime-field") && signer.contains("Cofactor:  1 (0x1)");
        assert_eq!(explicit, parameters == EcParameters::Explicit);
        assert_eq!(signer.contains("ASN1 OID: prime256v1"), parameters == EcParameters::Named);
        // Key identifiers by method 1, computed by OpenSSL over the bits of the key.
        for (certificate, text) in [(&issuer.csca, &csca), (&issuer.signer, &signer)] {
            let colons = certificate.key_id().to_uppercase();
            let colons = colons.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
            let colons = colons.collect::<Vec<_>>().join(":");
            assert!(text.contains(&colons));
        }
    }
}

#[test]
fn openssl_names_every_part_of_the_structure() {
    let folder = TempDir::new().unwrap();
    let issuer = Issuer::new(EcParameters::Explicit);
    let files = groups();
    let seal = issuer.seal(&borrowed(&files));
    fs::write(folder.path().join("sod.der"), content_info(seal.ef_sod())).unwrap();
    let tree = openssl_text(folder.path(), &["asn1parse", "-inform", "DER", "-in", "sod.der"]);
    assert!(tree.contains("pkcs7-signedData"));
    assert!(tree.contains("2.23.136.1.1.1"));
    assert!(tree.contains("contentType") && tree.contains("messageDigest"));
    assert!(!tree.contains("signingTime"));
    // The digest algorithm stands without parameters: the element behind each sha256 outside the certificate is no NULL.
    let lines: Vec<&str> = tree.lines().collect();
    for pair in lines.windows(2).filter(|pair| pair[0].contains(":sha256")) {
        assert!(!pair[1].contains("NULL"), "{}", pair[1]);
    }
}
