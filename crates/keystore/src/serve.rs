//! What a line, an office or a certification authority asks of its keys.

use jiff::civil::{Date, DateTime};
use sigillo_channel::chip_keys::diversify_with;
use sigillo_channel::scp03::KeySet;
use sigillo_codes::{Cip, CipVerifier, CodeCiphertext};
use sigillo_crypto::{CurvePoint, Entropy, PublicKey, SignatureAlgorithm, kdf_counter_with, record_cipher, sha256};
use sigillo_seal::message::{EncryptedMessage, OpenedMessage};
use sigillo_seal::signer::{ReservedSlot, SignerError};
use sigillo_seal::x509::Certificate;
use sigillo_seal::{SealError, SealErrorKind};
use sigillo_secret::{SecretBytes, SymmetricKey};

use crate::certificates::Certificates;
use crate::container::{Container, Retry};
use crate::entropy::MixedEntropy;
use crate::entry::{Finding, InventoryFault, KeyEntry, KeyKind, KeyState, SignerEntry};
use crate::error::{KeystoreError, KeystoreErrorKind};
use crate::keys::Keys;
use crate::keystore::{Component, KeyAct, Keystore};
use crate::label::KeyLabel;
use crate::manage;
use crate::role::{KeyRole, StoredAlgorithm};

impl<C: Container> Keystore for Keys<C> {
    fn kind(&self) -> KeyKind {
        self.register.mark
    }

    fn csca_certificates(&self) -> &[Certificate] {
        &self.certificates.anchors
    }

    fn signers(&self) -> &[SignerEntry] {
        &self.certificates.signers
    }

    fn keys(&self) -> Vec<KeyEntry> {
        self.register.keys.values().map(|key| key.entry.clone()).collect()
    }

    fn certificate(&self, label: &KeyLabel) -> Result<Certificate, KeystoreError> {
        Certificates::of(&self.folder, label, self.register.living(label)?)
    }

    fn inventory(&self, today: Date) -> Result<Vec<Finding>, KeystoreError> {
        let contents = self.container.contents()?;
        let mut findings = Vec::new();
        let mut find = |label: &str, fault| findings.push(Finding { label: label.to_owned(), fault });
        for key in self.register.keys.values().map(|key| &key.entry).filter(|key| key.state != KeyState::Destroyed) {
            let label = key.label.to_string();
            if !contents.iter().any(|(found, _)| *found == label) {
                find(&label, InventoryFault::Missing);
            } else if manage::identity(&self.container, &key.label, key.algorithm)? != key.id {
                find(&label, InventoryFault::AnotherKey);
            }
            if key.state == KeyState::Active && key.until.is_some_and(|until| until < today) {
                find(&label, InventoryFault::Expired);
            }
        }
        for (label, faults) in contents {
            let is_known = KeyLabel::parse(&label).is_ok_and(|label| self.register.living(&label).is_ok());
            if is_known {
                faults.into_iter().for_each(|fault| find(&label, fault));
            } else {
                find(&label, InventoryFault::Unknown);
            }
        }
        Ok(findings)
    }

    fn worker(&self) -> Result<Box<dyn Keystore>, KeystoreError> {
        Ok(Box::new(self.another()?))
    }

    fn public_key(&self, label: &KeyLabel) -> Result<PublicKey, KeystoreError> {
        match self.register.living(label)?.entry.algorithm {
            StoredAlgorithm::Pair(_) => self.container.public_key(label),
            StoredAlgorithm::Aes256 => Err(KeystoreErrorKind::NotAKeyPair.at(label)),
        }
    }

    fn sign(&self, label: &KeyLabel, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, KeystoreError> {
        self.active_pair(label)?;
        self.container.sign(label, algorithm, message, Retry::Always)
    }

    fn sign_slot(&self, slot: ReservedSlot, to_be_signed: &[u8]) -> Result<Vec<u8>, SignerError> {
        let signer = self.signer(slot.signer()).ok_or(SignerError::SlotOfAnotherSigner)?;
        if !(1..=signer.limit.seals).contains(&slot.number()) {
            return Err(SignerError::LimitReached { number: slot.number(), limit: signer.limit.seals });
        }
        let Ok(StoredAlgorithm::Pair(key)) = self.active_pair(&signer.label) else { return Err(SignerError::Key) };
        let algorithm = SignatureAlgorithm::for_key(key);
        let signed = self.container.sign(&signer.label, algorithm, to_be_signed, Retry::UnlessItMayBeDone);
        signed.map_err(|error| match error.kind() {
            KeystoreErrorKind::TokenAway => SignerError::Away,
            _ => SignerError::Key,
        })
    }

    fn entropy(&self) -> Box<dyn Entropy + '_> {
        Box::new(MixedEntropy::new(|out| self.container.random(out)))
    }

