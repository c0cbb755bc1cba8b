//! Every algorithm seals and is verified: by us, and by OpenSSL, which refuses each tampered twin too.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "OpenSSL is a process that reads files")]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

mod common;
#[path = "common/country.rs"]
mod country;

use std::fs;
use std::path::Path;

use common::{borrowed, content_info, groups, now, openssl, openssl_text};
use country::{Country, algorithms};
use sigillo_crypto::{Backend, EcParameters, HashAlgorithm, KeyAlgorithm, SignatureAlgorithm};
use sigillo_seal::passive::{self, Outcome};
use sigillo_seal::{
    CardSecurity, DocumentSecurityObject, Irregularity, LdsVersion, SignerCertificate, VerificationPolicy, prepare,
};
use tempfile::TempDir;

/// 2026-11-02 12:00 UTC.
const NOON: &str = "1793620800";
const TODAY: VerificationPolicy = VerificationPolicy { sha1: false, sha224: false };

/// SecurityInfos with one Chip Authentication.
const INFOS: [u8; 22] = [
    0x31, 0x14, 0x30, 0x12, 0x06, 0x0A, 0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x03, 0x02, 0x04, 0x02, 0x01, 0x02,
    0x02, 0x01, 0x0D,
];

fn failed(checks: &[passive::Check]) -> Vec<(&str, &'static str)> {
    let failed = |check: &'_ passive::Check| match check.outcome {
        Outcome::Failed { code } => Some(code),
        _ => None,
    };
    checks.iter().filter_map(|check| Some((check.name.as_str(), failed(check)?))).collect()
}

/// OpenSSL takes no chain with explicit parameters: then it judges the message alone.
fn openssl_verifies(folder: &Path, message: &[u8], chain: bool) -> bool {
    fs::write(folder.join("message"), message).unwrap();
    let trust: &[&str] = if chain { &["-CAfile", "csca.pem"] } else { &["-noverify"] };
    let verify = ["cms", "-verify", "-inform", "DER", "-in", "message", "-out", "content", "-attime", NOON];
    openssl(folder, &[&verify[..], trust].concat()).status.success()
}

/// One octet of a hash in the content, of the message digest, of the signature.
fn twins(message: &[u8], content: &[u8], signature_octets: usize) -> Vec<Vec<u8>> {
    let at = |needle: &[u8]| message.windows(needle.len()).position(|window| window == needle).unwrap() + needle.len();
    let message_digest = at(&[0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x04]) + 8;
    [at(content) - 1, message_digest, message.len() - signature_octets / 2]
        .into_iter()
        .map(|at| {
            let mut twin = message.to_vec();
            twin[at] ^= 0x01;
            twin
        })
        .collect()
}

#[test]
fn openssl_verifies_every_algorithm_and_refuses_every_twin() {
    let files = groups();
    for (key, algorithm) in algorithms() {
        let forms: &[EcParameters] =
            if key.curve().is_some() { &[EcParameters::Named, EcParameters::Explicit] } else { &[EcParameters::Named] };
        for parameters in forms {
            let folder = TempDir::new().unwrap();
            let country = Country::new(key, algorithm, *parameters);
            fs::write(folder.path().join("csca.der"), country.csca.der()).unwrap();
            openssl_text(folder.path(), &["x509", "-inform", "DER", "-in", "csca.der", "-out", "csca.pem"]);
            let (chain, trust) = (*parameters == EcParameters::Named, [country.csca.clone()]);
            for version in [LdsVersion::V1_7, LdsVersion::V1_8] {
                let told = format!("{key} {algorithm:?} {parameters:?} {version:?}");
                let seal = country.seal(&borrowed(&files), version);
                let checks = passive::verify(seal.ef_sod(), &trust, &borrowed(&files), now(), &TODAY);
                assert!(checks.iter().all(|check| check.outcome == Outcome::Passed), "{told}: {checks:?}");
                let sod = DocumentSecurityObject::decode(seal.ef_sod()).unwrap();
                assert!(sod.irregularities().is_empty(), "{told}");
                assert_eq!((sod.hash_algorithm(), sod.lds().hash_algorithm()), (algorithm.hash(), algorithm.hash()));
                let message = content_info(seal.ef_sod());
                assert!(openssl_verifies(folder.path(), message, chain), "{told}");
                assert_eq!(fs::read(folder.path().join("content")).unwrap(), sod.content());
                for twin in twins(message, sod.content(), 32) {
                    assert!(!openssl_verifies(folder.path(), &twin, chain), "{told}");
                    let twin = sigillo_tlv::encode(0x77, &twin);
                    let checks = passive::verify(&twin, &trust, &borrowed(&files), now(), &TODAY);
                    assert!(!failed(&checks).is_empty(), "{told}");
                }
            }
            let file = country.card_security(&INFOS);
            assert!(openssl_verifies(folder.path(), &file, chain), "{key} {algorithm:?}");
            let checks = passive::verify_card_security(&file, &trust, now(), &TODAY);
            assert!(checks.iter().all(|check| check.outcome == Outcome::Passed), "{key} {algorithm:?}: {checks:?}");
            for twin in twins(&file, &INFOS, 32) {
                assert!(!openssl_verifies(folder.path(), &twin, chain));
                let checks = passive::verify_card_security(&twin, &trust, now(), &TODAY);
                assert!(!failed(&checks).is_empty(), "{key} {algorithm:?}");
            }
        }
    }
}

