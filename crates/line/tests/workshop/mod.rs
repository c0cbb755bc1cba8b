//! A small workshop: a home with test keys, a lot of two records with images of a few hundred octets, and four chips.
#![allow(dead_code, unused_imports, reason = "each test program uses its part")]
#![allow(clippy::unwrap_used, reason = "a test program")]

mod bench;
mod circuit;
mod lot;

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use sigillo_codes::CodeSet;
use sigillo_crypto::SeededEntropy;
use sigillo_keystore::{IssuerSettings, Keystore, Mode, NoSecrets, SoftwareKeys};
use sigillo_line::{Home, Line, Progress, import_lot, make_test_sources};
use sigillo_reader::VirtualCard;
use sigillo_store::{By, LotId, Serial, Store};
use sigillo_vchip::Chip;

pub(crate) use bench::{Bench, Plain, Touch};
pub(crate) use lot::{RECORDS, Record, lines};

/// The vendor's batch of every chip.
pub(crate) const BATCH: &str = "A";
/// Who works here.
pub(crate) const OPERATOR: &str = "operator-1";
/// The lot; a workshop has one.
pub(crate) const LOT: LotId = LotId::new(1);
/// Chips without a number; the first one is faulty in tests that say so.
pub(crate) const PLAIN_CHIPS: [&str; 2] = ["1", "2"];
/// Chips whose blanks carry a number.
pub(crate) const NUMBERED_CHIPS: [&str; 2] = ["3", "4"];
/// Every chip, in the order in which a run takes them.
pub(crate) const CHIPS: [&str; 4] = ["1", "2", "3", "4"];
/// The number that the first numbered blank carries.
pub(crate) const FIRST_BLANK: &str = "I90000001";
const NOW: &str = "2026-11-02T09:00:00Z";

/// The folder of a home.
#[derive(Clone, Debug)]
pub(crate) struct Workshop(pub(crate) PathBuf);

/// A home whose register and keys are open.
pub(crate) struct Open {
    pub(crate) home: Home,
    pub(crate) store: Store,
    pub(crate) keys: SoftwareKeys,
    entropy: SeededEntropy,
}

impl Workshop {
    /// Makes keys, imports the lot, and manufactures the chips.
    pub(crate) fn make(root: &Path) -> Self {
        Self::make_with(root, "pse-rf-bac")
    }

    /// As [`Workshop::make`], under another profile.
    pub(crate) fn make_with(root: &Path, profile: &str) -> Self {
        let mut entropy = SeededEntropy::new([0x5E; 32]);
        let home = Home::create(root, Mode::Test, profile, None).unwrap();
        let mut store = Store::create(&home.database().unwrap()).unwrap();
        let settings = IssuerSettings::default();
        let today = now().to_zoned(jiff::tz::TimeZone::UTC).date();
        let mut keys = SoftwareKeys::create_test_with(&home.keys(), &settings, &mut entropy, today).unwrap();
        keys.create_batch(BATCH, today, &mut entropy).unwrap();
        make_test_sources(&home, &mut keys, &mut entropy, today.at(9, 0, 0, 0)).unwrap();
        let lot = root.join("lots/lot.jsonl");
        fs::write(&lot, lines()).unwrap();
        let by = By { operator: OPERATOR, at: NOW, run: None };
        import_lot(&home, &mut store, &keys, by, &lot, today, &mut entropy).unwrap();
        let shop = Self(root.to_owned());
        for name in CHIPS {
            let serial = *serial(name).bytes();
            let chip = Chip::manufacture(serial, keys.transport_keys(BATCH, &serial).unwrap());
            drop(VirtualCard::create(&shop.image(name), chip).unwrap());
        }
        shop
    }

    /// A copy of everything under another path.
    pub(crate) fn copy(&self, to: &Path) -> Self {
        copy_folder(&self.0, to);
        Self(to.to_owned())
    }

    /// The image of a chip.
    pub(crate) fn image(&self, name: &str) -> PathBuf {
        self.0.join("chips").join(format!("{name}.chip"))
    }

    /// The trust anchor.
    pub(crate) fn csca(&self) -> PathBuf {
        self.0.join("keys/csca.der")
    }

    /// Opens the home; the randomness of this opening follows from the seed.
    pub(crate) fn open(&self, seed: u8) -> Open {
        let home = Home::open(&self.0).unwrap();
        let store = Store::open(&home.database().unwrap()).unwrap();
        let keys = SoftwareKeys::open(&home.keys(), home.mode(), &mut NoSecrets).unwrap();
        Open { home, store, keys, entropy: SeededEntropy::new([seed; 32]) }
    }

    /// A station that gives these chips one after the other, each through a touch.
    pub(crate) fn bench<'t>(&self, names: &[&str], touch: &'t mut dyn Touch) -> Bench<'t> {
        Bench::new(names.iter().map(|name| ((*name).to_owned(), self.image(name))).collect(), touch)
    }
}

impl Open {
    /// The codes of a permit, as the issuing circuit opens them: once.
    pub(crate) fn codes_of(&mut self, number: &str) -> Result<CodeSet, String> {
        circuit::open_codes(&mut self.store, &self.keys, By { operator: OPERATOR, at: NOW, run: None }, number)
    }

    /// Puts a line to work.
    pub(crate) fn line<R>(&mut self, work: impl FnOnce(&mut Line<'_>) -> R) -> R {
        let mut silent = |_: Progress<'_>| {};
        work(&mut Line {
            home: &self.home,
            store: &mut self.store,
            keys: &mut self.keys,
            entropy: &mut self.entropy,
            clock: &now,
            operator: OPERATOR,
            progress: &mut silent,
        })
    }
}

/// The moment at which everything happens.
pub(crate) fn now() -> Timestamp {
    NOW.parse().unwrap()
}

/// The serial of a chip.
pub(crate) fn serial(name: &str) -> Serial {
    let mut bytes = [0xC4; 10];
    bytes[9] = name.bytes().next().unwrap();
    Serial::new(bytes)
}

/// The name of a chip in the workshop.
pub(crate) fn name_of(wanted: Serial) -> &'static str {
    CHIPS.into_iter().find(|name| serial(name) == wanted).unwrap()
}

pub(crate) fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            // Keeps the mode: the keystore insists on private files.
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
