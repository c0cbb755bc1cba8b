//! Form: what is decoded encodes to the same octets, and every departure from the profile has its code.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod pki;

use std::sync::LazyLock;

use pki::{certificate, day, ec_key, entropy, name, p256, root, rsa_key, terms};
use proptest::prelude::*;
use sigillo_crypto::{Curve, CurvePoint, HashAlgorithm};
use sigillo_cvc::{
    CertificateRequest, Chat, CvCertificate, CvDate, CvPrivateKey, CvPublicKey, HolderReference, OFFICE_OID, Oid, Role,
    RsaScheme, TaAlgorithm, TerminalType, TrustPoint, VerifyingKey, ef_cvca,
};
use sigillo_tlv::encode;

const CURVES: [Curve; 4] = [Curve::P256, Curve::BrainpoolP256r1, Curve::P384, Curve::BrainpoolP384r1];

/// One key of each algorithm and curve.
static KEYS: LazyLock<Vec<CvPrivateKey>> = LazyLock::new(|| {
    let mut keys: Vec<CvPrivateKey> = HashAlgorithm::ALL
        .into_iter()
        .zip(CURVES.into_iter().cycle())
        .map(|(hash, curve)| ec_key(curve, hash, 1))
        .collect();
    for hash in [HashAlgorithm::Sha1, HashAlgorithm::Sha256, HashAlgorithm::Sha512] {
        keys.push(rsa_key(1536, RsaScheme::Pkcs1, hash, 1));
        keys.push(rsa_key(1536, RsaScheme::Pss, hash, 1));
    }
    keys
});

static CERTIFICATE: LazyLock<CvCertificate> =
    LazyLock::new(|| root(terms("ITCVCA00001", Role::Cvca, 3, "260101", "281231"), &p256(1)));

/// The data objects of a body.
fn objects() -> Vec<(u32, Vec<u8>)> {
    vec![
        (0x5F29, vec![0]),
        (0x42, b"ITCVCA00001".to_vec()),
        (0x7F49, CERTIFICATE.public_key().encode().unwrap()[5..].to_vec()),
        (0x5F20, b"ITCVCA00001".to_vec()),
        (0x7F4C, CERTIFICATE.template().encode()[3..].to_vec()),
        (0x5F25, vec![2, 6, 0, 1, 0, 1]),
        (0x5F24, vec![2, 8, 1, 2, 3, 1]),
    ]
}

fn code(objects: &[(u32, Vec<u8>)]) -> &'static str {
    let body: Vec<u8> = objects.iter().flat_map(|(tag, value)| encode(*tag, value)).collect();
    let content = [encode(0x7F4E, &body), encode(0x5F37, &[1; 64])].concat();
    CvCertificate::decode(&encode(0x7F21, &content)).err().map_or("", |error| error.code())
}

fn changed(tag: u32, value: &[u8]) -> &'static str {
    let mut objects = objects();
    objects.iter_mut().find(|(found, _)| *found == tag).unwrap().1 = value.to_vec();
    code(&objects)
}

#[test]
fn every_algorithm_and_curve_round_trips_and_signs() {
    let mut seen = Vec::new();
    for key in &*KEYS {
        let made = root(terms("ITCVCA00001", Role::Cvca, 3, "260101", "281231"), key);
        let read = CvCertificate::decode(&made.encode()).unwrap();
        assert_eq!(read, made);
        assert_eq!(read.public_key(), &key.public().unwrap());
        let verifying = VerifyingKey::resolve(read.public_key(), None).unwrap();
        read.verify(&verifying).unwrap();
        assert_eq!(CvPublicKey::decode(&verifying.public_key().encode().unwrap()).unwrap(), *read.public_key());
        let stored = TrustPoint::from_certificate(&read).unwrap();
        assert_eq!(TrustPoint::decode(&stored.encode().unwrap()).unwrap(), stored);
        seen.push(read.public_key().algorithm());
    }
    assert!(TaAlgorithm::ALL.into_iter().all(|algorithm| seen.contains(&algorithm)));
    let no_identifier = rsa_key(1536, RsaScheme::Pss, HashAlgorithm::Sha384, 1);
    let no_curve = ec_key(Curve::P521, HashAlgorithm::Sha512, 1);
    for key in [no_identifier, no_curve] {
        assert_eq!(key.public().unwrap().encode().unwrap_err().code(), "cvc.public-key");
    }
}

