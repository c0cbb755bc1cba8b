use std::collections::BTreeMap;

use sigillo_apdu::StatusWord;
use sigillo_apdu::fcp::LifeCycle;
use sigillo_channel::chip_authentication::CaProtocol;
use sigillo_channel::pace::{PaceInfo, PaceMapping, PasswordReference};
use sigillo_channel::secure_messaging::Suite;
use sigillo_crypto::{Curve, HashAlgorithm};
use sigillo_lds::DataGroupNumber;

use crate::ended::Ended;
use crate::error::InspectError;
use crate::file_name::FileName;
use crate::terminal::TerminalRights;

/// What a read session brought back.
///
/// Files hold personal data: the `Debug` form shows names and lengths only.
#[derive(Clone, Default, Eq, PartialEq)]
pub struct ReadOutcome {
    /// Whole files, octet by octet as the chip gave them, without what lies behind their own length.
    pub files: BTreeMap<FileName, Vec<u8>>,
    /// Files of the application that could not be read, and why.
    pub refused: BTreeMap<FileName, Refusal>,
    /// What the chip answered to INITIALIZE UPDATE, if that was asked.
    pub lock_probe: Option<StatusWord>,
    /// What opened the session; `None` if nothing did.
    pub access: Option<Access>,
    /// Whether EF.CardAccess was asked for: the policy may do without.
    pub card_access_asked: bool,
    /// Whether the chip proved its key inside PACE.
    pub chip_authentication_mapping: Ended<()>,
    /// Whether the chip proved a key of DG14.
    pub chip_authentication: Ended<ChipKey>,
    /// Whether the chip believed the terminal, and what that one may do then.
    pub terminal_authentication: Ended<TerminalRights>,
    /// Whether the chip proved the key of DG15, with which hash.
    pub active_authentication: Ended<HashAlgorithm>,
    /// The life cycle of the eServices application.
    pub services: Ended<LifeCycle>,
    /// Whether the session ended with a protocol that failed, before everything was read.
    pub cut_short: bool,
    /// What broke the session before its time.
    pub broken: Option<InspectError>,
    /// How many commands were sent.
    pub commands: u32,
}

/// What opened the session.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Access {
    /// PACE with this entry of EF.CardAccess and this password.
    Pace {
        /// The entry.
        info: PaceInfo,
        /// The password.
        password: PasswordReference,
    },
    /// Basic Access Control.
    Bac,
}

/// The key of Chip Authentication that was used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ChipKey {
    /// The protocol.
    pub protocol: CaProtocol,
    /// Which key, where there are several.
    pub key_id: Option<u8>,
    /// Its curve.
    pub curve: Curve,
}

/// Why a file could not be read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Refusal {
    /// The chip refused.
    Status(StatusWord),
    /// The file does not begin with a TLV, so that it has no length.
    NoLength,
    /// The file says that it has more octets than any file may have.
    TooLarge {
        /// What it says.
        length: usize,
    },
    /// The file ends before its own length.
    Truncated {
        /// How many octets it has.
        found: usize,
    },
    /// The chip sent more octets than were asked for, or none with a success, or wrapped them wrongly.
    BadAnswer,
}

impl ReadOutcome {
    /// One file.
    #[must_use]
    pub fn file(&self, name: FileName) -> Option<&[u8]> {
        self.files.get(&name).map(Vec::as_slice)
    }

    /// Whether the chip believed that the terminal may read this data group.
    #[must_use]
    pub fn may_read(&self, group: DataGroupNumber) -> bool {
        self.terminal_authentication.passed().is_some_and(|rights| rights.may_read(group.number()))
    }

    /// The data groups that were read, by number.
    #[must_use]
    pub fn data_groups(&self) -> Vec<(u8, &[u8])> {
        self.files
            .iter()
            .filter_map(|(name, file)| match name {
                FileName::DataGroup(number) => Some((number.number(), file.as_slice())),
                _ => None,
            })
            .collect()
    }
}

impl Refusal {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Status(_) => "inspect.refused",
            Self::NoLength => "inspect.no-length",
            Self::TooLarge { .. } => "inspect.too-large",
            Self::Truncated { .. } => "inspect.truncated",
            Self::BadAnswer => "inspect.bad-answer",
        }
    }
}

/// For people: `PACE, generic mapping, AES-128, P-256, with the MRZ`; `BAC`.
impl std::fmt::Display for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self::Pace { info, password } = self else { return f.write_str("BAC") };
        let mapping = match info.protocol.mapping() {
            PaceMapping::Generic => "generic mapping",
            PaceMapping::Integrated => "integrated mapping",
            PaceMapping::ChipAuthentication => "chip authentication mapping",
            _ => "another mapping",
        };
        let cipher = match info.protocol.suite() {
            Suite::TripleDes => "triple DES",
            Suite::Aes128 => "AES-128",
            Suite::Aes192 => "AES-192",
            Suite::Aes256 => "AES-256",
            _ => "another cipher",
        };
        let curve = match info.curve() {
            Some(Curve::P256) => "P-256",
            Some(Curve::P384) => "P-384",
            Some(Curve::P521) => "P-521",
            Some(Curve::BrainpoolP224r1) => "brainpoolP224r1",
            Some(Curve::BrainpoolP256r1) => "brainpoolP256r1",
            Some(Curve::BrainpoolP320r1) => "brainpoolP320r1",
            Some(Curve::BrainpoolP384r1) => "brainpoolP384r1",
            Some(Curve::BrainpoolP512r1) => "brainpoolP512r1",
            _ => "another curve",
        };
        let password = match password {
            PasswordReference::Mrz => "MRZ",
            PasswordReference::Can => "CAN",
            _ => "another password",
        };
        write!(f, "PACE, {mapping}, {cipher}, {curve}, with the {password}")
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Status(status) => write!(f, "the chip answered {status}"),
            Self::NoLength => f.write_str("the file does not begin with a tag and a length"),
            Self::TooLarge { length } => write!(f, "the file claims {length} octets"),
            Self::Truncated { found } => write!(f, "the file ends after {found} octets"),
            Self::BadAnswer => f.write_str("the chip sent more than was asked, or nothing"),
        }
    }
}

impl std::fmt::Debug for ReadOutcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let lengths: BTreeMap<_, _> = self.files.iter().map(|(name, file)| (name, file.len())).collect();
        f.debug_struct("ReadOutcome")
            .field("lengths", &lengths)
            .field("refused", &self.refused)
            .field("lock_probe", &self.lock_probe)
            .field("access", &self.access)
            .field("chip_authentication", &self.chip_authentication)
            .field("terminal_authentication", &self.terminal_authentication)
            .field("active_authentication", &self.active_authentication)
            .field("services", &self.services)
            .field("broken", &self.broken)
            .field("commands", &self.commands)
            .finish_non_exhaustive()
    }
}
