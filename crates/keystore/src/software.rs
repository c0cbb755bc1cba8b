use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use jiff::ToSpan;
use jiff::civil::Date;
use sigillo_channel::chip_keys::diversify;
use sigillo_channel::scp03::KeySet;
use sigillo_crypto::{
    CryptoError, Entropy, HashAlgorithm, P256PrivateKey, PublicKey, kdf_counter_cmac, record_cipher, sha256,
};
use sigillo_seal::SignerCertificate;
use sigillo_seal::signer::{DocumentSigner, ReservedSlot, SignerError};
use sigillo_seal::x509::{
    Certificate, CertificateProfile, Country, Period, SerialNumber, SubjectName, country_signer, document_signer,
};
use sigillo_secret::SymmetricKey;

use crate::disk;
use crate::error::{KeystoreError, KeystoreErrorKind};
use crate::inventory::{Inventory, SignerLimit};
use crate::key_file::{KeyFile, KeyKind, KeyRole};
use crate::settings::IssuerSettings;

/// What the installation is for; a run-time setting, never a feature.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mode {
    /// Tests and the demo.
    Test,
    /// Real documents: no test key opens.
    Production,
}

/// Issuer keys in a folder of private files.
///
/// | file                    | content                                                          |
/// |-------------------------|------------------------------------------------------------------|
/// | `keystore.json`         | format, roles with their marks, the signer's limit; written last |
/// | `csca.key`              | country signing CA; read only to make certificates               |
/// | `csca.der`              | its certificate: the trust anchor                                |
/// | `document-signer.key`   | document signer                                                  |
/// | `document-signer.der`   | its certificate                                                  |
/// | `formation-master.key`  | AES-256: master of the chips' formation keys                     |
/// | `data-key-wrapping.key` | AES-256: wraps the records' data keys                            |
/// | `trace-checkpoint.key`  | signs checkpoints of the trace                                   |
/// | `batch-NAME.key`        | AES-256: transport key of a vendor batch                         |
pub struct SoftwareKeys {
    folder: PathBuf,
    kind: KeyKind,
    limit: SignerLimit,
    csca: Certificate,
    signer: SignerCertificate,
    signer_id: String,
    signer_key: P256PrivateKey,
    formation_master: SymmetricKey,
    data_key_wrapping: SymmetricKey,
    trace_checkpoint: P256PrivateKey,
    batches: BTreeMap<String, SymmetricKey>,
}

impl SoftwareKeys {
    /// Makes test keys and certificates with the default settings in a new or empty folder.
    ///
    /// # Errors
    ///
    /// As [`SoftwareKeys::create_test_with`].
    pub fn create_test(folder: &Path, entropy: &mut dyn Entropy, now: Date) -> Result<Self, KeystoreError> {
        Self::create_test_with(folder, &IssuerSettings::default(), entropy, now)
    }

    /// Makes test keys and certificates in a new or empty folder.
    ///
    /// The CSCA signs for four years, the document signer for three months from `now`; certificates stay valid ten years
    /// longer than what they signed last. Drawn in this order: five keys, two serial numbers.
    ///
    /// # Errors
    ///
    /// `keystore.exists`, `keystore.io`, `keystore.date`, and `seal.profile-field` for settings that ICAO 9303-12 refuses.
    pub fn create_test_with(
        folder: &Path,
        settings: &IssuerSettings,
        entropy: &mut dyn Entropy,
        now: Date,
    ) -> Result<Self, KeystoreError> {
        let kind = KeyKind::Test;
        let csca_key = P256PrivateKey::generate(entropy);
        let signer_key = P256PrivateKey::generate(entropy);
        let formation_master = record_cipher::generate_key(entropy)?;
        let data_key_wrapping = record_cipher::generate_key(entropy)?;
        let trace_checkpoint = P256PrivateKey::generate(entropy);
        let issued = Issued::make(settings, &csca_key, &signer_key, entropy, now)?;
        let limit = SignerLimit { seals: settings.seals, until: issued.signer_until };

        disk::new_folder(folder)?;
        let signing = |role, key: &P256PrivateKey| key.expose(|octets| KeyFile::of(kind, role, octets));
        let symmetric = |role, key: &SymmetricKey| key.expose(|octets| KeyFile::of(kind, role, octets));
        for file in [
            signing(KeyRole::Csca, &csca_key),
            signing(KeyRole::DocumentSigner, &signer_key),
            symmetric(KeyRole::FormationMaster, &formation_master),
            symmetric(KeyRole::DataKeyWrapping, &data_key_wrapping),
            signing(KeyRole::TraceCheckpoint, &trace_checkpoint),
        ] {
            file.write(&folder.join(file.role.file_name()))?;
        }
        disk::write_new_private(&folder.join(CSCA_CERTIFICATE), issued.csca.der())?;
        disk::write_new_private(&folder.join(SIGNER_CERTIFICATE), issued.signer.der())?;
        Inventory::new(now, kind, limit).write(folder)?;
        // What is used is what lies on the disk.
        Self::open(folder, Mode::Test)
    }

