//! What a certification authority sends and receives: revocation lists, requests, master and deviation lists.

use jiff::civil::{DateTime, date};
use sigillo_crypto::{EcParameters, HashAlgorithm, P256PrivateKey, SeededEntropy, SignatureAlgorithm};
use sigillo_seal::x509::{
    Certificate, CertificateProfile, CertificateRequest, Country, Crl, CrlProfile, Kind, Period, RevokedCertificate,
    SerialNumber, SubjectName, TrustStore, Unsigned, certificate_request, country_signer, deviation_list_signer, lint,
    lint_revocation_list, master_list_signer, revocation_list,
};
use sigillo_seal::{
    Deviation, DeviationDescription, DeviationDocuments, DeviationList, MasterList, SealError, prepare_deviation_list,
    prepare_master_list,
};

/// A list that decodes keeps its bytes, finds its own entries and is linted; nobody signed it.
pub(crate) fn revocation_lists(bytes: &[u8]) {
    if let Ok(list) = Crl::decode(bytes) {
        assert_eq!(list.der(), bytes);
        for entry in list.entries() {
            assert_eq!(list.revoked(&entry.serial_number), Some(entry));
        }
        for finding in lint_revocation_list(&list) {
            assert!(finding.code.starts_with("lint."), "{finding}");
        }
    }
}

/// A request that decodes was signed with its key.
pub(crate) fn certificate_requests(bytes: &[u8]) {
    if let Ok(request) = CertificateRequest::decode(bytes) {
        assert_eq!(request.der(), bytes);
        assert_eq!(request.key_id().len(), 40);
    }
}

/// Lists of strangers: every certificate is taken or refused, and none passes without an anchor.
pub(crate) fn signed_lists(bytes: &[u8]) {
    if let Ok(list) = MasterList::decode(bytes) {
        let store = TrustStore::read(list.certificates().iter().map(Vec::as_slice));
        let judged = store.anchors().count() + store.refused().len();
        assert_eq!(judged, list.certificates().len(), "every certificate is judged");
        for certificate in store.anchors() {
            let _ = lint(certificate, Kind::of(certificate));
        }
        assert!(list.verify(&[], NOW).is_err(), "no list passes without an anchor");
    }
    if let Ok(list) = DeviationList::decode(bytes) {
        assert!(!list.deviations().is_empty());
        assert!(list.verify(&[], NOW).is_err(), "no list passes without an anchor");
    }
}

/// One of each, made by a small country.
pub(crate) fn seeds(target: &str) -> Vec<Vec<u8>> {
    let [lists, requests, signed] = make().expect("a small country can issue");
    match target {
        "revocation_lists" => lists,
        "certificate_requests" => requests,
        _ => signed,
    }
}

fn make() -> Result<[Vec<Vec<u8>>; 3], SealError> {
    let mut entropy = SeededEntropy::new([9; 32]);
    let key = P256PrivateKey::generate(&mut entropy);
    let sign = |message: &[u8]| key.sign(HashAlgorithm::Sha256, message).expect("P-256 signs");
    let complete = |unsigned: Unsigned<Certificate>| {
        let signature = sign(unsigned.to_be_signed());
        unsigned.complete(&signature)
    };
    let public = key.public();
    let csca = complete(country_signer(&profile("TEST CSCA", 15)?, &public, ECDSA)?)?;
    let master = complete(master_list_signer(&profile("TEST MLS", 5)?, &public, &csca, ECDSA)?)?;
    let deviation = complete(deviation_list_signer(&profile("TEST DLS", 5)?, &public, &csca, ECDSA)?)?;

    let entry = RevokedCertificate { serial_number: master.serial_number().to_vec(), on: NOW, reason: None };
    let mut lists = Vec::new();
    for revoked in [Vec::new(), vec![entry]] {
        let next_update = date(2026, 12, 2).at(0, 0, 0, 0);
        let terms = CrlProfile { number: 1, this_update: NOW, next_update, revoked };
        let unsigned = revocation_list(&terms, &csca, ECDSA)?;
        let signature = sign(unsigned.to_be_signed());
        lists.push(unsigned.complete(&signature)?.der().to_vec());
    }

    let mut requests = Vec::new();
    for parameters in [EcParameters::Explicit, EcParameters::Named] {
        let unsigned = certificate_request(&profile("TEST DS", 5)?.subject, &public, parameters, ECDSA)?;
        let signature = sign(unsigned.to_be_signed());
        requests.push(unsigned.complete(&signature)?.der().to_vec());
    }

    let unsigned = prepare_master_list(&[csca.clone(), master.clone()], &master, &csca, NOW, ECDSA)?;
    let signature = sign(unsigned.to_be_signed());
    let master_list = unsigned.complete(&signature)?.der().to_vec();
    let deviations = [Deviation {
        documents: DeviationDocuments {
            document_type: Some("IR".to_owned()),
            document_numbers: vec!["CA00001AA".to_owned()],
            issued: Some((NOW, NOW)),
            signer: None,
        },
        descriptions: vec![DeviationDescription {
            description: Some("a check digit".to_owned()),
            kind: sigillo_seal::DEVIATION_LIST,
            parameters: Some(vec![0x02, 0x01, 0x04]),
            national_use: None,
        }],
    }];
    let unsigned = prepare_deviation_list(&deviations, &deviation, &csca, NOW, ECDSA)?;
    let signature = sign(unsigned.to_be_signed());
    let deviation_list = unsigned.complete(&signature)?.der().to_vec();
    Ok([lists, requests, vec![master_list, deviation_list]])
}

fn profile(name: &str, years: i16) -> Result<CertificateProfile, SealError> {
    let valid = Period::new(date(2026, 11, 2).at(0, 0, 0, 0), date(2026 + years, 11, 2).at(0, 0, 0, 0))?;
    Ok(CertificateProfile {
        subject: SubjectName::new(Country::parse("IT", "ITA")?, "Sigillo TEST", None, name)?,
        serial_number: SerialNumber::from_random([0x5F; 16]),
        valid,
        private_key_usage: valid,
        parameters: EcParameters::Explicit,
        contact: "csca@example.invalid".to_owned(),
        crl_addresses: vec!["https://csca.example.invalid/ITA.crl".to_owned()],
    })
}

const ECDSA: SignatureAlgorithm = SignatureAlgorithm::Ecdsa(HashAlgorithm::Sha256);
const NOW: DateTime = date(2026, 11, 22).at(12, 0, 0, 0);
