//! The store in a PKCS#11 token (SoftHSM2): the same suite as in files, its attributes before a foreign judge, and the token
//! taken away and given back.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

mod lab;
mod suite;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use sigillo_crypto::{HashAlgorithm, PublicKey, SeededEntropy, SignatureAlgorithm};
use sigillo_keystore::{
    KeyAct, KeyKind, KeyLabel, KeyRole, Keystore, KeystoreError, Mode, Patience, SecretName, SecretSource,
    StoredAlgorithm, TokenKeys,
};
use sigillo_seal::signer::{ReservedSlot, SignerError};
use sigillo_secret::SecretBytes;

use crate::lab::{MODULE, PIN, Pin, TODAY, TOKEN, in_token, open_token, two, with_token};

const P256: SignatureAlgorithm = SignatureAlgorithm::Ecdsa(HashAlgorithm::Sha256);
const PATIENT: Patience = Patience { total: Duration::from_secs(30), every: Duration::from_millis(20) };
const IMPATIENT: Patience = Patience { total: Duration::from_millis(60), every: Duration::from_millis(20) };

#[test]
fn every_role_serves() {
    let Some(lab) = with_token("every_role_serves") else { return };
    let mut keys = in_token(&lab.join("keys"));
    suite::run(&mut keys, &lab);
    drop(keys);
    let again = open_token(&lab.join("keys"), PATIENT).unwrap();
    assert!(again.inventory(TODAY).unwrap().is_empty());
    assert!(again.batches().contains(&"V1".to_owned()));
}

/// Outside the token there is no key: not one octet string of its objects lies in the home.
#[test]
fn the_home_of_a_token_holds_no_secret() {
    let Some(lab) = with_token("the_home_of_a_token_holds_no_secret") else { return };
    let home = lab.join("keys");
    let mut keys = in_token(&home);
    let (a, b) = (suite::component("anna", 0x5A), suite::component("bruno", 0xC3));
    keys.import(KeyRole::Transport, Some("V1"), &[a, b], None, TODAY, &mut SeededEntropy::new([1; 32])).unwrap();
    let mut needles: Vec<Vec<u8>> = vec![PIN.into(), vec![0x5A; 32], vec![0xC3; 32], vec![0x5A ^ 0xC3; 32]];
    let derived = keys.transport_keys("V1", &[1; 10]).unwrap();
    needles.extend([derived.enc(), derived.mac(), derived.dek()].map(|key| key.expose(<[u8]>::to_vec)));
    needles.extend(needles.clone().iter().map(|needle| hex::encode(needle).into_bytes()));
    let shown = format!("{keys:?}{keys:#?}{:?}{:?}", keys.keys(), keys.worker().unwrap());
    let mut haystacks = vec![("printed".to_owned(), shown.into_bytes())];
    haystacks.extend(lab::files_below(&home).iter().map(|file| (file.display().to_string(), fs::read(file).unwrap())));
    haystacks.push(("arguments".to_owned(), fs::read("/proc/self/cmdline").unwrap()));
    haystacks.push(("environment".to_owned(), fs::read("/proc/self/environ").unwrap()));
    assert!(haystacks.len() > 5);
    let is_in = |haystack: &[u8], needle: &[u8]| haystack.windows(needle.len()).any(|window| window == needle);
    assert!(is_in(&[b"x", needles[0].as_slice()].concat(), &needles[0]), "the search finds a planted secret");
    for (name, haystack) in &haystacks {
        for needle in &needles {
            assert!(!is_in(haystack, needle), "a secret lies in {name}");
        }
    }
}

