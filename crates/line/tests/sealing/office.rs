//! A home with several document signers, and documents to seal.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::{Date, date};
use sigillo_authority::{Occasion, Office, Purpose};
use sigillo_crypto::{EcParameters, Entropy, KeyAlgorithm};
use sigillo_keystore::{IssuerSettings, KeyAct, KeyRole, Keystore, Mode, StoredAlgorithm};
use sigillo_line::{Groups, Home};
use sigillo_store::{By, Store};

pub(crate) const PROFILE: &str = "pse-rf-bac";
pub(crate) const OPERATOR: &str = "operator-1";
pub(crate) const TODAY: Date = date(2026, 11, 2);
const NOW: &str = "2026-11-02T09:00:00Z";

pub(crate) const BY: By<'static> = By { operator: OPERATOR, at: NOW, run: None };

/// A home without keys.
pub(crate) fn empty_home(root: &Path) -> Home {
    let home = Home::create(root, Mode::Test, PROFILE, None).unwrap();
    Store::create(&home.database().unwrap()).unwrap();
    home
}

/// A test issuer whose first signer may make so many seals.
pub(crate) fn settings(seals: u64) -> IssuerSettings {
    IssuerSettings { seals, ..IssuerSettings::default() }
}

/// Certifies one signer more, next in order.
pub(crate) fn add_signer(home: &Home, keys: &mut dyn Keystore, seals: u64, entropy: &mut dyn Entropy) {
    let by = [OPERATOR.to_owned(), "operator-2".to_owned()];
    let act = KeyAct { on: TODAY, by: &by };
    let algorithm = StoredAlgorithm::Pair(KeyAlgorithm::P256);
    let label = keys.generate(KeyRole::DocumentSigner, None, algorithm, &act, entropy).unwrap().label;
    let folder = home.pki();
    let certificate = {
        let occasion = Occasion {
            folder: &folder,
            keys,
            settings: home.pki_settings(),
            parameters: EcParameters::Explicit,
            operator: OPERATOR,
            now: TODAY.at(8, 0, 0, 0),
        };
        let mut office = Office::open(occasion).unwrap();
        let request = office.request_signer(&label, Purpose::DocumentSigner).unwrap();
        let csca = office.key(KeyRole::Csca, None).unwrap();
        office.sign_request(&request, Purpose::DocumentSigner, &csca, &["IR"], None).unwrap()
    };
    keys.install_certificate(&label, certificate.der(), seals, TODAY).unwrap();
}

/// The files of a document that no other has.
pub(crate) fn groups(hand: u32, number: u32) -> Groups {
    let mrz = format!("{:<<90}", format!("IRITA{hand:04}{number:08}"));
    let dg1 = [&[0x61, 0x5D, 0x5F, 0x1F, 0x5A], mrz.as_bytes()].concat();
    BTreeMap::from([(1, dg1), (2, vec![0x75, 0x02, 0x5F, 0x2E])])
}

pub(crate) fn now() -> Timestamp {
    NOW.parse().unwrap()
}
