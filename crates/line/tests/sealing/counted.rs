//! A keystore that writes down every signature of a seal before it is made, where no kill takes it back.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

use jiff::civil::Date;
use sigillo_channel::scp03::KeySet;
use sigillo_codes::Cip;
use sigillo_crypto::{Entropy, PublicKey, SignatureAlgorithm};
use sigillo_keystore::{
    Component, Finding, KeyAct, KeyEntry, KeyKind, KeyLabel, KeyRole, Keystore, KeystoreError, SignerEntry,
    StoredAlgorithm,
};
use sigillo_seal::signer::{ReservedSlot, SignerError};
use sigillo_seal::x509::Certificate;
use sigillo_secret::{SecretBytes, SymmetricKey};

/// Lines that are durable when `line` returns.
#[derive(Debug)]
pub(crate) struct Log(File);

impl Log {
    pub(crate) fn open(path: &Path) -> Self {
        Self(OpenOptions::new().create(true).append(true).open(path).unwrap())
    }

    pub(crate) fn line(&self, text: &str) {
        (&self.0).write_all(format!("{text}\n").as_bytes()).unwrap();
        self.0.sync_data().unwrap();
    }
}

#[derive(Debug)]
pub(crate) struct Counted {
    inner: Box<dyn Keystore>,
    signed: Log,
}

impl Counted {
    pub(crate) fn new(inner: Box<dyn Keystore>, signed: Log) -> Self {
        Self { inner, signed }
    }
}

type Result<T> = std::result::Result<T, KeystoreError>;

impl Keystore for Counted {
    fn sign_slot(&self, slot: ReservedSlot, to_be_signed: &[u8]) -> std::result::Result<Vec<u8>, SignerError> {
        self.signed.line(&format!("{} {}", slot.signer(), slot.number()));
        self.inner.sign_slot(slot, to_be_signed)
    }

    fn kind(&self) -> KeyKind {
        self.inner.kind()
    }
    fn csca_certificates(&self) -> &[Certificate] {
        self.inner.csca_certificates()
    }
    fn signers(&self) -> &[SignerEntry] {
        self.inner.signers()
    }
    fn keys(&self) -> Vec<KeyEntry> {
        self.inner.keys()
    }
    fn certificate(&self, label: &KeyLabel) -> Result<Certificate> {
        self.inner.certificate(label)
    }
    fn inventory(&self, today: Date) -> Result<Vec<Finding>> {
        self.inner.inventory(today)
    }
    fn worker(&self) -> Result<Box<dyn Keystore>> {
        self.inner.worker()
    }
    fn public_key(&self, label: &KeyLabel) -> Result<PublicKey> {
        self.inner.public_key(label)
    }
    fn sign(&self, label: &KeyLabel, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>> {
        self.inner.sign(label, algorithm, message)
    }
    fn entropy(&self) -> Box<dyn Entropy + '_> {
        self.inner.entropy()
    }
    fn formation_keys(&self, serial: &[u8; 10], version: u8) -> Result<KeySet> {
        self.inner.formation_keys(serial, version)
    }
    fn transport_keys(&self, batch: &str, serial: &[u8; 10]) -> Result<KeySet> {
        self.inner.transport_keys(batch, serial)
    }
    fn wrap_data_key(&self, record: &[u8], key: &SymmetricKey, entropy: &mut dyn Entropy) -> Result<Vec<u8>> {
        self.inner.wrap_data_key(record, key, entropy)
    }
    fn unwrap_data_key(&self, record: &[u8], wrapped: &[u8]) -> Result<SymmetricKey> {
        self.inner.unwrap_data_key(record, wrapped)
    }
    fn reference_digest(&self, reference: &str) -> Result<[u8; 32]> {
        self.inner.reference_digest(reference)
    }
    fn encrypt_code(&self, context: &[u8], plain: &SecretBytes, entropy: &mut dyn Entropy) -> Result<Vec<u8>> {
        self.inner.encrypt_code(context, plain, entropy)
    }
    fn decrypt_code(&self, context: &[u8], encrypted: &[u8]) -> Result<SecretBytes> {
        self.inner.decrypt_code(context, encrypted)
    }
    fn cip_mac(&self, document_number: &str, cip: &Cip) -> Result<SecretBytes> {
        self.inner.cip_mac(document_number, cip)
    }
    fn open_message(
        &self,
        message: &sigillo_seal::message::EncryptedMessage,
        signers: &[Certificate],
        now: jiff::civil::DateTime,
    ) -> Result<sigillo_seal::message::OpenedMessage> {
        self.inner.open_message(message, signers, now)
    }

    fn check_value(&self, label: &KeyLabel) -> Result<[u8; 3]> {
        self.inner.check_value(label)
    }
    fn generate(
        &mut self,
        role: KeyRole,
        name: Option<&str>,
        algorithm: StoredAlgorithm,
        act: &KeyAct<'_>,
        entropy: &mut dyn Entropy,
    ) -> Result<KeyEntry> {
        self.inner.generate(role, name, algorithm, act, entropy)
    }
    fn import(
        &mut self,
        role: KeyRole,
        name: Option<&str>,
        components: &[Component],
        whole: Option<[u8; 3]>,
        on: Date,
        entropy: &mut dyn Entropy,
    ) -> Result<KeyEntry> {
        self.inner.import(role, name, components, whole, on, entropy)
    }
    fn rotate(&mut self, role: KeyRole, act: &KeyAct<'_>, entropy: &mut dyn Entropy) -> Result<KeyEntry> {
        self.inner.rotate(role, act, entropy)
    }
    fn destroy(&mut self, label: &KeyLabel, act: &KeyAct<'_>) -> Result<()> {
        self.inner.destroy(label, act)
    }
    fn install_certificate(&mut self, label: &KeyLabel, der: &[u8], seals: u64, on: Date) -> Result<()> {
        self.inner.install_certificate(label, der, seals, on)
    }
    fn install_anchor(&mut self, der: &[u8], on: Date) -> Result<()> {
        self.inner.install_anchor(der, on)
    }
    fn create_batch(&mut self, batch: &str, on: Date, entropy: &mut dyn Entropy) -> Result<()> {
        self.inner.create_batch(batch, on, entropy)
    }
}