/// What OpenSSL signs with a self-signed certificate, whose message we judge.
fn foreign(folder: &Path, key: &[&str], signing: &[&str]) -> Result<Vec<u8>, &'static str> {
    fs::write(folder.join("content"), lds_object()).unwrap();
    openssl_text(folder, &[&["genpkey", "-out", "key.pem"], key].concat());
    let request = ["req", "-x509", "-sha256", "-new", "-key", "key.pem", "-subj", "/C=UT/CN=TEST", "-out", "ds.pem"];
    openssl_text(folder, &request);
    let sign = ["cms", "-sign", "-binary", "-nodetach", "-outform", "DER", "-econtent_type", "2.23.136.1.1.1"];
    let files = ["-in", "content", "-signer", "ds.pem", "-inkey", "key.pem", "-out", "sod.der"];
    let made = openssl(folder, &[&sign[..], &files, signing].concat());
    if made.status.success() { Ok(fs::read(folder.join("sod.der")).unwrap()) } else { Err("openssl refused") }
}

fn lds_object() -> Vec<u8> {
    prepare(&borrowed(&groups()), LdsVersion::V1_8, HashAlgorithm::Sha256).unwrap().lds().encode()
}

/// Old algorithms verify where the policy takes them, and only there: `seal.algorithm-retired`.
#[test]
fn old_algorithms_of_openssl_need_a_policy() {
    let sha1 = VerificationPolicy { sha1: true, ..TODAY };
    let sha224 = VerificationPolicy { sha224: true, ..TODAY };
    let curve =
        |name: &str| vec!["-algorithm".into(), "EC".into(), "-pkeyopt".into(), format!("ec_paramgen_curve:{name}")];
    let rsa = || ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"].map(String::from).to_vec();
    let pss = ["-keyopt", "rsa_padding_mode:pss"];
    for (key, hash, more, taken_by, refused_by) in [
        (curve("brainpoolP224r1"), "sha224", &[][..], sha224, Some(sha1)),
        (curve("brainpoolP224r1"), "sha256", &[], TODAY, None),
        (curve("brainpoolP320r1"), "sha256", &[], TODAY, None),
        (curve("brainpoolP512r1"), "sha1", &[], sha1, Some(sha224)),
        (curve("P-521"), "sha1", &[], sha1, Some(TODAY)),
        (rsa(), "sha1", &[], sha1, Some(TODAY)),
        (rsa(), "sha224", &[], sha224, Some(TODAY)),
        (rsa(), "sha224", &pss, VerificationPolicy::OLD_CHIPS, Some(TODAY)),
        (rsa(), "sha1", &pss, VerificationPolicy::OLD_CHIPS, Some(TODAY)),
    ] {
        let folder = TempDir::new().unwrap();
        let arguments: Vec<&str> = key.iter().map(String::as_str).collect();
        let message = foreign(folder.path(), &arguments, &[&["-md", hash], more].concat()).unwrap();
        let check = |message: &[u8], policy: &VerificationPolicy| {
            let sod = DocumentSecurityObject::decode(&sigillo_tlv::encode(0x77, message)).unwrap();
            sod.check_message(policy).map_err(|error| error.code())
        };
        assert_eq!(check(&message, &taken_by), Ok(()), "{key:?} {hash}");
        if let Some(policy) = refused_by {
            assert_eq!(check(&message, &policy), Err("seal.algorithm-retired"), "{key:?} {hash}");
        }
        let mut twin = message.clone();
        *twin.last_mut().unwrap() ^= 1;
        assert_eq!(check(&twin, &taken_by), Err("seal.signature"), "{key:?} {hash}");
    }
}

