//! Round trips, arbitrary bytes, and a second decoder's opinion (the crate `cms`, strict DER).
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

mod common;

use std::collections::BTreeMap;

use cms::content_info::ContentInfo;
use cms::signed_data::{SignedData, SignerIdentifier};
use common::{Issuer, borrowed, content_info, groups, now};
use der::{Decode, Encode};
use proptest::prelude::*;
use sigillo_crypto::{EcParameters, HashAlgorithm};
use sigillo_seal::x509::Certificate;
use sigillo_seal::{
    CardSecurity, DocumentSecurityObject, LdsSecurityObject, LdsVersion, VerificationPolicy, passive,
    prepare_card_security,
};

#[test]
fn another_der_library_reads_the_same_structure_and_writes_the_same_bytes() {
    for parameters in [EcParameters::Explicit, EcParameters::Named] {
        let issuer = Issuer::new(parameters);
        let files = groups();
        let seal = issuer.seal(&borrowed(&files));
        let message = content_info(seal.ef_sod());
        let info = ContentInfo::from_der(message).unwrap();
        assert_eq!(info.to_der().unwrap(), message);
        let data: SignedData = info.content.decode_as().unwrap();
        assert_eq!(data.to_der().unwrap(), info.content.to_der().unwrap());
        assert_eq!(data.encap_content_info.econtent_type, sigillo_seal::LDS_SECURITY_OBJECT);
        let signer = data.signer_infos.0.get(0).unwrap();
        assert!(matches!(signer.sid, SignerIdentifier::IssuerAndSerialNumber(_)));
        assert!(signer.digest_alg.parameters.is_none() && signer.signature_algorithm.parameters.is_none());
        assert_eq!(signer.signed_attrs.as_ref().unwrap().len(), 2);
        for certificate in [&issuer.csca, &issuer.signer] {
            let read = x509_cert::Certificate::from_der(certificate.der()).unwrap();
            assert_eq!(read.to_der().unwrap(), certificate.der());
        }
    }
}

/// Neither kind of message passes for the other: the content type is signed, and asked for.
#[test]
fn a_seal_is_no_card_security_and_the_other_way_round() {
    let issuer = Issuer::new(EcParameters::Named);
    let seal = issuer.seal(&borrowed(&groups()));
    let refused = CardSecurity::decode(content_info(seal.ef_sod())).unwrap_err();
    assert_eq!(refused.code(), "seal.content-type");
    let file = issuer.card_security(&[0x31, 0x00]);
    let refused = DocumentSecurityObject::decode(&sigillo_tlv::encode(0x77, &file)).unwrap_err();
    assert_eq!(refused.code(), "seal.content-type");
    assert_eq!(CardSecurity::decode(&[&file[..], &[0]].concat()).unwrap_err().code(), "seal.der");
    for octets in [&[][..], &[0x31], &[0x30, 0x00], &[0x31, 0x00, 0x00]] {
        assert_eq!(prepare_card_security(octets, HashAlgorithm::Sha256).unwrap_err().code(), "seal.der");
    }
    let mut wrong = issuer.signer_key.sign(HashAlgorithm::Sha256, b"something else").unwrap();
    let unsigned = || prepare_card_security(&[0x31, 0x00], HashAlgorithm::Sha256).unwrap();
    assert_eq!(unsigned().sign(&wrong, &issuer.verified_signer(), now()).unwrap_err().code(), "seal.signature");
    wrong = issuer.signer_key.sign(HashAlgorithm::Sha256, unsigned().to_be_signed()).unwrap();
    let late = now().saturating_add(jiff::ToSpan::years(3));
    let error = unsigned().sign(&wrong, &issuer.verified_signer(), late).unwrap_err();
    assert_eq!(error.code(), "seal.signer-usage-period");
}

fn lds_security_object() -> impl Strategy<Value = LdsSecurityObject> {
    let algorithm = prop::sample::select(&HashAlgorithm::ALL[..]);
    let version = prop::sample::select(vec![LdsVersion::V1_7, LdsVersion::V1_8]);
    let groups = prop::collection::btree_set(1u8..=16, 2..=16);
    (algorithm, version, groups, any::<u8>()).prop_map(|(algorithm, version, groups, octet)| {
        let hash = |group: u8| vec![octet.wrapping_add(group); algorithm.output_length()];
        let hashes: BTreeMap<_, _> = groups.into_iter().map(|group| (group, hash(group))).collect();
        LdsSecurityObject::new(algorithm, hashes, version).unwrap()
    })
}

proptest! {
    #[test]
    fn lds_security_objects_round_trip(object in lds_security_object()) {
        let bytes = object.encode();
        let read = LdsSecurityObject::decode(&bytes).unwrap();
        prop_assert_eq!(&read, &object);
        prop_assert_eq!(read.encode(), bytes);
    }

    #[test]
    fn what_decodes_is_written_again_byte_for_byte(
        object in lds_security_object(), at in any::<prop::sample::Index>(), value in any::<u8>()
    ) {
        let mut bytes = object.encode();
        let at = at.index(bytes.len());
        bytes[at] = value;
        if let Ok(read) = LdsSecurityObject::decode(&bytes) {
            prop_assert_eq!(read.encode(), bytes);
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = LdsSecurityObject::decode(&bytes);
        let _ = Certificate::decode(&bytes);
        let _ = DocumentSecurityObject::decode(&bytes);
        let _ = CardSecurity::decode(&bytes);
        let _ = passive::verify(&bytes, &[], &[(1, &bytes)], now(), &VerificationPolicy::default());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn cut_and_spliced_seals_never_panic(
        cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6), end in any::<prop::sample::Index>()
    ) {
        let issuer = Issuer::new(EcParameters::Named);
        let files = groups();
        let mut bytes = issuer.seal(&borrowed(&files)).ef_sod().to_vec();
        for (at, value) in cuts {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        bytes.truncate(end.index(bytes.len()) + 1);
        let _ = passive::verify(&bytes, std::slice::from_ref(&issuer.csca), &borrowed(&files), now(), &VerificationPolicy::default());
        let _ = Certificate::decode(&bytes);
    }
}
