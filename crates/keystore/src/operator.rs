use std::path::Path;
use std::sync::Arc;

use sigillo_crypto::{HashAlgorithm, PublicKey, SignatureAlgorithm};
use sigillo_issuance::operator::OperatorKey;
use sigillo_issuance::request::ChangeRequest;
use sigillo_secret::SecretBytes;

use crate::container::{Container, Retry};
use crate::error::{KeystoreError, KeystoreErrorKind};
use crate::keystore::Keystore;
use crate::label::KeyLabel;
use crate::role::KeyRole;
use crate::token::{Module, Patience, Token, TokenSession};

/// An operator's key at hand: in the key store of the home, or in a token of his own that holds nothing else of ours.
#[derive(Debug)]
pub struct OperatorSigner<'k> {
    label: KeyLabel,
    place: Place<'k>,
}

#[derive(Debug)]
enum Place<'k> {
    Home(&'k dyn Keystore),
    Own(Box<Token>),
}

impl<'k> OperatorSigner<'k> {
    /// The key `operator/NAME` of the home's key store.
    ///
    /// # Errors
    ///
    /// `keystore.batch-name` for a name that no key has.
    pub fn of_home(keys: &'k dyn Keystore, name: &str) -> Result<Self, KeystoreError> {
        Ok(Self { label: KeyLabel::named(KeyRole::Operator, name)?, place: Place::Home(keys) })
    }

    /// The key labelled `operator/NAME` in a token of the operator's own; logs in with his PIN.
    ///
    /// # Errors
    ///
    /// `keystore.batch-name`, `keystore.module`, `keystore.token-unknown`, `keystore.pin`.
    pub fn of_token(module: &Path, token: &str, name: &str, pin: SecretBytes) -> Result<Self, KeystoreError> {
        let label = KeyLabel::named(KeyRole::Operator, name)?;
        let session = TokenSession::open(Module::load(module)?, token, Arc::new(pin), Patience::default())?;
        Ok(Self { label, place: Place::Own(Box::new(Token::new(session))) })
    }

    /// The key that verifies what this signs.
    ///
    /// # Errors
    ///
    /// `keystore.key-unknown`, `keystore.algorithm` for a key that is not on P-256, and those of a token.
    pub fn key(&self) -> Result<OperatorKey, KeystoreError> {
        let key: PublicKey = match &self.place {
            Place::Home(keys) => keys.public_key(&self.label)?,
            Place::Own(token) => token.public_key(&self.label)?,
        };
        OperatorKey::of(&key).map_err(|_| KeystoreErrorKind::Algorithm.at(&self.label))
    }

    /// Signs a request: ECDSA on P-256 with SHA-256, DER.
    ///
    /// # Errors
    ///
    /// `keystore.key-unknown`, `keystore.key-retired`, and those of a token.
    pub fn sign(&self, request: &ChangeRequest) -> Result<Vec<u8>, KeystoreError> {
        let message = request.message();
        match &self.place {
            Place::Home(keys) => keys.sign(&self.label, ES256, &message),
            // A second signature over the same request changes nothing.
            Place::Own(token) => token.sign(&self.label, ES256, &message, Retry::Always),
        }
    }
}

const ES256: SignatureAlgorithm = SignatureAlgorithm::Ecdsa(HashAlgorithm::Sha256);
