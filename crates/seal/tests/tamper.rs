//! A whole document passes, and every rule of making, of groups and of the chain refuses by its own code.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

mod common;

use std::collections::BTreeMap;

use common::{ECDSA, Issuer, borrowed, groups, italy, now, profile};
use jiff::civil::{DateTime, date};
use sigillo_crypto::{EcParameters, HashAlgorithm, P256PrivateKey, SeededEntropy};
use sigillo_seal::passive::{self, Outcome};
use sigillo_seal::x509::{Certificate, Country, Period, SubjectName, country_signer, document_signer};
use sigillo_seal::{
    DocumentSecurityObject, LdsSecurityObject, LdsVersion, SignerCertificate, VerificationPolicy, prepare,
};
use sigillo_tlv::encode;

fn failures(ef_sod: &[u8], issuer: &Issuer, files: &[(u8, Vec<u8>)]) -> Vec<(String, &'static str)> {
    let checks = passive::verify(
        ef_sod,
        std::slice::from_ref(&issuer.csca),
        &borrowed(files),
        now(),
        &VerificationPolicy::default(),
    );
    checks
        .into_iter()
        .filter_map(|check| match check.outcome {
            Outcome::Failed { code } => Some((check.name, code)),
            _ => None,
        })
        .collect()
}

#[test]
fn a_whole_document_passes() {
    for parameters in [EcParameters::Explicit, EcParameters::Named] {
        let issuer = Issuer::new(parameters);
        let files = groups();
        let seal = issuer.seal(&borrowed(&files));
        let checks = passive::verify(
            seal.ef_sod(),
            std::slice::from_ref(&issuer.csca),
            &borrowed(&files),
            now(),
            &VerificationPolicy::default(),
        );
        let names: Vec<_> = checks.iter().map(|check| check.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "sod.structure",
                "sod.signature",
                "sod.chain",
                "sod.validity",
                "sod.lds-version",
                "sod.document-type",
                "dg1.hash",
                "dg2.hash",
                "dg14.hash"
            ]
        );
        assert!(checks.iter().all(|check| check.outcome == Outcome::Passed), "{checks:?}");
        assert_eq!(seal.digest(), sigillo_crypto::sha256(seal.ef_sod()));
    }
}

#[test]
fn groups_that_were_not_read_or_not_sealed_are_named() {
    let issuer = Issuer::new(EcParameters::Named);
    let files = groups();
    let seal = issuer.seal(&borrowed(&files));
    let mut read = files;
    read[1] = (11, encode(0x6B, &[]));
    let checks = passive::verify(seal.ef_sod(), &[], &borrowed(&read), now(), &VerificationPolicy::default());
    let outcome = |name: &str| checks.iter().find(|check| check.name == name).map(|check| check.outcome).unwrap();
    assert_eq!(outcome("dg2.hash"), Outcome::NotRun { why: "not-read" });
    assert_eq!(outcome("dg11.hash"), Outcome::Failed { code: "seal.group-missing" });
    assert_eq!(outcome("sod.chain"), Outcome::NotRun { why: "no-trust-anchor" });
    assert_eq!(outcome("sod.validity"), Outcome::NotRun { why: "no-chain" });
    let nothing = passive::verify(&[], &[], &[], now(), &VerificationPolicy::default());
    assert_eq!(nothing[0].outcome, Outcome::Failed { code: "seal.der" });
    assert!(nothing[1..].iter().all(|check| check.outcome == Outcome::NotRun { why: "no-structure" }));
}

#[test]
fn a_document_of_a_class_the_signer_does_not_list_is_refused() {
    let issuer = Issuer::new(EcParameters::Named);
    let mut files = groups();
    let at = files[0].1.windows(2).position(|window| window == b"IR").unwrap();
    files[0].1[at + 1] = b'D';
    let seal = issuer.seal(&borrowed(&files));
    assert_eq!(failures(seal.ef_sod(), &issuer, &files), [("sod.document-type".to_owned(), "seal.document-type")]);
}

