//! OpenPACE's tools judge: `cvc-create` makes certificates that we import, `cvc-print` verifies ours.
//!
//! The exit status of `cvc-print` is 0 for a forged certificate, too: its verdict is the line `certificate verified`. It finds
//! issuers in a folder, each in a file with the name of its reference, and refuses what is expired at this computer's date.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a foreign program judges, by files"
)]

mod pki;

use std::fs;
use std::path::Path;
use std::process::Command;

use pki::{Chip, certificate, day, ec_key, entropy, name, root, rsa_key, terms};
use sigillo_crypto::{Curve, CurvePrivateKey, HashAlgorithm, RsaPrivateKey, SeededEntropy};
use sigillo_cvc::issue::Terms;
use sigillo_cvc::{
    CertificateRequest, Chat, CvCertificate, CvPrivateKey, CvPublicKey, Rights, Role, RsaScheme, TaAlgorithm,
    TerminalType, TrustPoint, VerifyingKey,
};
use tempfile::TempDir;

/// Runs a program; its standard output.
fn run(at: &Path, program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).current_dir(at).output().expect("scripts/setup installs it");
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{program} {arguments:?}: {errors} {}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A key of OpenSSL for an algorithm, as the file that `cvc-create` reads.
fn openssl_key(at: &Path, file: &str, algorithm: &[&str]) {
    let plain = format!("{file}.plain");
    run(at, "openssl", &[&["genpkey", "-outform", "DER", "-out", &plain][..], algorithm].concat());
    let arguments = ["pkcs8", "-topk8", "-nocrypt", "-inform", "DER", "-in", &plain, "-outform", "DER", "-out", file];
    run(at, "openssl", &arguments);
}

/// What `cvc-print` says about a certificate whose issuers are in the folder.
fn printed(dir: &TempDir, certificate: &[u8]) -> String {
    fs::write(dir.path().join("judged"), certificate).unwrap();
    run(dir.path(), "cvc-print", &["--cvc=judged", "--cvc-dir=."])
}

fn is_verified(dir: &TempDir, certificate: &[u8]) -> bool {
    printed(dir, certificate).lines().any(|line| line.trim() == "certificate verified")
}

/// `(scheme of cvc-create, algorithm, key of OpenSSL)`
const SCHEMES: [(&str, TaAlgorithm, &[&str]); 10] = [
    ("ECDSA_SHA_1", TaAlgorithm::Ecdsa(HashAlgorithm::Sha1), P256),
    ("ECDSA_SHA_224", TaAlgorithm::Ecdsa(HashAlgorithm::Sha224), BRAINPOOL_256),
    ("ECDSA_SHA_256", TaAlgorithm::Ecdsa(HashAlgorithm::Sha256), P256),
    ("ECDSA_SHA_384", TaAlgorithm::Ecdsa(HashAlgorithm::Sha384), BRAINPOOL_384),
    ("ECDSA_SHA_512", TaAlgorithm::Ecdsa(HashAlgorithm::Sha512), P384),
    ("ECDSA_SHA_224", TaAlgorithm::Ecdsa(HashAlgorithm::Sha224), BRAINPOOL_224),
    ("ECDSA_SHA_512", TaAlgorithm::Ecdsa(HashAlgorithm::Sha512), BRAINPOOL_512),
    ("RSA_v1_5_SHA_1", TaAlgorithm::RsaPkcs1(HashAlgorithm::Sha1), RSA),
    ("RSA_v1_5_SHA_256", TaAlgorithm::RsaPkcs1(HashAlgorithm::Sha256), RSA),
    ("RSA_v1_5_SHA_512", TaAlgorithm::RsaPkcs1(HashAlgorithm::Sha512), RSA),
];
const P256: &[&str] = &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
const P384: &[&str] = &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"];
const BRAINPOOL_256: &[&str] = &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:brainpoolP256r1"];
const BRAINPOOL_384: &[&str] = &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:brainpoolP384r1"];
const BRAINPOOL_224: &[&str] = &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:brainpoolP224r1"];
const BRAINPOOL_512: &[&str] = &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:brainpoolP512r1"];
const RSA: &[&str] = &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"];

