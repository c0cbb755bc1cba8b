use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sigillo_crypto::{
    Backend, CurvePoint, Entropy, PrivateKey, PublicKey, SignatureAlgorithm, aes_cmac, record_cipher,
};
use sigillo_secret::{SecretBytes, SymmetricKey};

use super::key_file::KeyFile;
use crate::container::{Container, Retry};
use crate::disk;
use crate::entropy::OsEntropy;
use crate::entry::{InventoryFault, KeyState};
use crate::error::{KeystoreError, KeystoreErrorKind};
use crate::label::KeyLabel;
use crate::register::Register;
use crate::role::StoredAlgorithm;

/// A folder of encrypted key files, one a key, open.
pub struct Folder {
    path: PathBuf,
    store_key: Arc<SymmetricKey>,
    keys: BTreeMap<KeyLabel, Arc<KeyFile>>,
}

impl Folder {
    /// A folder without keys.
    pub(crate) fn empty(path: &Path, store_key: SymmetricKey) -> Self {
        Self { path: path.to_owned(), store_key: Arc::new(store_key), keys: BTreeMap::new() }
    }

    /// Reads every key that the register names.
    pub(crate) fn read(path: &Path, store_key: SymmetricKey, register: &Register) -> Result<Self, KeystoreError> {
        let mut folder = Self::empty(path, store_key);
        for key in register.keys.values().map(|key| &key.entry).filter(|key| key.state != KeyState::Destroyed) {
            let file = path.join(key.label.file_name(ENDING));
            let read = KeyFile::read(&file, &key.label, key.algorithm, &folder.store_key)?;
            folder.keys.insert(key.label.clone(), Arc::new(read));
        }
        Ok(folder)
    }

    fn put(&mut self, label: &KeyLabel, key: KeyFile, entropy: &mut dyn Entropy) -> Result<(), KeystoreError> {
        key.write(&self.path.join(label.file_name(ENDING)), label, &self.store_key, entropy)?;
        self.keys.insert(label.clone(), Arc::new(key));
        Ok(())
    }

    fn pair(&self, label: &KeyLabel) -> Result<&PrivateKey, KeystoreError> {
        match self.keys.get(label).map(Arc::as_ref) {
            Some(KeyFile::Pair(key)) => Ok(key),
            Some(KeyFile::Aes(_)) => Err(KeystoreErrorKind::NotAKeyPair.at(label)),
            None => Err(KeystoreErrorKind::KeyUnknown.at(label)),
        }
    }

    fn aes(&self, label: &KeyLabel) -> Result<&SymmetricKey, KeystoreError> {
        match self.keys.get(label).map(Arc::as_ref) {
            Some(KeyFile::Aes(key)) => Ok(key),
            Some(KeyFile::Pair(_)) => Err(KeystoreErrorKind::Algorithm.at(label)),
            None => Err(KeystoreErrorKind::KeyUnknown.at(label)),
        }
    }
}

impl Container for Folder {
    fn another(&self) -> Result<Self, KeystoreError> {
        Ok(Self { path: self.path.clone(), store_key: Arc::clone(&self.store_key), keys: self.keys.clone() })
    }

    /// Signs by another library from now on. Workers that exist already keep theirs.
    fn use_backend(&mut self, backend: Backend) {
        let keys = std::mem::take(&mut self.keys).into_iter();
        self.keys = keys
            .map(|(label, key)| {
                let key = Arc::try_unwrap(key).map(|key| Arc::new(key.with_backend(backend)));
                (label, key.unwrap_or_else(|shared| shared))
            })
            .collect();
    }

    fn generate(
        &mut self,
        label: &KeyLabel,
        algorithm: StoredAlgorithm,
        entropy: &mut dyn Entropy,
    ) -> Result<(), KeystoreError> {
        let key = KeyFile::generate(algorithm, entropy)?;
        self.put(label, key, entropy)
    }

    fn import(&mut self, label: &KeyLabel, key: &SymmetricKey, entropy: &mut dyn Entropy) -> Result<(), KeystoreError> {
        let key = key.expose(SymmetricKey::new).map_err(|_| KeystoreErrorKind::ComponentLength)?;
        self.put(label, KeyFile::Aes(key), entropy)
    }

    /// The file is removed. What a disk keeps of it is encrypted under the store's passphrase.
    fn destroy(&mut self, label: &KeyLabel) -> Result<(), KeystoreError> {
        let file = self.path.join(label.file_name(ENDING));
        fs::remove_file(&file).map_err(|error| disk::failed(&error, &file))?;
        self.keys.remove(label);
        Ok(())
    }

    /// The key files of the folder. A file that no key of this store has is listed by its name.
    fn contents(&self) -> Result<Vec<(String, Vec<InventoryFault>)>, KeystoreError> {
        let mut found = Vec::new();
        for entry in self.path.read_dir().map_err(|error| disk::failed(&error, &self.path))? {
            let entry = entry.map_err(|error| disk::failed(&error, &self.path))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.ends_with(".key") {
                let known = self.keys.keys().find(|label| label.file_name(ENDING) == name);
                found.push((known.map_or(name, ToString::to_string), Vec::new()));
            }
        }
        found.sort_by(|(one, _), (other, _)| one.cmp(other));
        Ok(found)
    }

    fn public_key(&self, label: &KeyLabel) -> Result<PublicKey, KeystoreError> {
        Ok(self.pair(label)?.public().clone())
    }

    fn sign(
        &self,
        label: &KeyLabel,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        _retry: Retry,
    ) -> Result<Vec<u8>, KeystoreError> {
        Ok(self.pair(label)?.sign(algorithm, message, &mut OsEntropy)?)
    }

    fn cmac(&self, label: &KeyLabel, message: &[u8]) -> Result<[u8; 16], KeystoreError> {
        Ok(aes_cmac(self.aes(label)?, &[message])?)
    }

    fn encrypt(
        &self,
        label: &KeyLabel,
        nonce: &[u8; 12],
        context: &[u8],
        plain: &SymmetricKey,
    ) -> Result<Vec<u8>, KeystoreError> {
        let key = self.aes(label)?;
        Ok(plain.expose(|plain| record_cipher::seal(key, nonce, context, plain))?)
    }

    fn decrypt(
        &self,
        label: &KeyLabel,
        nonce: &[u8; 12],
        context: &[u8],
        ciphertext: &[u8],
    ) -> Result<Option<SecretBytes>, KeystoreError> {
        Ok(record_cipher::open(self.aes(label)?, nonce, context, ciphertext).ok())
    }

    fn agree(&self, label: &KeyLabel, point: &[u8]) -> Result<SecretBytes, KeystoreError> {
        let key = self.pair(label)?.curve_key().ok_or_else(|| KeystoreErrorKind::Algorithm.at(label))?;
        Ok(key.agree(&CurvePoint::decode(key.curve(), point)?)?.x())
    }

    /// Nothing but the operating system's: zeros change nothing in the mixture.
    fn random(&self, out: &mut [u8]) -> Result<(), KeystoreError> {
        out.fill(0);
        Ok(())
    }
}

impl fmt::Debug for Folder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Folder({} keys, redacted)", self.keys.len())
    }
}

const ENDING: &str = "key";