    fn formation_keys(&self, serial: &[u8; 10], version: u8) -> Result<KeySet, KeystoreError> {
        let master = self.current(KeyRole::FormationMaster)?;
        diversify_with(|block| self.cmac(&master, block), serial, version)
    }

    fn transport_keys(&self, batch: &str, serial: &[u8; 10]) -> Result<KeySet, KeystoreError> {
        let unknown = |_| KeystoreError::from(KeystoreErrorKind::BatchUnknown);
        let label = KeyLabel::named(KeyRole::Transport, batch).map_err(unknown)?;
        self.register.living(&label).map_err(unknown)?;
        diversify_with(|block| self.cmac(&label, block), serial, TRANSPORT_VERSION)
    }

    fn wrap_data_key(
        &self,
        record: &[u8],
        data_key: &SymmetricKey,
        entropy: &mut dyn Entropy,
    ) -> Result<Vec<u8>, KeystoreError> {
        if data_key.len() != DATA_KEY_LENGTH {
            return Err(KeystoreErrorKind::WrappedKey.into());
        }
        let mut nonce = [0; record_cipher::NONCE_LENGTH];
        entropy.fill(&mut nonce);
        let label = self.current(KeyRole::DataKeyWrapping)?;
        let wrapped = self.container.encrypt(&label, &nonce, &wrapping_context(record), data_key)?;
        Ok([nonce.as_slice(), &wrapped].concat())
    }

    fn unwrap_data_key(&self, record: &[u8], wrapped: &[u8]) -> Result<SymmetricKey, KeystoreError> {
        let refused = KeystoreErrorKind::WrappedKey;
        if wrapped.len() != record_cipher::NONCE_LENGTH + DATA_KEY_LENGTH + 16 {
            return Err(refused.into());
        }
        let (nonce, ciphertext) = wrapped.split_first_chunk().ok_or(refused)?;
        for label in self.wrapping_keys() {
            if let Some(key) = self.container.decrypt(label, nonce, &wrapping_context(record), ciphertext)? {
                return key.expose(SymmetricKey::new).map_err(|_| refused.into());
            }
        }
        Err(refused.into())
    }

    fn reference_digest(&self, reference: &str) -> Result<[u8; 32], KeystoreError> {
        let context = sha256(reference.as_bytes());
        let key = self.current(KeyRole::ReferenceDigest)?;
        let digest = kdf_counter_with(|block| self.cmac(&key, block), b"sigillo/v1/reference", &context, 256)?;
        digest.expose(|octets| octets.try_into()).map_err(|_| KeystoreErrorKind::WrappedKey.into())
    }

    fn encrypt_code(
        &self,
        context: &[u8],
        plain: &SecretBytes,
        entropy: &mut dyn Entropy,
    ) -> Result<Vec<u8>, KeystoreError> {
        let label = self.current(KeyRole::CodeEncryption)?;
        let recipient = self.code_encryption_point(&label)?;
        let generation = label.generation().unwrap_or_default();
        let encrypted = CodeCiphertext::encrypt(generation, &recipient, context, plain, entropy);
        encrypted.map(|encrypted| encrypted.encode()).map_err(|_| KeystoreErrorKind::NotAKeyPair.at(&label))
    }

    fn decrypt_code(&self, context: &[u8], encrypted: &[u8]) -> Result<SecretBytes, KeystoreError> {
        let altered = |_| KeystoreErrorKind::CodeAltered;
        let encrypted = CodeCiphertext::decode(encrypted).map_err(altered)?;
        let label = KeyLabel::generation_of(KeyRole::CodeEncryption, encrypted.generation());
        let recipient = self.code_encryption_point(&label)?;
        let x = self.container.agree(&label, encrypted.point().octets())?;
        Ok(encrypted.open(context, &x, &recipient).map_err(altered)?)
    }

    fn cip_mac(&self, document_number: &str, cip: &Cip) -> Result<SecretBytes, KeystoreError> {
        let key = self.current(KeyRole::CipVerifier)?;
        let mac = CipVerifier::message(document_number, cip).expose(|message| self.cmac(&key, message))?;
        Ok(SecretBytes::new(mac.to_vec()))
    }

