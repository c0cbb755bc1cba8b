//! Session keys: they live in one process for the time of one session. A run in this process with known randomness is recorded
//! APDU by APDU; its session keys are computed once more from the records and the static keys, and searched for.

use std::cell::RefCell;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use sigillo_channel::scp03::KeySet;
use sigillo_crypto::{Entropy, SeededEntropy, aes_cmac, tdes};
use sigillo_keystore::{IssuerSettings, Keystore, Mode, SoftwareKeys};
use sigillo_line::{BlankNumbers, Home, Line, LineError, Station, import_lot};
use sigillo_reader::{Card, LinkError, Log, Observed, VirtualCard};
use sigillo_secret::SymmetricKey;
use sigillo_store::{By, LotId, Store};
use sigillo_vchip::Chip;
use tracing::level_filters::LevelFilter;

use crate::needles::Secrets;
use crate::secrets::{files_below, name, session_key};
use crate::workshop::{NOW, demo_lot};

/// Command and answer.
type Exchange = (Vec<u8>, Vec<u8>);
type Said = Rc<RefCell<Vec<Exchange>>>;

#[test]
fn no_session_key_of_a_recorded_run_is_in_log_or_register() {
    let folder = tempfile::tempdir().unwrap();
    let log = Shared::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(LevelFilter::TRACE).with_writer(move || writer.clone()).finish();
    let (mut keys, exchanges) = tracing::subscriber::with_default(subscriber, || run(folder.path().to_owned()));

    let mut secrets = Secrets::new();
    let mut zones = Vec::new();
    for file in files_below(&folder.path().join("print")).iter().filter(|file| name(file) == "mrz.txt") {
        let text = fs::read_to_string(file).unwrap();
        zones.push(text);
    }
    let scp03 = of_scp03(&mut secrets, &mut keys, &exchanges);
    let bac = of_bac(&mut secrets, &zones, &exchanges);
    // Each chip: transport and formation keys at initialization, formation keys at formation, one public session.
    assert!(scp03 >= 3 * CHIPS && bac == CHIPS, "{scp03} sessions of SCP03, {bac} of BAC");

    let log = log.0.lock().unwrap().clone();
    let lines = String::from_utf8(log.clone()).unwrap();
    assert_eq!(lines.matches("exchange").count(), exchanges.len(), "every exchange is logged");
    let mut channels = vec![("log".to_owned(), log)];
    for file in files_below(folder.path()) {
        let place = file.strip_prefix(folder.path()).unwrap();
        channels.push((place.display().to_string(), fs::read(&file).unwrap()));
    }
    // Chips and keys too: not even there does a session key lie.
    for (channel, octets) in &channels {
        assert!(secrets.found_in(octets).is_empty(), "{channel}: {:?}", secrets.found_in(octets));
    }
    let planted: Vec<u8> = exchanges.iter().flat_map(|(command, _)| command.clone()).collect();
    assert!(secrets.found_in(&planted).is_empty(), "no session key crosses the air");
}

/// Initializes and forms three chips under a home of its own; the keys and what was said to the chips.
fn run(folder: PathBuf) -> (SoftwareKeys, Vec<Exchange>) {
    let mut entropy = SeededEntropy::new([7; 32]);
    let home = Home::create(&folder.join("home"), Mode::Test, "pse-rf-bac", None).unwrap();
    let mut store = Store::create(&home.database().unwrap()).unwrap();
    let today = jiff::civil::date(2026, 11, 2);
    let mut keys =
        SoftwareKeys::create_test_with(&home.keys(), &IssuerSettings::default(), &mut entropy, today).unwrap();
    keys.create_batch("A", today, &mut entropy).unwrap();
    let lot = fs::read_to_string(demo_lot()).unwrap();
    let small = folder.join("lot.jsonl");
    fs::write(&small, lot.lines().take(CHIPS).map(|line| format!("{line}\n")).collect::<String>()).unwrap();
    let images = folder.join("images");
    fs::create_dir(&images).unwrap();
    for image in files_below(&demo_lot().with_file_name("images")) {
        fs::copy(&image, images.join(name(&image))).unwrap();
    }
    let by = By { operator: "test", at: NOW, run: None };
    import_lot(&home, &mut store, &keys, by, &small, today, &mut entropy).unwrap();
    fs::remove_dir_all(&images).unwrap();
    fs::remove_file(&small).unwrap();
    let said = Rc::new(RefCell::new(Vec::new()));
    let chips: Vec<PathBuf> = (0..CHIPS).map(|number| home.chips().join(format!("{number}.chip"))).collect();
    for chip in &chips {
        let mut serial = [0; 10];
        entropy.fill(&mut serial);
        let transport = keys.transport_keys("A", &serial).unwrap();
        drop(VirtualCard::create(chip, Chip::manufacture(serial, transport)).unwrap());
    }
    let station = |opened| Recorder { chips: chips.clone().into_iter(), opened, card: None, said: Rc::clone(&said) };
    let clock = || NOW.parse().unwrap();
    let mut line = Line {
        home: &home,
        store: &mut store,
        keys: &mut keys,
        entropy: &mut entropy,
        clock: &clock,
        operator: "test",
        progress: &mut |_| {},
    };
    line.initialize("A", &mut station(100), u64::MAX, None::<BlankNumbers>).unwrap();
    let run = line.open_run(LotId::new(1), None).unwrap();
    line.carry_on(run, &mut station(200), u64::MAX).unwrap();
    line.print_data(run, &folder.join("print")).unwrap();
    let said = said.borrow().clone();
    (keys, said)
}