    /// Opens a finished key store and verifies the document signer's chain.
    ///
    /// # Errors
    ///
    /// `keystore.missing`, `keystore.io`, `keystore.file-mode`, `keystore.form`, `keystore.version`, `keystore.test-key`,
    /// `keystore.mark-mismatch`, `keystore.certificate-mismatch`, and `seal.chain-…`, `seal.signer-…` for certificates.
    pub fn open(folder: &Path, mode: Mode) -> Result<Self, KeystoreError> {
        let inventory = Inventory::read(folder)?;
        let kind = match inventory.keys.iter().find(|key| key.kind == KeyKind::Test) {
            Some(key) if mode == Mode::Production => return Err(KeystoreErrorKind::TestKey.file(key.role.file_name())),
            Some(_) => KeyKind::Test,
            None => KeyKind::Production,
        };
        let key = |role: KeyRole| {
            let marked = inventory.keys.iter().find(|key| key.role == role).map(|key| key.kind);
            read_key(&folder.join(role.file_name()), role, mode, marked)
        };
        let certificate = |name: &str| {
            let file = disk::read_private(&folder.join(name), MAX_CERTIFICATE)?;
            let certificate = file.expose(Certificate::decode)?;
            if mode == Mode::Production && certificate.is_marked_test() {
                return Err(KeystoreErrorKind::TestKey.file(name));
            }
            Ok(certificate)
        };
        let csca = certificate(CSCA_CERTIFICATE)?;
        let signer = SignerCertificate::verify(certificate(SIGNER_CERTIFICATE)?, std::slice::from_ref(&csca))?;
        let signer_key = key(KeyRole::DocumentSigner)?.signing()?;
        if *signer.certificate().public_key()? != signer_key.public() {
            return Err(KeystoreErrorKind::CertificateMismatch.file(SIGNER_CERTIFICATE));
        }
        Ok(Self {
            folder: folder.to_owned(),
            kind,
            limit: inventory.signer_limit,
            signer_id: signer.certificate().key_id(),
            signer,
            csca,
            signer_key,
            formation_master: key(KeyRole::FormationMaster)?.symmetric()?,
            data_key_wrapping: key(KeyRole::DataKeyWrapping)?.symmetric()?,
            trace_checkpoint: key(KeyRole::TraceCheckpoint)?.signing()?,
            batches: read_batches(folder, mode)?,
        })
    }

    /// Whether these are test keys.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The country signing CA's certificate: the trust anchor of whoever checks the documents.
    #[must_use]
    pub fn csca_certificate(&self) -> &Certificate {
        &self.csca
    }

    /// The document signer's certificate with its verified chain, for [`sigillo_seal::Hashed::seal`].
    #[must_use]
    pub fn signer_certificate(&self) -> &SignerCertificate {
        &self.signer
    }

    /// How the store of slots names this signer: the key identifier of its certificate, in hexadecimal.
    #[must_use]
    pub fn signer_id(&self) -> &str {
        &self.signer_id
    }

    /// How much the document signer may sign.
    #[must_use]
    pub fn signer_limit(&self) -> SignerLimit {
        self.limit
    }

    /// Writes the CSCA certificate (DER) to a new file that everybody may read.
    ///
    /// # Errors
    ///
    /// `keystore.exists`, `keystore.missing` (no such folder), `keystore.io`.
    pub fn export_csca_certificate(&self, path: &Path) -> Result<(), KeystoreError> {
        disk::write_new_public(path, self.csca.der())
    }

    /// Writes the document signer's certificate (DER) to a new file that everybody may read.
    ///
    /// # Errors
    ///
    /// As [`SoftwareKeys::export_csca_certificate`].
    pub fn export_signer_certificate(&self, path: &Path) -> Result<(), KeystoreError> {
        disk::write_new_public(path, self.signer.certificate().der())
    }

    /// The key set of one chip under the formation master (decision D11); version 0x30.
    ///
    /// # Errors
    ///
    /// None in practice: the master is AES-256.
    pub fn formation_keys(&self, serial: &[u8; 10], version: u8) -> Result<KeySet, KeystoreError> {
        Ok(diversify(&self.formation_master, serial, version)?)
    }

    /// The key set that a chip of a vendor batch arrives with; version 0x20.
    ///
    /// # Errors
    ///
    /// `keystore.batch-unknown`.
    pub fn transport_keys(&self, batch: &str, serial: &[u8; 10]) -> Result<KeySet, KeystoreError> {
        let key = self.batches.get(batch).ok_or(KeystoreErrorKind::BatchUnknown)?;
        Ok(diversify(key, serial, TRANSPORT_VERSION)?)
    }

