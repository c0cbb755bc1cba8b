//! Chips of the demo's lot as strangers get them, and the strangers: OpenSSL, and Python without any of sigillo's code.
#![allow(clippy::unwrap_used, reason = "a test program")]

mod before_lock;
pub(crate) mod openssl;
pub(crate) mod python;

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::workshop::{Workshop, demo_lot};

/// The demo's lot on locked chips, and what was read from them.
pub(crate) struct FormedLot {
    /// Its home.
    pub(crate) shop: Workshop,
    /// One for each record, in the lot's order.
    pub(crate) chips: Vec<Chip>,
}

/// What one chip gave.
pub(crate) struct Chip {
    /// The record, as the lot brought it.
    pub(crate) record: Value,
    /// The raw files, one `NAME.bin` each: all that `chip inspect --save` read after the lock, and DG3 from before it.
    pub(crate) folder: PathBuf,
}

impl FormedLot {
    /// Forms the lot under a profile and reads every chip.
    pub(crate) fn form(profile: &str) -> Self {
        let shop = Workshop::with_home(profile);
        shop.stock(&demo_lot(), 18);
        let copies = shop.path().join("before-lock");
        before_lock::form(&shop, &copies);
        let print = shop.path().join("print");
        shop.succeed(&["run", "print-data", "--out", print.to_str().unwrap()]);
        let report = shop.succeed(&["run", "report"]);
        let lot = std::fs::read_to_string(demo_lot()).unwrap();
        let chips = lot.lines().zip(report["rows"].as_array().unwrap()).map(|(record, row)| {
            let record = serde_json::from_str(record).unwrap();
            let text = |name: &str| row[name].as_str().unwrap();
            let (image, number) = (format!("{}.chip", text("serial")), text("document_number"));
            let folder = shop.path().join("files").join(number);
            std::fs::create_dir_all(folder.parent().unwrap()).unwrap();
            let mrz = print.join(number).join("mrz.txt");
            inspect(&shop, &shop.home().join("chips/A").join(&image), &mrz, &folder);
            assert!(!folder.join("DG3.bin").exists(), "nobody reads fingerprints from a locked chip of this profile");
            std::fs::write(folder.join("DG3.bin"), before_lock::read_dg3(&shop, &copies.join(&image))).unwrap();
            Chip { record, folder }
        });
        let chips: Vec<Chip> = chips.collect();
        assert_eq!(chips.len(), lot.lines().count());
        Self { shop, chips }
    }
}

impl Chip {
    /// One of its files.
    pub(crate) fn file(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.folder.join(format!("{name}.bin"))).unwrap()
    }

    /// EF.SOD with one bit of the listed hash of DG1 changed.
    pub(crate) fn sod_with_another_hash(&self) -> Vec<u8> {
        let (sod, digest) = (self.file("EF.SOD"), sigillo_crypto::sha256(&self.file("DG1")));
        let at = sod.windows(digest.len()).position(|window| window == digest).unwrap();
        flipped(&sod, at)
    }

    /// EF.SOD with one bit of the signature, its last part, changed.
    pub(crate) fn sod_with_another_signature(&self) -> Vec<u8> {
        let sod = self.file("EF.SOD");
        flipped(&sod, sod.len() - 1)
    }

    /// EF.SOD whose signer's certificate says that it lives a year longer.
    pub(crate) fn sod_with_a_longer_life(&self) -> Vec<u8> {
        let mut sod = self.file("EF.SOD");
        let at = sod.windows(13).position(|window| window == b"370201235959Z").unwrap();
        sod[at + 1] = b'8';
        sod
    }
}

/// The octets with one bit changed.
pub(crate) fn flipped(octets: &[u8], at: usize) -> Vec<u8> {
    let mut twin = octets.to_vec();
    twin[at] ^= 0x01;
    twin
}

fn inspect(shop: &Workshop, image: &Path, mrz: &Path, folder: &Path) {
    let [image, mrz, folder] = [image, mrz, folder].map(|path| path.to_str().unwrap());
    shop.succeed(&["chip", "inspect", "--image", image, "--mrz-file", mrz, "--save", folder]);
}
