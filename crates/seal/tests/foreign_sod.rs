//! We read and judge an EF.SOD that foreign code made (`openssl cms -sign`), and refuse its tampered twins.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "OpenSSL is a process that reads files")]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

mod common;

use std::fs;
use std::path::Path;

use common::{Issuer, borrowed, groups, now, openssl_text, sec1};
use sigillo_crypto::{EcParameters, HashAlgorithm};
use sigillo_seal::passive::{self, Outcome};
use sigillo_seal::x509::Certificate;
use sigillo_seal::{DocumentSecurityObject, LdsSecurityObject, LdsVersion, VerificationPolicy, prepare};
use tempfile::TempDir;

/// OpenSSL signs our LDS security object; signing time and other attributes are its own.
fn foreign_sod(folder: &Path, content: &[u8], certificate: &str, key: &str, more: &[&str]) -> Vec<u8> {
    fs::write(folder.join("content"), content).unwrap();
    let mut arguments = vec![
        "cms",
        "-sign",
        "-binary",
        "-nodetach",
        "-outform",
        "DER",
        "-econtent_type",
        "2.23.136.1.1.1",
        "-in",
        "content",
        "-signer",
        certificate,
        "-inkey",
        key,
        "-out",
        "sod.der",
    ];
    arguments.extend(more);
    openssl_text(folder, &arguments);
    sigillo_tlv::encode(0x77, &fs::read(folder.join("sod.der")).unwrap())
}

fn setup() -> (TempDir, Issuer) {
    let folder = TempDir::new().unwrap();
    let issuer = Issuer::new(EcParameters::Named);
    fs::write(folder.path().join("ds.der"), issuer.signer.der()).unwrap();
    fs::write(folder.path().join("key.der"), sec1(&issuer.signer_key)).unwrap();
    openssl_text(folder.path(), &["x509", "-inform", "DER", "-in", "ds.der", "-out", "ds.pem"]);
    openssl_text(folder.path(), &["ec", "-inform", "DER", "-in", "key.der", "-out", "key.pem"]);
    (folder, issuer)
}

fn outcome(checks: &[passive::Check], name: &str) -> Outcome {
    checks.iter().find(|check| check.name == name).map(|check| check.outcome).unwrap()
}

#[test]
fn an_openssl_sod_passes_every_check_and_its_twins_do_not() {
    let (folder, issuer) = setup();
    let files = groups();
    let lds = prepare(&borrowed(&files), LdsVersion::V1_8, HashAlgorithm::Sha256).unwrap().lds().encode();
    for more in [&["-md", "sha256"][..], &["-md", "sha256", "-keyid"], &["-md", "sha512"]] {
        let sod = foreign_sod(folder.path(), &lds, "ds.pem", "key.pem", more);
        let trust = [issuer.csca.clone()];
        let checks = passive::verify(&sod, &trust, &borrowed(&files), now(), &VerificationPolicy::default());
        for check in &checks {
            assert_eq!(check.outcome, Outcome::Passed, "{more:?} {}", check.name);
        }
        assert_eq!(checks.len(), 9);

        let mut twin = sod.clone();
        let last = twin.len() - 1;
        twin[last] ^= 1;
        let checks = passive::verify(&twin, &trust, &borrowed(&files), now(), &VerificationPolicy::default());
        assert_eq!(outcome(&checks, "sod.signature"), Outcome::Failed { code: "seal.signature" });
        let at = sod.windows(lds.len()).position(|window| window == lds).unwrap() + lds.len() / 2;
        let mut twin = sod;
        twin[at] ^= 1;
        let checks = passive::verify(&twin, &trust, &borrowed(&files), now(), &VerificationPolicy::default());
        assert_eq!(outcome(&checks, "sod.signature"), Outcome::Failed { code: "seal.message-digest" });
    }
}

#[test]
fn rsa_signers_of_other_countries_are_verified() {
    let (folder, _) = setup();
    let files = groups();
    let lds = prepare(&borrowed(&files), LdsVersion::V1_7, HashAlgorithm::Sha256).unwrap().lds().encode();
    openssl_text(folder.path(), &["genrsa", "-out", "rsa.pem", "2048"]);
    for (request, more) in [
        (&[][..], &["-md", "sha256"][..]),
        (&[], &["-md", "sha256", "-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:32"]),
        (&["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:-1"], &["-md", "sha384"]),
    ] {
        let mut arguments =
            vec!["req", "-x509", "-sha256", "-new", "-key", "rsa.pem", "-subj", "/C=UT/CN=TEST", "-out", "rsa-ds.pem"];
        arguments.extend(request);
        openssl_text(folder.path(), &arguments);
        let sod = foreign_sod(folder.path(), &lds, "rsa-ds.pem", "rsa.pem", more);
        let decoded = DocumentSecurityObject::decode(&sod).unwrap();
        decoded.check_message(&VerificationPolicy::default()).unwrap();
        let mut twin = sod.clone();
        let last = twin.len() - 1;
        twin[last] ^= 1;
        let refused =
            DocumentSecurityObject::decode(&twin).unwrap().check_message(&VerificationPolicy::default()).unwrap_err();
        assert_eq!(refused.code(), "seal.signature");
        // A self-signed authority is no document signer: foreign trust comes from the anchors alone.
        let certificate = decoded.signer_certificate().unwrap();
        let checks = passive::verify(
            &sod,
            std::slice::from_ref(certificate),
            &borrowed(&files),
            now(),
            &VerificationPolicy::default(),
        );
        assert!(matches!(outcome(&checks, "sod.chain"), Outcome::Failed { .. }));
    }
}

#[test]
fn a_foreign_content_is_kept_byte_for_byte() {
    // Unordered data groups and NULL parameters, as some countries write them; the bytes are put together by hand.
    let hash = |octet: u8| sigillo_tlv::encode(0x04, &[octet; 32]);
    let entry = |number: u8| sigillo_tlv::encode(0x30, &[&[0x02, 0x01, number], hash(number).as_slice()].concat());
    let algorithm = hex::decode("300d06096086480165030402010500").unwrap();
    let list = sigillo_tlv::encode(0x30, &[entry(3), entry(1), entry(2)].concat());
    let bytes = sigillo_tlv::encode(0x30, &[&[0x02, 0x01, 0x00], algorithm.as_slice(), &list].concat());
    let lds = LdsSecurityObject::decode(&bytes).unwrap();
    assert_eq!(lds.encode(), bytes);
    assert_eq!(lds.hash_algorithm(), HashAlgorithm::Sha256);
    assert_eq!((lds.version(), lds.lds_version(), lds.hashes()[&3].as_slice()), (0, None, &[3; 32][..]));
}

#[test]
fn a_foreign_certificate_decodes_and_says_what_it_lacks() {
    let (folder, _) = setup();
    openssl_text(
        folder.path(),
        &[
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:secp256k1",
            "-nodes",
            "-keyout",
            "k.pem",
            "-subj",
            "/C=UT/CN=Unknown curve",
            "-outform",
            "DER",
            "-out",
            "c.der",
        ],
    );
    let certificate = Certificate::decode(&fs::read(folder.path().join("c.der")).unwrap()).unwrap();
    assert_eq!(certificate.public_key().unwrap_err().code(), "seal.public-key");
    assert!(!certificate.is_marked_test());
    assert_eq!(certificate.subject(), "CN=Unknown curve,C=UT");
}
