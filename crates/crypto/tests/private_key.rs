//! Keys that sign: OpenSSL reads them, verifies what they sign, and makes some that are read here.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a foreign program judges, by files"
)]

use std::path::Path;
use std::process::Command;

use proptest::prelude::*;
use sigillo_crypto::{
    Backend, Curve, CurvePoint, CurvePrivateKey, EcParameters, HashAlgorithm, KeyAlgorithm, PrivateKey, PublicKey,
    RsaPrivateKey, SeededEntropy, SignatureAlgorithm, VerifyingKey,
};
use sigillo_secret::SecretBytes;

const MESSAGE: &[u8] = b"nulla osta";

fn openssl(dir: &Path, arguments: &[&str]) -> bool {
    let output = Command::new("openssl").args(arguments).current_dir(dir).output().expect("openssl is installed");
    output.status.success()
}

fn key(algorithm: KeyAlgorithm) -> PrivateKey {
    PrivateKey::generate(algorithm, &mut SeededEntropy::new([0x50; 32])).unwrap()
}

/// Every signature algorithm that a kind of key makes.
fn made_by(key: KeyAlgorithm) -> Vec<SignatureAlgorithm> {
    use HashAlgorithm::{Sha256, Sha384, Sha512};
    match key.curve() {
        Some(_) => vec![SignatureAlgorithm::for_key(key)],
        None => [Sha256, Sha384, Sha512]
            .into_iter()
            .flat_map(|hash| [SignatureAlgorithm::RsaPkcs1(hash), SignatureAlgorithm::pss(hash)])
            .collect(),
    }
}

/// What `openssl dgst` is told to judge a signature by.
fn options(algorithm: SignatureAlgorithm) -> Vec<String> {
    let hash = format!("-{}", algorithm.hash().name().replace('-', "").to_lowercase());
    let SignatureAlgorithm::RsaPss { salt, .. } = algorithm else { return vec![hash] };
    [&hash, "-sigopt", "rsa_padding_mode:pss", "-sigopt", &format!("rsa_pss_saltlen:{salt}")].map(str::to_owned).into()
}

#[test]
fn openssl_reads_each_key_and_verifies_each_signature() {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path();
    std::fs::write(at.join("message"), MESSAGE).unwrap();
    std::fs::write(at.join("tampered"), b"nulla ostA").unwrap();
    for algorithm in KeyAlgorithm::ALL {
        let key = key(algorithm);
        key.to_pkcs8().unwrap().expose(|octets| std::fs::write(at.join("key.p8"), octets)).unwrap();
        let public = key.public().to_spki_der(EcParameters::Named).unwrap();
        assert!(openssl(at, &["pkey", "-in", "key.p8", "-inform", "DER", "-check", "-noout"]), "{algorithm}");
        assert!(openssl(
            at,
            &["pkey", "-in", "key.p8", "-inform", "DER", "-pubout", "-outform", "DER", "-out", "public"]
        ));
        assert_eq!(std::fs::read(at.join("public")).unwrap(), public, "{algorithm}");
        for signature_algorithm in made_by(algorithm) {
            for backend in Backend::ALL {
                let key = PrivateKey::from_pkcs8(&key.to_pkcs8().unwrap()).unwrap().with_backend(*backend);
                let entropy = &mut SeededEntropy::new([1; 32]);
                std::fs::write(at.join("signature"), key.sign(signature_algorithm, MESSAGE, entropy).unwrap()).unwrap();
                let judged = |file: &str| {
                    let options = options(signature_algorithm);
                    let options: Vec<&str> = options.iter().map(String::as_str).collect();
                    let head = ["dgst", "-keyform", "DER", "-verify", "public", "-signature", "signature"];
                    openssl(at, &[&head[..], &options, &[file]].concat())
                };
                assert!(judged("message") && !judged("tampered"), "{algorithm} {signature_algorithm:?} {backend:?}");
            }
        }
    }
}

