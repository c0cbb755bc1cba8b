//! What every measurement starts from: test keys, the profile, and one record of the demo with two fingers.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::civil::{Date, DateTime, date};
use sigillo_crypto::{Backend, P256PrivateKey, SeededEntropy};
use sigillo_issuance::record::{HolderRecord, ImageRefused, ImageSource, LotRules, parse_line};
use sigillo_keystore::{Keystore, SignerEntry, SoftwareKeys};
use sigillo_perso::{ChipKeys, FileSet, check_seal, chip_files, prepare};
use sigillo_profile::{Content, Profile, embedded};
use sigillo_seal::Seal;
use sigillo_seal::signer::ReservedSlot;
use tempfile::TempDir;

use crate::failure::Failure;

/// The day of the demo and of every measurement.
pub(crate) const TODAY: Date = date(2026, 11, 2);
/// The profile of the measured chip.
pub(crate) const PROFILE: &str = "pse-rf-bac";
/// The batch of the virtual chips.
pub(crate) const BATCH: &str = "BENCH";
/// The record with two fingers whose files come to about 41 kB.
const LINE: usize = 4;

/// Keys, profile and record.
pub(crate) struct Fixture {
    pub(crate) keys: SoftwareKeys,
    pub(crate) profile: Profile,
    pub(crate) record: HolderRecord,
    pub(crate) entropy: SeededEntropy,
    signer: SignerEntry,
    slot: u64,
    /// Holds the keys as long as they are used.
    _folder: TempDir,
}

/// A holder's files and the seal over them.
pub(crate) struct Prepared {
    pub(crate) files: FileSet,
    pub(crate) seal: Seal,
}

/// Images inside one folder.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Fixture {
    pub(crate) fn new() -> Result<Self, Failure> {
        let folder = TempDir::new()?;
        let mut entropy = SeededEntropy::new([0xB5; 32]);
        let mut keys = SoftwareKeys::create_test(&folder.path().join("keys"), &mut entropy, TODAY)?;
        keys.create_batch(BATCH, TODAY, &mut entropy)?;
        let signer = keys.first_signer()?.clone();
        let profile = Profile::parse(embedded(PROFILE).ok_or("the profile is not embedded")?)?;
        let record = parse(&demo_line()?, &Folder(demo()))?;
        Ok(Self { keys, profile, record, entropy, signer, slot: 0, _folder: folder })
    }

    /// Signs and verifies by another library from now on.
    pub(crate) fn use_backend(&mut self, backend: Backend) -> Result<(), Failure> {
        self.keys.use_backend(backend);
        self.signer = self.keys.first_signer()?.clone();
        Ok(())
    }

    /// The moment at which everything happens, in UTC.
    pub(crate) fn now() -> DateTime {
        TODAY.at(12, 0, 0, 0)
    }

    /// The files of a chip that does not exist.
    pub(crate) fn chip_files(&mut self) -> Result<BTreeMap<Content, Vec<u8>>, Failure> {
        let point = P256PrivateKey::generate(&mut self.entropy).public().p256_point().ok_or("no point")?;
        let mut keys = ChipKeys::default();
        for pair in &self.profile.key_pairs {
            keys.insert(&pair.name, [&[0x86, 65], point.as_slice()].concat());
        }
        Ok(chip_files(&self.profile, &keys)?)
    }

    /// Data preparation as the line does it: record, files, hashes, signature, verified seal.
    pub(crate) fn prepare(
        &mut self,
        record: Option<&HolderRecord>,
        chip: &BTreeMap<Content, Vec<u8>>,
    ) -> Result<Prepared, Failure> {
        let record = record.unwrap_or(&self.record);
        let number = record.document_number.as_deref().unwrap_or("I00000000");
        let files = prepare(record, number, chip, &self.profile, &mut self.entropy)?;
        let hashed = files.hash(&self.profile, self.signer.certificate.algorithm().hash())?;
        // The store makes slots durable; here they only have to be within the signer's limit.
        let signer = &self.signer;
        self.slot = self.slot % signer.limit.seals + 1;
        let slot = ReservedSlot::reserved(&signer.id, self.slot);
        let signature = self.keys.sign_slot(slot, hashed.to_be_signed())?;
        let seal = hashed.seal(&signature, &signer.certificate, Self::now())?;
        check_seal(&seal, &self.profile)?;
        Ok(Prepared { files, seal })
    }
}

impl Prepared {
    /// A file of the set, EF.SOD included.
    pub(crate) fn file(&self, content: Content) -> Option<&[u8]> {
        if content == Content::Sod { Some(self.seal.ef_sod()) } else { self.files.file(content) }
    }
}

impl ImageSource for Folder {
    fn read(&self, relative: &str) -> Result<Vec<u8>, ImageRefused> {
        fs::read(self.0.join(relative)).map_err(|_| ImageRefused::Missing)
    }
}

/// Reads one record.
pub(crate) fn parse(line: &str, images: &dyn ImageSource) -> Result<HolderRecord, Failure> {
    let refused = |faults: Vec<_>| format!("{} faults in a record of the demo", faults.len());
    Ok(parse_line(line, images, &LotRules::new(TODAY)).map_err(refused)?)
}

/// The demo's folder.
pub(crate) fn demo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo")
}

/// The line of the demo's lot that is measured.
pub(crate) fn demo_line() -> Result<String, Failure> {
    let lot = fs::read_to_string(demo().join("lot.jsonl"))?;
    Ok(lot.lines().nth(LINE).ok_or("the demo's lot is too short")?.to_owned())
}
