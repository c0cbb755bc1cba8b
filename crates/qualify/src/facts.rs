//! The implementation conformance statement of one chip, and what was read to make it.

use std::collections::BTreeMap;

use sigillo_channel::chip_authentication::{CaProtocol, decode_public_key};
use sigillo_channel::pace::PaceInfo;
use sigillo_channel::secure_messaging::Suite;
use sigillo_channel::security_info::SecurityInfos;
use sigillo_crypto::CurvePoint;

use crate::format::{CaSuites, Condition};

/// A short command, a short answer with its status word.
const SHORT: (usize, usize) = (255, 258);

/// One way of Chip Authentication: a protocol with a key.
#[derive(Clone, Debug)]
pub(crate) struct CaEntry {
    pub(crate) protocol: CaProtocol,
    pub(crate) key_id: Option<u8>,
    pub(crate) point: CurvePoint,
}

/// What is known of a chip.
#[derive(Clone)]
pub struct Facts {
    /// Every item, true or false.
    pub items: BTreeMap<String, bool>,
    /// Every file that was read.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    /// The entries of EF.CardAccess that are spoken here.
    pub(crate) pace: Vec<PaceInfo>,
    /// What DG14 says of Chip Authentication, as far as it is spoken here.
    pub(crate) ca: Vec<CaEntry>,
    /// DG14.
    pub(crate) dg14: Option<SecurityInfos>,
    /// The longest command and the longest answer, in octets of the whole APDU.
    pub(crate) longest: (usize, usize),
    /// The answer to reset.
    pub atr: Vec<u8>,
}

impl Default for Facts {
    fn default() -> Self {
        Self {
            items: BTreeMap::new(),
            files: BTreeMap::new(),
            pace: Vec::new(),
            ca: Vec::new(),
            dg14: None,
            longest: SHORT,
            atr: Vec::new(),
        }
    }
}

impl Facts {
    /// Whether an item is true; an unknown one is not.
    #[must_use]
    pub fn is(&self, item: &str) -> bool {
        self.items.get(item).copied().unwrap_or(false)
    }

    pub(crate) fn meets(&self, condition: &Condition) -> bool {
        condition.alternatives.iter().any(|(item, wanted)| self.is(item) == *wanted)
    }

    /// The positions among the ways of Chip Authentication.
    pub(crate) fn ca_of(&self, suites: CaSuites) -> Vec<usize> {
        let of = |entry: &CaEntry| match suites {
            CaSuites::All => true,
            CaSuites::TripleDes => entry.protocol.suite() == Suite::TripleDes,
            CaSuites::Aes => entry.protocol.suite() != Suite::TripleDes,
        };
        self.ca.iter().enumerate().filter(|(_, entry)| of(entry)).map(|(position, _)| position).collect()
    }

    /// The positions in EF.CardAccess of the entries with one of these mappings, or of all.
    pub(crate) fn pace_of(&self, mappings: &[String]) -> Vec<usize> {
        let of = |info: &PaceInfo| mappings.is_empty() || mappings.iter().any(|mapping| is_mapping(info, mapping));
        self.pace.iter().enumerate().filter(|(_, info)| of(info)).map(|(position, _)| position).collect()
    }
}

/// Every protocol of DG14 with its key, as far as both are spoken here.
pub(crate) fn ca_entries(infos: &SecurityInfos) -> Vec<CaEntry> {
    let entry = |(protocol, key_id): (CaProtocol, Option<u8>)| {
        let point = decode_public_key(infos.chip_authentication_key(key_id)?).ok()?;
        Some(CaEntry { protocol, key_id, point })
    };
    infos.chip_authentication().filter_map(entry).collect()
}

/// Whether an entry has the mapping of this word: `gm`, `im`, `cam`, `not-cam`.
pub(crate) fn is_mapping(info: &PaceInfo, word: &str) -> bool {
    // The last arc but one of the protocol names the mapping.
    let arc = info.protocol.oid().iter().rev().nth(1).copied();
    match word {
        "gm" => arc == Some(2),
        "im" => arc == Some(4),
        "cam" => arc == Some(6),
        "not-cam" => arc != Some(6),
        _ => false,
    }
}

/// Files are personal.
impl std::fmt::Debug for Facts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.files.keys().collect();
        f.debug_struct("Facts").field("items", &self.items).field("files", &names).finish_non_exhaustive()
    }
}
