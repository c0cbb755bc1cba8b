//! A run of a thousand seals on SoftHSM2, by two workers: the token is taken away in the middle and given back.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use sigillo_crypto::SeededEntropy;
use sigillo_keystore::{Keystore, Mode, Patience, SecretName, SecretSource, TokenKeys};
use sigillo_line::{HandDocument, Home, Sealed, Sealer};
use sigillo_seal::LdsVersion;
use sigillo_secret::SecretBytes;
use sigillo_store::Store;

use crate::counted::{Counted, Log};
use crate::office::{BY, OPERATOR, TODAY, add_signer, empty_home, groups, now, settings};

const SEALS: u32 = 1000;
/// The first signer is used up on the way.
const FIRST: u64 = 600;
const SECOND: u64 = 500;
const TOKEN: &str = "sigillo-seals";
const PIN: &str = "482915";
const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";

/// Makes a token of its own, and lets a process seal that knows where it is.
pub(crate) fn run() {
    let folder = tempfile::tempdir().unwrap();
    let tokens = folder.path().join("tokens");
    fs::create_dir(&tokens).unwrap();
    let configuration = folder.path().join("softhsm2.conf");
    fs::write(&configuration, format!("directories.tokendir = {}\nlog.level = ERROR\n", tokens.display())).unwrap();
    let made = Command::new("softhsm2-util")
        .args(["--init-token", "--free", "--label", TOKEN, "--pin", PIN, "--so-pin", "73195028"])
        .env("SOFTHSM2_CONF", &configuration)
        .output()
        .unwrap_or_else(|error| panic!("softhsm2-util ({error}): run scripts/setup test"));
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let begun = Instant::now();
    let sealed = Command::new(std::env::current_exe().unwrap())
        .args(["--thousand", folder.path().to_str().unwrap()])
        .env("SOFTHSM2_CONF", &configuration)
        .status()
        .unwrap();
    assert!(sealed.success(), "{sealed}");
    println!("a thousand seals on SoftHSM2: {:.0?}", begun.elapsed());
}

/// The process that seals.
pub(crate) fn seal(folder: &Path) {
    let root = folder.join("home");
    let home = empty_home(&root);
    let mut entropy = SeededEntropy::new([0x10; 32]);
    let pin = SecretBytes::new(PIN.as_bytes().to_vec());
    let mut keys =
        TokenKeys::create_test_with(&home.keys(), Path::new(MODULE), TOKEN, pin, &settings(FIRST), &mut entropy, TODAY)
            .unwrap();
    add_signer(&home, &mut keys, SECOND, &mut entropy);
    let patience = Patience { total: Duration::from_secs(60), every: Duration::from_millis(50) };
    let keys = TokenKeys::open(&home.keys(), Mode::Test, &mut Known, patience).unwrap();

    let next = AtomicU32::new(0);
    let sealed = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for worker in 0..2 {
            let session = keys.worker().unwrap();
            let (home, root, next, sealed) = (&home, &root, &next, &sealed);
            scope.spawn(move || {
                let signed = Log::open(&root.join(format!("signed-{worker}")));
                let session = Counted::new(session, signed);
                let mut store = Store::open(&home.database().unwrap()).unwrap();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= SEALS {
                        break;
                    }
                    let seal = seal_one(home, &mut store, &session, number);
                    sealed.lock().unwrap().push((number, seal));
                }
            });
        }
        scope.spawn(|| take_the_token_away(folder, &next));
    });
    judge(&root, &home, &keys, &sealed.into_inner().unwrap());
}

fn seal_one(home: &Home, store: &mut Store, keys: &dyn Keystore, number: u32) -> Sealed {
    let revocations = home.revocations(keys.csca_certificates()).unwrap();
    let read = || Ok(groups(0, number));
    let document = HandDocument::new(LdsVersion::V1_8, &read).unwrap();
    let mut sealer = Sealer { store, keys, revocations, clock: &now, operator: OPERATOR, run: None };
    sealer.seal_document(&document).unwrap()
}

/// Whoever pulls a token out does not wait for a good moment.
fn take_the_token_away(folder: &Path, next: &AtomicU32) {
    let (here, away) = (folder.join("tokens"), folder.join("tokens-away"));
    while next.load(Ordering::Relaxed) < SEALS / 2 {
        std::thread::sleep(Duration::from_millis(5));
    }
    fs::rename(&here, &away).unwrap();
    let before = next.load(Ordering::Relaxed);
    std::thread::sleep(Duration::from_secs(2));
    let after = next.load(Ordering::Relaxed);
    fs::rename(&away, &here).unwrap();
    println!("the token was away between seal {before} and seal {after}");
    assert!(after < SEALS, "the run ended before the token was away");
    assert!(after <= before + 4, "it sealed without a token: {before} to {after}");
}

/// Slots, seals and records reconcile.
fn judge(root: &Path, home: &Home, keys: &dyn Keystore, sealed: &[(u32, Sealed)]) {
    let mut store = Store::open(&home.database().unwrap()).unwrap();
    assert_eq!(store.void_abandoned_slots(BY).unwrap(), 0, "the workers ended every slot");
    let records: BTreeSet<u32> = sealed.iter().map(|(number, _)| *number).collect();
    assert_eq!((records.len(), sealed.len()), (1000, 1000), "each record is sealed once");
    let seals: BTreeSet<_> = sealed.iter().map(|(_, sealed)| sealed.seal.digest()).collect();
    assert_eq!(seals.len(), 1000);
    let slots: BTreeSet<_> = sealed.iter().map(|(_, sealed)| (sealed.signer.clone(), sealed.slot)).collect();
    assert_eq!(slots.len(), 1000, "each seal has a slot of its own");
    let counts: Vec<_> = keys.signers().iter().map(|signer| store.slot_counts(&signer.id).unwrap()).collect();
    let total = |of: fn(&sigillo_store::SlotCounts) -> u64| counts.iter().map(of).sum::<u64>();
    assert_eq!((total(|counts| counts.used), total(|counts| counts.reserved)), (1000, 0));
    assert_eq!(counts[0].taken(), FIRST, "the second signer began where the first ended");
    let signed: Vec<String> =
        (0..2).map(|worker| fs::read_to_string(root.join(format!("signed-{worker}"))).unwrap()).collect();
    let signatures: BTreeSet<&str> = signed.iter().flat_map(|text| text.lines()).collect();
    let asked = signed.iter().map(|text| text.lines().count()).sum::<usize>();
    assert_eq!(signatures.len(), asked, "no slot was signed with twice");
    assert_eq!(asked as u64, total(|counts| counts.used + counts.void));
    for (number, sealed) in sealed {
        let read = || Ok(groups(0, *number));
        let document = HandDocument::new(LdsVersion::V1_8, &read).unwrap();
        let known = store.seals_of_document(document.reference(keys).unwrap()).unwrap();
        assert_eq!(known.iter().map(|seal| seal.sod_digest).collect::<Vec<_>>(), [sealed.seal.digest()]);
    }
    store.verify_trace(None).unwrap();
    println!("1000 seals: {} + {} slots used, {} void", counts[0].used, counts[1].used, total(|counts| counts.void));
}

/// The PIN of the test's token.
#[derive(Debug)]
struct Known;

impl SecretSource for Known {
    fn secret(&mut self, _: SecretName) -> Result<SecretBytes, sigillo_keystore::KeystoreError> {
        Ok(SecretBytes::new(PIN.as_bytes().to_vec()))
    }
}