/// `pkcs11-tool` lists each object and what it may do.
#[test]
fn a_foreign_tool_finds_keys_that_do_not_come_out() {
    let Some(lab) = with_token("a_foreign_tool_finds_keys_that_do_not_come_out") else { return };
    let keys = in_token(&lab.join("keys"));
    let tool = |arguments: &[&str]| {
        let mut command = Command::new("pkcs11-tool");
        let done = command.args(["--module", MODULE, "--token-label", TOKEN, "--login", "--pin", PIN]).args(arguments);
        let done = done.output().expect("Debian's opensc is installed by scripts/setup");
        format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr))
    };
    let listed = tool(&["--list-objects"]);
    for entry in keys.keys() {
        let label = entry.label.to_string();
        let objects: Vec<&str> =
            listed.split("\n\n").flat_map(split_objects).filter(|object| object.contains(&label)).collect();
        let is_pair = matches!(entry.algorithm, StoredAlgorithm::Pair(_));
        assert_eq!(objects.len(), if is_pair { 2 } else { 1 }, "{label} in {listed}");
        let secret = objects.iter().find(|object| !object.starts_with("Public Key")).unwrap();
        assert!(secret.contains("sensitive") && secret.contains("never extractable"), "{secret}");
        let usage = secret.lines().find(|line| line.contains("Usage:")).unwrap_or_default();
        let expected = match entry.label.role() {
            KeyRole::DataKeyWrapping => "encrypt, decrypt",
            // It does not name "sign" for secret keys.
            _ if !is_pair => "none",
            _ => "sign",
        };
        assert_eq!(usage.trim().trim_start_matches("Usage:").trim(), expected, "{secret}");
    }
    // It gets no value out of one, and signs with one as we do.
    let read = tool(&["--read-object", "--type", "secrkey", "--label", "formation-master/1"]);
    assert!(read.contains("error") || read.contains("CKR_ATTRIBUTE_SENSITIVE"), "{read}");
}

fn split_objects(listed: &str) -> Vec<&str> {
    let starts: Vec<usize> = ["Public Key Object", "Private Key Object", "Secret Key Object"]
        .iter()
        .flat_map(|head| listed.match_indices(head).map(|(at, _)| at))
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let ends = starts.iter().skip(1).copied().chain([listed.len()]);
    starts.iter().zip(ends).map(|(start, end)| &listed[*start..end]).collect()
}