#[test]
fn a_seal_needs_a_true_signature_at_the_right_time() {
    let issuer = Issuer::new(EcParameters::Explicit);
    let signer = issuer.verified_signer();
    let files = groups();
    let hashed = || prepare(&borrowed(&files), LdsVersion::V1_8, HashAlgorithm::Sha256).unwrap();
    let signature = issuer.sign(&hashed());
    let refused = |signature: &[u8], now: DateTime| hashed().seal(signature, &signer, now).unwrap_err().code();

    assert!(hashed().seal(&signature, &signer, now()).is_ok());
    let mut wrong = signature.clone();
    wrong[10] ^= 1;
    assert_eq!(refused(&wrong, now()), "seal.signature");
    assert_eq!(refused(&[], now()), "seal.signature");
    let by_another_key = issuer.csca_key.sign(HashAlgorithm::Sha256, hashed().to_be_signed()).unwrap();
    assert_eq!(refused(&by_another_key, now()), "seal.signature");
    assert_eq!(refused(&signature, date(2026, 11, 1).at(23, 59, 59, 0)), "seal.chain-not-yet-valid");
    assert_eq!(refused(&signature, date(2027, 2, 2).at(0, 0, 0, 0)), "seal.signer-usage-period");
    assert_eq!(refused(&signature, date(2037, 11, 2).at(0, 0, 0, 0)), "seal.chain-expired");
    assert!(hashed().seal(&signature, &signer, date(2027, 2, 1).at(23, 59, 59, 0)).is_ok());
}

#[test]
fn preparing_refuses_what_is_no_data_group() {
    let files = groups();
    let code = |groups: &[(u8, &[u8])]| prepare(groups, LdsVersion::V1_8, HashAlgorithm::Sha256).unwrap_err().code();
    let dg1 = files[0].1.as_slice();
    assert_eq!(code(&[(1, dg1)]), "seal.group-count");
    assert_eq!(code(&[(0, dg1), (1, dg1)]), "seal.group-number");
    assert_eq!(code(&[(17, dg1)]), "seal.group-number");
    assert_eq!(code(&[(1, dg1), (1, dg1)]), "seal.group-duplicate");
    assert_eq!(code(&[(2, dg1)]), "seal.group-tag");
    assert_eq!(code(&[(1, &dg1[..dg1.len() - 1])]), "seal.group-tag");
    assert_eq!(code(&[(1, &[dg1, &[0]].concat())]), "seal.group-tag");
}

#[test]
fn lds_security_objects_have_their_own_refusals() {
    let hashes = |groups: &[(u8, usize)]| -> BTreeMap<u8, Vec<u8>> {
        groups.iter().map(|(group, length)| (*group, vec![0; *length])).collect()
    };
    let new = |groups: &[(u8, usize)]| LdsSecurityObject::new(HashAlgorithm::Sha256, hashes(groups), LdsVersion::V1_7);
    assert_eq!(new(&[(1, 32), (2, 31)]).unwrap_err().code(), "seal.hash-length");
    assert_eq!(new(&[(1, 32), (17, 32)]).unwrap_err().code(), "seal.group-number");
    let good = new(&[(1, 32), (2, 32)]).unwrap().encode();

    let decode = |from: &str, to: &str| {
        let text = hex::encode(&good);
        assert!(text.contains(from));
        LdsSecurityObject::decode(&hex::decode(text.replacen(from, to, 1)).unwrap()).unwrap_err().code()
    };
    assert_eq!(decode("020100300b", "020101300b"), "seal.lds-version");
    assert_eq!(decode("020100300b", "020180300b"), "seal.der-value");
    assert_eq!(decode("0201020420", "0201010420"), "seal.group-duplicate");
    assert_eq!(decode("0201020420", "0201110420"), "seal.group-number");
    assert_eq!(decode("608648016503040201", "608648016503040209"), "seal.hash-algorithm");
    assert_eq!(decode("608648016503040201", "608648016503040203"), "seal.hash-length");
    assert_eq!(decode("3060", "308160"), "seal.der-length");
    assert_eq!(LdsSecurityObject::decode(&[good, vec![0x05, 0]].concat()).unwrap_err().code(), "seal.der");
}

