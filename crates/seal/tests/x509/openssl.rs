//! OpenSSL verifies everything that is made with named curves, and refuses every twin.

use std::fs;
use std::path::Path;

use sigillo_crypto::{EcParameters, HashAlgorithm, KeyAlgorithm, SignatureAlgorithm};
use tempfile::TempDir;

use crate::country::{Everything, NOW, openssl, twins, words};

#[test]
fn openssl_takes_everything_of_nist_curves_and_refuses_the_twins() {
    for kind in [KeyAlgorithm::P256, KeyAlgorithm::P384, KeyAlgorithm::P521] {
        judge(&Everything::new(kind, EcParameters::Named));
    }
}

#[test]
fn openssl_takes_everything_of_brainpool_curves_and_refuses_the_twins() {
    for kind in [KeyAlgorithm::BrainpoolP256r1, KeyAlgorithm::BrainpoolP384r1, KeyAlgorithm::BrainpoolP512r1] {
        judge(&Everything::new(kind, EcParameters::Named));
    }
}

#[test]
fn openssl_takes_everything_of_rsa_and_refuses_the_twins() {
    let pss = SignatureAlgorithm::for_key(KeyAlgorithm::Rsa3072);
    for algorithm in [pss, SignatureAlgorithm::RsaPkcs1(HashAlgorithm::Sha256)] {
        judge(&Everything::signing(KeyAlgorithm::Rsa3072, algorithm, EcParameters::Named));
    }
}

fn judge(all: &Everything) {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    write(folder, all);
    for (name, object) in all.files() {
        let verdict = accepts(folder, name);
        assert!(verdict.is_ok(), "{:?} {name}: {verdict:?}", all.old.algorithm);
        for twin in twins(object) {
            fs::write(folder.join(name), twin).unwrap();
            assert!(accepts(folder, name).is_err(), "{:?}: a twin of {name} is taken", all.old.algorithm);
        }
        fs::write(folder.join(name), object).unwrap();
    }
    revocation(folder);
    read_back(folder, all);
}

/// Whether OpenSSL verifies the object in that file, under the anchors beside it.
fn accepts(folder: &Path, name: &str) -> Result<(), String> {
    let anchor = match name {
        "next_csca.der" => "next_csca.pem",
        "services.der" | "holder.der" | "services.crl" => "services.pem",
        _ => "csca.pem",
    };
    let output = match name.rsplit_once('.').unwrap().1 {
        "der" => {
            // Anchors are judged as such: OpenSSL verifies the signature of one only when told.
            let verify =
                ["verify", "-x509_strict", "-check_ss_sig", "-attime", NOW, "-partial_chain", "-CAfile", anchor, name];
            openssl(folder, &verify)
        }
        "csr" => openssl(folder, &["req", "-inform", "DER", "-in", name, "-verify", "-noout"]),
        "crl" => openssl(folder, &["crl", "-inform", "DER", "-in", name, "-CAfile", anchor, "-noout"]),
        _ => {
            let (form, out) = (["cms", "-verify", "-inform", "DER", "-in", name], ["-out", "content.bin"]);
            let chain = ["-attime", NOW, "-purpose", "any", "-CAfile", "csca.pem", "-binary"];
            openssl(folder, &[&form[..], &chain[..], &out[..]].concat())
        }
    };
    let said = words(&output);
    // `crl` and some `req` say what they found with an exit status of 0.
    let failed = !output.status.success() || said.contains("failure") || said.contains("verify failed");
    if failed { Err(said) } else { Ok(()) }
}

/// The list revokes two signers, and the link and the deviation list signer are still good.
fn revocation(folder: &Path) {
    openssl(folder, &["crl", "-inform", "DER", "-in", "csca.crl", "-out", "csca.crl.pem"]);
    let check = |name: &str| {
        let crl = ["-crl_check", "-CRLfile", "csca.crl.pem"];
        let output =
            openssl(folder, &[&["verify", "-attime", NOW, "-CAfile", "csca.pem"][..], &crl[..], &[name][..]].concat());
        (output.status.success(), words(&output))
    };
    for name in ["document_signer.der", "master_list_signer.der"] {
        let (good, said) = check(name);
        assert!(!good && said.contains("certificate revoked"), "{name}: {said}");
    }
    for name in ["deviation_list_signer.der", "link.der"] {
        let (good, said) = check(name);
        assert!(good, "{name}: {said}");
    }
}

/// OpenSSL reads the values that we wrote.
fn read_back(folder: &Path, all: &Everything) {
    let text = words(&openssl(folder, &["crl", "-inform", "DER", "-in", "csca.crl", "-noout", "-text"]));
    for needed in [
        "Version 2 (0x1)",
        "Last Update: Nov 22 10:00:00 2026 GMT",
        "Next Update: Feb 20 10:00:00 2027 GMT",
        "X509v3 CRL Number: \n                128",
        "Serial Number: 45050505050505050505050505050505",
        "Revocation Date: Nov 22 09:30:00 2026 GMT",
        "X509v3 Authority Key Identifier",
    ] {
        assert!(text.contains(needed), "the CRL lacks {needed}:\n{text}");
    }
    assert!(!text.contains("CRL Reason Code"), "a country signing CA states no reasons:\n{text}");
    let text = words(&openssl(folder, &["crl", "-inform", "DER", "-in", "services.crl", "-noout", "-text"]));
    assert!(text.contains("Cessation Of Operation"), "{text}");
    let text = |name: &str| words(&openssl(folder, &["x509", "-in", name, "-noout", "-text"]));
    assert!(
        text("master_list_signer.der").contains("X509v3 Extended Key Usage: critical\n                2.23.136.1.1.3")
    );
    assert!(
        text("deviation_list_signer.der")
            .contains("X509v3 Extended Key Usage: critical\n                2.23.136.1.1.8")
    );
    assert!(text("services.der").contains("X509v3 Extended Key Usage: critical\n                TLS Web Client"));
    assert!(text("renamed_link.der").contains("2.23.136.1.1.6.1"));
    assert!(!text("link.der").contains("2.23.136.1.1.6.1"));
    let cms = words(&openssl(folder, &["cms", "-cmsout", "-print", "-inform", "DER", "-in", "countries.ml"]));
    for needed in ["2.23.136.1.1.2", "signingTime", "d.subjectKeyIdentifier", "UTCTIME:Nov 22 12:00:00 2026 GMT"] {
        assert!(cms.contains(needed), "the master list lacks {needed}:\n{cms}");
    }
    assert_eq!(all.master_list.certificates().len(), 3);
}

fn write(folder: &Path, all: &Everything) {
    for (name, object) in all.files() {
        fs::write(folder.join(name), object).unwrap();
    }
    for name in ["csca", "next_csca", "services"] {
        let (der, pem) = (format!("{name}.der"), format!("{name}.pem"));
        assert!(openssl(folder, &["x509", "-inform", "DER", "-in", &der, "-out", &pem]).status.success());
    }
}
