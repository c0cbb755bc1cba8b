use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;
use sigillo_crypto::Entropy;
use sigillo_secret::SecretBytes;

use super::container::Token;
use super::module::Module;
pub use super::session::Patience;
use super::session::TokenSession;
use crate::disk;
use crate::entry::{KeyKind, Mode};
use crate::error::{KeystoreError, KeystoreErrorKind};
use crate::issue;
use crate::keys::Keys;
use crate::manage;
use crate::register::{Place, Register};
use crate::secrets::{SecretName, SecretSource};
use crate::settings::IssuerSettings;

/// Issuer keys in a PKCS#11 token; register and certificates are in a folder as those of [`crate::SoftwareKeys`].
pub type TokenKeys = Keys<Token>;

impl Default for Patience {
    /// Half a minute, looking four times a second.
    fn default() -> Self {
        Self { total: Duration::from_secs(30), every: Duration::from_millis(250) }
    }
}

impl TokenKeys {
    /// Makes an empty store in a new or empty folder; the token is initialized and its user has a PIN.
    ///
    /// # Errors
    ///
    /// `keystore.exists`, `keystore.io`, `keystore.module`, `keystore.token-unknown`, `keystore.pin`.
    pub fn create(
        folder: &Path,
        module: &Path,
        token: &str,
        mark: KeyKind,
        pin: SecretBytes,
        now: Date,
    ) -> Result<Self, KeystoreError> {
        let session = TokenSession::open(Module::load(module)?, token, Arc::new(pin), Patience::default())?;
        disk::new_folder(folder)?;
        let place = Place::Pkcs11 { module: module.to_owned(), token: token.to_owned() };
        let register = Register::create(folder, mark, now, place)?;
        Self::join(folder.to_owned(), register, Token::new(session))
    }

    /// As [`TokenKeys::create`], with the keys and certificates of a test issuer.
    ///
    /// # Errors
    ///
    /// As [`TokenKeys::create`], and `seal.profile-field` for settings that ICAO 9303-12 refuses.
    pub fn create_test_with(
        folder: &Path,
        module: &Path,
        token: &str,
        pin: SecretBytes,
        settings: &IssuerSettings,
        entropy: &mut dyn Entropy,
        now: Date,
    ) -> Result<Self, KeystoreError> {
        let mut keys = Self::create(folder, module, token, KeyKind::Test, pin, now)?;
        manage::make_first_keys(&mut keys, now, entropy)?;
        issue::make_test_certificates(&mut keys, settings, entropy, now)?;
        Ok(keys)
    }

    /// Opens a store, logs in, and verifies its document signers' chains.
    ///
    /// # Errors
    ///
    /// `keystore.missing`, `keystore.io`, `keystore.file-mode`, `keystore.form`, `keystore.version`, `keystore.test-key`,
    /// `keystore.chain-broken`, `keystore.altered`, `keystore.secret-missing`, `keystore.module`, `keystore.token-unknown`,
    /// `keystore.pin`, and `seal.chain-…`, `seal.signer-…` for certificates.
    pub fn open(
        folder: &Path,
        mode: Mode,
        secrets: &mut dyn SecretSource,
        patience: Patience,
    ) -> Result<Self, KeystoreError> {
        let register = Register::read(folder)?;
        let Place::Pkcs11 { module, token } = &register.place else { return Err(KeystoreErrorKind::Form.into()) };
        if mode == Mode::Production && register.mark == KeyKind::Test {
            return Err(KeystoreErrorKind::TestKey.into());
        }
        let module = Module::load(module)?;
        let pin = Arc::new(secrets.secret(SecretName::Pin)?);
        let session = TokenSession::open(module, token, pin, patience)?;
        Self::join(folder.to_owned(), register, Token::new(session))
    }
}
