//! A country that issues one of everything, with keys of a given kind.

use std::path::Path;
use std::process::{Command, Output};

use jiff::civil::{DateTime, date};
use sigillo_crypto::{EcParameters, KeyAlgorithm, PrivateKey, SeededEntropy, SignatureAlgorithm, sha256};
use sigillo_seal::x509::{
    Certificate, CertificateProfile, CertificateRequest, Country, Crl, CrlProfile, Period, RevocationReason,
    RevokedCertificate, SerialNumber, SubjectName, certificate_request, country_signer, deviation_list_signer,
    document_signer, eservices_authority, holder, link, master_list_signer, revocation_list,
};
use sigillo_seal::{
    Deviation, DeviationDescription, DeviationDocuments, DeviationList, DeviationSigner, MasterList,
    prepare_deviation_list, prepare_master_list,
};

/// The day of all tests.
pub(crate) fn now() -> DateTime {
    date(2026, 11, 22).at(12, 0, 0, 0)
}

/// Its seconds for OpenSSL.
pub(crate) const NOW: &str = "1795348800";

pub(crate) struct Ring {
    pub(crate) key: PrivateKey,
    pub(crate) algorithm: SignatureAlgorithm,
}

impl Ring {
    pub(crate) fn new(kind: KeyAlgorithm, algorithm: SignatureAlgorithm, seed: u8) -> Self {
        Self { key: PrivateKey::generate(kind, &mut SeededEntropy::new([seed; 32])).unwrap(), algorithm }
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.key.sign(self.algorithm, message, &mut SeededEntropy::new(sha256(message))).unwrap()
    }
}

pub(crate) struct Everything {
    pub(crate) old: Ring,
    pub(crate) new: Ring,
    pub(crate) signer: Ring,
    pub(crate) csca: Certificate,
    pub(crate) next_csca: Certificate,
    pub(crate) link: Certificate,
    pub(crate) renamed_link: Certificate,
    pub(crate) document_signer: Certificate,
    pub(crate) master_list_signer: Certificate,
    pub(crate) deviation_list_signer: Certificate,
    pub(crate) services: Certificate,
    pub(crate) holder: Certificate,
    pub(crate) request: CertificateRequest,
    pub(crate) list: Crl,
    pub(crate) services_list: Crl,
    pub(crate) master_list: MasterList,
    pub(crate) deviation_list: DeviationList,
}

pub(crate) fn name(common_name: &str) -> SubjectName {
    SubjectName::new(Country::parse("IT", "ITA").unwrap(), "Sigillo TEST", Some("Prove"), common_name).unwrap()
}

pub(crate) fn profile(common_name: &str, serial: u8, parameters: EcParameters) -> CertificateProfile {
    let from = date(2026, 11, 22).at(0, 0, 0, 0);
    let authority = common_name.contains("CA");
    let (years, used) = if authority { (15, date(2031, 11, 21)) } else { (10, date(2027, 2, 21)) };
    CertificateProfile {
        subject: name(common_name),
        serial_number: SerialNumber::from_random([serial; 16]),
        valid: Period::new(from, date(2026 + years, 11, 1).at(23, 59, 59, 0)).unwrap(),
        private_key_usage: Period::new(from, used.at(23, 59, 59, 0)).unwrap(),
        parameters,
        contact: "csca@example.invalid".to_owned(),
        crl_addresses: vec!["https://csca.example.invalid/ITA.crl".to_owned()],
    }
}

pub(crate) fn revoked(certificate: &Certificate, reason: Option<RevocationReason>) -> RevokedCertificate {
    RevokedCertificate {
        serial_number: certificate.serial_number().to_vec(),
        on: date(2026, 11, 22).at(9, 30, 0, 0),
        reason,
    }
}

pub(crate) fn crl_profile(number: u64, revoked: Vec<RevokedCertificate>) -> CrlProfile {
    CrlProfile {
        number,
        this_update: date(2026, 11, 22).at(10, 0, 0, 0),
        next_update: date(2027, 2, 20).at(10, 0, 0, 0),
        revoked,
    }
}

impl Everything {
    pub(crate) fn new(kind: KeyAlgorithm, parameters: EcParameters) -> Self {
        Self::signing(kind, SignatureAlgorithm::for_key(kind), parameters)
    }

