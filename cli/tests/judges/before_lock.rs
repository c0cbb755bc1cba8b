//! DG3 from the read-back before the lock: afterwards a chip of the TEST profile gives its fingerprints to nobody.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sigillo_issuance::operator::ChangeAct;
use sigillo_issuance::request::{ChangeRequest, Order, SignedRequest};
use sigillo_issuance::trace::Token;
use sigillo_keystore::{Keystore, NoSecrets, OperatorSigner, OsEntropy, SoftwareKeys};
use sigillo_line::{Home, Line, LineError, Station};
use sigillo_perso::{KeyVersion, Limits, Outcome, PersoDriver};
use sigillo_profile::Content;
use sigillo_reader::{Card, LinkError, VirtualCard, drive};
use sigillo_store::{LotId, Store};

use crate::workshop::{NOW, Workshop};

/// Forms lot 1 as `sigillo run start` does, and keeps a copy of each chip's memory as it is when the lock arrives.
pub(super) fn form(shop: &Workshop, copies: &Path) {
    fs::create_dir(copies).unwrap();
    let home = Home::open(&shop.home()).unwrap();
    let mut store = Store::open(&home.database().unwrap()).unwrap();
    let mut keys = SoftwareKeys::open(&home.keys(), home.mode(), &mut NoSecrets).unwrap();
    ask(&mut store, &keys);
    let mut line = Line {
        home: &home,
        store: &mut store,
        keys: &mut keys,
        entropy: &mut OsEntropy,
        clock: &|| NOW.parse().unwrap(),
        operator: "anna",
        progress: &mut |_| {},
    };
    let run = line.open_run(LotId::new(1), None).unwrap();
    let mut station = CopyingStation { images: shop.images("A").into_iter(), copies, card: None };
    line.carry_on(run, &mut station, u64::MAX).unwrap();
}

/// Anna asks for the run, as the command would.
fn ask(store: &mut Store, keys: &dyn Keystore) {
    let order = Order::new(ChangeAct::RunStart, "1", &Value::Null).unwrap();
    let now = NOW.parse().unwrap();
    let anna = Token::parse("anna").unwrap();
    let request = ChangeRequest::new(anna.clone(), now, order.clone(), &mut OsEntropy);
    let mut signed = SignedRequest::unsigned(request);
    let signature = OperatorSigner::of_home(keys, "anna").unwrap().sign(signed.request()).unwrap();
    signed.sign(anna, signature);
    store.present(signed, order, now);
}

/// Reads DG3 from a copy, under the formation keys that the chip still held.
pub(super) fn read_dg3(shop: &Workshop, copy: &Path) -> Vec<u8> {
    let home = Home::open(&shop.home()).unwrap();
    let keys = SoftwareKeys::open(&home.keys(), home.mode(), &mut NoSecrets).unwrap();
    let dg3 = home.profile().file_with(Content::DataGroup(3)).unwrap();
    let mut card = VirtualCard::open(copy).unwrap();
    card.reset().unwrap();
    let mut driver = PersoDriver::new(Limits::of_profile(home.profile()));
    driver.identify("identify", [0x5A; 8]);
    drive(&mut card, &mut driver).unwrap();
    let outcomes = driver.finish().unwrap();
    let [Outcome::Identified(identity)] = outcomes.as_slice() else { panic!("{outcomes:?}") };
    assert_eq!(identity.key_version, KeyVersion::Formation as u8);
    driver.open_channel("channel", keys.formation_keys(&identity.serial, identity.key_version).unwrap());
    driver.select_application("select", home.profile().aid(dg3.parent.as_deref().unwrap()).unwrap());
    driver.read("read", dg3);
    drive(&mut card, &mut driver).unwrap();
    let outcomes = driver.finish().unwrap();
    let [Outcome::File(file)] = outcomes.as_slice() else { panic!("{outcomes:?}") };
    file.clone()
}

/// Virtual chips one after the other; each is copied before it hears the lock.
struct CopyingStation<'c> {
    images: std::vec::IntoIter<PathBuf>,
    copies: &'c Path,
    card: Option<CopiedCard>,
}

struct CopiedCard {
    card: VirtualCard,
    image: PathBuf,
    copy: PathBuf,
}

impl Station for CopyingStation<'_> {
    fn next(&mut self) -> Result<Option<&mut dyn Card>, LineError> {
        self.card = None;
        let Some(image) = self.images.next() else { return Ok(None) };
        let copy = self.copies.join(image.file_name().unwrap());
        Ok(Some(self.card.insert(CopiedCard { card: VirtualCard::open(&image)?, image, copy })))
    }
}

impl Card for CopiedCard {
    fn reset(&mut self) -> Result<Vec<u8>, LinkError> {
        self.card.reset()
    }

    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, LinkError> {
        // Secure messaging leaves the instruction in the clear; every commit is in the image before its answer came.
        if command.get(1) == Some(&ACTIVATE_FILE) {
            fs::copy(&self.image, &self.copy).unwrap();
        }
        self.card.transmit(command)
    }
}

const ACTIVATE_FILE: u8 = 0x44;
