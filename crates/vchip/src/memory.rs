//! Non-volatile memory, and the closed list of changes that a transaction can make to it.

use sigillo_apdu::fcp::LifeCycle;
use sigillo_channel::bac::MrzSecret;
use sigillo_channel::scp03::KeySet;
use sigillo_cvc::{CvDate, TrustPoint, ef_cvca};
use sigillo_secret::SecretBytes;

use crate::access::{Environments, SecurityEnvironment};
use crate::files::{File, FileHandle, FileSystem};
use crate::keys::KeyPair;
use crate::objects::{Code, CodeName, Objects};
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
    /// The card's approximation of today, once it was told one; it only advances.
    pub(crate) date: Option<CvDate>,
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
    /// Before the keys of SCP03 are compared.
    KeySetTryLess,
    /// After they matched.
    KeySetTriesRestored,
    /// The old set vanishes and the new one appears.
    KeySetReplaced(StoredKeySet),
    EnvironmentStored(SecurityEnvironment),
    FileCreated(FileHandle, File),
    FileDeleted(FileHandle),
    /// A file is activated or deactivated.
    FileLifeCycle(FileHandle, LifeCycle),
    /// The only change that may tear, inside its own range.
    RangeWritten {
        file: FileHandle,
        offset: usize,
        data: Vec<u8>,
    },
    MrzSecretStored(FileHandle, MrzSecret),
    CanStored(FileHandle, SecretBytes),
    CodeStored(FileHandle, CodeName, Code),
    /// Before a code is compared.
    CodeTryLess(CodeName),
    /// After it matched.
    CodeTriesRestored(CodeName),
    /// Other digits, and all tries with them.
    CodeChanged(CodeName, SecretBytes),
    /// The PUK matched: both codes get their tries back, and the PIN new digits if there are any.
    PinUnblocked(Option<SecretBytes>),
    ChipIdentityStored(FileHandle, SecretBytes),
    DateSet(CvDate),
    /// The trust points of a DF, the card's date, and the EF.CVCA that tells terminals: all of it or nothing.
    AuthoritiesChanged {
        df: FileHandle,
        trust_points: Vec<TrustPoint>,
        date: Option<CvDate>,
        ef_cvca: Option<FileHandle>,
    },
    KeyGenerated {
        df: FileHandle,
        reference: u8,
        pair: KeyPair,
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
            date: None,
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

    /// The objects of the master file: passwords and codes are there, wherever they are used.
    pub(crate) fn card_objects(&self) -> Option<&Objects> {
        self.files.master().and_then(|master| self.files.objects(master))
    }

    /// All trust points of the card, wherever they stand.
    pub(crate) fn trust_points(&self) -> Vec<TrustPoint> {
        let objects = self.files.iter().filter_map(|(handle, _)| self.files.objects(handle));
        objects.flat_map(|objects| objects.trust_points.iter().cloned()).collect()
    }

    /// The code of the card with this name.
    pub(crate) fn code(&self, name: CodeName) -> Option<&Code> {
        self.card_objects()?.code(name)
    }

    /// Makes a change that was judged before; it cannot fail.
    pub(crate) fn apply(&mut self, change: Change) {
        self.generation = self.generation.wrapping_add(1);
        match change {
            Change::KeySetTryLess => {
                if let Some(set) = &mut self.key_set {
                    set.tries_left = set.tries_left.saturating_sub(1);
                }
            }
            Change::KeySetTriesRestored => {
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
            Change::FileLifeCycle(file, life_cycle) => self.files.set_life_cycle(file, life_cycle),
            Change::MrzSecretStored(df, secret) => self.store(df, |objects| objects.mrz_secret = Some(secret)),
            Change::CanStored(df, can) => self.store(df, |objects| objects.can = Some(can)),
            Change::CodeStored(df, name, code) => self.store(df, |objects| *objects.code_mut(name) = Some(code)),
            Change::CodeTryLess(name) => self.with_code(name, Code::lose_try),
            Change::CodeTriesRestored(name) => self.with_code(name, Code::restore_tries),
            Change::CodeChanged(name, digits) => self.with_code(name, |code| code.change(digits)),
            Change::PinUnblocked(digits) => {
                self.with_code(CodeName::Puk, Code::restore_tries);
                self.with_code(CodeName::Pin, |code| match digits {
                    Some(digits) => code.change(digits),
                    None => code.restore_tries(),
                });
            }
            Change::ChipIdentityStored(df, identity) => {
                self.store(df, |objects| objects.chip_identity = Some(identity))
            }
            Change::DateSet(date) => self.date = Some(date),
            Change::AuthoritiesChanged { df, trust_points, date, ef_cvca } => {
                if let Some(content) = ef_cvca.and_then(|file| self.files.content_mut(file)) {
                    let told = ef_cvca::encode(&trust_points);
                    let octets = told.into_iter().chain(std::iter::repeat(0));
                    content.iter_mut().zip(octets).for_each(|(to, from)| *to = from);
                }
                self.date = date.or(self.date);
                self.store(df, |objects| objects.trust_points = trust_points);
            }
            Change::KeyGenerated { df, reference, pair } => {
                self.store(df, |objects| drop(objects.key_pairs.insert(reference, pair)));
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

impl Memory {
    /// Gives all codes their tries back, outside of every transaction: as no sound chip does.
    pub(crate) fn give_tries_back(&mut self) {
        self.with_code(CodeName::Pin, Code::restore_tries);
        self.with_code(CodeName::Puk, Code::restore_tries);
    }

    fn store(&mut self, df: FileHandle, store: impl FnOnce(&mut Objects)) {
        if let Some(objects) = self.files.objects_mut(df) {
            store(objects);
        }
    }

    fn with_code(&mut self, name: CodeName, change: impl FnOnce(&mut Code)) {
        let objects = self.files.master().and_then(|master| self.files.objects_mut(master));
        if let Some(code) = objects.and_then(|objects| objects.code_mut(name).as_mut()) {
            change(code);
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