/// TR-03105-3.2, certificate sets 1 and 12: an object that is missing, doubled, displaced or unknown.
#[test]
fn data_objects_stand_once_and_in_order() {
    assert_eq!(code(&objects()), "");
    for at in 0..objects().len() {
        let mut missing = objects();
        let object = missing.remove(at);
        assert_eq!(code(&missing), "cvc.objects", "without {:X}", object.0);
        let mut doubled = objects();
        doubled.insert(at, object.clone());
        assert_eq!(code(&doubled), "cvc.objects", "{:X} twice", object.0);
        let mut displaced = missing;
        displaced.insert((at + 1) % objects().len(), object.clone());
        assert_eq!(code(&displaced), "cvc.objects", "{:X} displaced", object.0);
    }
    let mut unknown = objects();
    unknown.push((0x77, vec![0]));
    assert_eq!(code(&unknown), "cvc.objects");
}

#[test]
fn extensions_are_kept_and_never_critical() {
    let with = |value: &[u8]| {
        let mut objects = objects();
        objects.push((0x65, value.to_vec()));
        code(&objects)
    };
    assert_eq!(with(&[]), "");
    assert_eq!(with(&hex::decode("730C060704007F00070301530100").unwrap()), "");
    assert_eq!(with(&[0x73, 0x02, 0x53, 0x00]), "cvc.objects");
    assert_eq!(with(&[0x72, 0x00]), "cvc.objects");
}

#[test]
fn values_that_are_not_in_the_profile() {
    assert_eq!(changed(0x5F29, &[1]), "cvc.profile-version");
    assert_eq!(changed(0x5F29, &[0, 0]), "cvc.profile-version");
    for date in [
        &[2, 6, 1, 3, 0, 1][..],
        &[2, 6, 0, 2, 2, 9],
        &[2, 6, 0, 0, 0, 1],
        &[2, 6, 0, 1, 0, 0],
        &[2, 6, 0, 1, 3, 10],
        &[2, 6, 0, 1, 1],
        b"260101",
    ] {
        assert_eq!(changed(0x5F25, date), "cvc.date", "{date:?}");
        assert_eq!(changed(0x5F24, date), "cvc.date", "{date:?}");
    }
    assert_eq!(changed(0x5F25, &[2, 4, 0, 2, 2, 9]), "");
    for reference in [
        "",
        "ITCVCA",
        "it00001",
        "I700001",
        "ITCVCA0000a",
        "ITCVCA000-1",
        "ITTENLETTERS00001",
        "IT\u{7F}00001",
        "IT\u{1}00001",
    ] {
        assert_eq!(changed(0x42, reference.as_bytes()), "cvc.reference", "{reference}");
        assert_eq!(changed(0x5F20, reference.as_bytes()), "cvc.reference", "{reference}");
    }
    for reference in ["IT00001", "ITCVCA 1\u{7E}ZZZZZ", "ITNINELETTDE001"] {
        assert_eq!(changed(0x42, reference.as_bytes()), "", "{reference}");
    }
    let is = "060904007F000703010201";
    for (template, expected) in [
        (format!("{is}530183"), ""),
        (format!("{is}5300"), "cvc.template"),
        (format!("{is}53028301"), "cvc.template"),
        (is.to_owned(), "cvc.objects"),
        ("530183".to_owned(), "cvc.objects"),
        (format!("{is}5301835300"), "cvc.objects"),
        ("0600530183".to_owned(), "cvc.template"),
        ("06028001530183".to_owned(), "cvc.template"),
        ("06010953 05FE1FFFFFF7".replace(' ', ""), ""),
    ] {
        assert_eq!(changed(0x7F4C, &hex::decode(&template).unwrap()), expected, "{template}");
    }
}

