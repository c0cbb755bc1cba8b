use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sigillo_seal::SignerCertificate;

use crate::label::KeyLabel;
use crate::role::StoredAlgorithm;

/// What the keys of a store may serve for.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyKind {
    /// Keys that anybody may know: made by `sigillo init --test-keys`, and whatever lies in files.
    Test,
    /// Keys that came in by a ceremony, in a token.
    Production,
}

/// What the installation is for; a run-time setting, never a feature.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mode {
    /// Tests and the demo.
    Test,
    /// Real documents: no test key opens.
    Production,
}

/// What is known of one key without touching it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeyEntry {
    /// Its name.
    pub label: KeyLabel,
    /// What it is.
    pub algorithm: StoredAlgorithm,
    /// Whether it serves.
    pub state: KeyState,
    /// The day it was made or imported.
    pub created: Date,
    /// The last day on which it makes something new; `None` if there is no such day.
    pub until: Option<Date>,
    /// Check value of an AES key (3 octets: AES-CMAC of 16 zeros), or key identifier of a key pair (20 octets: SHA-1 of
    /// the public key's bits), hexadecimal.
    pub id: String,
}

/// The life of a key.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyState {
    /// It serves.
    Active,
    /// A successor took over; it still opens what it closed.
    Retired,
    /// It is no more.
    Destroyed,
}

/// How much a document signer may sign: its seals or its last day, whichever comes first (decision D8).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SignerLimit {
    /// How many seals.
    pub seals: u64,
    /// The last day, which is also the end of the private key usage period in its certificate.
    pub until: Date,
}

/// A document signer: its key's label, its certificate with the verified chain, and its limit.
#[derive(Clone, Debug)]
pub struct SignerEntry {
    /// The key.
    pub label: KeyLabel,
    /// How the store of slots names this signer: the key identifier of its certificate, in hexadecimal.
    pub id: String,
    /// The certificate, for [`sigillo_seal::Hashed::seal`].
    pub certificate: SignerCertificate,
    /// How much it may sign.
    pub limit: SignerLimit,
}

/// One thing that the inventory found: register and store hold each other's word.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// The key.
    pub label: String,
    /// What is wrong with it.
    pub fault: InventoryFault,
}

/// What is wrong with a key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum InventoryFault {
    /// The register has it, the store does not.
    Missing,
    /// The store has it, the register does not.
    Unknown,
    /// Its last day is over.
    Expired,
    /// It has another check value or key identifier than the register says.
    AnotherKey,
    /// An attribute of the token's object is not what the role's row asks for.
    Attribute(&'static str),
}

impl InventoryFault {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing => "inventory.missing",
            Self::Unknown => "inventory.unknown",
            Self::Expired => "inventory.expired",
            Self::AnotherKey => "inventory.another-key",
            Self::Attribute(_) => "inventory.attribute",
        }
    }
}

impl KeyState {
    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Retired => "retired",
            Self::Destroyed => "destroyed",
        }
    }
}