/// Objects that somebody else put there, took away or made with other attributes are named.
#[test]
fn the_inventory_names_what_does_not_agree() {
    let Some(lab) = with_token("the_inventory_names_what_does_not_agree") else { return };
    let home = lab.join("keys");
    drop(in_token(&home));
    let tool = |arguments: &[&str]| {
        let mut command = Command::new("pkcs11-tool");
        command.args(["--module", MODULE, "--token-label", TOKEN, "--login", "--pin", PIN]).args(arguments);
        let done = command.output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    tool(&["--keygen", "--key-type", "AES:32", "--label", "stranger/1"]);
    tool(&["--delete-object", "--type", "secrkey", "--label", "reference-digest/1"]);
    tool(&["--delete-object", "--type", "secrkey", "--label", "formation-master/1"]);
    tool(&["--keygen", "--key-type", "AES:32", "--label", "formation-master/1", "--extractable", "--usage-sign"]);
    let keys = open_token(&home, IMPATIENT).unwrap();
    let found: Vec<(String, &str)> =
        keys.inventory(TODAY).unwrap().into_iter().map(|finding| (finding.label, finding.fault.code())).collect();
    let has = |label: &str, code| found.contains(&(label.to_owned(), code));
    assert!(has("stranger/1", "inventory.unknown"), "{found:?}");
    assert!(has("reference-digest/1", "inventory.missing"), "{found:?}");
    assert!(has("formation-master/1", "inventory.another-key"), "{found:?}");
    assert!(has("formation-master/1", "inventory.attribute"), "{found:?}");
    assert!(!found.iter().any(|(label, _)| label == "csca/1" || label == "data-key-wrapping/1"), "{found:?}");
}

#[test]
fn pins_tokens_and_marks_are_refused_by_name() {
    let Some(lab) = with_token("pins_tokens_and_marks_are_refused_by_name") else { return };
    let home = lab.join("keys");
    drop(in_token(&home));
    let open = |mode, pin: &'static str| TokenKeys::open(&home, mode, &mut Pin(pin), PATIENT).map(|_| ()).unwrap_err();
    let begun = Instant::now();
    assert_eq!(open(Mode::Test, "0000").code(), "keystore.pin");
    assert!(begun.elapsed() < Duration::from_secs(5), "a wrong PIN is not tried again");
    assert_eq!(open(Mode::Production, PIN).code(), "keystore.test-key");
    struct Never;
    impl SecretSource for Never {
        fn secret(&mut self, _: SecretName) -> Result<SecretBytes, KeystoreError> {
            panic!("nothing to be asked for before the mark was judged")
        }
    }
    assert_eq!(TokenKeys::open(&home, Mode::Production, &mut Never, PATIENT).unwrap_err().code(), "keystore.test-key");
    let pin = || SecretBytes::copy_of(PIN.as_bytes());
    let create = |module: &str, token: &str| {
        let folder = lab.join("other");
        TokenKeys::create(&folder, Path::new(module), token, KeyKind::Production, pin(), TODAY)
    };
    assert_eq!(create("/no/such/module.so", TOKEN).unwrap_err().code(), "keystore.module");
    assert_eq!(create(MODULE, "another").unwrap_err().code(), "keystore.token-unknown");
    // A production store opens in production, and takes no certificate marked TEST.
    let mut keys = create(MODULE, TOKEN).unwrap();
    let by = two();
    let act = KeyAct { on: TODAY, by: &by };
    let p256 = KeyRole::Cvca.row().algorithms[0];
    keys.generate(KeyRole::Cvca, None, p256, &act, &mut SeededEntropy::new([1; 32])).unwrap();
    let refused = keys.create_batch("B", TODAY, &mut SeededEntropy::new([1; 32])).unwrap_err();
    assert_eq!(refused.code(), "keystore.comes-by-import");
    let marked = open_token(&home, PATIENT).unwrap().csca_certificate().unwrap().der().to_vec();
    assert_eq!(keys.install_anchor(&marked, TODAY).unwrap_err().code(), "keystore.test-key");
    drop(keys);
    assert!(TokenKeys::open(&lab.join("other"), Mode::Production, &mut Pin(PIN), PATIENT).is_ok());
}

#[test]
fn a_token_that_was_away_goes_on() {
    let Some(lab) = with_token("a_token_that_was_away_goes_on") else { return };
    let home = lab.join("keys");
    drop(in_token(&home));
    let keys = open_token(&home, IMPATIENT).unwrap();
    let label = KeyLabel::parse("trace-checkpoint/1").unwrap();
    let signer = keys.first_signer().unwrap().id.clone();
    keys.sign(&label, P256, b"x").unwrap();
    let (tokens, away) = (lab.join("tokens"), lab.join("away"));
    for _ in 0..2 {
        fs::rename(&tokens, &away).unwrap();
        assert_eq!(keys.sign(&label, P256, b"x").unwrap_err().code(), "keystore.token-away");
        assert_eq!(keys.formation_keys(&[1; 10], 0x30).unwrap_err().code(), "keystore.token-away");
        assert_eq!(keys.sign_slot(ReservedSlot::reserved(&signer, 1), b"x"), Err(SignerError::Away));
        fs::rename(&away, &tokens).unwrap();
        keys.sign(&label, P256, b"x").unwrap();
        keys.formation_keys(&[1; 10], 0x30).unwrap();
        keys.sign_slot(ReservedSlot::reserved(&signer, 2), b"x").unwrap();
    }
    // What is not there is not called away for long.
    let destroyed = KeyLabel::parse("csca/1").unwrap();
    let by = two();
    let mut other = open_token(&home, PATIENT).unwrap();
    other.destroy(&destroyed, &KeyAct { on: TODAY, by: &by }).unwrap();
    assert_eq!(keys.sign(&destroyed, P256, b"x").unwrap_err().code(), "keystore.key-unknown");
    // A patient one waits for it.
    let keys = open_token(&home, PATIENT).unwrap();
    fs::rename(&tokens, &away).unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_millis(300));
            fs::rename(&away, &tokens).unwrap();
        });
        keys.sign(&label, P256, b"x").unwrap();
    });
}