/// The session keys of every SCP03 session, by GlobalPlatform amendment D, written down once more.
fn of_scp03(secrets: &mut Secrets, keys: &mut SoftwareKeys, exchanges: &[Exchange]) -> usize {
    let mut sessions = 0;
    for pair in exchanges.windows(2) {
        let [(opening, answer), (proof, _)] = pair else { continue };
        if !opening.starts_with(&[0x80, 0x50]) || !proof.starts_with(&[0x84, 0x82]) {
            continue;
        }
        let serial: [u8; 10] = answer[..10].try_into().unwrap();
        let version = answer[10];
        let set = match version {
            0x20 => keys.transport_keys("A", &serial).unwrap(),
            _ => keys.formation_keys(&serial, version).unwrap(),
        };
        let context = [&opening[5..13], &answer[13..21]].concat();
        let [enc, mac, rmac] = session_keys(&set, &context);
        // The host proved itself with these keys: they are the session's.
        let cryptogram = derived(&SymmetricKey::new(&mac).unwrap(), 0x01, 64, &context);
        assert_eq!(proof[5..13], cryptogram[..8], "the keys are not those of the session");
        for (role, key) in [("S-ENC", enc), ("S-MAC", mac), ("S-RMAC", rmac)] {
            secrets.key(&format!("{role} of session {sessions}"), &key);
        }
        sessions += 1;
    }
    sessions
}

fn session_keys(set: &KeySet, context: &[u8]) -> [[u8; 16]; 3] {
    [
        derived(set.enc(), 0x04, 128, context),
        derived(set.mac(), 0x06, 128, context),
        derived(set.mac(), 0x07, 128, context),
    ]
}

fn derived(key: &SymmetricKey, constant: u8, bits: u8, context: &[u8]) -> [u8; 16] {
    aes_cmac(key, &[&[0; 11], &[constant, 0, 0, bits, 1], context]).unwrap()
}

/// The session keys and key halves of every session of Basic Access Control, by ICAO 9303-11.
fn of_bac(secrets: &mut Secrets, zones: &[String], exchanges: &[Exchange]) -> usize {
    let mut sessions = 0;
    for pair in exchanges.windows(2) {
        let [(challenge, random), (proof, answer)] = pair else { continue };
        if !challenge.starts_with(&[0x00, 0x84]) || !proof.starts_with(&[0x00, 0x82]) || answer.len() != 42 {
            continue;
        }
        let opened = zones.iter().find_map(|zone| {
            let information = sigillo_lds::mrz::Td1::parse(zone).unwrap().mrz_information();
            let seed = sigillo_crypto::sha1(information.as_bytes());
            let key = SymmetricKey::new(&session_key(&seed[..16], 1)).unwrap();
            let open = |octets: &[u8]| {
                let mut plain = octets[..32].to_vec();
                tdes::cbc_decrypt(&key, &[0; 8], &mut plain).unwrap();
                plain
            };
            let (terminal, chip) = (open(&proof[5..]), open(answer));
            (terminal[8..16] == random[..8] && chip[..8] == random[..8]).then_some((terminal, chip))
        });
        let (terminal, chip) = opened.unwrap();
        let seed: Vec<u8> = terminal[16..].iter().zip(&chip[16..]).map(|(a, b)| a ^ b).collect();
        for (role, key) in [
            ("K.IFD", &terminal[16..]),
            ("K.IC", &chip[16..]),
            ("K_seed", &seed),
            ("KS_ENC", &session_key(&seed, 1)),
            ("KS_MAC", &session_key(&seed, 2)),
        ] {
            secrets.key(&format!("{role} of session {sessions}"), key);
        }
        sessions += 1;
    }
    sessions
}

/// A station whose chips' every word is written down.
struct Recorder {
    chips: std::vec::IntoIter<PathBuf>,
    /// Each time a chip is put in, its randomness is another.
    opened: u8,
    card: Option<Recorded>,
    said: Said,
}

struct Recorded {
    card: Observed<VirtualCard, Log>,
    said: Said,
}

impl Station for Recorder {
    fn next(&mut self) -> Result<Option<&mut dyn Card>, LineError> {
        self.card = None;
        let Some(path) = self.chips.next() else { return Ok(None) };
        self.opened += 1;
        let card = VirtualCard::open(&path)?.with_entropy(SeededEntropy::new([self.opened; 32]));
        let card = Recorded { card: Observed { card, observer: Log }, said: Rc::clone(&self.said) };
        Ok(Some(self.card.insert(card)))
    }
}

impl Card for Recorded {
    fn reset(&mut self) -> Result<Vec<u8>, LinkError> {
        self.card.reset()
    }

    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, LinkError> {
        let answer = self.card.transmit(command)?;
        self.said.borrow_mut().push((command.to_vec(), answer.clone()));
        Ok(answer)
    }
}

/// A log in memory.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, octets: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

const CHIPS: usize = 3;