/// What OpenSSL writes beside the standard: BER, no attributes, key identifiers, further certificates.
#[test]
fn irregular_messages_of_openssl_are_read_and_their_twins_refused() {
    for (signing, irregular) in [
        (&["-md", "sha256"][..], &[][..]),
        (&["-md", "sha256", "-stream"], &[Irregularity::Ber]),
        (&["-md", "sha256", "-noattr"], &[Irregularity::AttributesMissing]),
        (&["-md", "sha256", "-stream", "-noattr"], &[Irregularity::Ber, Irregularity::AttributesMissing]),
        (&["-md", "sha256", "-keyid"], &[]),
        (&["-md", "sha256", "-nosmimecap"], &[]),
        (&["-md", "sha256", "-certfile", "other.pem"], &[]),
    ] {
        let folder = TempDir::new().unwrap();
        let other =
            ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "other.key", "-subj", "/C=UT/CN=OTHER"];
        openssl_text(folder.path(), &[&other[..], &["-out", "other.pem"]].concat());
        let key = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
        let message = foreign(folder.path(), &key, signing).unwrap();
        let sod = DocumentSecurityObject::decode(&sigillo_tlv::encode(0x77, &message)).unwrap();
        sod.check_message(&TODAY).unwrap();
        let found: Vec<Irregularity> = sod.irregularities().iter().copied().collect();
        assert_eq!(found, irregular, "{signing:?}");
        let hash = &lds_object()[lds_object().len() / 2..][..8];
        let at = message.windows(8).position(|window| window == hash).unwrap();
        let mut twin = message.clone();
        twin[at] ^= 1;
        let refused = DocumentSecurityObject::decode(&sigillo_tlv::encode(0x77, &twin))
            .and_then(|sod| sod.check_message(&TODAY))
            .unwrap_err();
        let bare = irregular.contains(&Irregularity::AttributesMissing);
        assert_eq!(refused.code(), if bare { "seal.signature" } else { "seal.message-digest" }, "{signing:?}");
    }
}

/// Its content is a SET, for which somebody could take the signed attributes of another message.
#[test]
fn card_security_without_attributes_is_refused() {
    let folder = TempDir::new().unwrap();
    let key = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
    foreign(folder.path(), &key, &["-md", "sha256"]).unwrap();
    fs::write(folder.path().join("content"), INFOS).unwrap();
    for (more, verdict) in [(&[][..], Ok(())), (&["-noattr"], Err("seal.signed-attributes"))] {
        let sign = ["cms", "-sign", "-binary", "-nodetach", "-outform", "DER", "-econtent_type", "0.4.0.127.0.7.3.2.1"];
        let files = ["-md", "sha256", "-in", "content", "-signer", "ds.pem", "-inkey", "key.pem", "-out", "file"];
        openssl_text(folder.path(), &[&sign[..], &files, more].concat());
        let file = fs::read(folder.path().join("file")).unwrap();
        let judged = CardSecurity::decode(&file).and_then(|security| security.check_message(&TODAY));
        assert_eq!(judged.map_err(|error| error.code()), verdict);
    }
}

/// A release refused: another key, an expired signer, a hash that does not go with the curve, a group changed after hashing.
#[test]
fn no_seal_comes_of_what_a_border_would_refuse() {
    let files = groups();
    let p256 = Country::new(KeyAlgorithm::P256, SignatureAlgorithm::for_key(KeyAlgorithm::P256), EcParameters::Named);
    let p384 = Country::new(KeyAlgorithm::P384, SignatureAlgorithm::for_key(KeyAlgorithm::P384), EcParameters::Named);
    let prepared = |hash| prepare(&borrowed(&files), LdsVersion::V1_8, hash).unwrap();
    for backend in Backend::ALL {
        let signer = p256.verified().verifying_with(*backend);
        let seal = |hash, signature: &[u8], signer: &SignerCertificate, now| {
            prepared(hash).seal(signature, signer, now).map(|_| ()).map_err(|error| error.code())
        };
        let sha256 = HashAlgorithm::Sha256;
        let signature = p256.sign(prepared(sha256).to_be_signed());
        assert_eq!(seal(sha256, &signature, &signer, now()), Ok(()));
        let strangers = p384.sign(prepared(sha256).to_be_signed());
        assert_eq!(seal(sha256, &strangers, &signer, now()), Err("seal.signature"));
        let late = now().saturating_add(jiff::ToSpan::years(12));
        assert_eq!(seal(sha256, &signature, &signer, late), Err("seal.chain-expired"));
        let used_up = now().saturating_add(jiff::ToSpan::years(2));
        assert_eq!(seal(sha256, &signature, &signer, used_up), Err("seal.signer-usage-period"));
        for hash in [HashAlgorithm::Sha384, HashAlgorithm::Sha512] {
            assert_eq!(seal(hash, &signature, &signer, now()), Err("seal.hash-algorithm-mismatch"));
            let refused = p256.verified().signing_by(SignatureAlgorithm::Ecdsa(hash)).unwrap_err();
            assert_eq!(refused.code(), "seal.hash-algorithm-mismatch");
        }
        let refused = p256.verified().signing_by(SignatureAlgorithm::RsaPkcs1(sha256)).unwrap_err();
        assert_eq!(refused.code(), "seal.signature-algorithm");
        // The signature is over the hashes: a group that changed after it gives other hashes, and no seal.
        let mut changed = files.clone();
        *changed[1].1.last_mut().unwrap() ^= 1;
        let changed = prepare(&borrowed(&changed), LdsVersion::V1_8, sha256).unwrap();
        assert_eq!(changed.seal(&signature, &signer, now()).unwrap_err().code(), "seal.signature");
    }
    for hash in [HashAlgorithm::Sha1, HashAlgorithm::Sha224] {
        let refused = prepare(&borrowed(&files), LdsVersion::V1_8, hash).map(|_| ()).unwrap_err();
        assert_eq!(refused.code(), "seal.algorithm-retired");
    }
}
