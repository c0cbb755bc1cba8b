use std::path::Path;

use jiff::civil::Date;
use sigillo_crypto::{KeyAlgorithm, SignatureAlgorithm};
use sigillo_cvc::{CvPublicKey, VerifyingKey};
use sigillo_inspect::{TerminalCredentials, TerminalSigner};
use sigillo_keystore::{KeyLabel, Keystore};

use crate::chains::terminal_chain;
use crate::error::AuthorityError;

/// A terminal whose private key stays in the key store, and which signs there.
#[derive(Debug)]
pub struct StoredTerminal {
    keys: Box<dyn Keystore>,
    label: KeyLabel,
    public: CvPublicKey,
    verifying: VerifyingKey,
}

/// What the terminal with this key of the key store shows and signs with; it has a handle of its own on the key store.
///
/// # Errors
///
/// As [`terminal_chain`].
pub fn terminal_credentials(
    folder: &Path,
    keys: &dyn Keystore,
    label: &KeyLabel,
    on: Date,
) -> Result<TerminalCredentials, AuthorityError> {
    let chain = terminal_chain(folder, keys, label, on)?;
    let terminal = StoredTerminal::new(keys.worker()?, label.clone())?;
    // The chain ends with a terminal's certificate of this very key.
    TerminalCredentials::signing_elsewhere(chain, Box::new(terminal))
        .map_err(|_| AuthorityError::NoCertificate { label: label.to_string() })
}

impl StoredTerminal {
    /// The terminal with this key.
    ///
    /// # Errors
    ///
    /// `keystore.…`; `pki.verifies-only` of a key that makes no signatures here.
    pub fn new(keys: Box<dyn Keystore>, label: KeyLabel) -> Result<Self, AuthorityError> {
        let key = keys.public_key(&label)?;
        let algorithm =
            KeyAlgorithm::of(&key).ok_or_else(|| AuthorityError::VerifiesOnly { label: label.to_string() })?;
        let public = CvPublicKey::new(&key, SignatureAlgorithm::for_key(algorithm))?;
        let verifying = VerifyingKey::resolve(&public, None)?;
        Ok(Self { keys, label, public, verifying })
    }
}

impl TerminalSigner for StoredTerminal {
    fn public_key(&self) -> &CvPublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, &'static str> {
        let signature = self.keys.sign(&self.label, self.verifying.signature_algorithm(), message);
        let signature = signature.map_err(|error| error.code())?;
        self.verifying.plain_signature(&signature).map_err(|error| error.code())
    }
}
