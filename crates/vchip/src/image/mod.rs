//! The chip's memory as octets that outlive the process.
//!
//! An image holds every key of the chip: it *is* the chip. So its first word says TEST, and it is kept as private as a key.
//!
//! | octets | content |
//! |--------|--------------------------------------------------------------|
//! | 26 | `SIGILLO TEST VIRTUAL CHIP` and a line feed |
//! | 1 | version, 02 |
//! | … | data objects, in the order below |
//! | 32 | SHA-256 of everything before |
//!
//! | object | content |
//! |--------|----------------------------------------------------------------------------------------|
//! | `C1` | generation, 8 octets |
//! | `C2` | serial, 10 octets |
//! | `C3` | life cycle of the card, 1 octet |
//! | `C4` | current date, YYMMDD, if one was set |
//! | `E4` | key set, until the lock: `C5` version, `C6` tries left, `C7` ENC, `C8` MAC, `C9` DEK |
//! | `7B`… | security environments |
//! | `EA`… | files: `CB` handle, `CC` handle of the DF (not the MF), `62` FCP, then `CD` content (EF), or |
//! | | the objects of the DF |
//!
//! | object of a DF | content |
//! |--------|----------------------------------------------------------------------------------------|
//! | `DF21` | secret of the MRZ, 20 octets |
//! | `DF22` | card access number, six digits |
//! | `DF23`, `DF24` | PIN, PUK: limit, tries left, eight digits |
//! | `DF33` | document number with its check digit |
//! | `DF31`… | trust points: `7F4E` |
//! | `EE`… | key pairs: `CB` key reference, `06`… protocols, then `80` domain parameters and `CC` scalar, or `CD` RSAPrivateKey |
//!
//! Version 1 is still read: its key pairs are on P-256 and have `CB` and `CC` only, so they serve nothing.
//!
//! An image is refused as a whole: a wrong octet anywhere gives no chip at all.

mod objects;
mod reading;

use std::collections::BTreeMap;

use sigillo_apdu::fcp::{Fcp, LifeCycle};
use sigillo_channel::scp03::KeySet;
use sigillo_crypto::sha256;
use sigillo_cvc::{CvDate, TrustPoint};
use sigillo_secret::SymmetricKey;
use sigillo_tlv::{Reader, Tlv, encode_into};
use thiserror::Error;
use zeroize::Zeroizing;

use self::reading::{FIRST_VERSION, Impossible, VERSION, fixed};
use crate::access::SecurityEnvironment;
use crate::files::{File, FileBody, FileHandle, FileSystem};
use crate::memory::{MAX_TRIES, MEMORY_SIZE, Memory, StoredKeySet};
use crate::objects::MOST_TRUST_POINTS;

/// Why octets are no chip image.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum ImageRefused {
    /// They do not begin as a TEST chip image does.
    #[error("not an image of a virtual TEST chip")]
    Magic,
    /// A version that this program does not know.
    #[error("chip image of version {found}, which this program does not know")]
    Version {
        /// The version that was found.
        found: u8,
    },
    /// The checksum does not fit: the image was damaged or cut.
    #[error("the chip image is damaged")]
    Checksum,
    /// The content is none that a chip could have.
    #[error("the chip image has impossible content at octet {at}")]
    Content {
        /// Offset in octets.
        at: usize,
    },
    /// Larger than any chip.
    #[error("the chip image is larger than any chip")]
    Size,
}

impl ImageRefused {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Magic => "chip.image-magic",
            Self::Version { .. } => "chip.image-version",
            Self::Checksum => "chip.image-checksum",
            Self::Content { .. } => "chip.image-content",
            Self::Size => "chip.image-size",
        }
    }
}

/// Writes the image of a memory.
pub(crate) fn encode(memory: &Memory) -> Vec<u8> {
    let mut out = Vec::with_capacity(memory.footprint() + 1024);
    out.extend_from_slice(MAGIC);
    out.push(VERSION);
    encode_into(&mut out, 0xC1, &memory.generation.to_be_bytes());
    encode_into(&mut out, 0xC2, &memory.serial);
    encode_into(&mut out, 0xC3, &[memory.life_cycle as u8]);
    if let Some(date) = memory.date {
        encode_into(&mut out, 0xC4, &date.encode());
    }
    if let Some(set) = &memory.key_set {
        let mut body = Zeroizing::new(Vec::with_capacity(96));
        encode_into(&mut body, 0xC5, &[set.version]);
        encode_into(&mut body, 0xC6, &[set.tries_left]);
        set.keys.enc().expose(|key| encode_into(&mut body, 0xC7, key));
        set.keys.mac().expose(|key| encode_into(&mut body, 0xC8, key));
        set.keys.dek().expose(|key| encode_into(&mut body, 0xC9, key));
        encode_into(&mut out, 0xE4, &body);
    }
    for environment in memory.environments.values() {
        encode_into(&mut out, 0x7B, &environment.encode());
    }
    for (handle, file) in memory.files.iter() {
        encode_file(&mut out, handle, file);
    }
    let checksum = sha256(&out);
    out.extend_from_slice(&checksum);
    out
}

