//! What the builders refuse, and what a verified object must be.

use jiff::civil::date;
use sigillo_crypto::{EcParameters, HashAlgorithm, KeyAlgorithm, SignatureAlgorithm, ecdsa_signature_from_der};
use sigillo_seal::x509::{
    CertificateRequest, Country, SubjectName, TrustStore, certificate_request, country_signer, document_signer, holder,
    link, master_list_signer,
};
use sigillo_seal::{prepare_deviation_list, prepare_master_list};

use crate::country::{Everything, Ring, deviations, name, now, profile, twins};

#[test]
fn an_authority_issues_only_what_is_its_own() {
    let all = Everything::new(KeyAlgorithm::P256, EcParameters::Explicit);
    let key = all.signer.key.public();
    let algorithm = all.old.algorithm;
    let terms = profile("TEST DS", 20, EcParameters::Explicit);
    let code = |made: Result<_, sigillo_seal::SealError>| made.map(|_| ()).map_err(|error| error.code());
    // A CA of electronic services signs no documents, a CSCA no holders.
    assert_eq!(code(document_signer(&terms, &["IR"], key, &all.services, algorithm)), Err("seal.issuer-key-usage"));
    assert_eq!(code(master_list_signer(&terms, key, &all.services, algorithm)), Err("seal.issuer-key-usage"));
    assert_eq!(code(link(&terms, key, &all.services, algorithm)), Err("seal.issuer-key-usage"));
    assert_eq!(code(holder(&terms, key, &all.csca, algorithm)), Err("seal.issuer-key-usage"));
    assert_eq!(code(document_signer(&terms, &[], key, &all.csca, algorithm)), Err("seal.profile-field"));
    assert_eq!(code(document_signer(&terms, &["IR"], key, &all.holder, algorithm)), Err("seal.issuer-not-authority"));
    // The hash goes with the key that signs.
    for wrong in [
        SignatureAlgorithm::Ecdsa(HashAlgorithm::Sha384),
        SignatureAlgorithm::Ecdsa(HashAlgorithm::Sha1),
        SignatureAlgorithm::RsaPkcs1(HashAlgorithm::Sha256),
    ] {
        assert_eq!(code(document_signer(&terms, &["IR"], key, &all.csca, wrong)), Err("seal.signature-algorithm"));
        assert_eq!(code(country_signer(&terms, key, wrong)), Err("seal.signature-algorithm"));
    }
    let mut abroad = terms.clone();
    abroad.subject = SubjectName::new(Country::parse("FR", "FRA").unwrap(), "Sigillo TEST", None, "TEST DS").unwrap();
    assert_eq!(code(document_signer(&abroad, &["IR"], key, &all.csca, algorithm)), Err("seal.profile-field"));
    assert_eq!(code(link(&abroad, key, &all.csca, algorithm)), Err("seal.profile-field"));
}

#[test]
fn links_lead_from_the_old_key_to_the_new_one() {
    let all = Everything::new(KeyAlgorithm::P384, EcParameters::Explicit);
    for (link, name) in [(&all.link, "TEST CSCA"), (&all.renamed_link, "TEST CSCA new")] {
        assert_eq!(link.verify_issued_by(&all.csca), Ok(()));
        assert_eq!(link.subject_key_identifier(), all.next_csca.subject_key_identifier());
        assert!(link.subject().contains(name) && link.is_authority() && link.path_length() == Some(0));
        // What the new key signs verifies under the link as under the new root.
        assert_eq!(link.verify_issued_by(&all.next_csca).unwrap_err().code(), "seal.chain-unknown-issuer");
    }
    assert_eq!(all.next_csca.verify_issued_by(&all.csca).unwrap_err().code(), "seal.chain-unknown-issuer");
}

/// What a chip gives is r ‖ s over the hash that it was given.
#[test]
fn a_request_is_signed_by_a_chip_and_proves_possession() {
    let all = Everything::new(KeyAlgorithm::P256, EcParameters::Named);
    let request = |signer: &Ring| {
        let key = signer.key.public();
        certificate_request(&name("TEST holder"), key, EcParameters::Explicit, signer.algorithm).unwrap()
    };
    let unsigned = request(&all.signer);
    assert_eq!(unsigned.digest(), HashAlgorithm::Sha256.digest(unsigned.to_be_signed()));
    let der = all.signer.sign(unsigned.to_be_signed());
    let plain = ecdsa_signature_from_der(all.signer.key.public().point().unwrap().curve(), &der).unwrap();
    assert_eq!(plain.len(), 64);
    assert_eq!(unsigned.signature_from_plain(&plain).unwrap(), der);
    assert_eq!(unsigned.signature_from_plain(&plain[..63]).unwrap_err().code(), "seal.signature");
    let done = unsigned.complete(&der).unwrap();
    assert_eq!(done.public_key(), all.signer.key.public());
    assert_eq!(done.subject_der(), CertificateRequest::decode(done.der()).unwrap().subject_der());
    assert!(done.subject().contains("CN=TEST holder"));
    // Another's key: no possession.
    let unsigned = request(&all.signer);
    let wrong = all.old.sign(unsigned.to_be_signed());
    assert_eq!(unsigned.complete(&wrong).unwrap_err().code(), "seal.request-signature");
}