/// TR-03105-3.2, certificate set 12: an element of the key is missing, unknown or wrong.
#[test]
fn public_keys_are_complete_and_known() {
    let key = |objects: &[(u32, &[u8])]| {
        let value: Vec<u8> = objects.iter().flat_map(|(tag, value)| encode(*tag, value)).collect();
        changed(0x7F49, &value)
    };
    let ecdsa = hex::decode("04007F00070202020203").unwrap();
    let domain = Curve::P256.domain_parameters();
    let point = CurvePoint::generator(Curve::P256).octets().to_vec();
    let full: [(u32, &[u8]); 8] = [
        (0x06, &ecdsa),
        (0x81, &domain.prime),
        (0x82, &domain.a),
        (0x83, &domain.b),
        (0x84, &domain.generator),
        (0x85, &domain.order),
        (0x86, &point),
        (0x87, &[1]),
    ];
    assert_eq!(key(&full), "");
    assert_eq!(key(&full[..7]), "", "the cofactor may be missing");
    assert_eq!(key(&[full[0], full[6]]), "");
    for at in 0..7 {
        let missing: Vec<_> =
            full.iter().enumerate().filter(|(index, _)| *index != at).map(|(_, object)| *object).collect();
        assert_eq!(key(&missing), "cvc.objects", "without {at}");
        let mut wrong = full;
        let altered: Vec<u8> = wrong[at].1.iter().map(|octet| octet ^ 1).collect();
        wrong[at].1 = &altered;
        assert_eq!(key(&wrong), "cvc.public-key", "another {at}");
    }
    assert_eq!(key(&[&full[..7], &[(0x87, &[2][..])]].concat()), "cvc.public-key");
    assert_eq!(key(&[&full[..], &[(0x77, &[0][..])]].concat()), "cvc.objects");
    let padded = [&[0], &domain.prime[..]].concat();
    assert_eq!(key(&[&full[..1], &[(0x81, &padded[..])], &full[2..]].concat()), "cvc.public-key");
    assert_eq!(key(&[(0x06, &ecdsa[..9]), full[6]]), "cvc.public-key");
    assert_eq!(key(&[full[0], (0x86, &[2; 33])]), "cvc.public-key");
    assert_eq!(key(&[full[0], (0x86, &[4; 135])]), "cvc.public-key");

    let rsa = hex::decode("04007F00070202020102").unwrap();
    let CvPublicKey::Rsa { key: public, .. } = KEYS[5].public().unwrap() else { panic!("RSA") };
    let modulus = public.modulus();
    assert_eq!(key(&[(0x06, &rsa), (0x81, &modulus), (0x82, &[1, 0, 1])]), "");
    let padded = [&[0], &modulus[..]].concat();
    let other_size = [&modulus[..183], &[1]].concat();
    for (objects, expected) in [
        (vec![(0x06, &rsa[..]), (0x81, &modulus)], "cvc.objects"),
        (vec![(0x06, &rsa), (0x82, &[1, 0, 1])], "cvc.objects"),
        (vec![(0x81, &modulus), (0x82, &[1, 0, 1])], "cvc.objects"),
        (vec![(0x06, &rsa), (0x81, &modulus), (0x82, &[1, 0, 1]), (0x77, &[0])], "cvc.objects"),
        (vec![(0x06, &rsa), (0x81, &padded), (0x82, &[1, 0, 1])], "cvc.public-key"),
        (vec![(0x06, &rsa), (0x81, &modulus), (0x82, &[0, 1, 0, 1])], "cvc.public-key"),
        (vec![(0x06, &rsa), (0x81, &modulus), (0x82, &[1, 0, 0, 0, 1])], "cvc.public-key"),
        (vec![(0x06, &rsa), (0x81, &other_size), (0x82, &[3])], "cvc.public-key"),
        (vec![(0x06, &rsa), (0x81, &modulus[..120]), (0x82, &[3])], "cvc.public-key"),
    ] {
        assert_eq!(key(&objects), expected);
    }
}

#[test]
fn dates_in_order() {
    assert!(day("260131") < day("260201") && day("251231") < day("260101"));
    assert_eq!(day("260228").civil(), (2026, 2, 28));
    assert_eq!(day("260228").to_string(), "2026-02-28");
    assert!(CvDate::new(2000, 2, 29).is_ok() && CvDate::new(2099, 12, 31).is_ok());
    for (year, month, day) in [(1999, 12, 31), (2100, 1, 1), (2026, 2, 29), (2026, 4, 31), (2026, 13, 1), (2026, 1, 0)]
    {
        assert_eq!(CvDate::new(year, month, day).unwrap_err().code(), "cvc.date");
    }
}

