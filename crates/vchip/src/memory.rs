//! Non-volatile memory, and the closed list of changes that a transaction can make to it.

use sigillo_apdu::fcp::LifeCycle;
use sigillo_channel::bac::MrzSecret;
use sigillo_channel::scp03::KeySet;
use sigillo_crypto::P256PrivateKey;

use crate::access::{Environments, SecurityEnvironment};
use crate::files::{File, FileHandle, FileSystem};
use crate::status::{Authentication, Mechanism};

/// What one chip holds in all, in octets.
pub(crate) const MEMORY_SIZE: usize = 128 * 1024;
/// The key version of the vendor's transport keys.
pub(crate) const TRANSPORT_VERSION: u8 = 0x20;
/// The key version of the keys that formation uses.
pub(crate) const FORMATION_VERSION: u8 = 0x30;
/// Whoever holds the formation keys.
pub(crate) const FORMATION: Authentication =
    Authentication { mechanism: Mechanism::Scp03, reference: FORMATION_VERSION };
/// How often the keys may be missed before they are blocked.
pub(crate) const MAX_TRIES: u8 = 10;

/// Everything that survives a power cut.
pub(crate) struct Memory {
    /// Grows with each commit.
    pub(crate) generation: u64,
    pub(crate) serial: [u8; 10],
    /// The card's own life cycle: creation before there is a master file, then initialisation, then what the lock makes it.
    pub(crate) life_cycle: LifeCycle,
    /// `None` after the lock.
    pub(crate) key_set: Option<StoredKeySet>,
    /// By number.
    pub(crate) environments: Environments,
    pub(crate) files: FileSystem,
}

/// The SCP03 keys of one version, and how often they may still be missed.
pub(crate) struct StoredKeySet {
    pub(crate) version: u8,
    pub(crate) tries_left: u8,
    pub(crate) keys: KeySet,
}

/// One transaction. Nothing else changes the memory.
pub(crate) enum Change {
    /// Before keys are compared.
    TryLess,
    /// After they matched.
    TriesRestored,
    /// The old set vanishes and the new one appears.
    KeySetReplaced(StoredKeySet),
    EnvironmentStored(SecurityEnvironment),
    FileCreated(FileHandle, File),
    FileDeleted(FileHandle),
    /// The only change that may tear, inside its own range.
    RangeWritten {
        file: FileHandle,
        offset: usize,
        data: Vec<u8>,
    },
    MrzSecretStored {
        df: FileHandle,
        secret: MrzSecret,
    },
    KeyGenerated {
        df: FileHandle,
        reference: u8,
        key: P256PrivateKey,
    },
    /// The lock: card and files become operational, the key set is destroyed.
    Locked,
    /// The end of the card: keys and secrets are destroyed.
    Terminated,
}

impl Memory {
    /// The memory of a chip as its vendor delivers it.
    pub(crate) fn new(serial: [u8; 10], transport: KeySet) -> Self {
        Self {
            generation: 0,
            serial,
            life_cycle: LifeCycle::Creation,
            key_set: Some(StoredKeySet::new(TRANSPORT_VERSION, transport)),
            environments: Environments::new(),
            files: FileSystem::default(),
        }
    }

    /// Octets of memory in use.
    pub(crate) fn footprint(&self) -> usize {
        let environments: usize = self.environments.values().map(|environment| environment.encode().len()).sum();
        self.files.footprint() + environments
    }

    /// Whether this many more octets fit.
    pub(crate) fn has_room_for(&self, octets: usize) -> bool {
        self.footprint().saturating_add(octets) <= MEMORY_SIZE
    }

    /// Makes a change that was judged before; it cannot fail.
    pub(crate) fn apply(&mut self, change: Change) {
        self.generation = self.generation.wrapping_add(1);
        match change {
            Change::TryLess => {
                if let Some(set) = &mut self.key_set {
                    set.tries_left = set.tries_left.saturating_sub(1);
                }
            }
            Change::TriesRestored => {
                if let Some(set) = &mut self.key_set {
                    set.tries_left = MAX_TRIES;
                }
            }
            Change::KeySetReplaced(set) => self.key_set = Some(set),
            Change::EnvironmentStored(environment) => {
                self.environments.insert(environment.number, environment);
            }
            Change::FileCreated(handle, file) => {
                if file.parent.is_none() {
                    self.life_cycle = LifeCycle::Initialisation;
                }
                self.files.insert(handle, file);
            }
            Change::FileDeleted(handle) => self.files.remove(handle),
            Change::RangeWritten { file, offset, data } => {
                let content = self.files.content_mut(file).map(Vec::as_mut_slice).unwrap_or_default();
                for (to, from) in content.iter_mut().skip(offset).zip(data) {
                    *to = from;
                }
            }
            Change::MrzSecretStored { df, secret } => {
                if let Some(objects) = self.files.objects_mut(df) {
                    objects.mrz_secret = Some(secret);
                }
            }
            Change::KeyGenerated { df, reference, key } => {
                if let Some(objects) = self.files.objects_mut(df) {
                    objects.private_keys.insert(reference, key);
                }
            }
            Change::Locked => {
                self.life_cycle = LifeCycle::Activated;
                self.key_set = None;
                self.files.activate_all();
            }
            Change::Terminated => {
                self.life_cycle = LifeCycle::Terminated;
                self.key_set = None;
                self.files.forget_secrets();
            }
        }
    }
}

impl StoredKeySet {
    /// A set that was never missed.
    pub(crate) fn new(version: u8, keys: KeySet) -> Self {
        Self { version, tries_left: MAX_TRIES, keys }
    }
}

impl Change {
    /// The first half of a written range: what a power cut may leave behind.
    pub(crate) fn torn_in_half(&self) -> Option<Self> {
        let Self::RangeWritten { file, offset, data } = self else { return None };
        let half = data.get(..data.len() / 2).filter(|half| !half.is_empty())?;
        Some(Self::RangeWritten { file: *file, offset: *offset, data: half.to_vec() })
    }
}
