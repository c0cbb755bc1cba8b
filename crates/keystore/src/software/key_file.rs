use std::path::Path;

use sigillo_crypto::{Backend, Entropy, PrivateKey, record_cipher};
use sigillo_secret::{SecretBytes, SymmetricKey};

use crate::disk;
use crate::error::{KeystoreError, KeystoreErrorKind};
use crate::label::KeyLabel;
use crate::role::StoredAlgorithm;

/// A key out of its file.
///
/// | field      | octets | value                                                                  |
/// |------------|--------|------------------------------------------------------------------------|
/// | magic      | 8      | `sigillo2`                                                             |
/// | label      | 1 + n  | length, then the label                                                 |
/// | nonce      | 12     | random                                                                 |
/// | ciphertext | m + 16 | AES-256-GCM over the key, then the tag; everything before the nonce is associated data |
///
/// The key is 32 octets of AES-256, or the PKCS#8 form of a private key. It is encrypted under the key that Argon2id makes
/// of the store's passphrase.
pub(crate) enum KeyFile {
    Pair(Box<PrivateKey>),
    Aes(SymmetricKey),
}

impl KeyFile {
    pub(crate) fn generate(algorithm: StoredAlgorithm, entropy: &mut dyn Entropy) -> Result<Self, KeystoreError> {
        Ok(match algorithm {
            StoredAlgorithm::Pair(algorithm) => Self::of_pair(PrivateKey::generate(algorithm, entropy)?),
            StoredAlgorithm::Aes256 => Self::Aes(record_cipher::generate_key(entropy)?),
        })
    }

    /// An RSA key signs by a library that takes the same time for every key (RUSTSEC-2023-0071); a curve's key by whichever
    /// is asked for, and by RFC 6979 otherwise.
    fn of_pair(key: PrivateKey) -> Self {
        let is_rsa = key.algorithm().rsa_bits().is_some();
        Self::Pair(Box::new(if is_rsa { key.with_backend(Backend::AwsLc) } else { key }))
    }

    /// The same key, used by another library; RSA keys stay where they are.
    pub(crate) fn with_backend(self, backend: Backend) -> Self {
        match self {
            Self::Pair(key) if key.algorithm().rsa_bits().is_none() => Self::Pair(Box::new(key.with_backend(backend))),
            other => other,
        }
    }

    pub(crate) fn write(
        &self,
        path: &Path,
        label: &KeyLabel,
        store_key: &SymmetricKey,
        entropy: &mut dyn Entropy,
    ) -> Result<(), KeystoreError> {
        let plain = match self {
            Self::Pair(key) => key.to_pkcs8()?,
            Self::Aes(key) => key.expose(SecretBytes::copy_of),
        };
        let head = head(label);
        let mut nonce = [0; record_cipher::NONCE_LENGTH];
        entropy.fill(&mut nonce);
        let ciphertext = plain.expose(|plain| record_cipher::seal(store_key, &nonce, &head, plain))?;
        disk::write_new_private(path, &[head.as_slice(), &nonce, &ciphertext].concat())
    }

    pub(crate) fn read(
        path: &Path,
        label: &KeyLabel,
        algorithm: StoredAlgorithm,
        store_key: &SymmetricKey,
    ) -> Result<Self, KeystoreError> {
        let named = |kind: KeystoreErrorKind| kind.file(&disk::name(path));
        let file = disk::read_private(path, MAX_LENGTH)?;
        let plain = file.expose(|file| {
            if !file.starts_with(MAGIC) {
                return Err(named(KeystoreErrorKind::Form));
            }
            let head = head(label);
            let rest = file.strip_prefix(head.as_slice()).ok_or_else(|| named(KeystoreErrorKind::Altered))?;
            let (nonce, ciphertext) = rest.split_first_chunk().ok_or_else(|| named(KeystoreErrorKind::Form))?;
            record_cipher::open(store_key, nonce, &head, ciphertext).map_err(|_| named(KeystoreErrorKind::Altered))
        })?;
        match algorithm {
            StoredAlgorithm::Aes256 => {
                plain.expose(SymmetricKey::new).map(Self::Aes).map_err(|_| named(KeystoreErrorKind::Form))
            }
            StoredAlgorithm::Pair(algorithm) => {
                let key = PrivateKey::from_pkcs8(&plain).map_err(|_| named(KeystoreErrorKind::Form))?;
                if key.algorithm() == algorithm {
                    Ok(Self::of_pair(key))
                } else {
                    Err(named(KeystoreErrorKind::Altered))
                }
            }
        }
    }
}

fn head(label: &KeyLabel) -> Vec<u8> {
    let label = label.to_string();
    // A role's name and 32 octets at most: far below 256.
    let length = u8::try_from(label.len()).unwrap_or(u8::MAX);
    [MAGIC, &[length], label.as_bytes()].concat()
}

const MAGIC: &[u8] = b"sigillo2";
const MAX_LENGTH: usize = 0x2000;
