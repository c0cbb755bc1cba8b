//! Certificates of holders' keys, and what chips and terminals of a TEST home find in its folder.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::path::Path;

use jiff::civil::{Date, date};
use sigillo_authority::{
    Act, Occasion, Office, Settings, StoredTerminal, TestAuthorities, make_test_authorities, terminal_chain,
    terminal_credentials, trust_points,
};
use sigillo_crypto::{Curve, CurvePrivateKey, EcParameters, PublicKey, SeededEntropy};
use sigillo_cvc::{Role, TerminalType, VerifyingKey, policy};
use sigillo_inspect::TerminalSigner;
use sigillo_keystore::{KeyLabel, KeyRole, Keystore, SoftwareKeys};
use tempfile::TempDir;

const TODAY: Date = date(2026, 11, 2);
const UNTIL: Date = date(2031, 11, 1);

struct House {
    folder: TempDir,
    keys: SoftwareKeys,
    settings: Settings,
}

impl House {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let mut entropy = SeededEntropy::new([7; 32]);
        let mut keys = SoftwareKeys::create_test(&folder.path().join("keys"), &mut entropy, TODAY).unwrap();
        let settings = Settings::default();
        let of = TestAuthorities {
            folder: &folder.path().join("pki"),
            settings: &settings,
            parameters: EcParameters::Explicit,
            now: TODAY.at(9, 0, 0, 0),
        };
        make_test_authorities(of, &mut keys, &mut entropy).unwrap();
        Self { folder, keys, settings }
    }

    fn pki(&self) -> std::path::PathBuf {
        self.folder.path().join("pki")
    }

    fn office<'a>(&'a self, folder: &'a Path) -> Office<'a> {
        Office::open(Occasion {
            folder,
            keys: &self.keys,
            settings: &self.settings,
            parameters: EcParameters::Explicit,
            operator: "anna",
            now: TODAY.at(9, 0, 0, 0),
        })
        .unwrap()
    }
}

fn holders_key(seed: u8) -> PublicKey {
    let key = CurvePrivateKey::generate(Curve::P256, &mut SeededEntropy::new([seed; 32]));
    PublicKey::from_point(key.public().unwrap())
}

/// The same key gives the same certificate, whatever broke off between; another validity is another certificate, and refused.
#[test]
fn a_holders_key_is_certified_once_and_recorded_once() {
    let house = House::new();
    let folder = house.pki();
    let label = house.keys.current(KeyRole::EservicesCa).unwrap();
    let mut office = house.office(&folder);
    let made = office.certify_holder(&holders_key(1), &label, UNTIL).unwrap();
    assert_eq!(made.valid().to().date(), UNTIL);
    assert_eq!(*made.public_key().unwrap(), holders_key(1));
    let issuer = office.certificate(&label).unwrap();
    assert_eq!(made.issuer_der(), issuer.subject_der());
    assert_eq!(office.certify_holder(&holders_key(1), &label, UNTIL).unwrap().der(), made.der());
    let refused = office.certify_holder(&holders_key(1), &label, UNTIL.tomorrow().unwrap()).unwrap_err();
    assert_eq!(refused.code(), "pki.key-certified");
    let other = office.certify_holder(&holders_key(2), &label, UNTIL).unwrap();
    assert_ne!(other.serial_number(), made.serial_number());
    let lines = office.close().entries().len();

    // A program that was killed between keeping the certificate and recording it.
    let register = folder.join("register.jsonl");
    let text = std::fs::read_to_string(&register).unwrap();
    let cut = text.trim_end().rfind('\n').unwrap() + 1;
    std::fs::write(&register, &text[..cut]).unwrap();
    let mut office = house.office(&folder);
    assert_eq!(office.certify_holder(&holders_key(2), &label, UNTIL).unwrap().der(), other.der());
    let entries = office.close();
    assert_eq!(entries.entries().len(), lines);
    let number = hex::encode(other.serial_number());
    assert!(matches!(&entries.entries()[lines - 1].act, Act::Issue { number: issued, .. } if *issued == number));
}

