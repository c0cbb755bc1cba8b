//! Messages of partners: signed, then encrypted.

use std::sync::LazyLock;

use jiff::civil::{DateTime, date};
use sigillo_crypto::{EcParameters, HashAlgorithm, KeyAlgorithm, PrivateKey, SeededEntropy, SignatureAlgorithm};
use sigillo_seal::SealError;
use sigillo_seal::message::{EncryptedMessage, encrypt_to, prepare_message};
use sigillo_seal::x509::{
    Certificate, CertificateProfile, Country, Period, SerialNumber, SubjectName, Unsigned, eservices_authority,
    message_recipient, message_signer,
};
use sigillo_secret::SecretBytes;

/// Whatever opens is what was sent: nobody else has the signer's key.
pub(crate) fn encrypted_messages(bytes: &[u8]) {
    let Ok(message) = EncryptedMessage::decode(bytes) else { return };
    let Both { key, signer, recipient, .. } = &*BOTH;
    let Ok(agreement) = message.agreement(recipient) else { return };
    let agreed = key.curve_key().expect("a key on a curve").agree(agreement.point()).expect("a point of its curve");
    if let Ok(opened) = agreement.open(&agreed.x(), std::slice::from_ref(signer), NOW) {
        opened.content().expose(|content| assert_eq!(content, CONTENT, "a content that nobody signed"));
    }
}

/// One that opens, and one that nobody signed.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    BOTH.messages.clone()
}

/// Sender and recipient, who have one key.
struct Both {
    key: PrivateKey,
    signer: Certificate,
    recipient: Certificate,
    messages: Vec<Vec<u8>>,
}

static BOTH: LazyLock<Both> = LazyLock::new(|| make().expect("two partners correspond"));

fn make() -> Result<Both, SealError> {
    let mut entropy = SeededEntropy::new([9; 32]);
    let key = PrivateKey::generate(KeyAlgorithm::P256, &mut entropy).expect("a key on P-256");
    let sign = |message: &[u8]| key.sign(ECDSA, message, &mut SeededEntropy::new([8; 32])).expect("P-256 signs");
    let complete = |unsigned: Unsigned<Certificate>| {
        let signature = sign(unsigned.to_be_signed());
        unsigned.complete(&signature)
    };
    let root = complete(eservices_authority(&profile("TEST CA")?, key.public(), ECDSA)?)?;
    let signer = complete(message_signer(&profile("TEST signer")?, key.public(), &root, ECDSA)?)?;
    let recipient = complete(message_recipient(&profile("TEST recipient")?, key.public(), &root, ECDSA)?)?;
    let unsigned = prepare_message(SecretBytes::copy_of(CONTENT), &signer, NOW, ECDSA)?;
    let signature = sign(unsigned.to_be_signed());
    let signed = unsigned.encrypt_to(&signature, &recipient, &mut entropy)?;
    let bare = encrypt_to(&recipient, &SecretBytes::copy_of(CONTENT), NOW, &mut entropy)?;
    Ok(Both { key, signer, recipient, messages: vec![signed, bare] })
}

fn profile(name: &str) -> Result<CertificateProfile, SealError> {
    let valid = Period::new(date(2026, 11, 2).at(0, 0, 0, 0), date(2027, 11, 2).at(0, 0, 0, 0))?;
    Ok(CertificateProfile {
        subject: SubjectName::new(Country::parse("IT", "ITA")?, "Sigillo TEST", None, name)?,
        serial_number: SerialNumber::from_random([0x5F; 16]),
        valid,
        private_key_usage: valid,
        parameters: EcParameters::Named,
        contact: "exchange@example.invalid".to_owned(),
        crl_addresses: vec!["https://example.invalid/services.crl".to_owned()],
    })
}

const CONTENT: &[u8] = b"{\"v\":1}\n";
const ECDSA: SignatureAlgorithm = SignatureAlgorithm::Ecdsa(HashAlgorithm::Sha256);
const NOW: DateTime = date(2026, 11, 22).at(12, 0, 0, 0);