#[test]
fn each_rule_of_the_chain_refuses_by_its_own_code() {
    let issuer = Issuer::new(EcParameters::Explicit);
    let verify = |certificate: &Certificate, anchors: &[Certificate]| {
        SignerCertificate::verify(certificate.clone(), anchors).unwrap_err().code()
    };
    let anchors = [issuer.csca.clone()];
    assert!(SignerCertificate::verify(issuer.signer.clone(), &anchors).is_ok());
    assert_eq!(verify(&issuer.signer, &[]), "seal.chain-unknown-issuer");
    // Same name, another key: the key identifiers tell them apart.
    let namesake = Issuer::seeded(EcParameters::Explicit, 9);
    assert_eq!(verify(&issuer.signer, std::slice::from_ref(&namesake.csca)), "seal.chain-unknown-issuer");
    // A renewed CSCA beside the old one.
    let both = [namesake.csca.clone(), issuer.csca.clone()];
    assert!(SignerCertificate::verify(issuer.signer.clone(), &both).is_ok());
    // The CSCA itself signs no documents.
    assert_eq!(verify(&issuer.csca, &anchors), "seal.signer-is-authority");
    // A document signer issues nothing.
    assert_eq!(altered(&issuer.csca, "0603551d130101ff", "0603551d140101ff"), Err("seal.critical-extension"));
    assert_eq!(altered(&issuer.csca, "30060101ff020100", "30060101ff020101"), Err("seal.chain-signature"));
    assert_eq!(altered(&issuer.csca, "03020106", "03020102"), Err("seal.issuer-key-usage"));
    assert_eq!(altered(&issuer.csca, "0603551d13", "0603551d14"), Err("seal.critical-extension"));
    // Altered bytes of the signer itself.
    let alter_signer = |from: &str, to: &str| verify(&decode_altered(&issuer.signer, from, to).unwrap(), &anchors);
    assert_eq!(alter_signer("03020780", "03020640"), "seal.chain-signature");
    assert_eq!(alter_signer("1302495a".replace("5a", "52").as_str(), "13024951"), "seal.chain-signature");
    assert_eq!(decode_altered(&issuer.signer, "a003020102", "a003020101").unwrap_err(), "seal.certificate");
    assert_eq!(decode_altered(&issuer.signer, "0603551d23", "0603551d0e").unwrap_err(), "seal.extension");
    let longer = [issuer.signer.der(), &[0]].concat();
    assert_eq!(Certificate::decode(&longer).unwrap_err().code(), "seal.der");
    assert_eq!(Certificate::decode(&[0x30; 0x9000]).unwrap_err().code(), "seal.too-large");
}

fn decode_altered(certificate: &Certificate, from: &str, to: &str) -> Result<Certificate, &'static str> {
    let text = hex::encode(certificate.der());
    assert!(text.contains(from), "{from} is not in the certificate");
    Certificate::decode(&hex::decode(text.replacen(from, to, 1)).unwrap()).map_err(|error| error.code())
}

/// The verdict on the honest signer under an altered anchor.
fn altered(anchor: &Certificate, from: &str, to: &str) -> Result<(), &'static str> {
    let issuer = Issuer::new(EcParameters::Explicit);
    let anchor = decode_altered(anchor, from, to)?;
    SignerCertificate::verify(issuer.signer, &[anchor]).map(|_| ()).map_err(|error| error.code())
}

#[test]
fn a_signer_without_the_right_usage_is_refused() {
    // Certificates that only a wrong CSCA would issue: their fields are replaced before it signs.
    let issuer = Issuer::new(EcParameters::Named);
    let sign_again = |from: &str, to: &str| {
        let text = hex::encode(issuer.signer.to_be_signed());
        assert!(text.contains(from));
        let to_be_signed = hex::decode(text.replacen(from, to, 1)).unwrap();
        let signature = issuer.csca_key.sign(HashAlgorithm::Sha256, &to_be_signed).unwrap();
        let algorithm = hex::decode("300a06082a8648ce3d040302").unwrap();
        let bits = encode(0x03, &[&[0], signature.as_slice()].concat());
        Certificate::decode(&encode(0x30, &[to_be_signed, algorithm, bits].concat())).unwrap()
    };
    let refused = |certificate| {
        SignerCertificate::verify(certificate, std::slice::from_ref(&issuer.csca))
            .map(|_| ())
            .map_err(|error| error.code())
    };
    assert_eq!(refused(sign_again("03020780", "03020780")), Ok(()));
    assert_eq!(refused(sign_again("03020780", "03020640")), Err("seal.signer-key-usage"));
    assert_eq!(refused(sign_again("0603551d1f", "0603551d7f")), Ok(()), "an unknown extension that is not critical");
    assert_eq!(refused(sign_again("0603551d0f0101ff", "0603551d7f0101ff")), Err("seal.critical-extension"));
    // The signer under a signer: basic constraints are missing there.
    let below = sign_again("03020780", "03020780");
    let error = SignerCertificate::verify(below, std::slice::from_ref(&issuer.signer)).unwrap_err();
    assert_eq!(error.code(), "seal.chain-unknown-issuer");
}