/// A root, a document verifier, a terminal and a link of `cvc-create`, by every algorithm but PSS; tampered twins are refused.
#[test]
fn what_cvc_create_makes_is_imported() {
    for (scheme, algorithm, key) in SCHEMES {
        let dir = tempfile::tempdir().unwrap();
        let at = dir.path();
        openssl_key(at, "root-key", key);
        let create = |arguments: &[&str], holder: &str| {
            let scheme = format!("--scheme={scheme}");
            let holder_argument = format!("--chr={holder}");
            let out = format!("--out-cert={holder}");
            // Where both r and s begin with a zero, `cvc-create` leaves it out: one signature of 65536 is too short.
            loop {
                run(at, "cvc-create", &[&[&scheme[..], &holder_argument, &out, "--issued=260301"], arguments].concat());
                let made = CvCertificate::decode(&fs::read(at.join(holder)).unwrap()).unwrap();
                if [56, 64, 96, 128, 256].contains(&made.signature().len()) {
                    return made;
                }
            }
        };
        let by_root = ["--sign-with=root-key", "--expires=301231"];
        let under_root = [&by_root[..], &["--sign-as=ITCVCA00001"]].concat();
        let root = create(
            &[&by_root[..], &["--role=cvca", "--type=is", "--read-finger", "--read-iris"]].concat(),
            "ITCVCA00001",
        );
        let verifier = create(&[&under_root[..], &["--role=dv_domestic", "--read-finger"]].concat(), "ITDVPOL00001");
        let terminal = create(
            &[
                "--role=terminal",
                "--read-finger",
                "--read-iris",
                "--expires=260331",
                "--sign-with=ITDVPOL00001.pkcs8",
                "--sign-as=ITDVPOL00001",
            ],
            "ITISMXP00001",
        );
        let link = create(&[&under_root[..], &["--role=cvca", "--read-finger"]].concat(), "ITCVCA00002");

        let mut chip = Chip::new(&[&root], "260101");
        let authority = chip.chain("ITCVCA00001", &[&verifier, &terminal]).unwrap();
        assert_eq!((authority.role(), authority.rights().bits()), (Role::Terminal, Rights::READ_DG3), "{scheme}");
        assert_eq!(authority.key().algorithm(), algorithm, "{scheme}");
        assert_eq!((chip.date, authority.expiration()), (day("260301"), day("260331")));
        chip.chain("ITCVCA00001", &[&link]).unwrap();
        assert_eq!(chip.references(), ["ITCVCA00001", "ITCVCA00002"], "{scheme}");

        for (certificate, holder) in [(&verifier, "ITDVPOL00001"), (&link, "ITCVCA00002")] {
            assert_eq!(certificate.encode(), fs::read(at.join(holder)).unwrap());
            let mut tampered = certificate.encode();
            *tampered.last_mut().unwrap() ^= 1;
            let tampered = CvCertificate::decode(&tampered).unwrap();
            let mut chip = Chip::new(&[&root], "260101");
            assert_eq!(chip.chain("ITCVCA00001", &[&tampered]).unwrap_err().code(), "cvc.signature", "{scheme}");
        }
    }
}

