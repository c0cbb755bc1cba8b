//! The issuing circuit, whose keys are in memory, and the site that it sends lots to.
#![allow(clippy::unwrap_used, clippy::expect_used, dead_code, reason = "a test program")]

use std::fs;
use std::path::{Path, PathBuf};

use base64ct::{Base64, Encoding};
use jiff::civil::{DateTime, date};
use serde_json::Value;
use sigillo_crypto::{
    EcParameters, HashAlgorithm, KeyAlgorithm, PrivateKey, SeededEntropy, SignatureAlgorithm, sha256,
};
use sigillo_exchange::{Certificates, Desk, ExchangeError, Received, Sent, add_partner, receive, send, write_again};
use sigillo_keystore::{KeyAct, KeyLabel, KeyRole, Keystore, Mode, NoSecrets, SoftwareKeys};
use sigillo_line::Home;
use sigillo_seal::message::{EncryptedMessage, prepare_message};
use sigillo_seal::x509::{
    Certificate, CertificateProfile, Country, Period, SerialNumber, SubjectName, Unsigned, eservices_authority,
    message_recipient, message_signer,
};
use sigillo_secret::SecretBytes;
use sigillo_store::{By, Receives, Store};
use tempfile::TempDir;

pub(crate) const NOW: &str = "2026-11-02T09:00:00Z";

pub(crate) fn now() -> DateTime {
    date(2026, 11, 2).at(9, 0, 0, 0)
}

/// A home, and the folder beside it that messages go out to.
pub(crate) struct Site {
    folder: TempDir,
}

/// The issuing circuit.
pub(crate) struct Partner {
    signing: PrivateKey,
    opening: PrivateKey,
    signer: Certificate,
    encryption: Certificate,
    /// Ours: what he encrypts to, and whose messages he believes.
    to: Certificate,
    from: Certificate,
}

impl Partner {
    /// A site that knows him.
    pub(crate) fn with_site() -> (Site, Self) {
        let entropy = &mut SeededEntropy::new([0x5E; 32]);
        let site = Site { folder: tempfile::tempdir().unwrap() };
        fs::create_dir(site.path().join("out")).unwrap();
        let home = Home::create(&site.path().join("home"), Mode::Test, "pse-rf-bac", None).unwrap();
        let mut keys = SoftwareKeys::create_test(&home.keys(), entropy, now().date()).unwrap();
        let mut store = Store::create(&home.database().unwrap()).unwrap();
        let custodians = ["anna", "bruno"].map(str::to_owned);
        let mut generate = |keys: &mut SoftwareKeys, role: KeyRole| {
            let act = KeyAct { on: now().date(), by: &custodians };
            keys.generate(role, None, role.row().algorithms[0], &act, entropy).unwrap().label
        };
        let [authority, own_signer, own_decryption] =
            [KeyRole::EservicesCa, KeyRole::ExchangeSigner, KeyRole::ExchangeDecryption]
                .map(|role| generate(&mut keys, role));
        let root = eservices_authority(&profile("TEST CA", 1), &keys.public_key(&authority).unwrap(), ECDSA).unwrap();
        let root = complete(&keys, &authority, root);
        let certify = |keys: &SoftwareKeys, unsigned: Unsigned<Certificate>| complete(keys, &authority, unsigned);
        let public = |label: &KeyLabel| keys.public_key(label).unwrap();
        let from = message_signer(&profile("TEST line", 2), &public(&own_signer), &root, ECDSA).unwrap();
        let from = certify(&keys, from);
        let to = message_recipient(&profile("TEST line", 3), &public(&own_decryption), &root, ECDSA).unwrap();
        let to = certify(&keys, to);
        let mut entropy = SeededEntropy::new([0x5C; 32]);
        let signing = PrivateKey::generate(KeyAlgorithm::P256, &mut entropy).unwrap();
        let opening = PrivateKey::generate(KeyAlgorithm::P256, &mut entropy).unwrap();
        let signer = certify(&keys, message_signer(&profile("TEST ssce", 4), signing.public(), &root, ECDSA).unwrap());
        let encryption = message_recipient(&profile("TEST ssce", 5), opening.public(), &root, ECDSA).unwrap();
        let encryption = certify(&keys, encryption);
        keys.install_certificate(&own_signer, from.der(), 0, now().date()).unwrap();
        keys.install_certificate(&own_decryption, to.der(), 0, now().date()).unwrap();
        let certificates = Certificates { signers: vec![signer.clone()], encryption: encryption.clone() };
        let mut desk = Desk { home: &home, store: &mut store, keys: &keys, entropy: &mut entropy, by: BY, now: now() };
        add_partner(&mut desk, "ssce", "line", Receives::Own, &certificates).unwrap();
        drop(store);
        (site, Self { signing, opening, signer, encryption, to, from })
    }

    /// The message `number` with the record of a line of the demo.
    pub(crate) fn lot(&self, number: u64, previous: [u8; 32], record: usize) -> Vec<u8> {
        self.sealed(&lot_content(number, previous, record))
    }

    pub(crate) fn digest_of_lot(&self, number: u64, previous: [u8; 32], record: usize) -> [u8; 32] {
        sha256(&lot_content(number, previous, record))
    }

