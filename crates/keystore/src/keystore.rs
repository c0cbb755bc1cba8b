use std::fmt;

use jiff::civil::{Date, DateTime};
use sigillo_channel::scp03::KeySet;
use sigillo_codes::Cip;
use sigillo_crypto::{Entropy, PublicKey, SignatureAlgorithm};
use sigillo_seal::message::{EncryptedMessage, OpenedMessage};
use sigillo_seal::signer::{ReservedSlot, SignerError};
use sigillo_seal::x509::Certificate;
use sigillo_secret::{SecretBytes, SymmetricKey};

use crate::entry::{Finding, KeyEntry, KeyKind, KeyState, SignerEntry};
use crate::error::{KeystoreError, KeystoreErrorKind};
use crate::label::KeyLabel;
use crate::role::{KeyRole, StoredAlgorithm};

/// Issuer keys: in encrypted files for tests and the demo ([`crate::SoftwareKeys`]), or in a PKCS#11 token
/// ([`crate::TokenKeys`]).
///
/// No private or master key leaves it; what leaves are certificates, signatures, wrapped data keys and the key sets of one
/// chip at a time. One value serves one thread: each worker takes its own by [`Keystore::worker`].
///
/// Everything may also fail with the errors of a token: `keystore.token-away` when it did not come back within the patience
/// of the store, `keystore.token` for what it refuses.
pub trait Keystore: fmt::Debug + Send {
    /// Whether these are test keys.
    fn kind(&self) -> KeyKind;

    /// The certificates of all generations of the country signing CA, oldest first: the trust anchors of whoever checks the
    /// documents.
    fn csca_certificates(&self) -> &[Certificate];

    /// The document signers that may still sign, in the order in which they are to be used up.
    fn signers(&self) -> &[SignerEntry];

    /// The keys that the register names, by label, destroyed ones too.
    fn keys(&self) -> Vec<KeyEntry>;

    /// The certificate that was installed for a key.
    ///
    /// # Errors
    ///
    /// `keystore.key-unknown`, `keystore.no-certificate`, `keystore.altered`.
    fn certificate(&self, label: &KeyLabel) -> Result<Certificate, KeystoreError>;

    /// Holds the register against what is really there, and against the date.
    ///
    /// # Errors
    ///
    /// Of the token alone: what is wrong with keys is in the result.
    fn inventory(&self, today: Date) -> Result<Vec<Finding>, KeystoreError>;

    /// A handle with a session of its own, for one worker thread. It changes no keys.
    ///
    /// # Errors
    ///
    /// Of the token alone.
    fn worker(&self) -> Result<Box<dyn Keystore>, KeystoreError>;

    /// The public half of a key pair.
    ///
    /// # Errors
    ///
    /// `keystore.key-unknown`, `keystore.not-a-key-pair`.
    fn public_key(&self, label: &KeyLabel) -> Result<PublicKey, KeystoreError>;