    fn open_message(
        &self,
        message: &EncryptedMessage,
        signers: &[Certificate],
        now: DateTime,
    ) -> Result<OpenedMessage, KeystoreError> {
        for (label, key) in self.register.keys.iter().rev() {
            let is_of_exchange = label.role() == KeyRole::ExchangeDecryption && key.certificate.is_some();
            if !is_of_exchange || key.entry.state == KeyState::Destroyed {
                continue;
            }
            let certificate = Certificates::of(&self.folder, label, key)?;
            match message.agreement(&certificate) {
                Err(error) if error.kind() == SealErrorKind::NotRecipient => {}
                agreement => {
                    let agreement = agreement?;
                    let agreed = self.container.agree(label, agreement.point().octets())?;
                    return Ok(agreement.open(&agreed, signers, now)?);
                }
            }
        }
        Err(SealError::from(SealErrorKind::NotRecipient).into())
    }

    fn check_value(&self, label: &KeyLabel) -> Result<[u8; 3], KeystoreError> {
        self.register.living(label)?;
        manage::check_value_of(&self.container, label)
    }

    fn generate(
        &mut self,
        role: KeyRole,
        name: Option<&str>,
        algorithm: StoredAlgorithm,
        act: &KeyAct<'_>,
        entropy: &mut dyn Entropy,
    ) -> Result<KeyEntry, KeystoreError> {
        manage::generate(self, role, name, algorithm, act, entropy)
    }

    fn import(
        &mut self,
        role: KeyRole,
        name: Option<&str>,
        components: &[Component],
        whole: Option<[u8; 3]>,
        on: Date,
        entropy: &mut dyn Entropy,
    ) -> Result<KeyEntry, KeystoreError> {
        manage::import(self, role, name, components, whole, on, entropy)
    }

    fn rotate(
        &mut self,
        role: KeyRole,
        act: &KeyAct<'_>,
        entropy: &mut dyn Entropy,
    ) -> Result<KeyEntry, KeystoreError> {
        manage::rotate(self, role, act, entropy)
    }

    fn destroy(&mut self, label: &KeyLabel, act: &KeyAct<'_>) -> Result<(), KeystoreError> {
        manage::destroy(self, label, act)
    }

    fn install_certificate(&mut self, label: &KeyLabel, der: &[u8], seals: u64, on: Date) -> Result<(), KeystoreError> {
        manage::install_certificate(self, label, der, seals, on)
    }

    fn install_anchor(&mut self, der: &[u8], on: Date) -> Result<(), KeystoreError> {
        manage::install_anchor(self, der, on)
    }

    fn create_batch(&mut self, batch: &str, on: Date, entropy: &mut dyn Entropy) -> Result<(), KeystoreError> {
        manage::create_batch(self, batch, on, entropy)
    }
}

impl<C: Container> Keys<C> {
    fn active_pair(&self, label: &KeyLabel) -> Result<StoredAlgorithm, KeystoreError> {
        let entry = &self.register.living(label)?.entry;
        match (entry.state, entry.algorithm) {
            (KeyState::Active, algorithm @ StoredAlgorithm::Pair(_)) => Ok(algorithm),
            (KeyState::Active, StoredAlgorithm::Aes256) => Err(KeystoreErrorKind::NotAKeyPair.at(label)),
            _ => Err(KeystoreErrorKind::KeyRetired.at(label)),
        }
    }

    fn cmac(&self, label: &KeyLabel, message: &[u8]) -> Result<[u8; 16], KeystoreError> {
        self.register.living(label)?;
        self.container.cmac(label, message)
    }

    fn code_encryption_point(&self, label: &KeyLabel) -> Result<CurvePoint, KeystoreError> {
        self.public_key(label)?.point().cloned().ok_or_else(|| KeystoreErrorKind::NotAKeyPair.at(label))
    }

    /// Living generations of the wrapping key, newest first.
    fn wrapping_keys(&self) -> impl Iterator<Item = &KeyLabel> {
        let keys = self.register.keys.values().rev().map(|key| &key.entry);
        keys.filter(|key| key.label.role() == KeyRole::DataKeyWrapping && key.state != KeyState::Destroyed)
            .map(|key| &key.label)
    }
}

fn wrapping_context(record: &[u8]) -> Vec<u8> {
    [WRAPPING_LABEL, &[0], record].concat()
}

const TRANSPORT_VERSION: u8 = 0x20;
const DATA_KEY_LENGTH: usize = 32;
const WRAPPING_LABEL: &[u8] = b"sigillo/v1/data-key";
