//! OpenSSL judges keys and signatures; published examples judge the key derivation and the deterministic nonce.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::expect_used,
    reason = "a foreign program judges, by files"
)]

use std::path::Path;
use std::process::Command;

use sigillo_crypto::{
    EcParameters, HashAlgorithm, P256PrivateKey, PublicKey, SeededEntropy, SignatureAlgorithm, kdf_counter_cmac,
};
use sigillo_secret::SymmetricKey;

fn openssl(dir: &Path, arguments: &[&str]) -> bool {
    let output = Command::new("openssl").args(arguments).current_dir(dir).output().expect("openssl is installed");
    output.status.success()
}

#[test]
fn openssl_verifies_our_signature_under_both_forms_of_the_key_and_refuses_a_tampered_one() {
    let dir = tempfile::tempdir().unwrap();
    let key = P256PrivateKey::generate(&mut SeededEntropy::new([1; 32]));
    let message = b"permesso di soggiorno";
    let signature = key.sign(HashAlgorithm::Sha256, message).unwrap();
    std::fs::write(dir.path().join("message"), message).unwrap();
    std::fs::write(dir.path().join("tampered"), b"permesso di soggiornO").unwrap();
    std::fs::write(dir.path().join("signature"), &signature).unwrap();
    for parameters in [EcParameters::Explicit, EcParameters::Named] {
        let spki = key.public().to_spki_der(parameters).unwrap();
        assert_eq!(PublicKey::from_spki_der(&spki).unwrap(), key.public());
        std::fs::write(dir.path().join("key.der"), &spki).unwrap();
        assert!(openssl(dir.path(), &["pkey", "-pubin", "-inform", "DER", "-in", "key.der", "-out", "key.pem"]));
        let verify =
            |file| openssl(dir.path(), &["dgst", "-sha256", "-verify", "key.pem", "-signature", "signature", file]);
        assert!(verify("message"));
        assert!(!verify("tampered"));
    }
}

#[test]
fn signatures_and_keys_of_openssl_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path();
    std::fs::write(at.join("message"), b"bollo elettronico").unwrap();
    assert!(openssl(at, &["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "rsa.pem"]));
    let ec = ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
    assert!(openssl(at, &[&ec[..], &["-pkeyopt", "ec_param_enc:explicit", "-out", "explicit.pem"]].concat()));
    assert!(openssl(at, &[&ec[..], &["-out", "named.pem"]].concat()));
    let brainpool = ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:brainpoolP384r1"];
    assert!(openssl(at, &[&brainpool[..], &["-pkeyopt", "ec_param_enc:explicit", "-out", "brainpool.pem"]].concat()));
    let other = ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"];
    assert!(openssl(at, &[&other[..], &["-pkeyopt", "ec_param_enc:explicit", "-out", "other.pem"]].concat()));
    let pss = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"];
    for (key, hash, options, algorithm) in [
        ("explicit", "-sha256", &[][..], SignatureAlgorithm::Ecdsa(HashAlgorithm::Sha256)),
        ("named", "-sha256", &[], SignatureAlgorithm::Ecdsa(HashAlgorithm::Sha256)),
        ("brainpool", "-sha384", &[], SignatureAlgorithm::Ecdsa(HashAlgorithm::Sha384)),
        ("rsa", "-sha256", &[], SignatureAlgorithm::RsaPkcs1(HashAlgorithm::Sha256)),
        ("rsa", "-sha512", &[], SignatureAlgorithm::RsaPkcs1(HashAlgorithm::Sha512)),
        ("rsa", "-sha256", &pss, SignatureAlgorithm::RsaPss { hash: HashAlgorithm::Sha256, salt: 32 }),
    ] {
        let pem = format!("{key}.pem");
        assert!(openssl(at, &["pkey", "-in", &pem, "-pubout", "-outform", "DER", "-out", "key.der"]));
        assert!(openssl(
            at,
            &[&["dgst", hash, "-sign", &pem, "-out", "signature"][..], options, &["message"]].concat()
        ));
        let key = PublicKey::from_spki_der(&std::fs::read(at.join("key.der")).unwrap()).unwrap();
        let signature = std::fs::read(at.join("signature")).unwrap();
        key.verify(algorithm, b"bollo elettronico", &signature).unwrap();
        assert_eq!(key.verify(algorithm, b"bollo elettronicO", &signature).unwrap_err().code(), "crypto.signature");
        let mut altered = signature.clone();
        *altered.last_mut().unwrap() ^= 1;
        assert_eq!(key.verify(algorithm, b"bollo elettronico", &altered).unwrap_err().code(), "crypto.signature");
        let other = match algorithm {
            SignatureAlgorithm::Ecdsa(hash) => SignatureAlgorithm::RsaPkcs1(hash),
            _ => SignatureAlgorithm::Ecdsa(HashAlgorithm::Sha256),
        };
        assert_eq!(key.verify(other, b"", &signature).unwrap_err().code(), "crypto.algorithm-mismatch");
    }
    assert!(openssl(at, &["pkey", "-in", "other.pem", "-pubout", "-outform", "DER", "-out", "key.der"]));
    let other_curve = PublicKey::from_spki_der(&std::fs::read(at.join("key.der")).unwrap());
    assert_eq!(other_curve.unwrap_err().code(), "crypto.curve-unknown");
    assert_eq!(PublicKey::from_spki_der(b"no key").unwrap_err().code(), "crypto.public-key-form");
}

#[test]
fn rfc_6979_a_2_5() {
    let key = "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721";
    let key = P256PrivateKey::from_bytes(&hex::decode(key).unwrap()).unwrap();
    let signature = hex::encode_upper(key.sign(HashAlgorithm::Sha256, b"sample").unwrap());
    assert!(signature.contains("EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"));
    assert!(signature.contains("F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"));
    assert_eq!(key.sign(HashAlgorithm::Sha384, b"sample").unwrap_err().code(), "crypto.hash-mismatch");
    assert_eq!(P256PrivateKey::from_bytes(&[0; 32]).unwrap_err().code(), "crypto.key-form");
    assert!(!format!("{key:?}").contains("C9"));
}

/// `openssl kdf -kdfopt mode:COUNTER -kdfopt mac:CMAC …` uses a 32-bit counter; OpenSSL 3.0 has no 8-bit one, so the blocks
/// are recomputed with its CMAC.
#[test]
fn each_block_of_the_key_derivation_is_openssls_cmac() {
    let master = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    let derived =
        kdf_counter_cmac(&SymmetricKey::new(&hex::decode(master).unwrap()).unwrap(), b"label", b"context", 256);
    let derived = derived.unwrap().expose(|key| hex::encode_upper(key));
    for (counter, block) in [(1u8, &derived[..32]), (2, &derived[32..])] {
        let dir = tempfile::tempdir().unwrap();
        let input = [&[counter], &b"label\0context"[..], &[1, 0]].concat();
        std::fs::write(dir.path().join("input"), input).unwrap();
        let key = format!("hexkey:{master}");
        let arguments = ["mac", "-cipher", "AES-256-CBC", "-macopt", &key, "-in", "input", "CMAC"];
        let output = Command::new("openssl").args(arguments).current_dir(dir.path()).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap().trim(), block);
    }
}