/// Reads the image of a memory.
pub(crate) fn decode(image: &[u8]) -> Result<Memory, ImageRefused> {
    if image.len() > MAX_IMAGE {
        return Err(ImageRefused::Size);
    }
    let rest = image.strip_prefix(MAGIC).ok_or(ImageRefused::Magic)?;
    let version = match rest.first() {
        Some(&version @ (FIRST_VERSION | VERSION)) => version,
        Some(&found) => return Err(ImageRefused::Version { found }),
        None => return Err(ImageRefused::Checksum),
    };
    let (covered, checksum) = image.split_last_chunk::<32>().ok_or(ImageRefused::Checksum)?;
    let start = MAGIC.len() + 1;
    let objects = covered.get(start..).filter(|_| sha256(covered) == *checksum).ok_or(ImageRefused::Checksum)?;
    decode_memory(objects, version).map_err(|Impossible(at)| ImageRefused::Content { at: at + start })
}

const MAGIC: &[u8] = b"SIGILLO TEST VIRTUAL CHIP\n";
/// Twice the memory: what stands around the content is far less.
const MAX_IMAGE: usize = 2 * MEMORY_SIZE;

fn encode_file(out: &mut Vec<u8>, FileHandle(handle): FileHandle, file: &File) {
    let mut body = Zeroizing::new(Vec::with_capacity(file.footprint() + 64));
    encode_into(&mut body, 0xCB, &handle.to_be_bytes());
    if let Some(FileHandle(parent)) = file.parent {
        encode_into(&mut body, 0xCC, &parent.to_be_bytes());
    }
    body.extend_from_slice(&file.fcp.encode());
    match &file.body {
        FileBody::Elementary(content) => encode_into(&mut body, 0xCD, content),
        FileBody::Dedicated(objects) => objects::encode(&mut body, objects),
    }
    encode_into(out, 0xEA, &body);
}

fn decode_memory(octets: &[u8], version: u8) -> Result<Memory, Impossible> {
    let mut reader = Reader::new(octets);
    let generation = u64::from_be_bytes(fixed(&reader.expect(0xC1)?)?);
    let serial = fixed(&reader.expect(0xC2)?)?;
    let life_cycle = reader.expect(0xC3)?;
    let [octet] = fixed(&life_cycle)?;
    let life_cycle =
        LifeCycle::from_octet(octet).filter(|known| *known as u8 == octet).ok_or(Impossible(life_cycle.at))?;
    let date = if version == FIRST_VERSION { None } else { reader.optional(0xC4)? };
    let date = date.map(|date| CvDate::decode(date.value).map_err(|_| Impossible(date.at))).transpose()?;
    let key_set = reader.optional(0xE4)?.map(|set| decode_key_set(&set)).transpose()?;
    let mut memory = Memory {
        generation,
        serial,
        life_cycle,
        date,
        key_set,
        environments: BTreeMap::new(),
        files: FileSystem::default(),
    };
    while let Some(object) = reader.optional(0x7B)? {
        let environment = SecurityEnvironment::decode(object.value).ok_or(Impossible(object.at))?;
        if memory.environments.keys().next_back().is_some_and(|last| *last >= environment.number) {
            return Err(Impossible(object.at));
        }
        memory.environments.insert(environment.number, environment);
    }
    while let Some(object) = reader.optional(0xEA)? {
        let (handle, file) = decode_file(&object, version)?;
        if memory.files.next_handle().is_none_or(|next| handle < next) || memory.files.admit(&file).is_err() {
            return Err(Impossible(object.at));
        }
        memory.files.insert(handle, file);
    }
    let end = Impossible(reader.at());
    reader.finish()?;
    let is_alive = matches!(memory.life_cycle, LifeCycle::Creation | LifeCycle::Initialisation);
    let is_bare = memory.life_cycle == LifeCycle::Creation;
    if !trust_points_fit(&memory.trust_points()) {
        return Err(end);
    }
    let agrees = memory.key_set.is_some() == is_alive && memory.files.master().is_none() == is_bare;
    if agrees && memory.life_cycle != LifeCycle::Deactivated && memory.has_room_for(0) { Ok(memory) } else { Err(end) }
}