    /// The batches whose transport key is here, in order.
    pub fn batches(&self) -> impl Iterator<Item = &str> {
        self.batches.keys().map(String::as_str)
    }

    /// Makes a random transport key for a new batch of virtual chips.
    ///
    /// # Errors
    ///
    /// `keystore.batch-name`, `keystore.exists`, `keystore.io`.
    pub fn create_batch(&mut self, batch: &str, entropy: &mut dyn Entropy) -> Result<(), KeystoreError> {
        if !is_batch_name(batch) {
            return Err(KeystoreErrorKind::BatchName.into());
        }
        let key = record_cipher::generate_key(entropy)?;
        let file = key.expose(|octets| KeyFile::of(self.kind, KeyRole::Transport, octets));
        file.write(&self.folder.join(batch_file(batch)))?;
        self.batches.insert(batch.to_owned(), key);
        Ok(())
    }

    /// Wraps the data key of one record: nonce (12) ‖ ciphertext (32) ‖ tag (16), AES-256-GCM, bound to the record.
    ///
    /// The associated data are `sigillo/v1/data-key`, 00 and the record's identity.
    ///
    /// # Errors
    ///
    /// `keystore.wrapped-key` unless the data key has 32 octets.
    pub fn wrap_data_key(
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
        let wrapping = &self.data_key_wrapping;
        let wrapped =
            data_key.expose(|plain| record_cipher::seal(wrapping, &nonce, &wrapping_context(record), plain))?;
        Ok([nonce.as_slice(), &wrapped].concat())
    }

    /// Opens what [`SoftwareKeys::wrap_data_key`] made for the same record.
    ///
    /// # Errors
    ///
    /// `keystore.wrapped-key`.
    pub fn unwrap_data_key(&self, record: &[u8], wrapped: &[u8]) -> Result<SymmetricKey, KeystoreError> {
        let refused = KeystoreErrorKind::WrappedKey;
        let (nonce, ciphertext) = wrapped.split_first_chunk().ok_or(refused)?;
        let key = record_cipher::open(&self.data_key_wrapping, nonce, &wrapping_context(record), ciphertext)
            .map_err(|_: CryptoError| refused)?;
        if key.len() != DATA_KEY_LENGTH {
            return Err(refused.into());
        }
        key.expose(SymmetricKey::new).map_err(|_| refused.into())
    }

    /// A digest of an office's file reference that only this keystore can make: whoever holds the register alone cannot
    /// find a reference by trying all of them.
    ///
    /// SP 800-108 in counter mode with AES-256-CMAC under the data-key wrapping key: label `sigillo/v1/reference`, context
    /// the SHA-256 of the reference, 256 bits. Spec: `nist-sp-800-108#counter-mode`.
    ///
    /// # Errors
    ///
    /// None in practice: the wrapping key is AES-256.
    pub fn reference_digest(&self, reference: &str) -> Result<[u8; 32], KeystoreError> {
        let context = sha256(reference.as_bytes());
        let digest = kdf_counter_cmac(&self.data_key_wrapping, b"sigillo/v1/reference", &context, 256)?;
        digest.expose(|octets| octets.try_into()).map_err(|_| KeystoreErrorKind::WrappedKey.into())
    }

    /// Signs a checkpoint of the trace (ECDSA P-256 with SHA-256, DER).
    ///
    /// # Errors
    ///
    /// `crypto.signature` if the primitive fails, which no stored key makes it do.
    pub fn sign_checkpoint(&self, checkpoint: &[u8]) -> Result<Vec<u8>, KeystoreError> {
        Ok(self.trace_checkpoint.sign(HashAlgorithm::Sha256, checkpoint)?)
    }

    /// The public half of the trace checkpoint key.
    #[must_use]
    pub fn checkpoint_public_key(&self) -> PublicKey {
        self.trace_checkpoint.public()
    }
}

impl DocumentSigner for SoftwareKeys {
    fn certificate(&self) -> &Certificate {
        self.signer.certificate()
    }

    fn sign(&mut self, slot: ReservedSlot, to_be_signed: &[u8]) -> Result<Vec<u8>, SignerError> {
        if slot.signer() != self.signer_id {
            return Err(SignerError::SlotOfAnotherSigner);
        }
        if !(1..=self.limit.seals).contains(&slot.number()) {
            return Err(SignerError::LimitReached { number: slot.number(), limit: self.limit.seals });
        }
        self.signer_key.sign(HashAlgorithm::Sha256, to_be_signed).map_err(|_| SignerError::Key)
    }
}

impl fmt::Debug for SoftwareKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SoftwareKeys")
            .field("kind", &self.kind)
            .field("signer", &self.signer_id)
            .finish_non_exhaustive()
    }
}