#[test]
fn the_office_has_an_identifier_of_its_own() {
    let oid = Oid::decode(&OFFICE_OID).unwrap();
    assert_eq!(oid.to_string(), "2.25.69586124846186808223887183869201072966");
    assert_eq!(0x3459_ccd6_fde4_4341_9d83_b7a5_714b_c346_u128.to_string(), oid.to_string()[5..]);
    assert_eq!(TerminalType::from_oid(&OFFICE_OID).unwrap(), TerminalType::Office);
    let inspection = TerminalType::InspectionSystem;
    assert_eq!(Oid::decode(inspection.oid()).unwrap().to_string(), "0.4.0.127.0.7.3.1.2.1");
    assert_eq!(Oid::decode(&[0x2B, 0xFF, 0x7F]).unwrap().to_string(), "1.3.16383");
    for content in [&[][..], &[0x80], &[0x2B, 0x80, 0x01], &[0x2B, 0x81], &[0x2B; 65]] {
        assert_eq!(Oid::decode(content), None);
    }
}

#[test]
fn references_have_parts() {
    let made = HolderReference::new("IT", "CVCÀ", "00001").unwrap();
    assert_eq!(made.octets(), b"ITCVC\xC000001");
    assert_eq!([made.country(), made.mnemonic(), made.sequence()], ["IT", "CVCÀ", "00001"]);
    assert_eq!(made.to_string(), "ITCVCÀ00001");
    for (country, mnemonic, sequence) in [
        ("ITA", "", "00001"),
        ("IT", "TENLETTERS", "00001"),
        ("IT", "", "0001"),
        ("IT", "Ω", "00001"),
        ("I", "T", "00001"),
    ] {
        assert_eq!(HolderReference::new(country, mnemonic, sequence).unwrap_err().code(), "cvc.reference");
    }
}

#[test]
fn ef_cvca_has_36_octets() {
    let point = |holder: &str, effective: &str| {
        TrustPoint::from_certificate(&root(terms(holder, Role::Cvca, 3, effective, "391231"), &p256(1))).unwrap()
    };
    let (old, new) = (point("ITCVCAVER00001", "260101"), point("ITCVCAVER00002", "270101"));
    let file = ef_cvca::encode(&[old.clone(), new]);
    assert_eq!(hex::encode_upper(file), "420E4954435643415645523030303032420E495443564341564552303030303100000000");
    assert_eq!(ef_cvca::decode(&file).unwrap(), [name("ITCVCAVER00002"), name("ITCVCAVER00001")]);
    let same_day = ef_cvca::encode(&[old.clone(), point("ITCVCAVER00003", "260101")]);
    assert_eq!(ef_cvca::decode(&same_day).unwrap(), [name("ITCVCAVER00003"), name("ITCVCAVER00001")]);
    let file = ef_cvca::encode(&[old]);
    assert_eq!(ef_cvca::decode(&file).unwrap(), [name("ITCVCAVER00001")]);
    for file in [
        &[][..],
        &[0; 36],
        &file[..10],
        &[&file[..16], &[0x43]].concat(),
        &[&file[..16], &file[..16], &file[..16]].concat(),
    ] {
        assert!(ef_cvca::decode(file).is_err());
    }
}

#[test]
fn requests_are_signed_inside_and_outside() {
    let (first, second) = (p256(1), p256(2));
    let authority = name("ITCVCA00001");
    let request = CertificateRequest::new(&name("ITDVPOL00002"), Some(&authority), &second, &mut entropy()).unwrap();
    assert_eq!(CertificateRequest::decode(&request.encode()).unwrap(), request);
    assert_eq!((request.authority(), request.countersigner()), (Some(&authority), None));
    assert_eq!(request.public_key(), second.public().unwrap());
    let first_key = VerifyingKey::resolve(&first.public().unwrap(), None).unwrap();
    assert_eq!(request.verify_outer(&first_key).unwrap_err().code(), "cvc.signature");
    let signed = request.clone().countersigned(name("ITDVPOL00001"), &first, &mut entropy()).unwrap();
    let read = CertificateRequest::decode(&signed.encode()).unwrap();
    assert_eq!(read, signed);
    read.verify_outer(&first_key).unwrap();
    assert_eq!(read.countersigner(), Some(&name("ITDVPOL00001")));
    let second_key = VerifyingKey::resolve(&second.public().unwrap(), None).unwrap();
    assert_eq!(read.verify_outer(&second_key).unwrap_err().code(), "cvc.signature");
    for at in 0..request.encode().len() {
        let mut tampered = request.encode();
        tampered[at] ^= 1;
        assert!(CertificateRequest::decode(&tampered).is_err(), "octet {at}");
    }
}

