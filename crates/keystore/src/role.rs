use serde::{Deserialize, Serialize};
use sigillo_crypto::KeyAlgorithm;

/// The keys of decision D9; [`KeyRole::row`] says what each one is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyRole {
    /// Country signing CA.
    Csca,
    /// Document signer.
    DocumentSigner,
    /// Signs ICAO master lists.
    MasterListSigner,
    /// Signs ICAO deviation lists.
    DeviationListSigner,
    /// Country verifying CA: the root of the terminals.
    Cvca,
    /// Document verifier, between the root and the terminals.
    Dv,
    /// An inspection terminal.
    InspectionTerminal,
    /// An office's terminal.
    OfficeTerminal,
    /// Certifies the holders' keys on the chip.
    EservicesCa,
    /// Master of the chips' formation keys.
    FormationMaster,
    /// Wraps the data key of each record.
    DataKeyWrapping,
    /// Makes the digests of the offices' file references.
    ReferenceDigest,
    /// Codes are encrypted to it at birth.
    CodeEncryption,
    /// Makes the verifiers of the CIPs.
    CipVerifier,
    /// Signs checkpoints of the trace.
    TraceCheckpoint,
    /// An operator's key.
    Operator,
    /// A vendor batch's transport key.
    Transport,
    /// Signs the messages to the partners.
    ExchangeSigner,
    /// Partners encrypt their messages to it.
    ExchangeDecryption,
}

/// One row of the table of keys.
#[derive(Clone, Copy, Debug)]
pub struct RoleRow {
    /// The role.
    pub role: KeyRole,
    /// Its name in labels, files and arguments.
    pub name: &'static str,
    /// Who holds it.
    pub holder: &'static str,
    /// What it does.
    pub purpose: Purpose,
    /// The algorithms it may have; the first is the one it has unless another is asked for.
    pub algorithms: &'static [StoredAlgorithm],
    /// For how many months it is used; `None` as long as it is needed.
    pub months: Option<u32>,
    /// What its keys are told apart by.
    pub told_apart: ToldApart,
    /// How it comes into being.
    pub ceremony: Ceremony,
    /// Whether a store has one from the beginning.
    pub from_the_beginning: bool,
}

/// What a key does; it can do nothing else, in a token by its attributes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Purpose {
    /// Signs.
    Sign,
    /// Agrees on a secret with whoever encrypts to it.
    Agree,
    /// Authenticates and derives: AES-CMAC.
    Derive,
    /// Wraps keys: AES-GCM.
    Wrap,
}

/// What a key is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StoredAlgorithm {
    /// A key pair.
    Pair(KeyAlgorithm),
    /// AES-256.
    Aes256,
}

/// What tells keys of one role apart.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ToldApart {
    /// A generation, counted from 1; a new one takes over from the one before it.
    ByGeneration,
    /// A name; there is one key of each name.
    ByName,
    /// A generation, and there is only the first: what it made cannot be made again under another.
    NotAtAll,
}

/// How a key comes into being.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Ceremony {
    /// Made where it stays, before two custodians.
    Generated,
    /// Made where it stays before two custodians, or entered by them in components.
    GeneratedOrImported,
    /// Entered in components that a vendor sent to two custodians.
    Imported,
    /// Made where it stays by one operator: it can be replaced at any time.
    Alone,
}

const EC: [StoredAlgorithm; 6] = [
    StoredAlgorithm::Pair(KeyAlgorithm::P256),
    StoredAlgorithm::Pair(KeyAlgorithm::P384),
    StoredAlgorithm::Pair(KeyAlgorithm::P521),
    StoredAlgorithm::Pair(KeyAlgorithm::BrainpoolP256r1),
    StoredAlgorithm::Pair(KeyAlgorithm::BrainpoolP384r1),
    StoredAlgorithm::Pair(KeyAlgorithm::BrainpoolP512r1),
];
const EC_OR_RSA: [StoredAlgorithm; 9] = [
    EC[0],
    EC[1],
    EC[2],
    EC[3],
    EC[4],
    EC[5],
    StoredAlgorithm::Pair(KeyAlgorithm::Rsa2048),
    StoredAlgorithm::Pair(KeyAlgorithm::Rsa3072),
    StoredAlgorithm::Pair(KeyAlgorithm::Rsa4096),
];
const P256: [StoredAlgorithm; 1] = [EC[0]];
const P256_OR_P384: [StoredAlgorithm; 2] = [EC[0], EC[1]];
const AES_256: [StoredAlgorithm; 1] = [StoredAlgorithm::Aes256];

const fn pair(
    role: KeyRole,
    name: &'static str,
    holder: &'static str,
    algorithms: &'static [StoredAlgorithm],
    months: u32,
) -> RoleRow {
    RoleRow {
        role,
        name,
        holder,
        purpose: Purpose::Sign,
        algorithms,
        months: Some(months),
        told_apart: ToldApart::ByGeneration,
        ceremony: Ceremony::Generated,
        from_the_beginning: false,
    }
}

