use std::path::Path;

use jiff::civil::Date;
use sigillo_crypto::passphrase::{PassphraseCost, SALT_LENGTH, derive_key};
use sigillo_crypto::{Entropy, aes_cmac};
use sigillo_secret::{SecretBytes, SymmetricKey};

use super::container::Folder;
use crate::disk;
use crate::entry::{KeyKind, Mode};
use crate::error::{KeystoreError, KeystoreErrorKind};
use crate::issue;
use crate::keys::Keys;
use crate::manage;
use crate::register::{Place, Register};
use crate::secrets::{SecretName, SecretSource};
use crate::settings::IssuerSettings;

/// Issuer keys in a folder of private files, each encrypted under the store's passphrase.
///
/// | file               | content                                                                       |
/// |--------------------|-------------------------------------------------------------------------------|
/// | `keystore.jsonl`   | what happened to the keys, hash-chained                                       |
/// | `LABEL.key`        | a key, encrypted: `csca.key`, `document-signer-2.key`, `transport-2026-A.key` |
/// | `LABEL.der`        | its certificate                                                               |
/// | `anchor-….der`     | the certificate of a country signing CA whose key is elsewhere                |
/// | `TEST-passphrase`  | the random passphrase of a store that was made with test keys                 |
///
/// Whatever lies in files is for tests and the demo: production refuses it.
pub type SoftwareKeys = Keys<Folder>;

impl SoftwareKeys {
    /// Makes test keys and certificates with the default settings in a new or empty folder.
    ///
    /// # Errors
    ///
    /// As [`SoftwareKeys::create_test_with`].
    pub fn create_test(folder: &Path, entropy: &mut dyn Entropy, now: Date) -> Result<Self, KeystoreError> {
        Self::create_test_with(folder, &IssuerSettings::default(), entropy, now)
    }

    /// Makes test keys and certificates in a new or empty folder, under a random passphrase that is kept beside them.
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
        disk::new_folder(folder)?;
        let mut random = [0; 32];
        entropy.fill(&mut random);
        let passphrase = SecretBytes::new(format!("TEST {}", hex::encode(random)).into_bytes());
        let mut keys = Self::create_in(folder, &passphrase, PassphraseCost::RANDOM, entropy, now)?;
        passphrase.expose(|text| disk::write_new_private(&folder.join(TEST_PASSPHRASE), text))?;
        manage::make_first_keys(&mut keys, now, entropy)?;
        issue::make_test_certificates(&mut keys, settings, entropy, now)?;
        Ok(keys)
    }

    /// Makes an empty store in a new or empty folder, under a passphrase that somebody remembers.
    ///
    /// # Errors
    ///
    /// `keystore.exists`, `keystore.io`, `keystore.passphrase` for one of less than 12 octets.
    pub fn create(
        folder: &Path,
        passphrase: &SecretBytes,
        entropy: &mut dyn Entropy,
        now: Date,
    ) -> Result<Self, KeystoreError> {
        if passphrase.len() < SHORTEST_PASSPHRASE {
            return Err(KeystoreErrorKind::Passphrase.into());
        }
        disk::new_folder(folder)?;
        Self::create_in(folder, passphrase, PassphraseCost::REMEMBERED, entropy, now)
    }

    /// Opens a store and verifies its document signers' chains.
    ///
    /// # Errors
    ///
    /// `keystore.missing`, `keystore.io`, `keystore.file-mode`, `keystore.form`, `keystore.version`, `keystore.test-key`,
    /// `keystore.chain-broken`, `keystore.passphrase`, `keystore.altered`, `keystore.secret-missing`, and
    /// `seal.chain-…`, `seal.signer-…` for certificates.
    pub fn open(folder: &Path, mode: Mode, secrets: &mut dyn SecretSource) -> Result<Self, KeystoreError> {
        Self::open_registered(folder, Register::read(folder)?, mode, secrets)
    }

    /// Opens a store whose register was read.
    pub(crate) fn open_registered(
        folder: &Path,
        register: Register,
        mode: Mode,
        secrets: &mut dyn SecretSource,
    ) -> Result<Self, KeystoreError> {
        let Place::Software { memory, passes, lanes, salt, check } = &register.place else {
            return Err(KeystoreErrorKind::Form.into());
        };
        if mode == Mode::Production {
            return Err(KeystoreErrorKind::TestKey.into());
        }
        let mut octets = [0; SALT_LENGTH];
        hex::decode_to_slice(salt, &mut octets).map_err(|_| KeystoreErrorKind::Form)?;
        let kept = folder.join(TEST_PASSPHRASE);
        let passphrase = if kept.exists() {
            disk::read_private(&kept, MAX_PASSPHRASE)?
        } else {
            secrets.secret(SecretName::Passphrase)?
        };
        let cost = PassphraseCost { memory: *memory, passes: *passes, lanes: *lanes };
        let store_key = derive_key(&passphrase, &octets, cost)?;
        if check_of(&store_key)? != *check {
            return Err(KeystoreErrorKind::Passphrase.into());
        }
        let container = Folder::read(folder, store_key, &register)?;
        Self::join(folder.to_owned(), register, container)
    }

    fn create_in(
        folder: &Path,
        passphrase: &SecretBytes,
        cost: PassphraseCost,
        entropy: &mut dyn Entropy,
        now: Date,
    ) -> Result<Self, KeystoreError> {
        let mut salt = [0; SALT_LENGTH];
        entropy.fill(&mut salt);
        let store_key = derive_key(passphrase, &salt, cost)?;
        let place = Place::Software {
            memory: cost.memory,
            passes: cost.passes,
            lanes: cost.lanes,
            salt: hex::encode(salt),
            check: check_of(&store_key)?,
        };
        let register = Register::create(folder, KeyKind::Test, now, place)?;
        Self::join(folder.to_owned(), register, Folder::empty(folder, store_key))
    }
}

/// Three octets that tell a wrong passphrase from an altered file; each guess at them costs the whole of Argon2id.
fn check_of(store_key: &SymmetricKey) -> Result<String, KeystoreError> {
    let [a, b, c, ..] = aes_cmac(store_key, &[&[0; 16]])?;
    Ok(hex::encode([a, b, c]))
}

const TEST_PASSPHRASE: &str = "TEST-passphrase";
const MAX_PASSPHRASE: usize = 0x400;
const SHORTEST_PASSPHRASE: usize = 12;