/// Each kind of terminals has a root of its own, and the chain that the office shows stands below the office's.
#[test]
fn chips_find_their_roots_and_terminals_their_chains() {
    let house = House::new();
    let folder = house.pki();
    let day = sigillo_cvc::CvDate::new(2026, 11, 2).unwrap();
    for (kind, terminal, rights) in [
        (TerminalType::InspectionSystem, KeyRole::InspectionTerminal, 1),
        (TerminalType::Office, KeyRole::OfficeTerminal, 7),
    ] {
        let [root] = <[_; 1]>::try_from(trust_points(&folder, &kind, TODAY).unwrap()).unwrap();
        let label = house.keys.current(terminal).unwrap();
        let chain = terminal_chain(&folder, &house.keys, &label, TODAY).unwrap();
        assert_eq!(
            chain.iter().map(|one| one.template().role()).collect::<Vec<_>>(),
            [Role::DvDomestic, Role::Terminal]
        );
        assert_eq!(chain[0].authority(), root.holder());
        assert_eq!(chain[1].template().rights().bits(), rights);
        assert_eq!(policy::check(&[vec![root.clone()], chain.clone()].concat(), day), []);
        // Its root's key, and no other's, signed the document verifier.
        assert!(chain[0].verify(&VerifyingKey::resolve(root.public_key(), None).unwrap()).is_ok());
    }
    let late = date(2026, 12, 24);
    let label = KeyLabel::parse("office-terminal/1").unwrap();
    assert_eq!(terminal_chain(&folder, &house.keys, &label, late).unwrap_err().code(), "pki.no-certificate");
    assert_eq!(trust_points(&folder, &TerminalType::Office, date(2030, 1, 1)).unwrap(), []);
}

/// The office's terminal signs in the key store, in the form of card-verifiable certificates.
#[test]
fn a_terminal_signs_where_its_key_is() {
    let house = House::new();
    let label = house.keys.current(KeyRole::OfficeTerminal).unwrap();
    let terminal = StoredTerminal::new(house.keys.worker().unwrap(), label.clone()).unwrap();
    let signature = terminal.sign(b"a challenge").unwrap();
    assert_eq!(signature.len(), 64);
    let key = VerifyingKey::resolve(terminal.public_key(), None).unwrap();
    key.verify(b"a challenge", &signature).unwrap();
    assert!(key.verify(b"another challenge", &signature).is_err());
    let shown = terminal_credentials(&house.pki(), &house.keys, &label, TODAY).unwrap();
    assert!(!shown.is_inspection_system());
    assert_eq!(shown.chain(None).unwrap().len(), 2);
    assert!(shown.into_chain().is_none(), "the key stays where it is");
    let inspection = house.keys.current(KeyRole::DocumentSigner).unwrap();
    let refused = terminal_credentials(&house.pki(), &house.keys, &inspection, TODAY).unwrap_err();
    assert_eq!(refused.code(), "pki.no-certificate");
}

/// A successor: the chip trusts the newest root and the one before it, and a third takes the place of the first.
#[test]
fn a_root_and_its_successor_are_trusted_and_no_third() {
    let house = House::new();
    let folder = house.pki();
    let mut keys = SoftwareKeys::open(
        &house.folder.path().join("keys"),
        sigillo_keystore::Mode::Test,
        &mut sigillo_keystore::NoSecrets,
    )
    .unwrap();
    let by = ["a".to_owned(), "b".to_owned()];
    let act = sigillo_keystore::KeyAct { on: TODAY, by: &by };
    let mut entropy = SeededEntropy::new([8; 32]);
    let algorithm = KeyRole::Cvca.row().algorithms[0];
    let mut old = KeyLabel::parse("cvca/2").unwrap();
    for generation in [3, 4] {
        let new = keys.generate(KeyRole::Cvca, None, algorithm, &act, &mut entropy).unwrap().label;
        assert_eq!(new.generation(), Some(generation));
        let occasion = Occasion {
            folder: &folder,
            keys: &keys,
            settings: &house.settings,
            parameters: EcParameters::Explicit,
            operator: "anna",
            now: TODAY.at(9, 0, 0, 0),
        };
        Office::open(occasion).unwrap().link_root(&old, &new, None).unwrap();
        old = new;
    }
    let roots = trust_points(&folder, &TerminalType::Office, TODAY).unwrap();
    let names: Vec<String> = roots.iter().map(|root| root.holder().to_string()).collect();
    assert_eq!(names, ["ITTESTOFCA00002", "ITTESTOFCA00003"]);
    assert!(roots.iter().all(|root| root.authority() == root.holder()));
}
