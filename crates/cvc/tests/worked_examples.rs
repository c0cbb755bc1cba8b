//! Certificates of others: the German PKI, and the worked examples of the BSI as OpenPACE has them.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod pki;

use pki::{Chip, day, name};
use sigillo_crypto::HashAlgorithm;
use sigillo_cvc::{ChipState, CvCertificate, Role, TaAlgorithm, TerminalType, TrustPoint, VerifyingKey, import};

macro_rules! vector {
    ($name:literal) => {
        hex::decode(include_str!(concat!("vectors/", $name, ".hex")).split_whitespace().collect::<String>()).unwrap()
    };
}

fn decoded(octets: &[u8]) -> CvCertificate {
    let certificate = CvCertificate::decode(octets).unwrap();
    assert_eq!(certificate.encode(), octets);
    assert_eq!(CvCertificate::decode_content(&certificate.content()).unwrap(), certificate);
    certificate
}

#[test]
fn the_german_root_for_passports_is_a_trust_point() {
    let root = decoded(&vector!("DECVCAEPASS00102"));
    assert_eq!(root.holder().to_string(), "DECVCAEPASS00102");
    let parts = [root.holder().country(), root.holder().mnemonic(), root.holder().sequence()];
    assert_eq!(parts, ["DE", "CVCAEPASS", "00102"]);
    assert_eq!(root.template().terminal_type(), &TerminalType::InspectionSystem);
    assert_eq!((root.template().role(), root.template().rights().bits()), (Role::Cvca, 0x01));
    assert_eq!(root.public_key().algorithm(), TaAlgorithm::Ecdsa(HashAlgorithm::Sha256));
    let trust_point = TrustPoint::from_certificate(&root).unwrap();
    assert_eq!(TrustPoint::decode(&trust_point.encode().unwrap()).unwrap(), trust_point);
}

/// Terminals of 2011 and 2012 under their document verifiers, on a chip of their time and on one of a week later.
#[test]
fn a_german_chain_is_accepted_in_its_time() {
    let root = decoded(&vector!("DECVCAeID00102"));
    let verifier = decoded(&vector!("DEDVeIDDTR101401"));
    let terminal = decoded(&vector!("DE0000071005GM"));
    let mut chip = Chip::new(&[&root], "101027");
    let authority = chip.chain("DECVCAeID00102", &[&verifier, &terminal]).unwrap();
    assert_eq!(authority.role(), Role::Terminal);
    assert_eq!(authority.reference(), &name("DE0000071005GM"));
    assert_eq!(hex::encode(authority.rights().octets()), "0001019804");
    assert_eq!(authority.terminal_type().oid(), hex::decode("04007F000703010202").unwrap());
    // The document verifier is a foreign or commercial one: it tells the time, its terminals do not.
    assert_eq!(chip.date, verifier.effective());
    assert!(terminal.effective() > chip.date);
    let again = decoded(&vector!("DE0000071003G3"));
    let verifier_before = CvCertificate::decode_content(&vector!("DEDVeIDDTR101201")[5..]).unwrap();
    let expired = chip.chain("DECVCAeID00102", &[&verifier_before, &again]).unwrap_err();
    assert_eq!(expired.code(), "cvc.expired");
    Chip::new(&[&root], "101027").chain("DECVCAeID00102", &[&verifier_before, &again]).unwrap();
}

#[test]
fn every_changed_octet_of_a_german_certificate_is_refused() {
    let root = TrustPoint::from_certificate(&decoded(&vector!("DECVCAeID00102"))).unwrap();
    let octets = vector!("DEDVeIDDTR101401");
    let state = ChipState { trust_points: std::slice::from_ref(&root), date: day("101027") };
    assert!(import(&state, &root.authority(), &decoded(&octets)).is_ok());
    for at in 0..octets.len() {
        for bit in [0x01, 0x80] {
            let mut changed = octets.clone();
            changed[at] ^= bit;
            let refused =
                CvCertificate::decode(&changed).and_then(|changed| import(&state, &root.authority(), &changed));
            assert!(refused.is_err(), "octet {at}");
        }
    }
}

/// The signatures of the worked example verify; as a chain its root has another terminal type, which a chip must refuse.
#[test]
fn the_worked_example_with_rsa() {
    let [root, verifier, terminal] =
        [vector!("rsa-cvca"), vector!("rsa-dv"), vector!("rsa-terminal")].map(|octets| decoded(&octets));
    let root_key = VerifyingKey::resolve(root.public_key(), None).unwrap();
    let verifier_key = VerifyingKey::resolve(verifier.public_key(), Some(&root_key)).unwrap();
    root.verify(&root_key).unwrap();
    verifier.verify(&root_key).unwrap();
    terminal.verify(&verifier_key).unwrap();
    assert_eq!(terminal.verify(&root_key).unwrap_err().code(), "cvc.signature");
    assert_eq!(root_key.algorithm(), TaAlgorithm::RsaPkcs1(HashAlgorithm::Sha1));
    let refused = Chip::new(&[&root], "100324").chain("DETESTCVCA00003", &[&verifier]).unwrap_err();
    assert_eq!(refused.code(), "cvc.terminal-type");
}

/// The worked example with brainpoolP512r1; and a root on brainpoolP224r1 whose point is not on that curve.
#[test]
fn a_longer_curve_and_a_point_beside_its_curve() {
    let root = TrustPoint::from_certificate(&decoded(&vector!("p512-cvca"))).unwrap();
    let verifier = decoded(&vector!("p512-dv"));
    verifier.verify(root.key()).unwrap();
    let other_root = TrustPoint::from_certificate(&decoded(&vector!("DECVCAeID00102"))).unwrap();
    assert_eq!(verifier.verify(other_root.key()).unwrap_err().code(), "cvc.signature");
    assert_eq!(CvCertificate::decode(&vector!("p224-cvca")).unwrap_err().code(), "cvc.public-key");
}

#[test]
fn points_without_a_curve_and_lengths_that_are_not_der() {
    // Which curve a point without domain parameters is on, the issuer says.
    let verifier = decoded(&vector!("p512-dv"));
    assert_eq!(VerifyingKey::resolve(verifier.public_key(), None).unwrap_err().code(), "cvc.domain-parameters");
    let other_curve = TrustPoint::from_certificate(&decoded(&vector!("DECVCAeID00102"))).unwrap();
    let refused = VerifyingKey::resolve(verifier.public_key(), Some(other_curve.key())).unwrap_err();
    assert_eq!(refused.code(), "cvc.public-key");
    // The outermost length of this one is 82 00 E7.
    assert_eq!(CvCertificate::decode(&vector!("DEDVeIDDTR101201")).unwrap_err().code(), "cvc.length-form");
    let extended = decoded(&vector!("ZZDKB20000R"));
    assert!(extended.extensions().is_some_and(|extensions| extensions.starts_with(&[0x65])));
}
