use std::fmt;

use sigillo_crypto::{Backend, Entropy, PublicKey, SignatureAlgorithm};
use sigillo_secret::{SecretBytes, SymmetricKey};

use crate::entry::InventoryFault;
use crate::error::KeystoreError;
use crate::label::KeyLabel;
use crate::role::StoredAlgorithm;

/// What holds the keys and uses them: files or a token. It knows no certificate, limit or date.
pub trait Container: fmt::Debug + Send + Sized + 'static {
    /// A handle with a session of its own, for another thread.
    fn another(&self) -> Result<Self, KeystoreError>;

    /// Signs by another library from now on, where it is a library that signs.
    fn use_backend(&mut self, backend: Backend);

    /// Makes a key in place.
    fn generate(
        &mut self,
        label: &KeyLabel,
        algorithm: StoredAlgorithm,
        entropy: &mut dyn Entropy,
    ) -> Result<(), KeystoreError>;

    /// Takes an AES-256 key in.
    fn import(&mut self, label: &KeyLabel, key: &SymmetricKey, entropy: &mut dyn Entropy) -> Result<(), KeystoreError>;

    /// Erases a key.
    fn destroy(&mut self, label: &KeyLabel) -> Result<(), KeystoreError>;

    /// The labels of everything in it, and what is wrong with an object by itself.
    fn contents(&self) -> Result<Vec<(String, Vec<InventoryFault>)>, KeystoreError>;

    /// The public half of a key pair.
    fn public_key(&self, label: &KeyLabel) -> Result<PublicKey, KeystoreError>;

    /// Signs: ECDSA in DER, RSA raw.
    fn sign(
        &self,
        label: &KeyLabel,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        retry: Retry,
    ) -> Result<Vec<u8>, KeystoreError>;

    /// AES-CMAC.
    fn cmac(&self, label: &KeyLabel, message: &[u8]) -> Result<[u8; 16], KeystoreError>;

    /// AES-256-GCM: ciphertext ‖ tag.
    fn encrypt(
        &self,
        label: &KeyLabel,
        nonce: &[u8; 12],
        context: &[u8],
        plain: &SymmetricKey,
    ) -> Result<Vec<u8>, KeystoreError>;

    /// Opens what [`Container::encrypt`] closed; `None` if it was altered or belongs elsewhere.
    fn decrypt(
        &self,
        label: &KeyLabel,
        nonce: &[u8; 12],
        context: &[u8],
        ciphertext: &[u8],
    ) -> Result<Option<SecretBytes>, KeystoreError>;

    /// The x coordinate that the private key and a point of its curve agree on.
    fn agree(&self, label: &KeyLabel, point: &[u8]) -> Result<SecretBytes, KeystoreError>;

    /// Fills a buffer with randomness of the container.
    fn random(&self, out: &mut [u8]) -> Result<(), KeystoreError>;
}

/// What to do when a container is away.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Retry {
    /// Wait for it and ask again.
    Always,
    /// As above, unless it may be done and its answer lost: then a second signature would come out of one slot, or a second key of
    /// one label.
    UnlessItMayBeDone,
}
