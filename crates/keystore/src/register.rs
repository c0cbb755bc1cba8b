//! What a store says it holds: an append-only file of what happened to its keys. The keys themselves are elsewhere.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::chain::Chain;
use crate::entry::{KeyEntry, KeyKind, KeyState};
use crate::error::{KeystoreError, KeystoreErrorKind};
use crate::label::KeyLabel;

/// One thing that happened to the store or to a key.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Event {
    /// The store was made; always the first.
    Created {
        /// Version of the format.
        format: u32,
        /// What its keys may serve for.
        mark: KeyKind,
        on: Date,
        /// Where the keys are.
        place: Place,
    },
    /// A key was made in place.
    Generated {
        label: KeyLabel,
        algorithm: String,
        id: String,
        on: Date,
        until: Option<Date>,
        /// Who was there.
        by: Vec<String>,
    },
    /// A key was entered in components.
    Imported {
        label: KeyLabel,
        algorithm: String,
        id: String,
        on: Date,
        until: Option<Date>,
        custodians: Vec<Custodian>,
    },
    /// A certificate of a key was installed.
    Certified {
        label: KeyLabel,
        /// SHA-256 of the certificate, hexadecimal.
        certificate: String,
        /// How many seals a document signer may make.
        seals: Option<u64>,
        on: Date,
    },
    /// The certificate of a country signing CA whose key is elsewhere was installed.
    Anchor {
        /// Its SHA-256, hexadecimal.
        certificate: String,
        on: Date,
    },
    /// A successor took over.
    Retired { label: KeyLabel, on: Date, by: Vec<String> },
    /// The key is no more.
    Destroyed { label: KeyLabel, on: Date, by: Vec<String> },
}

/// Who entered a component, and its check value, which he confirmed.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Custodian {
    pub(crate) name: String,
    pub(crate) check_value: String,
}

/// Where the keys are.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(tag = "store", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Place {
    /// In files of the same folder, encrypted under a passphrase.
    Software {
        /// Argon2id: memory in KiB, passes, lanes.
        memory: u32,
        passes: u32,
        lanes: u32,
        /// 16 octets, hexadecimal.
        salt: String,
        /// Check value of the key that the passphrase gives: a wrong passphrase is told from an altered file.
        check: String,
    },
    /// In a PKCS#11 token.
    Pkcs11 {
        /// The module's file.
        module: PathBuf,
        /// The token's label.
        token: String,
    },
}

/// The events, and the keys that follow from them.
#[derive(Clone, Debug)]
pub(crate) struct Register {
    chain: Chain,
    pub(crate) mark: KeyKind,
    pub(crate) place: Place,
    pub(crate) keys: BTreeMap<KeyLabel, Registered>,
    /// Digests of trust anchors whose keys are elsewhere.
    pub(crate) anchors: Vec<String>,
}

/// A key, and its certificate if it has one.
#[derive(Clone, Debug)]
pub(crate) struct Registered {
    pub(crate) entry: KeyEntry,
    pub(crate) certificate: Option<RegisteredCertificate>,
}

/// A certificate by its digest.
#[derive(Clone, Debug)]
pub(crate) struct RegisteredCertificate {
    pub(crate) digest: String,
    pub(crate) seals: Option<u64>,
}

impl Register {
    pub(crate) fn create(folder: &Path, mark: KeyKind, on: Date, place: Place) -> Result<Self, KeystoreError> {
        let mut chain = Chain::create(&folder.join(REGISTER), DOMAIN)?;
        let event = Event::Created { format: FORMAT, mark, on, place: place.clone() };
        chain.append(&value(&event)?)?;
        Ok(Self { chain, mark, place, keys: BTreeMap::new(), anchors: Vec::new() })
    }

    pub(crate) fn read(folder: &Path) -> Result<Self, KeystoreError> {
        let form = || KeystoreErrorKind::Form.file(REGISTER);
        if folder.join(REGISTER_OF_VERSION_1).exists() {
            return Err(KeystoreErrorKind::Version { found: 1, known: FORMAT }.file(REGISTER_OF_VERSION_1));
        }
        let (chain, entries) = Chain::read(&folder.join(REGISTER), DOMAIN)?;
        let mut entries = entries.into_iter();
        let first = entries.next().ok_or_else(|| KeystoreErrorKind::Missing.file(REGISTER))?;
        // The version is judged before the rest, whose shape it tells.
        let found = first.get("format").and_then(Value::as_u64).and_then(|format| u32::try_from(format).ok());
        match found.ok_or_else(form)? {
            FORMAT => {}
            found => return Err(KeystoreErrorKind::Version { found, known: FORMAT }.file(REGISTER)),
        }
        let Ok(Event::Created { mark, place, .. }) = serde_json::from_value(first) else { return Err(form()) };
        let mut register = Self { chain, mark, place, keys: BTreeMap::new(), anchors: Vec::new() };
        for entry in entries {
            let event = serde_json::from_value(entry).map_err(|_| form())?;
            register.apply(&event).ok_or_else(form)?;
        }
        Ok(register)
    }

    /// Writes an event down; what follows from it holds from then on.
    pub(crate) fn record(&mut self, event: &Event) -> Result<(), KeystoreError> {
        self.chain.append(&value(event)?)?;
        self.apply(event).ok_or_else(|| KeystoreErrorKind::Form.file(REGISTER))
    }

    /// A key that serves or served, and was not destroyed.
    pub(crate) fn living(&self, label: &KeyLabel) -> Result<&Registered, KeystoreError> {
        let key = self.keys.get(label).filter(|key| key.entry.state != KeyState::Destroyed);
        key.ok_or_else(|| KeystoreErrorKind::KeyUnknown.at(label))
    }

    fn apply(&mut self, event: &Event) -> Option<()> {
        match event {
            Event::Created { .. } => return None,
            Event::Generated { label, algorithm, id, on, until, .. }
            | Event::Imported { label, algorithm, id, on, until, .. } => {
                let entry = KeyEntry {
                    label: label.clone(),
                    algorithm: crate::role::StoredAlgorithm::parse(algorithm)?,
                    state: KeyState::Active,
                    created: *on,
                    until: *until,
                    id: id.clone(),
                };
                // A destroyed key's name may be given again only where names are given by people.
                let earlier = self.keys.insert(label.clone(), Registered { entry, certificate: None });
                if earlier.is_some_and(|key| key.entry.state != KeyState::Destroyed) {
                    return None;
                }
            }
            Event::Certified { label, certificate, seals, .. } => {
                let certificate = RegisteredCertificate { digest: certificate.clone(), seals: *seals };
                self.keys.get_mut(label)?.certificate = Some(certificate);
            }
            Event::Anchor { certificate, .. } => self.anchors.push(certificate.clone()),
            Event::Retired { label, .. } => self.keys.get_mut(label)?.entry.state = KeyState::Retired,
            Event::Destroyed { label, .. } => self.keys.get_mut(label)?.entry.state = KeyState::Destroyed,
        }
        Some(())
    }
}

/// Whether a folder has a register, of this or the first version.
pub(crate) fn exists(folder: &Path) -> bool {
    [REGISTER, REGISTER_OF_VERSION_1].iter().any(|name| folder.join(name).exists())
}

fn value(event: &Event) -> Result<Value, KeystoreError> {
    serde_json::to_value(event).map_err(|_| KeystoreErrorKind::Form.file(REGISTER))
}

const REGISTER: &str = "keystore.jsonl";
const REGISTER_OF_VERSION_1: &str = "keystore.json";
const DOMAIN: &str = "sigillo/v2/keys";
const FORMAT: u32 = 2;