/// Our root, document verifier, terminal and link, by every kind of key; of each a tampered twin is refused.
#[test]
fn cvc_print_verifies_what_we_make() {
    let keys = |seed| {
        let rsa = |scheme, seed| rsa_key(1024, scheme, HashAlgorithm::Sha256, seed);
        [
            ec_key(Curve::P256, HashAlgorithm::Sha256, seed),
            ec_key(Curve::BrainpoolP256r1, HashAlgorithm::Sha224, seed),
            ec_key(Curve::P384, HashAlgorithm::Sha384, seed),
            ec_key(Curve::BrainpoolP384r1, HashAlgorithm::Sha1, seed),
            ec_key(Curve::P256, HashAlgorithm::Sha512, seed),
            ec_key(Curve::BrainpoolP320r1, HashAlgorithm::Sha384, seed),
            ec_key(Curve::BrainpoolP512r1, HashAlgorithm::Sha512, seed),
            rsa(RsaScheme::Pkcs1, seed),
            rsa(RsaScheme::Pss, seed),
        ]
    };
    for (root_key, verifier_key) in keys(1).iter().zip(&keys(2)) {
        let root = root(terms("ITCVCA00001", Role::Cvca, 3, "200101", "991231"), root_key);
        let under_root = |terms| certificate(terms, verifier_key, "ITCVCA00001", root_key);
        let verifier = under_root(terms("ITDVPOL00001", Role::DvForeign, 3, "200101", "991231"));
        let terminal = certificate(
            terms("ITISMXP00001", Role::Terminal, 1, "200101", "991231"),
            root_key,
            "ITDVPOL00001",
            verifier_key,
        );
        let link = under_root(terms("ITCVCA00002", Role::Cvca, 3, "200101", "991231"));

        let dir = tempfile::tempdir().unwrap();
        let algorithm = root.public_key().algorithm();
        for certificate in [&root, &verifier] {
            fs::write(dir.path().join(certificate.holder().to_string()), certificate.encode()).unwrap();
        }
        for certificate in [&root, &verifier, &terminal, &link] {
            assert!(is_verified(&dir, &certificate.encode()), "{algorithm:?} {}", certificate.holder());
            let mut tampered = certificate.encode();
            *tampered.last_mut().unwrap() ^= 1;
            assert!(!is_verified(&dir, &tampered), "{algorithm:?} {}", certificate.holder());
            let mut other_rights = certificate.encode();
            let at = other_rights.windows(4).position(|window| window[..3] == [0x01, 0x53, 0x01]).unwrap() + 3;
            other_rights[at] ^= 2;
            assert!(!is_verified(&dir, &other_rights), "{algorithm:?} {}", certificate.holder());
        }
        let lines = printed(&dir, &terminal.encode());
        for line in [
            "CAR: ITDVPOL00001",
            "CHR: ITISMXP00001",
            "Inspection system",
            "Read fingerprint",
            "Terminal certificate",
            "Effective Date: 2020-01-01",
            "Expiration Date: 2099-12-31",
        ] {
            assert!(lines.lines().any(|printed| printed.trim() == line), "{line} is not in {lines}");
        }
        assert!(!lines.contains("Read iris"));
    }
}

/// `cvc-print` knows no office, and verifies its certificates all the same.
#[test]
fn cvc_print_verifies_the_offices_chain() {
    let (root_key, desk_key) =
        (ec_key(Curve::P256, HashAlgorithm::Sha256, 1), ec_key(Curve::P256, HashAlgorithm::Sha256, 2));
    let office = |holder: &str, role| Terms {
        template: Chat::new(TerminalType::Office, role, 7),
        ..terms(holder, role, 7, "200101", "991231")
    };
    let root = root(office("ITOFFICE00001", Role::Cvca), &root_key);
    let verifier = certificate(office("ITQUEST00001", Role::DvDomestic), &desk_key, "ITOFFICE00001", &root_key);
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("ITOFFICE00001"), root.encode()).unwrap();
    assert!(is_verified(&dir, &root.encode()));
    assert!(is_verified(&dir, &verifier.encode()));
    let mut tampered = verifier.encode();
    *tampered.last_mut().unwrap() ^= 1;
    assert!(!is_verified(&dir, &tampered));
}