const fn aes(role: KeyRole, name: &'static str, holder: &'static str, purpose: Purpose) -> RoleRow {
    RoleRow {
        role,
        name,
        holder,
        purpose,
        algorithms: &AES_256,
        months: None,
        told_apart: ToldApart::NotAtAll,
        ceremony: Ceremony::GeneratedOrImported,
        from_the_beginning: true,
    }
}

/// The table of keys (decision D9). Months are those in which a key makes something new.
pub const ROLES: [RoleRow; 19] = [
    RoleRow { from_the_beginning: true, ..pair(KeyRole::Csca, "csca", "country signing authority", &EC_OR_RSA, 48) },
    RoleRow { from_the_beginning: true, ..pair(KeyRole::DocumentSigner, "document-signer", "the seal", &EC_OR_RSA, 3) },
    pair(KeyRole::MasterListSigner, "master-list-signer", "country signing authority", &EC_OR_RSA, 12),
    pair(KeyRole::DeviationListSigner, "deviation-list-signer", "country signing authority", &EC_OR_RSA, 12),
    pair(KeyRole::Cvca, "cvca", "country verifying authority", &EC, 36),
    pair(KeyRole::Dv, "dv", "inspection and office PKI", &EC, 3),
    pair(KeyRole::InspectionTerminal, "inspection-terminal", "inspection", &EC, 1),
    pair(KeyRole::OfficeTerminal, "office-terminal", "the offices", &EC, 1),
    pair(KeyRole::EservicesCa, "eservices-ca", "certification infrastructure", &EC_OR_RSA, 48),
    aes(KeyRole::FormationMaster, "formation-master", "the line", Purpose::Derive),
    RoleRow {
        told_apart: ToldApart::ByGeneration,
        months: Some(24),
        ..aes(KeyRole::DataKeyWrapping, "data-key-wrapping", "the line", Purpose::Wrap)
    },
    aes(KeyRole::ReferenceDigest, "reference-digest", "the line", Purpose::Derive),
    RoleRow {
        purpose: Purpose::Agree,
        ..pair(KeyRole::CodeEncryption, "code-encryption", "issuing circuit", &P256, 24)
    },
    RoleRow {
        from_the_beginning: false,
        ..aes(KeyRole::CipVerifier, "cip-verifier", "issuing circuit", Purpose::Derive)
    },
    RoleRow {
        from_the_beginning: true,
        ceremony: Ceremony::Alone,
        ..pair(KeyRole::TraceCheckpoint, "trace-checkpoint", "the line", &P256, 24)
    },
    RoleRow {
        told_apart: ToldApart::ByName,
        ceremony: Ceremony::Alone,
        ..pair(KeyRole::Operator, "operator", "each operator", &P256, 12)
    },
    RoleRow {
        told_apart: ToldApart::ByName,
        ceremony: Ceremony::Imported,
        from_the_beginning: false,
        ..aes(KeyRole::Transport, "transport", "the line, one a vendor batch", Purpose::Derive)
    },
    pair(KeyRole::ExchangeSigner, "exchange-signer", "the line", &P256_OR_P384, 24),
    RoleRow {
        purpose: Purpose::Agree,
        ..pair(KeyRole::ExchangeDecryption, "exchange-decryption", "the line", &P256_OR_P384, 24)
    },
];

impl KeyRole {
    /// Its row of the table.
    #[must_use]
    pub const fn row(self) -> &'static RoleRow {
        // The rows stand in the order of the roles: a test holds them against each other.
        &ROLES[self as usize]
    }

    /// The name in labels, files and arguments.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// The role of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        ROLES.iter().find(|row| row.name == name).map(|row| row.role)
    }
}

impl Ceremony {
    /// Whether two custodians must be there.
    #[must_use]
    pub const fn is_dual(self) -> bool {
        !matches!(self, Self::Alone)
    }

    /// The words for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Generated => "made in place, two custodians",
            Self::GeneratedOrImported => "made in place or entered in components, two custodians",
            Self::Imported => "entered in components, two custodians",
            Self::Alone => "made in place, one operator",
        }
    }
}

impl StoredAlgorithm {
    /// The name: `P-256`, `RSA-3072`, `AES-256`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pair(algorithm) => algorithm.name(),
            Self::Aes256 => "AES-256",
        }
    }

    /// The algorithm of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        if name == Self::Aes256.name() { Some(Self::Aes256) } else { KeyAlgorithm::parse(name).map(Self::Pair) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_has_its_row() {
        for row in &ROLES {
            assert_eq!(row.role.row().name, row.name);
            assert_eq!(KeyRole::parse(row.name), Some(row.role));
            assert_eq!(serde_json::to_value(row.role).unwrap(), row.name);
            let is_pair = matches!(row.purpose, Purpose::Sign | Purpose::Agree);
            assert!(row.algorithms.iter().all(|algorithm| matches!(algorithm, StoredAlgorithm::Pair(_)) == is_pair));
        }
    }
}