#[test]
fn private_keys_of_openssl_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path();
    for algorithm in KeyAlgorithm::ALL {
        let made = match (algorithm.curve(), algorithm.rsa_bits()) {
            (None, Some(bits)) => openssl(
                at,
                &["genpkey", "-algorithm", "RSA", "-pkeyopt", &format!("rsa_keygen_bits:{bits}"), "-out", "key"],
            ),
            _ => openssl(
                at,
                &[
                    "genpkey",
                    "-algorithm",
                    "EC",
                    "-pkeyopt",
                    &format!("ec_paramgen_curve:{}", algorithm.name()),
                    "-pkeyopt",
                    "ec_param_enc:explicit",
                    "-out",
                    "key",
                ],
            ),
        };
        assert!(made, "{algorithm}");
        assert!(openssl(at, &["pkcs8", "-topk8", "-nocrypt", "-in", "key", "-outform", "DER", "-out", "key.p8"]));
        assert!(openssl(at, &["pkey", "-in", "key", "-pubout", "-outform", "DER", "-out", "public"]));
        let key = PrivateKey::from_pkcs8(&SecretBytes::new(std::fs::read(at.join("key.p8")).unwrap())).unwrap();
        assert_eq!(key.algorithm(), algorithm);
        assert_eq!(*key.public(), PublicKey::from_spki_der(&std::fs::read(at.join("public")).unwrap()).unwrap());
        let again = PrivateKey::from_pkcs8(&key.to_pkcs8().unwrap()).unwrap();
        assert_eq!(again.public(), key.public());
    }
}

#[test]
fn a_hash_that_does_not_go_with_the_key_is_refused_when_making() {
    for algorithm in [KeyAlgorithm::P256, KeyAlgorithm::BrainpoolP384r1, KeyAlgorithm::P521, KeyAlgorithm::Rsa2048] {
        let key = key(algorithm);
        let fitting = made_by(algorithm);
        for hash in HashAlgorithm::ALL {
            for tried in [
                SignatureAlgorithm::Ecdsa(hash),
                SignatureAlgorithm::RsaPkcs1(hash),
                SignatureAlgorithm::pss(hash),
                SignatureAlgorithm::RsaPss { hash, salt: 8 },
            ] {
                let same_kind = matches!(tried, SignatureAlgorithm::Ecdsa(_)) == algorithm.curve().is_some();
                let expected = match (fitting.contains(&tried), same_kind) {
                    (true, _) => Ok(()),
                    (false, true) => Err("crypto.hash-mismatch"),
                    (false, false) => Err("crypto.algorithm-mismatch"),
                };
                assert_eq!(tried.fits(key.public()).map_err(|error| error.code()), expected, "{algorithm} {tried:?}");
                let signed = key.sign(tried, MESSAGE, &mut SeededEntropy::new([1; 32]));
                assert_eq!(signed.map(|_| ()).map_err(|error| error.code()), expected, "{algorithm} {tried:?}");
            }
        }
    }
    let old = CurvePrivateKey::generate(Curve::BrainpoolP224r1, &mut SeededEntropy::new([1; 32]));
    let public = PublicKey::from_point(old.public().unwrap());
    assert_eq!(KeyAlgorithm::of(&public), None);
    for hash in HashAlgorithm::ALL {
        assert_eq!(SignatureAlgorithm::Ecdsa(hash).fits(&public).unwrap_err().code(), "crypto.key-form");
    }
    assert_eq!(PrivateKey::of_curve(old).unwrap_err().code(), "crypto.key-form");
    let short = RsaPrivateKey::generate(1024, &mut SeededEntropy::new([1; 32])).unwrap();
    assert_eq!(PrivateKey::of_rsa(short).unwrap_err().code(), "crypto.public-key-form");
}