    /// Signs a message (ECDSA in DER, RSA raw) with an active key. Seals are signed by [`Keystore::sign_slot`] alone.
    ///
    /// # Errors
    ///
    /// `keystore.key-unknown`, `keystore.key-retired`, `keystore.not-a-key-pair`, or a code of `crypto` for an algorithm that
    /// does not go with the key.
    fn sign(&self, label: &KeyLabel, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, KeystoreError>;

    /// Signs a seal with the signer whose slot was reserved, spending the slot: at most one signature comes into being.
    ///
    /// # Errors
    ///
    /// [`SignerError`]; the slot is spent all the same and must be voided. After `signer.away` the next call waits for the
    /// token.
    fn sign_slot(&self, slot: ReservedSlot, to_be_signed: &[u8]) -> Result<Vec<u8>, SignerError>;

    /// Randomness for keys, nonces and codes: the operating system's, mixed with the token's where there is one.
    fn entropy(&self) -> Box<dyn Entropy + '_>;

    /// The key set of one chip under the formation master (decision D11); version 0x30.
    ///
    /// # Errors
    ///
    /// `keystore.key-unknown`.
    fn formation_keys(&self, serial: &[u8; 10], version: u8) -> Result<KeySet, KeystoreError>;

    /// The key set that a chip of a vendor batch arrives with; version 0x20.
    ///
    /// # Errors
    ///
    /// `keystore.batch-unknown`.
    fn transport_keys(&self, batch: &str, serial: &[u8; 10]) -> Result<KeySet, KeystoreError>;

    /// Wraps the data key of one record: nonce (12) ‖ ciphertext (32) ‖ tag (16), AES-256-GCM, bound to the record.
    ///
    /// The associated data are `sigillo/v1/data-key`, 00 and the record's identity. The newest wrapping key is used.
    ///
    /// # Errors
    ///
    /// `keystore.wrapped-key` unless the data key has 32 octets; `keystore.key-unknown`.
    fn wrap_data_key(
        &self,
        record: &[u8],
        data_key: &SymmetricKey,
        entropy: &mut dyn Entropy,
    ) -> Result<Vec<u8>, KeystoreError>;

    /// Opens what [`Keystore::wrap_data_key`] made for the same record, under whichever generation of the wrapping key.
    ///
    /// # Errors
    ///
    /// `keystore.wrapped-key`.
    fn unwrap_data_key(&self, record: &[u8], wrapped: &[u8]) -> Result<SymmetricKey, KeystoreError>;

    /// A digest of an office's file reference that only this keystore can make: whoever holds the register alone cannot
    /// find a reference by trying all of them.
    ///
    /// SP 800-108 in counter mode with AES-256-CMAC: label `sigillo/v1/reference`, context the SHA-256 of the reference,
    /// 256 bits. Spec: `nist-sp-800-108#counter-mode`.
    ///
    /// # Errors
    ///
    /// `keystore.key-unknown`.
    fn reference_digest(&self, reference: &str) -> Result<[u8; 32], KeystoreError>;

    /// Encrypts octets to the code-encryption key, as [`CodeCiphertext`](sigillo_codes::CodeCiphertext) lays them out:
    /// whoever has no part in the issuing circuit can only do this.
    ///
    /// # Errors
    ///
    /// `keystore.key-unknown`.
    fn encrypt_code(
        &self,
        context: &[u8],
        plain: &SecretBytes,
        entropy: &mut dyn Entropy,
    ) -> Result<Vec<u8>, KeystoreError>;

    /// Opens what [`Keystore::encrypt_code`] closed in the same context.
    ///
    /// # Errors
    ///
    /// `keystore.code-altered`, `keystore.key-unknown`.
    fn decrypt_code(&self, context: &[u8], encrypted: &[u8]) -> Result<SecretBytes, KeystoreError>;

    /// The AES-256-CMAC of a CIP and its document number under the key `cip-verifier`: 16 octets, of which
    /// [`CipVerifier`](sigillo_codes::CipVerifier) makes what the register keeps.
    ///
    /// # Errors
    ///
    /// `keystore.key-unknown`.
    fn cip_mac(&self, document_number: &str, cip: &Cip) -> Result<SecretBytes, KeystoreError>;

    /// Opens a message that a partner encrypted to a key of the exchange, of whichever generation; one of those certificates
    /// must have signed it.
    ///
    /// # Errors
    ///
    /// `seal.not-recipient` if it is for none of these keys' certificates, and those of
    /// [`KeyAgreement::open`](sigillo_seal::message::KeyAgreement::open).
    fn open_message(
        &self,
        message: &EncryptedMessage,
        signers: &[Certificate],
        now: DateTime,
    ) -> Result<OpenedMessage, KeystoreError>;

    /// The check value of an AES key: the first 3 octets of AES-CMAC over 16 zeros.
    ///
    /// # Errors
    ///
    /// `keystore.key-unknown`.
    fn check_value(&self, label: &KeyLabel) -> Result<[u8; 3], KeystoreError>;

    /// Makes the next key of a role, or the one of a name, in place.
    ///
    /// # Errors
    ///
    /// `keystore.algorithm` for one that the role's row does not name, `keystore.only-one`, `keystore.exists`,
    /// `keystore.dual-control`, `keystore.batch-name`.
    fn generate(
        &mut self,
        role: KeyRole,
        name: Option<&str>,
        algorithm: StoredAlgorithm,
        act: &KeyAct<'_>,
        entropy: &mut dyn Entropy,
    ) -> Result<KeyEntry, KeystoreError>;

    /// Takes in an AES key that custodians hold in components: their exclusive or.
    ///
    /// # Errors
    ///
    /// `keystore.dual-control` unless two custodians or more, all different, bring one component each,
    /// `keystore.check-value` for a component (or the whole) with another check value than was confirmed,
    /// `keystore.component-length`, `keystore.components-cancel`, and as [`Keystore::generate`].
    fn import(
        &mut self,
        role: KeyRole,
        name: Option<&str>,
        components: &[Component],
        whole: Option<[u8; 3]>,
        on: Date,
        entropy: &mut dyn Entropy,
    ) -> Result<KeyEntry, KeystoreError>;

    /// Makes the next generation, which takes over; the one before it makes nothing new any more.
    ///
    /// # Errors
    ///
    /// As [`Keystore::generate`], `keystore.key-unknown` if there is nothing to take over from.
    fn rotate(&mut self, role: KeyRole, act: &KeyAct<'_>, entropy: &mut dyn Entropy)
    -> Result<KeyEntry, KeystoreError>;

    /// Takes a key out of use for good.
    ///
    /// # Errors
    ///
    /// `keystore.key-unknown`, `keystore.dual-control`.
    fn destroy(&mut self, label: &KeyLabel, act: &KeyAct<'_>) -> Result<(), KeystoreError>;

    /// Installs the certificate of a key (DER); a document signer may make so many seals under it.
    ///
    /// # Errors
    ///
    /// `keystore.key-unknown`, `keystore.certificate-mismatch`, `keystore.exists`, `keystore.test-key` for a certificate
    /// marked TEST beside production keys, or a code of `seal`: a document signer's chain is verified.
    fn install_certificate(&mut self, label: &KeyLabel, der: &[u8], seals: u64, on: Date) -> Result<(), KeystoreError>;

    /// Installs the certificate (DER) of a country signing CA whose key is elsewhere: a trust anchor.
    ///
    /// # Errors
    ///
    /// As [`Keystore::install_certificate`].
    fn install_anchor(&mut self, der: &[u8], on: Date) -> Result<(), KeystoreError>;

    /// Makes a random transport key for a new batch of virtual chips.
    ///
    /// # Errors
    ///
    /// `keystore.batch-name`, `keystore.exists`, `keystore.dual-control` for production keys: a real batch's key comes from
    /// its vendor.
    fn create_batch(&mut self, batch: &str, on: Date, entropy: &mut dyn Entropy) -> Result<(), KeystoreError>;

    /// The newest certificate of the country signing CA.
    ///
    /// # Errors
    ///
    /// `keystore.no-certificate`.
    fn csca_certificate(&self) -> Result<&Certificate, KeystoreError> {
        self.csca_certificates().last().ok_or_else(|| KeystoreErrorKind::NoCertificate.into())
    }

    /// The signer of an identity.
    fn signer(&self, id: &str) -> Option<&SignerEntry> {
        self.signers().iter().find(|signer| signer.id == id)
    }

    /// The signer that is first in the order.
    ///
    /// # Errors
    ///
    /// `keystore.no-signer`.
    fn first_signer(&self) -> Result<&SignerEntry, KeystoreError> {
        self.signers().first().ok_or_else(|| KeystoreErrorKind::NoSigner.into())
    }

    /// The newest active key of a role.
    ///
    /// # Errors
    ///
    /// `keystore.key-unknown`.
    fn current(&self, role: KeyRole) -> Result<KeyLabel, KeystoreError> {
        let mut active =
            self.keys().into_iter().filter(|key| key.label.role() == role && key.state == KeyState::Active);
        active.next_back().map(|key| key.label).ok_or_else(|| KeystoreErrorKind::KeyUnknown.named(role.name()))
    }

    /// The batches whose transport key is here, in order.
    fn batches(&self) -> Vec<String> {
        let keys = self.keys().into_iter();
        keys.filter(|key| key.label.role() == KeyRole::Transport && key.state == KeyState::Active)
            .filter_map(|key| key.label.name().map(ToOwned::to_owned))
            .collect()
    }

    /// Signs a checkpoint of the trace with the newest checkpoint key.
    ///
    /// # Errors
    ///
    /// As [`Keystore::sign`].
    fn sign_checkpoint(&self, checkpoint: &[u8]) -> Result<Vec<u8>, KeystoreError> {
        let p256 = SignatureAlgorithm::Ecdsa(sigillo_crypto::HashAlgorithm::Sha256);
        self.sign(&self.current(KeyRole::TraceCheckpoint)?, p256, checkpoint)
    }

    /// The public half of the newest checkpoint key.
    ///
    /// # Errors
    ///
    /// As [`Keystore::public_key`].
    fn checkpoint_public_key(&self) -> Result<PublicKey, KeystoreError> {
        self.public_key(&self.current(KeyRole::TraceCheckpoint)?)
    }
}

/// The randomness of a store, through a session of its own.
#[derive(Debug)]
pub struct KeystoreEntropy(Box<dyn Keystore>);

impl KeystoreEntropy {
    /// Opens the session.
    ///
    /// # Errors
    ///
    /// As [`Keystore::worker`].
    pub fn of(keys: &dyn Keystore) -> Result<Self, KeystoreError> {
        keys.worker().map(Self)
    }
}

impl Entropy for KeystoreEntropy {
    fn fill(&mut self, out: &mut [u8]) {
        self.0.entropy().fill(out);
    }
}

/// When a key came into being or ceased to be, and before whom.
#[derive(Clone, Copy, Debug)]
pub struct KeyAct<'a> {
    /// The day.
    pub on: Date,
    /// The custodians: two different names where the role's ceremony is dual, one operator otherwise.
    pub by: &'a [String],
}

/// One custodian's part of a key.
#[derive(Debug)]
pub struct Component {
    /// Who brings it.
    pub custodian: String,
    /// 32 octets.
    pub octets: SecretBytes,
    /// Its check value as the custodian has it on paper.
    pub check_value: [u8; 3],
}