/// A request of ours is turned into a certificate by `cvc-create`, which does not judge it; `cvc-print` verifies it and refuses a
/// tampered one. (It reads no outer signature, not even that of OpenPACE's own example.)
#[test]
fn cvc_create_answers_our_request() {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path();
    openssl_key(at, "root-key", P256);
    let key = ec_key(Curve::P256, HashAlgorithm::Sha256, 5);
    let request =
        CertificateRequest::new(&name("ITDVPOL00001"), Some(&name("ITCVCA00001")), &key, &mut entropy()).unwrap();
    let create = |request: &[u8]| {
        fs::write(at.join("request"), request).unwrap();
        let arguments = [
            "--csr=request",
            "--sign-with=root-key",
            "--role=cvca",
            "--type=is",
            "--issued=260301",
            "--expires=301231",
            "--scheme=ECDSA_SHA_256",
            "--out-cert=made",
        ];
        Command::new("cvc-create").args(arguments).current_dir(at).output().unwrap()
    };
    assert!(create(&request.encode()).status.success());
    let made = CvCertificate::decode(&fs::read(at.join("made")).unwrap()).unwrap();
    assert_eq!(made.public_key(), &key.public().unwrap());
    assert_eq!((made.holder(), made.template().role()), (&name("ITDVPOL00001"), Role::Cvca));

    let verified = |request: &[u8]| {
        fs::write(at.join("judged"), request).unwrap();
        run(at, "cvc-print", &["--csr=judged"]).lines().any(|line| line.trim() == "certificate request verified")
    };
    assert!(verified(&request.encode()));
    let mut tampered = request.encode();
    *tampered.last_mut().unwrap() ^= 1;
    assert!(!verified(&tampered));
    assert_eq!(CertificateRequest::decode(&tampered).unwrap_err().code(), "cvc.signature");
}

/// `cvc-create` draws the longest salt that fits, where the standard says one as long as the hash: a chip refuses that, and all
/// else about the certificate is right.
#[test]
fn the_salt_of_cvc_create_is_not_the_standards() {
    for (scheme, hash) in [
        ("RSA_PSS_SHA_1", HashAlgorithm::Sha1),
        ("RSA_PSS_SHA_256", HashAlgorithm::Sha256),
        ("RSA_PSS_SHA_512", HashAlgorithm::Sha512),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let at = dir.path();
        openssl_key(at, "root-key", RSA);
        let scheme = format!("--scheme={scheme}");
        let arguments = [
            "--role=cvca",
            "--type=is",
            "--chr=ITCVCA00001",
            "--out-cert=made",
            "--issued=260301",
            "--expires=301231",
            "--sign-with=root-key",
            &scheme,
        ];
        run(at, "cvc-create", &arguments);
        let made = CvCertificate::decode(&fs::read(at.join("made")).unwrap()).unwrap();
        assert_eq!(made.public_key().algorithm(), TaAlgorithm::RsaPss(hash));
        assert_eq!(TrustPoint::from_certificate(&made).unwrap_err().code(), "cvc.signature");
        let CvPublicKey::Rsa { key, .. } = made.public_key() else { panic!("RSA") };
        key.verify_pss(hash, 256 - hash.output_length() - 2, made.body(), made.signature()).unwrap();
    }
}

/// A key of ours signs as one of OpenSSL's would: `cvc-create` uses it.
#[test]
fn a_terminal_key_made_here_signs_what_its_certificate_verifies() {
    let keys = [
        CvPrivateKey::Ec {
            hash: HashAlgorithm::Sha256,
            key: CurvePrivateKey::generate(Curve::P256, &mut SeededEntropy::new([1; 32])),
        },
        CvPrivateKey::Rsa {
            scheme: RsaScheme::Pss,
            hash: HashAlgorithm::Sha256,
            key: RsaPrivateKey::generate(1024, &mut SeededEntropy::new([1; 32])).unwrap(),
        },
    ];
    for key in keys {
        let verifying = VerifyingKey::resolve(&key.public().unwrap(), None).unwrap();
        let signature = key.sign(b"message", &mut entropy()).unwrap();
        verifying.verify(b"message", &signature).unwrap();
        assert!(!format!("{key:?}").contains("primes"));
    }
}
