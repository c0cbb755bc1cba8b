use std::path::Path;

use serde::{Deserialize, Serialize};
use sigillo_crypto::P256PrivateKey;
use sigillo_secret::{SecretBytes, SymmetricKey};

use crate::disk;
use crate::error::{KeystoreError, KeystoreErrorKind};

/// What a key may serve for.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyKind {
    /// Keys that anybody may know: made by `sigillo init --test-keys`.
    Test,
    /// Keys that came in by a ceremony.
    Production,
}

/// The keys of decision D9 that this store holds.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyRole {
    /// Country signing CA (P-256).
    Csca,
    /// Document signer (P-256).
    DocumentSigner,
    /// Master of the chips' formation keys (AES-256).
    FormationMaster,
    /// Wraps the data key of each record (AES-256).
    DataKeyWrapping,
    /// Signs checkpoints of the trace (P-256).
    TraceCheckpoint,
    /// A vendor batch's transport key (AES-256).
    Transport,
}

/// A key out of its file.
///
/// | field   | octets | value                              |
/// |---------|--------|------------------------------------|
/// | magic   | 8      | `sigillo1`                         |
/// | kind    | 1      | `T` (test) or `P` (production)     |
/// | role    | 1      | 01 to 06, in the order of the roles |
/// | key     | 32     | P-256 scalar or AES-256 key        |
pub(crate) struct KeyFile {
    pub(crate) kind: KeyKind,
    pub(crate) role: KeyRole,
    octets: SecretBytes,
}

impl KeyRole {
    /// The keys that a store has from the beginning.
    pub(crate) const FIXED: [Self; 5] =
        [Self::Csca, Self::DocumentSigner, Self::FormationMaster, Self::DataKeyWrapping, Self::TraceCheckpoint];

    /// The name of the key's file; a batch's has the batch's name in it.
    pub(crate) const fn file_name(self) -> &'static str {
        match self {
            Self::Csca => "csca.key",
            Self::DocumentSigner => "document-signer.key",
            Self::FormationMaster => "formation-master.key",
            Self::DataKeyWrapping => "data-key-wrapping.key",
            Self::TraceCheckpoint => "trace-checkpoint.key",
            Self::Transport => "transport.key",
        }
    }

    const fn octet(self) -> u8 {
        match self {
            Self::Csca => 1,
            Self::DocumentSigner => 2,
            Self::FormationMaster => 3,
            Self::DataKeyWrapping => 4,
            Self::TraceCheckpoint => 5,
            Self::Transport => 6,
        }
    }

    fn from_octet(octet: u8) -> Option<Self> {
        Self::FIXED.into_iter().chain([Self::Transport]).find(|role| role.octet() == octet)
    }
}

impl KeyKind {
    const fn octet(self) -> u8 {
        match self {
            Self::Test => b'T',
            Self::Production => b'P',
        }
    }

    fn from_octet(octet: u8) -> Option<Self> {
        [Self::Test, Self::Production].into_iter().find(|kind| kind.octet() == octet)
    }
}

impl KeyFile {
    pub(crate) fn of(kind: KeyKind, role: KeyRole, key: &[u8]) -> Self {
        Self { kind, role, octets: SecretBytes::copy_of(key) }
    }

    pub(crate) fn write(&self, path: &Path) -> Result<(), KeystoreError> {
        let file = self.octets.expose(|key| {
            let mut bytes = Vec::with_capacity(LENGTH);
            bytes.extend_from_slice(MAGIC);
            bytes.extend([self.kind.octet(), self.role.octet()]);
            bytes.extend_from_slice(key);
            SecretBytes::new(bytes)
        });
        file.expose(|bytes| disk::write_new_private(path, bytes))
    }

    pub(crate) fn read(path: &Path) -> Result<Self, KeystoreError> {
        let form = || KeystoreErrorKind::Form.file(&disk::name(path));
        let file = disk::read_private(path, LENGTH)?;
        file.expose(|bytes| {
            let (kind, role, key) = match bytes.strip_prefix(MAGIC)? {
                [kind, role, key @ ..] if key.len() == KEY_LENGTH => (*kind, *role, key),
                _ => return None,
            };
            Some(Self::of(KeyKind::from_octet(kind)?, KeyRole::from_octet(role)?, key))
        })
        .ok_or_else(form)
    }

    pub(crate) fn symmetric(&self) -> Result<SymmetricKey, KeystoreError> {
        self.octets.expose(SymmetricKey::new).map_err(|_| KeystoreErrorKind::Form.file(self.role.file_name()))
    }

    pub(crate) fn signing(&self) -> Result<P256PrivateKey, KeystoreError> {
        self.octets.expose(P256PrivateKey::from_bytes).map_err(|_| KeystoreErrorKind::Form.file(self.role.file_name()))
    }
}

const MAGIC: &[u8; 8] = b"sigillo1";
const KEY_LENGTH: usize = 32;
const LENGTH: usize = MAGIC.len() + 2 + KEY_LENGTH;