    pub(crate) fn acknowledgements(&self, number: u64, previous: [u8; 32], contents: &[Vec<u8>]) -> Vec<u8> {
        let lines: String = (1..)
            .zip(contents)
            .map(|(number, content)| {
                format!("{{\"number\":{number},\"digest\":\"{}\"}}\n", hex::encode(sha256(content)))
            })
            .collect();
        self.message(&format!(r#""kind":"acknowledgements","number":{number}"#), previous, &lines)
    }

    pub(crate) fn message(&self, members: &str, previous: [u8; 32], lines: &str) -> Vec<u8> {
        self.sealed(&content("ssce", "line", members, previous, lines))
    }

    pub(crate) fn lot_between(&self, from: &str, to: &str, number: u64) -> Vec<u8> {
        self.sealed(&content(from, to, &format!(r#""kind":"lot","number":{number}"#), [0; 32], &line_of(1)))
    }

    /// The content of a file that came to him.
    pub(crate) fn opened(&self, file: &Path) -> Vec<u8> {
        let message = EncryptedMessage::decode(&fs::read(file).unwrap()).unwrap();
        let agreement = message.agreement(&self.encryption).unwrap();
        let agreed = self.opening.curve_key().unwrap().agree(agreement.point()).unwrap();
        let opened = agreement.open(&agreed.x(), std::slice::from_ref(&self.from), now()).unwrap();
        opened.content().expose(<[u8]>::to_vec)
    }

    fn sealed(&self, content: &[u8]) -> Vec<u8> {
        let entropy = &mut SeededEntropy::new(sha256(content));
        let unsigned = prepare_message(SecretBytes::copy_of(content), &self.signer, now(), ECDSA).unwrap();
        let signature = self.signing.sign(ECDSA, unsigned.to_be_signed(), entropy).unwrap();
        unsigned.encrypt_to(&signature, &self.to, entropy).unwrap()
    }
}

impl Site {
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn copy(&self) -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(self.path(), folder.path());
        Self { folder }
    }

    pub(crate) fn store(&self) -> Store {
        Store::open(&self.home().database().unwrap()).unwrap()
    }

    pub(crate) fn keys(&self) -> SoftwareKeys {
        SoftwareKeys::open(&self.home().keys(), Mode::Test, &mut NoSecrets).unwrap()
    }

    pub(crate) fn receive(&self, store: &mut Store, file: &[u8]) -> Result<Received, ExchangeError> {
        self.at_the_desk(store, |desk| receive(desk, file))
    }

    pub(crate) fn send(&self, store: &mut Store, out: &Path) -> Result<Option<Sent>, ExchangeError> {
        self.at_the_desk(store, |desk| send(desk, "ssce", out))
    }

    pub(crate) fn write_again(&self, store: &mut Store, number: u64, out: &Path) -> Result<PathBuf, ExchangeError> {
        self.at_the_desk(store, |desk| write_again(desk, "ssce", number, out))
    }

    fn at_the_desk<R>(&self, store: &mut Store, work: impl FnOnce(&mut Desk<'_>) -> R) -> R {
        let (home, keys) = (self.home(), self.keys());
        let entropy = &mut sigillo_keystore::OsEntropy;
        work(&mut Desk { home: &home, store, keys: &keys, entropy, by: BY, now: now() })
    }

    fn home(&self) -> Home {
        Home::open(&self.path().join("home")).unwrap()
    }
}

/// A line of the demo's lot, its images inside.
pub(crate) fn line_of(record: usize) -> String {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../demo");
    let text = fs::read_to_string(demo.join("lot.jsonl")).unwrap();
    let mut numbered = text.lines().filter(|line| line.contains("\"document_number\""));
    let mut value: Value = serde_json::from_str(numbered.nth(record - 1).unwrap()).unwrap();
    inside(&mut value, &demo);
    format!("{value}\n")
}

fn inside(value: &mut Value, folder: &Path) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(path)) = members.remove("path") {
                let image = fs::read(folder.join(path)).unwrap();
                members.insert("base64".to_owned(), Base64::encode_string(&image).into());
            }
            members.values_mut().for_each(|member| inside(member, folder));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| inside(item, folder)),
        _ => {}
    }
}

fn lot_content(number: u64, previous: [u8; 32], record: usize) -> Vec<u8> {
    content("ssce", "line", &format!(r#""kind":"lot","number":{number}"#), previous, &line_of(record))
}

fn content(from: &str, to: &str, members: &str, previous: [u8; 32], lines: &str) -> Vec<u8> {
    let previous = hex::encode(previous);
    format!("{{\"v\":1,\"from\":\"{from}\",\"to\":\"{to}\",{members},\"previous\":\"{previous}\",\"at\":\"{NOW}\"}}\n{lines}")
        .into_bytes()
}

fn complete(keys: &SoftwareKeys, issuer: &KeyLabel, unsigned: Unsigned<Certificate>) -> Certificate {
    let signature = keys.sign(issuer, unsigned.algorithm(), unsigned.to_be_signed()).unwrap();
    unsigned.complete(&signature).unwrap()
}

fn profile(name: &str, number: u8) -> CertificateProfile {
    let valid = Period::new(date(2026, 11, 1).at(0, 0, 0, 0), date(2027, 11, 1).at(0, 0, 0, 0)).unwrap();
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

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

const BY: By<'static> = By { operator: "anna", at: NOW, run: None };
const ECDSA: SignatureAlgorithm = SignatureAlgorithm::Ecdsa(HashAlgorithm::Sha256);