    pub(crate) fn signing(kind: KeyAlgorithm, algorithm: SignatureAlgorithm, parameters: EcParameters) -> Self {
        let [old, new, signer] = [1, 2, 3].map(|seed| Ring::new(kind, algorithm, seed));
        let profile = |name: &str, serial| profile(name, serial, parameters);
        let key = |ring: &Ring| ring.key.public().clone();

        let unsigned = country_signer(&profile("TEST CSCA", 1), &key(&old), algorithm).unwrap();
        let signature = old.sign(unsigned.to_be_signed());
        let csca = unsigned.complete(&signature).unwrap();
        let unsigned = country_signer(&profile("TEST CSCA", 2), &key(&new), algorithm).unwrap();
        let signature = new.sign(unsigned.to_be_signed());
        let next_csca = unsigned.complete(&signature).unwrap();

        let issue = |unsigned: sigillo_seal::x509::Unsigned<Certificate>| {
            assert_eq!(unsigned.algorithm(), algorithm);
            let signature = old.sign(unsigned.to_be_signed());
            unsigned.complete(&signature).unwrap()
        };
        let link_certificate = issue(link(&profile("TEST CSCA", 3), &key(&new), &csca, algorithm).unwrap());
        let renamed_link = issue(link(&profile("TEST CSCA new", 4), &key(&new), &csca, algorithm).unwrap());
        let ds = document_signer(&profile("TEST DS", 5), &["IR"], &key(&signer), &csca, algorithm);
        let mls = issue(master_list_signer(&profile("TEST MLS", 6), &key(&signer), &csca, algorithm).unwrap());
        let dls = issue(deviation_list_signer(&profile("TEST DLS", 7), &key(&signer), &csca, algorithm).unwrap());
        let services = issue(eservices_authority(&profile("TEST eServices CA", 8), &key(&old), algorithm).unwrap());
        let holder = issue(holder(&profile("TEST holder", 9), &key(&signer), &services, algorithm).unwrap());
        let document_signer = issue(ds.unwrap());

        let unsigned = certificate_request(&name("TEST DS"), &key(&signer), parameters, algorithm).unwrap();
        let signature = signer.sign(unsigned.to_be_signed());
        let request = unsigned.complete(&signature).unwrap();

        let entries = vec![revoked(&document_signer, None), revoked(&mls, None)];
        let unsigned = revocation_list(&crl_profile(0x80, entries), &csca, algorithm).unwrap();
        let signature = old.sign(unsigned.to_be_signed());
        let list = unsigned.complete(&signature).unwrap();
        let entries = vec![revoked(&holder, Some(RevocationReason::CessationOfOperation))];
        let unsigned = revocation_list(&crl_profile(1, entries), &services, algorithm).unwrap();
        let signature = old.sign(unsigned.to_be_signed());
        let services_list = unsigned.complete(&signature).unwrap();

        let members = [csca.clone(), next_csca.clone(), link_certificate.clone()];
        let unsigned = prepare_master_list(&members, &mls, &csca, now(), algorithm).unwrap();
        let signature = signer.sign(unsigned.to_be_signed());
        let master_list = unsigned.complete(&signature).unwrap();
        let unsigned = prepare_deviation_list(&deviations(&document_signer), &dls, &csca, now(), algorithm).unwrap();
        let signature = signer.sign(unsigned.to_be_signed());
        let deviation_list = unsigned.complete(&signature).unwrap();
        Self {
            old,
            new,
            signer,
            csca,
            next_csca,
            link: link_certificate,
            renamed_link,
            document_signer,
            master_list_signer: mls,
            deviation_list_signer: dls,
            services,
            holder,
            request,
            list,
            services_list,
            master_list,
            deviation_list,
        }
    }

    /// Every object under the name of its file.
    pub(crate) fn files(&self) -> Vec<(&'static str, &[u8])> {
        vec![
            ("csca.der", self.csca.der()),
            ("next_csca.der", self.next_csca.der()),
            ("link.der", self.link.der()),
            ("renamed_link.der", self.renamed_link.der()),
            ("document_signer.der", self.document_signer.der()),
            ("master_list_signer.der", self.master_list_signer.der()),
            ("deviation_list_signer.der", self.deviation_list_signer.der()),
            ("services.der", self.services.der()),
            ("holder.der", self.holder.der()),
            ("request.csr", self.request.der()),
            ("csca.crl", self.list.der()),
            ("services.crl", self.services_list.der()),
            ("countries.ml", self.master_list.der()),
            ("deviations.dl", self.deviation_list.der()),
        ]
    }
}

/// One deviation of each form of entry.
pub(crate) fn deviations(signer: &Certificate) -> Vec<Deviation> {
    let below = |arcs: &str| const_oid::ObjectIdentifier::new(&format!("2.23.136.1.1.7.{arcs}")).unwrap();
    let description = |text: Option<&str>, arcs, parameters: Option<&[u8]>| DeviationDescription {
        description: text.map(str::to_owned),
        kind: below(arcs),
        parameters: parameters.map(<[u8]>::to_vec),
        national_use: None,
    };
    let key_identifier = signer.subject_key_identifier().unwrap().to_vec();
    let by = |signer| DeviationDocuments { signer: Some(signer), ..DeviationDocuments::default() };
    vec![
        Deviation {
            documents: DeviationDocuments {
                document_type: Some("IR".to_owned()),
                signer: Some(DeviationSigner::KeyIdentifier(key_identifier)),
                issued: Some((date(2026, 11, 22).at(0, 0, 0, 0), date(2027, 2, 21).at(23, 59, 59, 0))),
                document_numbers: vec!["CA00001AA".to_owned(), "CA00002AA".to_owned()],
            },
            descriptions: vec![
                description(Some("DG2 is malformed"), "2.1", Some(&[0x02, 0x01, 0x02])),
                description(None, "3.2", None),
            ],
        },
        Deviation {
            documents: by(DeviationSigner::IssuerAndSerial {
                issuer: signer.issuer_der().to_vec(),
                serial_number: signer.serial_number().to_vec(),
            }),
            descriptions: vec![DeviationDescription {
                national_use: Some(vec![0x13, 0x02, b'I', b'T']),
                ..description(None, "5", None)
            }],
        },
        Deviation {
            documents: by(DeviationSigner::CertificateDigest {
                algorithm: sigillo_crypto::HashAlgorithm::Sha256,
                digest: signer.fingerprint().to_vec(),
            }),
            descriptions: vec![description(Some("wrong signature"), "1.1", None)],
        },
    ]
}

/// Two twins of each object: another name, another signature.
pub(crate) fn twins(object: &[u8]) -> [Vec<u8>; 2] {
    let mut renamed = object.to_vec();
    let at = object.windows(4).position(|word| word == b"TEST").unwrap();
    renamed[at] ^= 0x01;
    let mut resigned = object.to_vec();
    *resigned.last_mut().unwrap() ^= 0x01;
    [renamed, resigned]
}

/// Runs OpenSSL in a folder; a machine without it fails the test.
pub(crate) fn openssl(folder: &Path, arguments: &[&str]) -> Output {
    Command::new("openssl").args(arguments).current_dir(folder).output().expect("openssl is installed")
}

pub(crate) fn words(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
