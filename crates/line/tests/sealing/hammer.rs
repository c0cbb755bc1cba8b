//! Eight processes on one register, killed at random and replaced, until the limits of both signers are reached.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use sigillo_crypto::{Entropy, SeededEntropy};
use sigillo_keystore::{Keystore, Mode, NoSecrets, SoftwareKeys};
use sigillo_line::{HandDocument, Home, Sealer};
use sigillo_seal::LdsVersion;
use sigillo_store::{SlotPurpose, Store};

use crate::counted::{Counted, Log};
use crate::office::{BY, OPERATOR, add_signer, empty_home, groups, now, settings};

/// How many processes seal at the same time.
const HANDS: usize = 8;
/// How many seals each of the two signers may make.
const LIMIT: u64 = 900;
/// Nothing of this takes longer on any machine that builds the project.
const PATIENCE: Duration = Duration::from_secs(240);

pub(crate) fn run(seed: u8) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("home");
    let home = empty_home(&root);
    let mut entropy = SeededEntropy::new([seed; 32]);
    let mut keys =
        SoftwareKeys::create_test_with(&home.keys(), &settings(LIMIT), &mut entropy, crate::office::TODAY).unwrap();
    add_signer(&home, &mut keys, LIMIT, &mut entropy);

    let begun = Instant::now();
    let (kills, hands) = strike(&root, &mut entropy);
    // Whoever was killed left something reserved, or nothing; the living are no more.
    let mut store = Store::open(&home.database().unwrap()).unwrap();
    let abandoned = store.void_abandoned_slots(BY).unwrap();
    let report = judge(&root, &store, &keys);
    println!(
        "seed {seed}: {hands} processes, {kills} killed, {abandoned} slots found abandoned at the end; {report}; {:.0?}",
        begun.elapsed()
    );
    assert!(kills >= 20, "only {kills} processes were killed");
}

/// Kills one process after the other, at random, until the limits are reached; gives how many there were.
fn strike(root: &Path, entropy: &mut SeededEntropy) -> (usize, usize) {
    let begun = Instant::now();
    let mut started = 0;
    let mut start = || {
        started += 1;
        Command::new(std::env::current_exe().unwrap())
            .args(["--hand", root.to_str().unwrap(), &started.to_string()])
            .spawn()
            .unwrap()
    };
    let mut hands: Vec<Child> = (0..HANDS).map(|_| start()).collect();
    let (mut kills, mut done) = (0, 0);
    while done < HANDS {
        assert!(begun.elapsed() < PATIENCE, "the limits are not reached");
        let mut random = [0; 2];
        entropy.fill(&mut random);
        std::thread::sleep(Duration::from_millis(10 + u64::from(random[0]) / 3));
        let chosen = usize::from(random[1]) % hands.len();
        // One that came to its end found every signer exhausted; the others are replaced when they die.
        match hands[chosen].try_wait().unwrap() {
            Some(status) => {
                assert!(status.success(), "a process failed: {status}");
                hands.remove(chosen).wait().unwrap();
                done += 1;
                if hands.is_empty() {
                    break;
                }
            }
            None => {
                hands[chosen].kill().unwrap();
                hands[chosen].wait().unwrap();
                kills += 1;
                hands[chosen] = start();
            }
        }
    }
    (kills, started)
}

/// One of the processes: seals until nothing is left, and counts every signature where a kill cannot take it back.
pub(crate) fn hand(root: &Path, number: u32) {
    let home = Home::open(root).unwrap();
    let mut store = Store::open(&home.database().unwrap()).unwrap();
    let keys = SoftwareKeys::open(&home.keys(), Mode::Test, &mut NoSecrets).unwrap();
    let keys = Counted::new(Box::new(keys), Log::open(&root.join(format!("signed-{number}"))));
    let seals = Log::open(&root.join(format!("sealed-{number}")));
    let revocations = home.revocations(keys.csca_certificates()).unwrap();
    store.void_abandoned_slots(BY).unwrap();
    for document in 0.. {
        let read = || Ok(groups(number, document));
        let document = HandDocument::new(LdsVersion::V1_8, &read).unwrap();
        let mut sealer =
            Sealer { store: &mut store, keys: &keys, revocations, clock: &now, operator: OPERATOR, run: None };
        match sealer.seal_document(&document) {
            Ok(sealed) => {
                seals.line(&format!("{} {} {}", sealed.signer, sealed.slot, hex::encode(sealed.seal.digest())))
            }
            Err(error) if error.code() == "store.slots-exhausted" => return,
            Err(error) => panic!("{}: {error}", error.code()),
        }
    }
}

/// Signatures ≤ slots ≤ limit, and every seal that came out has a slot of its own.
fn judge(root: &Path, store: &Store, keys: &dyn Keystore) -> String {
    let lines = |prefix: &str| -> Vec<String> {
        let files = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path());
        let files = files.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with(prefix));
        files
            .flat_map(|path| fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect::<Vec<_>>())
            .collect()
    };
    let (signed, sealed) = (lines("signed-"), lines("sealed-"));
    let mut signatures: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
    for line in &signed {
        let (signer, slot) = line.split_once(' ').unwrap();
        let is_new = signatures.entry(signer.to_owned()).or_default().insert(slot.parse().unwrap());
        assert!(is_new, "two signatures by slot {line}");
    }
    let mut used = 0;
    for signer in keys.signers() {
        let counts = store.slot_counts(&signer.id).unwrap();
        let made = signatures.get(&signer.id).map_or(0, |slots| slots.len() as u64);
        assert_eq!(counts.reserved, 0, "a slot is in doubt");
        assert!(made <= counts.taken(), "{made} signatures by {} slots", counts.taken());
        assert_eq!(counts.taken(), LIMIT, "the limit was not reached, or not held");
        assert_eq!(store.slots_taken(&signer.id).unwrap(), LIMIT);
        assert!(signatures.get(&signer.id).is_none_or(|slots| slots.iter().all(|slot| (1..=LIMIT).contains(slot))));
        assert!(counts.used <= made, "a seal without a signature");
        used += counts.used;
    }
    let distinct: BTreeSet<&String> = sealed.iter().collect();
    assert_eq!(distinct.len(), sealed.len(), "two documents have one seal");
    assert!(sealed.len() as u64 <= used, "{} seals came out of {used} used slots", sealed.len());
    assert!(
        store
            .reserved_slots(&keys.signers()[0].id)
            .unwrap()
            .iter()
            .all(|(_, what)| matches!(what, SlotPurpose::Document(_)))
    );
    store.verify_trace(None).unwrap();
    format!("{} signatures, {used} slots used, {} seals came out, limit 2 × {LIMIT}", signed.len(), sealed.len())
}