/// The two certificates of a new test issuer.
struct Issued {
    csca: Certificate,
    signer: Certificate,
    signer_until: Date,
}

impl Issued {
    fn make(
        settings: &IssuerSettings,
        csca_key: &P256PrivateKey,
        signer_key: &P256PrivateKey,
        entropy: &mut dyn Entropy,
        now: Date,
    ) -> Result<Self, KeystoreError> {
        let country = Country::parse(&settings.country, &settings.mrz_country)?;
        let csca_until = last_day(now, 48)?;
        let signer_until = last_day(now, 3)?;
        let mut profile = |name: &str, key_until: Date, valid_until: Date| -> Result<_, KeystoreError> {
            let mut serial = [0; 16];
            entropy.fill(&mut serial);
            Ok(CertificateProfile {
                subject: SubjectName::new(country, &settings.organization, Some("TEST"), name)?,
                serial_number: SerialNumber::from_random(serial),
                valid: whole_days(now, valid_until)?,
                private_key_usage: whole_days(now, key_until)?,
                parameters: settings.parameters,
                contact: settings.contact.clone(),
                crl_addresses: settings.crl_addresses.clone(),
            })
        };
        // The last signer made by the CSCA lives three months, the last document of that signer ten years.
        let csca = profile("TEST CSCA", csca_until, last_day(now, 48 + 3 + 120)?)?;
        let signer = profile("TEST Document Signer", signer_until, last_day(now, 3 + 120)?)?;

        let unsigned = country_signer(&csca, &csca_key.public())?;
        let signature = csca_key.sign(HashAlgorithm::Sha256, unsigned.to_be_signed())?;
        let csca = unsigned.complete(&signature)?;
        let types: Vec<&str> = settings.document_types.iter().map(String::as_str).collect();
        let unsigned = document_signer(&signer, &types, &signer_key.public(), &csca)?;
        let signature = csca_key.sign(HashAlgorithm::Sha256, unsigned.to_be_signed())?;
        let signer = unsigned.complete(&signature)?;
        Ok(Self { csca, signer, signer_until })
    }
}

/// Reads a key and holds its own marks against mode, role and inventory.
fn read_key(path: &Path, role: KeyRole, mode: Mode, marked: Option<KeyKind>) -> Result<KeyFile, KeystoreError> {
    let file = KeyFile::read(path)?;
    if mode == Mode::Production && file.kind == KeyKind::Test {
        return Err(KeystoreErrorKind::TestKey.file(&disk::name(path)));
    }
    if file.role != role || marked.is_some_and(|kind| kind != file.kind) {
        return Err(KeystoreErrorKind::MarkMismatch.file(&disk::name(path)));
    }
    Ok(file)
}

fn read_batches(folder: &Path, mode: Mode) -> Result<BTreeMap<String, SymmetricKey>, KeystoreError> {
    let mut batches = BTreeMap::new();
    for entry in folder.read_dir().map_err(|error| disk::failed(&error, folder))? {
        let entry = entry.map_err(|error| disk::failed(&error, folder))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let batch = name.strip_prefix(BATCH_PREFIX).and_then(|rest| rest.strip_suffix(BATCH_SUFFIX));
        if let Some(batch) = batch.filter(|batch| is_batch_name(batch)) {
            let file = read_key(&entry.path(), KeyRole::Transport, mode, None)?;
            batches.insert(batch.to_owned(), file.symmetric()?);
        }
    }
    Ok(batches)
}

fn is_batch_name(batch: &str) -> bool {
    (1..=32).contains(&batch.len()) && batch.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'-')
}

fn batch_file(batch: &str) -> String {
    format!("{BATCH_PREFIX}{batch}{BATCH_SUFFIX}")
}

fn wrapping_context(record: &[u8]) -> Vec<u8> {
    [WRAPPING_LABEL, &[0], record].concat()
}

/// The day before the same day so many months later.
fn last_day(from: Date, months: i32) -> Result<Date, KeystoreError> {
    let day = from.checked_add(months.months()).and_then(|day| day.yesterday());
    day.map_err(|_| KeystoreErrorKind::Date.into())
}

/// From the first second of one day to the last of the other (UTC).
fn whole_days(from: Date, to: Date) -> Result<Period, KeystoreError> {
    Ok(Period::new(from.at(0, 0, 0, 0), to.at(23, 59, 59, 0))?)
}

const TRANSPORT_VERSION: u8 = 0x20;
const DATA_KEY_LENGTH: usize = 32;
const WRAPPING_LABEL: &[u8] = b"sigillo/v1/data-key";
const CSCA_CERTIFICATE: &str = "csca.der";
const SIGNER_CERTIFICATE: &str = "document-signer.der";
const MAX_CERTIFICATE: usize = 0x8000;
const BATCH_PREFIX: &str = "batch-";
const BATCH_SUFFIX: &str = ".key";
