//! A country that signs by any algorithm: CSCA, document signer, their keys.

use sigillo_crypto::{EcParameters, HashAlgorithm, KeyAlgorithm, PrivateKey, SeededEntropy, SignatureAlgorithm};
use sigillo_seal::x509::{Certificate, country_signer, document_signer};
use sigillo_seal::{LdsVersion, Seal, SignerCertificate, prepare, prepare_card_security};

use crate::common::{now, profile};

pub(crate) struct Country {
    pub(crate) csca: Certificate,
    pub(crate) signer_key: PrivateKey,
    pub(crate) signer: Certificate,
    pub(crate) algorithm: SignatureAlgorithm,
}

/// Every algorithm that seals are made by, with the key that makes them; RSA beyond 2048 bits by one algorithm each.
pub(crate) fn algorithms() -> Vec<(KeyAlgorithm, SignatureAlgorithm)> {
    use HashAlgorithm::{Sha256, Sha384, Sha512};
    let curves = KeyAlgorithm::ALL.into_iter().filter(|key| key.curve().is_some());
    let rsa = [Sha256, Sha384, Sha512].into_iter().flat_map(|hash| {
        [SignatureAlgorithm::RsaPkcs1(hash), SignatureAlgorithm::pss(hash)].map(|made| (KeyAlgorithm::Rsa2048, made))
    });
    let longer = [
        (KeyAlgorithm::Rsa3072, SignatureAlgorithm::pss(Sha256)),
        (KeyAlgorithm::Rsa4096, SignatureAlgorithm::RsaPkcs1(Sha512)),
    ];
    curves.map(|key| (key, SignatureAlgorithm::for_key(key))).chain(rsa).chain(longer).collect()
}

impl Country {
    pub(crate) fn new(key: KeyAlgorithm, algorithm: SignatureAlgorithm, parameters: EcParameters) -> Self {
        let mut entropy = SeededEntropy::new([0x4C; 32]);
        let mut draw = || PrivateKey::generate(key, &mut entropy).unwrap();
        let (csca_key, signer_key) = (draw(), draw());
        let csca = country_signer(&profile("TEST CSCA", parameters, 0xC5, 16), csca_key.public(), algorithm).unwrap();
        let signature = csca_key.sign(algorithm, csca.to_be_signed(), &mut entropy).unwrap();
        let csca = csca.complete(&signature).unwrap();
        let signer = profile("TEST DS 1", parameters, 0xD5, 11);
        let signer = document_signer(&signer, &["IR"], signer_key.public(), &csca, algorithm).unwrap();
        let signature = csca_key.sign(algorithm, signer.to_be_signed(), &mut entropy).unwrap();
        let signer = signer.complete(&signature).unwrap();
        Self { csca, signer_key, signer, algorithm }
    }

    pub(crate) fn verified(&self) -> SignerCertificate {
        let verified = SignerCertificate::verify(self.signer.clone(), std::slice::from_ref(&self.csca)).unwrap();
        verified.signing_by(self.algorithm).unwrap()
    }

    pub(crate) fn sign(&self, to_be_signed: &[u8]) -> Vec<u8> {
        self.signer_key.sign(self.algorithm, to_be_signed, &mut SeededEntropy::new([0x5A; 32])).unwrap()
    }

    pub(crate) fn seal(&self, groups: &[(u8, &[u8])], version: LdsVersion) -> Seal {
        let hashed = prepare(groups, version, self.algorithm.hash()).unwrap();
        let signature = self.sign(hashed.to_be_signed());
        hashed.seal(&signature, &self.verified(), now()).unwrap()
    }

    pub(crate) fn card_security(&self, infos: &[u8]) -> Vec<u8> {
        let unsigned = prepare_card_security(infos, self.algorithm.hash()).unwrap();
        let signature = self.sign(unsigned.to_be_signed());
        unsigned.sign(&signature, &self.verified(), now()).unwrap()
    }
}