/// Certificates with any fields, under a key of any kind.
fn any_certificate() -> impl Strategy<Value = CvCertificate> {
    let roles = [Role::Cvca, Role::DvDomestic, Role::DvForeign, Role::Terminal];
    let date = || (2000u16..2100, 1u8..13, 1u8..29);
    (
        "[A-Z]{2}[ -~]{0,9}[0-9A-Z]{5}",
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
        any::<u8>(),
        date(),
        date(),
    )
        .prop_map(move |(holder, key, role, rights, effective, expiration)| {
            let key = key.get(&KEYS);
            let mut terms = terms("ITCVCA00001", *role.get(&roles), rights, "260101", "281231");
            terms.holder = name(&holder);
            terms.effective = CvDate::new(effective.0, effective.1, effective.2).unwrap();
            terms.expiration = CvDate::new(expiration.0, expiration.1, expiration.2).unwrap();
            certificate(terms, key, "ITCVCA00009", key)
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_was_made_reads_back(certificate in any_certificate()) {
        let octets = certificate.encode();
        let read = CvCertificate::decode(&octets).unwrap();
        prop_assert_eq!(&read, &certificate);
        prop_assert_eq!(read.encode(), octets);
        prop_assert_eq!(read.body(), &certificate.content()[..certificate.body().len()]);
    }

    #[test]
    fn a_damaged_certificate_never_verifies(
        certificate in any_certificate(), at in any::<prop::sample::Index>(), bit in 0u8..8,
    ) {
        let key = KEYS.iter().find_map(|key| {
            let key = VerifyingKey::resolve(&key.public().unwrap(), None).unwrap();
            certificate.verify(&key).is_ok().then_some(key)
        }).unwrap();
        let mut octets = certificate.encode();
        *at.get_mut(&mut octets) ^= 1 << bit;
        prop_assert!(CvCertificate::decode(&octets).and_then(|certificate| certificate.verify(&key)).is_err());
    }
}

proptest! {
    #[test]
    fn any_octets_are_refused_or_read_back(octets in prop::collection::vec(any::<u8>(), 0..400), tag in 0usize..6) {
        let tags = [0x7F21, 0x7F4E, 0x7F49, 0x7F4C, 0x67, 0x42];
        let wrapped = encode(tags[tag], &octets);
        for octets in [&octets, &wrapped] {
            if let Ok(certificate) = CvCertificate::decode(octets) { prop_assert_eq!(&certificate.encode(), octets); }
            if let Ok(certificate) = CvCertificate::decode_content(octets) { prop_assert_eq!(&certificate.content(), octets); }
            if let Ok(key) = CvPublicKey::decode(octets) { let _ = key.encode(); }
            if let Ok(template) = Chat::decode(octets) { prop_assert_eq!(&template.encode(), octets); }
            if let Ok(request) = CertificateRequest::decode(octets) { prop_assert_eq!(&request.encode(), octets); }
            if let Ok(reference) = HolderReference::decode(octets) { prop_assert_eq!(reference.octets(), &octets[..]); }
            if let Ok(date) = CvDate::decode(octets) { prop_assert_eq!(&date.encode()[..], &octets[..]); }
            if let Some(oid) = Oid::decode(octets) { prop_assert_eq!(oid.content(), &octets[..]); }
            let _ = (TrustPoint::decode(octets), ef_cvca::decode(octets));
        }
    }

    /// Behind the first tags: a real certificate with octets replaced, inserted or removed.
    #[test]
    fn a_bent_certificate_is_refused_or_reads_back(
        at in any::<prop::sample::Index>(), remove in 0usize..4, insert in prop::collection::vec(any::<u8>(), 0..4),
    ) {
        let mut octets = CERTIFICATE.encode();
        let start = at.index(octets.len());
        let end = (start + remove).min(octets.len());
        octets.splice(start..end, insert);
        if let Ok(certificate) = CvCertificate::decode(&octets) { prop_assert_eq!(certificate.encode(), octets); }
    }
}