/// A thousand seals by two workers, the token away in the middle: each slot ends used or void, and what was signed is
/// what was used.
#[test]
fn a_thousand_seals_reconcile_with_their_slots() {
    let Some(lab) = with_token("a_thousand_seals_reconcile_with_their_slots") else { return };
    let home = lab.join("keys");
    drop(in_token(&home));
    // Less patient than the token is away, so that there are void slots too.
    let keys = open_token(&home, IMPATIENT).unwrap();
    let signer = keys.first_signer().unwrap().clone();
    let public = keys.public_key(&signer.label).unwrap();
    let (next, is_away) = (AtomicU64::new(1), AtomicBool::new(false));
    let (used, void) = (Arc::new(Mutex::new(BTreeSet::new())), Arc::new(Mutex::new(BTreeSet::new())));
    let (tokens, away) = (lab.join("tokens"), lab.join("away"));
    let workers = [keys.worker().unwrap(), keys.worker().unwrap()];
    thread::scope(|scope| {
        for worker in workers {
            let (next, is_away, used, void) = (&next, &is_away, &used, &void);
            let (signer, public, tokens, away) = (&signer, &public, &tokens, &away);
            scope.spawn(move || {
                while used.lock().unwrap().len() < SEALS {
                    let slot = next.fetch_add(1, Ordering::SeqCst);
                    if slot == SEALS as u64 / 2 && !is_away.swap(true, Ordering::SeqCst) {
                        fs::rename(tokens, away).unwrap();
                        let (tokens, away) = (tokens.clone(), away.clone());
                        thread::spawn(move || {
                            thread::sleep(Duration::from_millis(400));
                            fs::rename(away, tokens).unwrap();
                        });
                    }
                    let message = slot.to_be_bytes();
                    match worker.sign_slot(ReservedSlot::reserved(&signer.id, slot), &message) {
                        Ok(signature) => {
                            PublicKey::verify(public, P256, &message, &signature).unwrap();
                            assert!(used.lock().unwrap().insert(slot));
                        }
                        Err(SignerError::Away) => assert!(void.lock().unwrap().insert(slot)),
                        Err(error) => panic!("slot {slot}: {error}"),
                    }
                }
            });
        }
    });
    let (used, void) = (used.lock().unwrap(), void.lock().unwrap());
    let reserved = next.load(Ordering::SeqCst) - 1;
    assert!(is_away.load(Ordering::SeqCst) && !void.is_empty());
    assert!(used.len() >= SEALS && used.is_disjoint(&void));
    assert_eq!((used.len() + void.len()) as u64, reserved, "each slot ended one way");
    println!("{} used, {} void", used.len(), void.len());
}

/// Not a test of speed: it prints what one and two workers do, for the record.
#[test]
fn signatures_a_second() {
    let Some(lab) = with_token("signatures_a_second") else { return };
    let keys = in_token(&lab.join("keys"));
    let signer = keys.first_signer().unwrap().id.clone();
    for count in [1, 2] {
        let workers: Vec<_> = (0..count).map(|_| keys.worker().unwrap()).collect();
        let begun = Instant::now();
        thread::scope(|scope| {
            for worker in workers {
                let signer = &signer;
                scope.spawn(move || {
                    for slot in 1..=2000 {
                        worker.sign_slot(ReservedSlot::reserved(signer, slot), b"attributes").unwrap();
                    }
                });
            }
        });
        println!("{count} workers: {:.0} signatures a second", f64::from(2000 * count) / begun.elapsed().as_secs_f64());
    }
}

const SEALS: usize = 1000;
