use std::path::Path;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::disk;
use crate::error::{KeystoreError, KeystoreErrorKind};
use crate::key_file::{KeyKind, KeyRole};

/// How much a document signer may sign: its seals or its last day, whichever comes first (decision D8).
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SignerLimit {
    /// How many seals.
    pub seals: u64,
    /// The last day, which is also the end of the private key usage period in its certificate.
    pub until: Date,
}

/// What the store says it holds; written last, so that a store without it was never finished.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Inventory {
    /// Version of the format.
    format: u32,
    /// The day the keys were made.
    pub(crate) created: Date,
    pub(crate) keys: Vec<InventoryKey>,
    pub(crate) signer_limit: SignerLimit,
}

/// One key.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct InventoryKey {
    pub(crate) role: KeyRole,
    pub(crate) kind: KeyKind,
}

impl Inventory {
    pub(crate) fn new(created: Date, kind: KeyKind, signer_limit: SignerLimit) -> Self {
        let keys = KeyRole::FIXED.into_iter().map(|role| InventoryKey { role, kind }).collect();
        Self { format: FORMAT, created, keys, signer_limit }
    }

    pub(crate) fn write(&self, folder: &Path) -> Result<(), KeystoreError> {
        let mut text = serde_json::to_vec_pretty(self).map_err(|_| KeystoreErrorKind::Form.file(INVENTORY))?;
        text.push(b'\n');
        disk::write_new_private(&folder.join(INVENTORY), &text)
    }

    pub(crate) fn read(folder: &Path) -> Result<Self, KeystoreError> {
        let file = disk::read_private(&folder.join(INVENTORY), MAX_INVENTORY)?;
        let inventory = file.expose(|text| -> Result<Self, KeystoreErrorKind> {
            // The version is judged before the rest, whose shape it tells.
            let any: serde_json::Value = serde_json::from_slice(text).map_err(|_| KeystoreErrorKind::Form)?;
            let version = any.get("format").and_then(serde_json::Value::as_u64).ok_or(KeystoreErrorKind::Form)?;
            let found = u32::try_from(version).map_err(|_| KeystoreErrorKind::Form)?;
            if found != FORMAT {
                return Err(KeystoreErrorKind::Version { found, known: FORMAT });
            }
            serde_json::from_value(any).map_err(|_| KeystoreErrorKind::Form)
        });
        let inventory = inventory.map_err(|kind| kind.file(INVENTORY))?;
        let complete = inventory.keys.iter().map(|key| key.role).eq(KeyRole::FIXED);
        if complete { Ok(inventory) } else { Err(KeystoreErrorKind::Form.file(INVENTORY)) }
    }
}

const INVENTORY: &str = "keystore.json";
const FORMAT: u32 = 1;
const MAX_INVENTORY: usize = 0x1_0000;
