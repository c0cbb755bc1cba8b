//! Messages of partners: opened by the keys of the exchange, on both curves, by a generation that was replaced too.

use jiff::civil::DateTime;
use sigillo_crypto::{EcParameters, KeyAlgorithm, PrivateKey, SeededEntropy, SignatureAlgorithm};
use sigillo_keystore::{KeyAct, KeyLabel, KeyRole, Keystore, StoredAlgorithm};
use sigillo_seal::message::{EncryptedMessage, prepare_message};
use sigillo_seal::x509::{
    Certificate, CertificateProfile, Country, Period, SerialNumber, SubjectName, Unsigned, eservices_authority,
    message_recipient, message_signer,
};
use sigillo_secret::SecretBytes;

use crate::lab::{TODAY, two};

pub(crate) fn open_by_the_keys_of_the_exchange(keys: &mut dyn Keystore) {
    let (by, mut entropy) = (two(), SeededEntropy::new([7; 32]));
    let act = KeyAct { on: TODAY, by: &by };
    let authority = keys.current(KeyRole::EservicesCa).unwrap();
    let root = eservices_authority(&profile("TEST eServices CA", 1), &keys.public_key(&authority).unwrap(), ECDSA);
    let root = complete(keys, &authority, root.unwrap());

    let partner = PrivateKey::generate(KeyAlgorithm::P256, &mut entropy).unwrap();
    let signer = message_signer(&profile("TEST partner", 2), partner.public(), &root, ECDSA).unwrap();
    let signer = complete(keys, &authority, signer);
    let mut messages = Vec::new();
    for (number, algorithm) in [(3, KeyAlgorithm::P256), (4, KeyAlgorithm::P384)] {
        let algorithm = StoredAlgorithm::Pair(algorithm);
        let label = keys.generate(KeyRole::ExchangeDecryption, None, algorithm, &act, &mut entropy).unwrap().label;
        let own = message_recipient(&profile("TEST line", number), &keys.public_key(&label).unwrap(), &root, ECDSA);
        let own = complete(keys, &authority, own.unwrap());
        let unsigned = prepare_message(SecretBytes::copy_of(b"a lot"), &signer, now(), ECDSA).unwrap();
        let signature = partner.sign(ECDSA, unsigned.to_be_signed(), &mut entropy).unwrap();
        let message = unsigned.encrypt_to(&signature, &own, &mut entropy).unwrap();
        let message = EncryptedMessage::decode(&message).unwrap();
        let refused = keys.open_message(&message, std::slice::from_ref(&signer), now()).unwrap_err();
        assert_eq!(refused.code(), "seal.not-recipient", "its certificate is not installed yet");
        keys.install_certificate(&label, own.der(), 0, TODAY).unwrap();
        messages.push(message);
    }
    for message in &messages {
        let opened = keys.open_message(message, std::slice::from_ref(&signer), now()).unwrap();
        opened.into_content().expose(|content| assert_eq!(content, b"a lot"));
        let refused = keys.open_message(message, std::slice::from_ref(&root), now()).unwrap_err();
        assert_eq!(refused.code(), "seal.message-signer");
    }
}

fn complete(keys: &dyn Keystore, issuer: &KeyLabel, unsigned: Unsigned<Certificate>) -> Certificate {
    let signature = keys.sign(issuer, unsigned.algorithm(), unsigned.to_be_signed()).unwrap();
    unsigned.complete(&signature).unwrap()
}

fn profile(name: &str, number: u8) -> CertificateProfile {
    let valid = Period::new(now(), TODAY.at(23, 59, 59, 0)).unwrap();
    CertificateProfile {
        subject: SubjectName::new(Country::parse("IT", "ITA").unwrap(), "Sigillo", Some("TEST"), name).unwrap(),
        serial_number: SerialNumber::from_random([number; 16]),
        valid,
        private_key_usage: valid,
        parameters: EcParameters::Named,
        contact: "exchange@example.invalid".to_owned(),
        crl_addresses: vec!["https://example.invalid/services.crl".to_owned()],
    }
}

fn now() -> DateTime {
    TODAY.at(12, 0, 0, 0)
}

const ECDSA: SignatureAlgorithm = SignatureAlgorithm::Ecdsa(sigillo_crypto::HashAlgorithm::Sha256);