#[test]
fn profiles_that_break_the_rules_are_refused() {
    let key = P256PrivateKey::generate(&mut SeededEntropy::new([1; 32]));
    let issuer = Issuer::new(EcParameters::Named);
    let mut bad = profile("TEST", EcParameters::Named, 1, 11);
    bad.crl_addresses = vec!["ftp://nowhere".to_owned()];
    assert_eq!(country_signer(&bad, &key.public(), ECDSA).unwrap_err().code(), "seal.profile-field");
    bad.crl_addresses = Vec::new();
    assert_eq!(country_signer(&bad, &key.public(), ECDSA).unwrap_err().code(), "seal.profile-field");
    for contact in ["", "nobody", "@host", "a b@host", "ldap://host"] {
        let mut bad = profile("TEST", EcParameters::Named, 1, 11);
        bad.contact = contact.to_owned();
        assert_eq!(country_signer(&bad, &key.public(), ECDSA).unwrap_err().code(), "seal.profile-field");
    }
    let mut bad = profile("TEST", EcParameters::Named, 1, 11);
    bad.private_key_usage = Period::new(bad.valid.from(), date(2050, 1, 1).at(0, 0, 0, 0)).unwrap();
    assert_eq!(country_signer(&bad, &key.public(), ECDSA).unwrap_err().code(), "seal.period");
    let longer = profile("TEST", EcParameters::Named, 1, 17);
    let signer = |profile, types: &[&str], issuer: &Certificate| {
        document_signer(profile, types, &key.public(), issuer, ECDSA).map(|_| ()).map_err(|error| error.code())
    };
    assert_eq!(signer(&longer, &["IR"], &issuer.csca), Err("seal.period"));
    let good = profile("TEST", EcParameters::Named, 1, 11);
    assert_eq!(signer(&good, &["I<"], &issuer.csca), Err("seal.profile-field"));
    assert_eq!(signer(&good, &["IR"], &issuer.signer), Err("seal.issuer-not-authority"));
    assert_eq!(signer(&good, &["IR"], &issuer.csca), Ok(()));
    let mut late = good.clone();
    late.valid = Period::new(date(2032, 1, 1).at(0, 0, 0, 0), late.valid.to()).unwrap();
    late.private_key_usage = late.valid;
    assert_eq!(signer(&late, &["IR"], &issuer.csca), Err("seal.signer-usage-period"));

    let unsigned = document_signer(&good, &["IR"], &key.public(), &issuer.csca, ECDSA).unwrap();
    let wrong = key.sign(HashAlgorithm::Sha256, unsigned.to_be_signed()).unwrap();
    assert_eq!(unsigned.complete(&wrong).unwrap_err().code(), "seal.chain-signature");
    assert_eq!(Period::new(now(), date(2026, 1, 1).at(0, 0, 0, 0)).unwrap_err().code(), "seal.period");
    for (two, three) in [("it", "ITA"), ("ITA", "ITA"), ("IT", ""), ("IT", "ITAL"), ("", "ITA")] {
        assert_eq!(Country::parse(two, three).unwrap_err().code(), "seal.profile-field");
    }
    assert!(Country::parse("DE", "D").is_ok());
    for name in ["", "a\nb", "x".repeat(65).as_str()] {
        assert!(SubjectName::new(italy(), "O", None, name).is_err());
    }
}

#[test]
fn certificates_behind_2049_use_generalized_time() {
    let issuer = Issuer::new(EcParameters::Named);
    let mut long = profile("TEST", EcParameters::Named, 3, 16);
    long.valid = Period::new(long.valid.from(), date(2050, 1, 1).at(0, 0, 0, 0)).unwrap();
    let unsigned = country_signer(&long, &issuer.csca_key.public(), ECDSA).unwrap();
    let signature = issuer.csca_key.sign(HashAlgorithm::Sha256, unsigned.to_be_signed()).unwrap();
    let certificate = unsigned.complete(&signature).unwrap();
    assert!(certificate.der().windows(17).any(|window| window == b"\x18\x0f20500101000000Z"));
    assert!(certificate.der().windows(15).any(|window| window == b"\x17\x0d261102000000Z"));
    assert_eq!(certificate.valid().to(), date(2050, 1, 1).at(0, 0, 0, 0));
}

#[test]
fn a_decoded_sod_tells_what_it_holds() {
    let issuer = Issuer::new(EcParameters::Explicit);
    let files = groups();
    let seal = issuer.seal(&borrowed(&files));
    let sod = DocumentSecurityObject::decode(seal.ef_sod()).unwrap();
    assert_eq!(sod.signer_certificate().unwrap().der(), issuer.signer.der());
    assert_eq!(sod.lds().encode(), sod.content());
    assert_eq!((sod.lds().version(), sod.hash_algorithm()), (1, HashAlgorithm::Sha256));
    let info = sod.lds().lds_version().unwrap();
    assert_eq!((info.lds(), info.unicode()), ("0108", "040000"));
    assert!(issuer.signer.is_marked_test() && issuer.csca.is_marked_test());
    assert_eq!(issuer.signer.document_types().unwrap(), ["IP", "IR"]);
    assert_eq!(issuer.csca.path_length(), Some(0));
    assert_eq!(issuer.signer.private_key_usable_until(), Some(date(2027, 2, 1).at(23, 59, 59, 0)));
    let too_large = encode(0x77, &vec![0; 0x1_0000]);
    assert_eq!(DocumentSecurityObject::decode(&too_large).unwrap_err().code(), "seal.too-large");
}