#[test]
fn lists_are_signed_by_who_may_and_verified_to_the_anchor() {
    let all = Everything::new(KeyAlgorithm::BrainpoolP384r1, EcParameters::Explicit);
    let anchors = [all.csca.clone()];
    assert_eq!(all.master_list.verify(&anchors, now()).unwrap().der(), all.csca.der());
    assert_eq!(all.deviation_list.verify(&anchors, now()).unwrap().der(), all.csca.der());
    let stranger = [all.next_csca.clone()];
    assert_eq!(all.master_list.verify(&stranger, now()).unwrap_err().code(), "seal.chain-unknown-issuer");
    let late = date(2040, 1, 1).at(0, 0, 0, 0);
    assert_eq!(all.master_list.verify(&anchors, late).unwrap_err().code(), "seal.chain-expired");
    assert_eq!(all.deviation_list.deviations().len(), 3);
    // A SET OF has the order of its encodings.
    let sorted = |deviations: &[sigillo_seal::Deviation]| {
        let mut deviations = deviations.to_vec();
        deviations.iter_mut().for_each(|one| one.descriptions.sort_by_key(|one| one.kind));
        deviations.sort_by_key(|one| format!("{one:?}"));
        deviations
    };
    assert_eq!(sorted(all.deviation_list.deviations()), sorted(&deviations(&all.document_signer)));

    let algorithm = all.signer.algorithm;
    let members = [all.csca.clone()];
    let code = |made: Result<_, sigillo_seal::SealError>| made.map(|_| ()).map_err(|error| error.code());
    let list = |signer, members: &[_]| code(prepare_master_list(members, signer, &all.csca, now(), algorithm));
    assert_eq!(list(&all.master_list_signer, &members), Ok(()));
    assert_eq!(list(&all.document_signer, &members), Err("seal.purpose"));
    assert_eq!(list(&all.deviation_list_signer, &members), Err("seal.purpose"));
    assert_eq!(list(&all.csca, &members), Err("seal.signer-is-authority"));
    assert_eq!(list(&all.master_list_signer, &[]), Err("seal.master-list"));
    assert_eq!(list(&all.master_list_signer, &[members[0].clone(), members[0].clone()]), Err("seal.master-list"));
    let used_up = date(2028, 1, 1).at(0, 0, 0, 0);
    let late = prepare_master_list(&members, &all.master_list_signer, &all.csca, used_up, algorithm);
    assert_eq!(late.unwrap_err().code(), "seal.signer-usage-period");
    let deviation = |deviations: &[_]| {
        let signer = &all.deviation_list_signer;
        prepare_deviation_list(deviations, signer, &all.csca, now(), algorithm)
            .map(|_| ())
            .map_err(|error| error.code())
    };
    assert_eq!(deviation(&[]), Err("seal.deviation-list"));
    let mut wrong = deviations(&all.document_signer);
    wrong[0].documents.document_type = Some("I".to_owned());
    assert_eq!(deviation(&wrong), Err("seal.deviation-list"));
    let mut wrong = deviations(&all.document_signer);
    wrong[0].descriptions.clear();
    assert_eq!(deviation(&wrong), Err("seal.deviation-list"));
    let mut wrong = deviations(&all.document_signer);
    wrong[0].descriptions[0].description = Some("caffè".to_owned());
    assert_eq!(deviation(&wrong), Err("seal.deviation-list"));

    let unsigned = prepare_master_list(&members, &all.master_list_signer, &all.csca, now(), algorithm).unwrap();
    let wrong = all.old.sign(unsigned.to_be_signed());
    assert_eq!(unsigned.complete(&wrong).unwrap_err().code(), "seal.signature");
}

/// A name and a key identifier are easily copied: who vouches is proven by signature.
#[test]
fn a_trust_store_takes_no_altered_certificate() {
    let all = Everything::new(KeyAlgorithm::P256, EcParameters::Explicit);
    let (root, link) = (all.csca.der(), all.link.der());
    let store = TrustStore::read([link, root, all.next_csca.der(), all.document_signer.der(), &root[1..]]);
    assert_eq!((store.roots().len(), store.links().len()), (2, 1));
    let refused: Vec<_> = store.refused().iter().map(|refused| (refused.index, refused.error.code())).collect();
    assert_eq!(refused, [(3, "seal.issuer-not-authority"), (4, "seal.der")]);
    assert_eq!(TrustStore::read([link]).refused()[0].error.code(), "seal.chain-unknown-issuer");
    for twin in twins(link) {
        let store = TrustStore::read([root, &twin]);
        assert_eq!((store.roots().len(), store.links().len()), (1, 0));
        assert_eq!(store.refused()[0].error.code(), "seal.chain-signature");
    }
    for twin in twins(root) {
        assert_eq!(TrustStore::read([twin.as_slice()]).anchors().count(), 0);
    }
}
