//! A small issuing country: a CSCA, a document signer, data groups and their seal.
#![allow(dead_code, reason = "each test binary uses its part")]
#![allow(clippy::disallowed_types, reason = "OpenSSL is a process")]

use std::path::Path;
use std::process::{Command, Output};

use jiff::civil::{DateTime, date};
use sigillo_crypto::{EcParameters, HashAlgorithm, P256PrivateKey, SeededEntropy, SignatureAlgorithm};
use sigillo_seal::x509::{
    Certificate, CertificateProfile, Country, Period, SerialNumber, SubjectName, country_signer, document_signer,
};
use sigillo_seal::{Hashed, LdsVersion, Seal, SignerCertificate, prepare, prepare_card_security};

/// How these issuers sign.
pub(crate) const ECDSA: SignatureAlgorithm = SignatureAlgorithm::Ecdsa(HashAlgorithm::Sha256);

/// The day of all tests.
pub(crate) fn now() -> DateTime {
    date(2026, 11, 2).at(12, 0, 0, 0)
}

pub(crate) struct Issuer {
    pub(crate) csca_key: P256PrivateKey,
    pub(crate) csca: Certificate,
    pub(crate) signer_key: P256PrivateKey,
    pub(crate) signer: Certificate,
}

pub(crate) fn italy() -> Country {
    Country::parse("IT", "ITA").unwrap()
}

pub(crate) fn profile(common_name: &str, parameters: EcParameters, serial: u8, years: i16) -> CertificateProfile {
    let from = date(2026, 11, 2).at(0, 0, 0, 0);
    let usage_years = if years > 12 { 5 } else { 1 };
    CertificateProfile {
        subject: SubjectName::new(italy(), "Sigillo TEST", Some("Prove"), common_name).unwrap(),
        serial_number: SerialNumber::from_random([serial; 16]),
        valid: Period::new(from, date(2026 + years, 11, 1).at(23, 59, 59, 0)).unwrap(),
        private_key_usage: Period::new(from, date(2026 + usage_years, 2, 1).at(23, 59, 59, 0)).unwrap(),
        parameters,
        contact: "csca@example.invalid".to_owned(),
        crl_addresses: vec!["https://csca.example.invalid/ITA.crl".to_owned()],
    }
}

impl Issuer {
    pub(crate) fn new(parameters: EcParameters) -> Self {
        Self::seeded(parameters, 7)
    }

    pub(crate) fn seeded(parameters: EcParameters, seed: u8) -> Self {
        let mut entropy = SeededEntropy::new([seed; 32]);
        let csca_key = P256PrivateKey::generate(&mut entropy);
        let signer_key = P256PrivateKey::generate(&mut entropy);
        let csca = country_signer(&profile("TEST CSCA", parameters, 0xC5, 16), &csca_key.public(), ECDSA).unwrap();
        let signature = csca_key.sign(HashAlgorithm::Sha256, csca.to_be_signed()).unwrap();
        let csca = csca.complete(&signature).unwrap();
        let unsigned = document_signer(
            &profile("TEST DS 1", parameters, 0xD5, 11),
            &["IR", "IP"],
            &signer_key.public(),
            &csca,
            ECDSA,
        )
        .unwrap();
        let signature = csca_key.sign(HashAlgorithm::Sha256, unsigned.to_be_signed()).unwrap();
        let signer = unsigned.complete(&signature).unwrap();
        Self { csca_key, csca, signer_key, signer }
    }

    pub(crate) fn verified_signer(&self) -> SignerCertificate {
        SignerCertificate::verify(self.signer.clone(), std::slice::from_ref(&self.csca)).unwrap()
    }

    pub(crate) fn sign(&self, hashed: &Hashed) -> Vec<u8> {
        self.signer_key.sign(HashAlgorithm::Sha256, hashed.to_be_signed()).unwrap()
    }

    pub(crate) fn card_security(&self, security_infos: &[u8]) -> Vec<u8> {
        let unsigned = prepare_card_security(security_infos, HashAlgorithm::Sha256).unwrap();
        let signature = self.signer_key.sign(HashAlgorithm::Sha256, unsigned.to_be_signed()).unwrap();
        unsigned.sign(&signature, &self.verified_signer(), now()).unwrap()
    }

    pub(crate) fn seal(&self, groups: &[(u8, &[u8])]) -> Seal {
        let hashed = prepare(groups, LdsVersion::V1_8, HashAlgorithm::Sha256).unwrap();
        let signature = self.sign(&hashed);
        hashed.seal(&signature, &self.verified_signer(), now()).unwrap()
    }
}

/// Data groups 1, 2 and 14: a real MRZ (ICAO 9303-5, issuing state Utopia), the others of the right tag.
pub(crate) fn groups() -> Vec<(u8, Vec<u8>)> {
    let mrz = b"IRUTOD231458907<<<<<<<<<<<<<<<7408122F1204159UTO<<<<<<<<<<<6ERIKSSON<<ANNA<MARIA<<<<<<<<<<";
    vec![
        (1, sigillo_tlv::encode(0x61, &sigillo_tlv::encode(0x5F1F, mrz))),
        (2, sigillo_tlv::encode(0x75, &[0x5A; 300])),
        (14, sigillo_tlv::encode(0x6E, &[0x31, 0x00])),
    ]
}

pub(crate) fn borrowed(groups: &[(u8, Vec<u8>)]) -> Vec<(u8, &[u8])> {
    groups.iter().map(|(number, file)| (*number, file.as_slice())).collect()
}

/// EF.SOD without its tag 77: what OpenSSL reads.
pub(crate) fn content_info(ef_sod: &[u8]) -> &[u8] {
    sigillo_tlv::single(ef_sod, 0x77).unwrap().value
}

/// A private key as OpenSSL reads it: SEC1 with the named curve.
pub(crate) fn sec1(key: &P256PrivateKey) -> Vec<u8> {
    key.expose(|scalar| {
        let curve = [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07];
        let parts =
            [sigillo_tlv::encode(0x02, &[1]), sigillo_tlv::encode(0x04, scalar), sigillo_tlv::encode(0xA0, &curve)];
        sigillo_tlv::encode(0x30, &parts.concat())
    })
}

/// Runs OpenSSL in a folder; a machine without it fails the test.
pub(crate) fn openssl(folder: &Path, arguments: &[&str]) -> Output {
    Command::new("openssl").args(arguments).current_dir(folder).output().expect("openssl is installed")
}

pub(crate) fn openssl_text(folder: &Path, arguments: &[&str]) -> String {
    let output = openssl(folder, arguments);
    assert!(output.status.success(), "openssl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