/// Each trust point once, and at most two of a type.
fn trust_points_fit(trust_points: &[TrustPoint]) -> bool {
    trust_points.iter().all(|one| {
        let terminal_type = one.template().terminal_type();
        let same_type = trust_points.iter().filter(|other| other.template().terminal_type() == terminal_type).count();
        let same_name = trust_points.iter().filter(|other| other.reference() == one.reference()).count();
        same_type <= MOST_TRUST_POINTS && same_name == 1
    })
}

fn decode_key_set(set: &Tlv<'_>) -> Result<StoredKeySet, Impossible> {
    let mut reader = set.reader();
    let [version] = fixed(&reader.expect(0xC5)?)?;
    let tries = reader.expect(0xC6)?;
    let [tries_left] = fixed(&tries)?;
    if tries_left > MAX_TRIES {
        return Err(Impossible(tries.at));
    }
    let mut key = |tag| {
        let tlv = reader.expect(tag)?;
        SymmetricKey::new(tlv.value).ok().filter(|key| key.len() == 16).ok_or(Impossible(tlv.at))
    };
    let keys = KeySet::new(key(0xC7)?, key(0xC8)?, key(0xC9)?);
    reader.finish()?;
    Ok(StoredKeySet { version, tries_left, keys })
}

fn decode_file(object: &Tlv<'_>, version: u8) -> Result<(FileHandle, File), Impossible> {
    let mut reader = object.reader();
    let handle = FileHandle(u16::from_be_bytes(fixed(&reader.expect(0xCB)?)?));
    let parent = match reader.optional(0xCC)? {
        Some(parent) => Some(FileHandle(u16::from_be_bytes(fixed(&parent)?))),
        None => None,
    };
    let parameters = reader.expect(0x62)?;
    let fcp = Fcp::decode(parameters.raw).map_err(|error| Impossible(parameters.at + error.at()))?;
    if fcp.encode() != parameters.raw {
        return Err(Impossible(parameters.at));
    }
    let mut file = File::new(fcp, parent);
    match &mut file.body {
        FileBody::Elementary(content) => {
            let stored = reader.expect(0xCD)?;
            if stored.value.len() != content.len() {
                return Err(Impossible(stored.at));
            }
            content.copy_from_slice(stored.value);
        }
        FileBody::Dedicated(objects) => objects::decode(&mut reader, objects, version, parent.is_none())?,
    }
    reader.finish()?;
    Ok((handle, file))
}

#[cfg(test)]
mod tests {
    use sigillo_crypto::{Curve, CurvePrivateKey, HashAlgorithm, SeededEntropy};
    use sigillo_cvc::issue::{Terms, self_signed};
    use sigillo_cvc::{Chat, CvPrivateKey, HolderReference, Role, TerminalType};

    use super::*;

    fn trust_point(name: &str) -> TrustPoint {
        let mut entropy = SeededEntropy::new([9; 32]);
        let key = CurvePrivateKey::generate(Curve::P256, &mut entropy);
        let terms = Terms {
            holder: HolderReference::new("IT", "ROOT", name).unwrap(),
            template: Chat::new(TerminalType::InspectionSystem, Role::Cvca, 3),
            effective: CvDate::new(2026, 1, 1).unwrap(),
            expiration: CvDate::new(2028, 1, 1).unwrap(),
        };
        let key = CvPrivateKey::Ec { hash: HashAlgorithm::Sha256, key };
        TrustPoint::from_certificate(&self_signed(terms, &key, &mut entropy).unwrap()).unwrap()
    }

    /// A card in formation whose application holds these trust points.
    fn image(names: &[&str]) -> Vec<u8> {
        let key = || SymmetricKey::new(&[7; 16]).unwrap();
        let mut memory = Memory::new([1; 10], KeySet::new(key(), key(), key()));
        memory.life_cycle = LifeCycle::Initialisation;
        let df = |fid, name: Option<&[u8]>| Fcp {
            kind: sigillo_apdu::fcp::FileKind::Df { name: name.map(<[u8]>::to_vec) },
            fid,
            life_cycle: LifeCycle::Initialisation,
            rules: Vec::new(),
        };
        let master = FileHandle(0);
        memory.files.insert(master, File::new(df(0x3F00, None), None));
        let application = FileHandle(1);
        memory.files.insert(application, File::new(df(0x0100, Some(b"APPLI")), Some(master)));
        let objects = memory.files.objects_mut(application).unwrap();
        objects.trust_points = names.iter().map(|name| trust_point(name)).collect();
        encode(&memory)
    }

    #[test]
    fn trust_points_are_at_most_two_and_each_once() {
        assert!(decode(&image(&["00001", "00002"])).is_ok());
        for names in [["00001", "00001"].as_slice(), &["00001", "00002", "00003"]] {
            assert!(matches!(decode(&image(names)), Err(ImageRefused::Content { .. })), "{names:?}");
        }
    }
}