#[test]
fn names_are_read_back_and_keys_stay_secret() {
    for algorithm in KeyAlgorithm::ALL {
        assert_eq!(KeyAlgorithm::parse(algorithm.name()), Some(algorithm));
        SignatureAlgorithm::for_key(algorithm).fits(key(algorithm).public()).unwrap();
    }
    assert_eq!((KeyAlgorithm::parse("p-256"), KeyAlgorithm::parse("brainpoolP224r1")), (None, None));
    for backend in Backend::ALL {
        assert_eq!(Backend::parse(backend.name()), Some(*backend));
    }
    assert_eq!(Backend::parse("openssl"), None);
    assert_eq!(format!("{:?}", key(KeyAlgorithm::P256)), "PrivateKey(P-256, redacted)");
    assert_eq!(format!("{:?}", key(KeyAlgorithm::Rsa2048)), "PrivateKey(RSA-2048, redacted)");
}

/// Its version, its algorithm, a public key of another one, a curve that differs from the outer one.
#[test]
fn altered_private_keys_are_refused() {
    let refused = |octets: Vec<u8>| PrivateKey::from_pkcs8(&SecretBytes::new(octets)).map(|_| ()).map_err(|e| e.code());
    for algorithm in [KeyAlgorithm::P256, KeyAlgorithm::Rsa2048] {
        let octets = key(algorithm).to_pkcs8().unwrap().expose(<[u8]>::to_vec);
        assert_eq!(refused(octets.clone()), Ok(()));
        assert_eq!(refused([&octets[..], &[0]].concat()), Err("crypto.key-form"));
        assert_eq!(refused(octets[..octets.len() - 1].to_vec()), Err("crypto.key-form"));
        let version = octets.windows(3).position(|three| three == [2, 1, 0]).unwrap() + 2;
        let mut later = octets.clone();
        later[version] = 2;
        assert_eq!(refused(later), Err("crypto.key-form"));
    }
    let octets = key(KeyAlgorithm::P256).to_pkcs8().unwrap().expose(<[u8]>::to_vec);
    let other_point = CurvePoint::generator(Curve::P256);
    let mut other = octets.clone();
    let start = other.len() - other_point.octets().len();
    other[start..].copy_from_slice(other_point.octets());
    assert_eq!(refused(other), Err("crypto.key-form"));
    let mut unknown = octets;
    let oid = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07];
    let last = unknown.windows(8).position(|eight| eight == oid).unwrap() + 7;
    unknown[last] = 1;
    assert_eq!(refused(unknown), Err("crypto.curve-unknown"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn every_backend_verifies_what_every_other_signs(
        algorithm in prop::sample::select(vec![
            KeyAlgorithm::P256, KeyAlgorithm::P384, KeyAlgorithm::P521, KeyAlgorithm::BrainpoolP320r1,
        ]),
        seed: [u8; 32],
        message: Vec<u8>,
        at in any::<prop::sample::Index>(),
        bit in 0u8..8,
    ) {
        let signature_algorithm = SignatureAlgorithm::for_key(algorithm);
        let made = PrivateKey::generate(algorithm, &mut SeededEntropy::new(seed)).unwrap().to_pkcs8().unwrap();
        for signer in Backend::ALL {
            let key = PrivateKey::from_pkcs8(&made).unwrap().with_backend(*signer);
            let signature = key.sign(signature_algorithm, &message, &mut SeededEntropy::new(seed)).unwrap();
            let mut altered = signature.clone();
            *at.get_mut(&mut altered) ^= 1 << bit;
            for verifier in Backend::ALL {
                let verifying = VerifyingKey::new(key.public().clone(), *verifier);
                prop_assert!(verifying.verify(signature_algorithm, &message, &signature).is_ok());
                let refused = verifying.verify(signature_algorithm, &message, &altered).unwrap_err();
                prop_assert_eq!(refused.code(), "crypto.signature");
            }
        }
    }

    #[test]
    fn any_octets_are_a_private_key_or_refused(octets: Vec<u8>) {
        prop_assert!(PrivateKey::from_pkcs8(&SecretBytes::new(octets)).is_err());
    }
}
