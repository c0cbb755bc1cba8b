//! The store in files: against the disk, against tampering, and against a search for its secrets.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

mod lab;
mod suite;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use proptest::prelude::*;
use sigillo_crypto::{Backend, EcParameters, HashAlgorithm, SeededEntropy, SignatureAlgorithm};
use sigillo_keystore::{
    IssuerSettings, KeyAct, KeyKind, KeyLabel, KeyRole, Keystore, KeystoreError, Mode, NoSecrets, SecretName,
    SecretSource, SoftwareKeys,
};
use sigillo_secret::SecretBytes;
use tempfile::TempDir;

use crate::lab::{TODAY, in_files, open_files, two};

fn new_store() -> (TempDir, PathBuf) {
    let home = TempDir::new().unwrap();
    let folder = home.path().join("keys");
    drop(in_files(&folder));
    (home, folder)
}

struct Passphrase(&'static str);

impl SecretSource for Passphrase {
    fn secret(&mut self, name: SecretName) -> Result<SecretBytes, KeystoreError> {
        assert_eq!(name, SecretName::Passphrase);
        Ok(SecretBytes::copy_of(self.0.as_bytes()))
    }
}

#[test]
fn every_role_serves() {
    let home = TempDir::new().unwrap();
    let mut keys = in_files(&home.path().join("keys"));
    suite::run(&mut keys, home.path());
    // By another library the same keys sign the same messages.
    keys.use_backend(Backend::AwsLc);
    let label = keys.current(KeyRole::TraceCheckpoint).unwrap();
    let p256 = SignatureAlgorithm::Ecdsa(HashAlgorithm::Sha256);
    suite::openssl_verifies(&keys, &label, p256, home.path());
    let one = keys.sign(&label, p256, b"x").unwrap();
    assert_ne!(one, keys.sign(&label, p256, b"x").unwrap(), "aws-lc draws its nonces");
    keys.use_backend(Backend::Pure);
    assert_eq!(keys.sign(&label, p256, b"x").unwrap(), keys.sign(&label, p256, b"x").unwrap(), "RFC 6979 does not");
    drop(keys);
    // What was done is there again.
    let again = open_files(&home.path().join("keys")).unwrap();
    assert!(again.inventory(TODAY).unwrap().is_empty());
    assert!(again.batches().contains(&"V1".to_owned()));
}

#[test]
fn a_new_store_opens_again_with_the_same_keys() {
    for parameters in [EcParameters::Explicit, EcParameters::Named] {
        let home = TempDir::new().unwrap();
        let folder = home.path().join("keys");
        let settings = IssuerSettings { parameters, ..IssuerSettings::default() };
        let mut entropy = SeededEntropy::new([4; 32]);
        let keys = SoftwareKeys::create_test_with(&folder, &settings, &mut entropy, TODAY).unwrap();
        let again = open_files(&folder).unwrap();
        assert_eq!(again.kind(), KeyKind::Test);
        assert_eq!(again.keys(), keys.keys());
        assert_eq!(again.first_signer().unwrap().id, keys.first_signer().unwrap().id);
        assert_eq!(again.csca_certificate().unwrap().der(), keys.csca_certificate().unwrap().der());
        assert!(again.formation_keys(&[1; 10], 0x30).unwrap().matches(&keys.formation_keys(&[1; 10], 0x30).unwrap()));
        let limit = again.first_signer().unwrap().limit;
        assert_eq!((limit.seals, limit.until), (100_000, jiff::civil::date(2027, 2, 1)));
        let certificate = again.first_signer().unwrap().certificate.certificate().clone();
        assert_eq!(certificate.valid().to(), jiff::civil::date(2037, 2, 1).at(23, 59, 59, 0));
        assert_eq!(certificate.document_types().unwrap(), ["IR"]);
    }
}

#[test]
fn files_are_private_and_never_overwritten() {
    let (_home, folder) = new_store();
    for file in lab::files_below(&folder) {
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "{}", file.display());
    }
    assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    let before = fs::read(folder.join("csca.key")).unwrap();
    let again = SoftwareKeys::create_test(&folder, &mut SeededEntropy::new([9; 32]), TODAY).unwrap_err();
    assert_eq!(again.code(), "keystore.exists");
    assert_eq!(fs::read(folder.join("csca.key")).unwrap(), before);
}

#[test]
fn production_refuses_whatever_lies_in_files() {
    let (home, folder) = new_store();
    let refused =
        |folder: &Path| SoftwareKeys::open(folder, Mode::Production, &mut Passphrase("x")).unwrap_err().code();
    assert_eq!(refused(&folder), "keystore.test-key");
    let own = home.path().join("own");
    let passphrase = SecretBytes::copy_of(b"correct horse battery staple");
    SoftwareKeys::create(&own, &passphrase, &mut SeededEntropy::new([1; 32]), TODAY).unwrap();
    assert_eq!(refused(&own), "keystore.test-key");
}

#[test]
fn a_passphrase_that_somebody_remembers_opens_alone() {
    let home = TempDir::new().unwrap();
    let folder = home.path().join("keys");
    let mut entropy = SeededEntropy::new([1; 32]);
    let short = SecretBytes::copy_of(b"short");
    let error = SoftwareKeys::create(&folder, &short, &mut entropy, TODAY).unwrap_err();
    assert_eq!(error.code(), "keystore.passphrase");
    let passphrase = SecretBytes::copy_of(b"correct horse battery staple");
    let mut keys = SoftwareKeys::create(&folder, &passphrase, &mut entropy, TODAY).unwrap();
    let by = two();
    let act = KeyAct { on: TODAY, by: &by };
    let algorithm = KeyRole::Csca.row().algorithms[0];
    keys.generate(KeyRole::Csca, None, algorithm, &act, &mut entropy).unwrap();
    let open = |secret: &mut dyn SecretSource| SoftwareKeys::open(&folder, Mode::Test, secret);
    assert_eq!(open(&mut NoSecrets).unwrap_err().code(), "keystore.secret-missing");
    assert_eq!(open(&mut Passphrase("correct horse battery stable")).unwrap_err().code(), "keystore.passphrase");
    let opened = open(&mut Passphrase("correct horse battery staple")).unwrap();
    assert_eq!(opened.keys(), keys.keys());
    assert_eq!(opened.first_signer().unwrap_err().code(), "keystore.no-signer");
}

#[test]
fn damaged_stores_are_refused_by_name() {
    let damage = |change: &dyn Fn(&Path)| {
        let (_home, folder) = new_store();
        change(&folder);
        let error = open_files(&folder).unwrap_err();
        (error.code(), error.subject().map(ToOwned::to_owned))
    };
    let named = |code: &'static str, file: &str| (code, Some(file.to_owned()));
    let write = |file: &'static str, bytes: &'static [u8]| {
        move |folder: &Path| {
            let path = folder.join(file);
            fs::write(&path, bytes).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        }
    };
    let remove = |file: &'static str| move |folder: &Path| fs::remove_file(folder.join(file)).unwrap();
    let alter = |file: &'static str, at: usize| {
        move |folder: &Path| {
            let mut bytes = fs::read(folder.join(file)).unwrap();
            bytes[at] ^= 1;
            fs::write(folder.join(file), bytes).unwrap();
        }
    };
    assert_eq!(damage(&remove("keystore.jsonl")), named("keystore.missing", "keystore.jsonl"));
    assert_eq!(damage(&write("keystore.jsonl", b"{")), named("keystore.missing", "keystore.jsonl"));
    assert_eq!(damage(&write("keystore.jsonl", b"{\n")), named("keystore.form", "keystore.jsonl"));
    assert_eq!(damage(&write("keystore.json", b"{\"format\":1}")), named("keystore.version", "keystore.json"));
    assert_eq!(damage(&remove("formation-master.key")), named("keystore.missing", "formation-master.key"));
    assert_eq!(damage(&write("trace-checkpoint.key", b"")), named("keystore.form", "trace-checkpoint.key"));
    assert_eq!(damage(&alter("data-key-wrapping.key", 0)), named("keystore.form", "data-key-wrapping.key"));
    for at in [9, 30, 45, 70, 87] {
        assert_eq!(damage(&alter("data-key-wrapping.key", at)), named("keystore.altered", "data-key-wrapping.key"));
    }
    assert_eq!(damage(&alter("csca.der", 200)), named("keystore.altered", "csca.der"));
    assert_eq!(damage(&alter("TEST-passphrase", 7)).0, "keystore.passphrase");
    let open_to_all = |folder: &Path| {
        fs::set_permissions(folder.join("csca.der"), fs::Permissions::from_mode(0o644)).unwrap();
    };
    assert_eq!(damage(&open_to_all), named("keystore.file-mode", "csca.der"));
    let swap = |folder: &Path| {
        fs::copy(folder.join("reference-digest.key"), folder.join("formation-master.key")).unwrap();
    };
    assert_eq!(damage(&swap), named("keystore.altered", "formation-master.key"));
}

#[test]
fn a_line_of_the_register_cannot_be_altered_left_out_or_moved() {
    let lines = |folder: &Path| -> Vec<String> {
        let text = fs::read_to_string(folder.join("keystore.jsonl")).unwrap();
        text.lines().map(ToOwned::to_owned).collect()
    };
    let refused = |change: &dyn Fn(&mut Vec<String>)| {
        let (_home, folder) = new_store();
        let mut all = lines(&folder);
        change(&mut all);
        fs::write(folder.join("keystore.jsonl"), all.join("\n") + "\n").unwrap();
        open_files(&folder).unwrap_err().code()
    };
    assert_eq!(refused(&|all| all[2] = all[2].replace("P-256", "P-384")), "keystore.chain-broken");
    assert_eq!(refused(&|all| all[1] = all[1].replace("2026-11-02", "2026-11-03")), "keystore.chain-broken");
    assert_eq!(refused(&|all| drop(all.remove(3))), "keystore.chain-broken");
    assert_eq!(refused(&|all| all.swap(2, 3)), "keystore.chain-broken");
    // A line that a crash cut off was never written, and the next takes its place.
    let (_home, folder) = new_store();
    let path = folder.join("keystore.jsonl");
    let whole = fs::read(&path).unwrap();
    fs::write(&path, [whole.as_slice(), b"{\"digest\":\"0"].concat()).unwrap();
    let mut keys = open_files(&folder).unwrap();
    keys.create_batch("B1", TODAY, &mut SeededEntropy::new([5; 32])).unwrap();
    assert_eq!(open_files(&folder).unwrap().batches(), ["B1"]);
    // Who read it before somebody else wrote does not write over that.
    let (mut one, mut other) = (open_files(&folder).unwrap(), open_files(&folder).unwrap());
    one.create_batch("B2", TODAY, &mut SeededEntropy::new([6; 32])).unwrap();
    let error = other.create_batch("B3", TODAY, &mut SeededEntropy::new([7; 32])).unwrap_err();
    assert_eq!(error.code(), "keystore.changed");
}

#[test]
fn the_inventory_names_what_is_missing_unknown_and_expired() {
    let (_home, folder) = new_store();
    let keys = open_files(&folder).unwrap();
    let found = |today| -> Vec<(String, &'static str)> {
        let findings = keys.inventory(today).unwrap();
        findings.into_iter().map(|finding| (finding.label, finding.fault.code())).collect()
    };
    assert_eq!(found(TODAY), []);
    fs::write(folder.join("stranger.key"), "x").unwrap();
    fs::remove_file(folder.join("formation-master.key")).unwrap();
    let expected =
        [("formation-master/1".to_owned(), "inventory.missing"), ("stranger.key".to_owned(), "inventory.unknown")];
    assert_eq!(found(TODAY), expected);
    let later: Vec<_> = found(jiff::civil::date(2027, 2, 2));
    assert!(later.contains(&("document-signer/1".to_owned(), "inventory.expired")), "{later:?}");
    assert!(!found(jiff::civil::date(2027, 2, 1)).contains(&("document-signer/1".to_owned(), "inventory.expired")));
}

/// Python's `cryptography` opens a key file with the passphrase alone, and the wrapped key of a record with what it finds.
#[test]
fn python_opens_a_store_with_its_passphrase() {
    let (_home, folder) = new_store();
    let keys = open_files(&folder).unwrap();
    let data_key = sigillo_secret::SymmetricKey::new(&[0xA7; 32]).unwrap();
    let wrapped = keys.wrap_data_key(b"I12345678", &data_key, &mut SeededEntropy::new([8; 32])).unwrap();
    let program = "import sys, json\n\
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM\n\
        from cryptography.hazmat.primitives.kdf.argon2 import Argon2id\n\
        folder, wrapped, record = sys.argv[1], bytes.fromhex(sys.argv[2]), sys.argv[3]\n\
        place = json.loads(open(folder + '/keystore.jsonl').readline())['entry']['place']\n\
        passphrase = open(folder + '/TEST-passphrase', 'rb').read()\n\
        key = Argon2id(salt=bytes.fromhex(place['salt']), length=32, iterations=place['passes'], lanes=place['lanes'],\n\
        \x20   memory_cost=place['memory']).derive(passphrase)\n\
        file = open(folder + '/data-key-wrapping.key', 'rb').read()\n\
        head = 9 + file[8]\n\
        assert file[:8] == b'sigillo2' and file[9:head] == b'data-key-wrapping/1'\n\
        wrapping = AESGCM(key).decrypt(file[head:head + 12], file[head + 12:], file[:head])\n\
        context = b'sigillo/v1/data-key\\0' + record.encode()\n\
        print(AESGCM(wrapping).decrypt(wrapped[:12], wrapped[12:], context).hex())";
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/venv/bin/python");
    let python = |record: &str| {
        let mut command = Command::new(&root);
        command.args(["-c", program]).arg(&folder).arg(hex::encode(&wrapped)).arg(record).output().unwrap()
    };
    let opened = python("I12345678");
    assert!(opened.status.success(), "{}", String::from_utf8_lossy(&opened.stderr));
    assert_eq!(String::from_utf8(opened.stdout).unwrap().trim(), "a7".repeat(32));
    assert!(!python("I12345679").status.success());
}

#[test]
fn certificates_are_installed_once_and_for_their_key() {
    let (home, folder) = new_store();
    let mut keys = open_files(&folder).unwrap();
    let label = |text| KeyLabel::parse(text).unwrap();
    let signer = keys.certificate(&label("document-signer/1")).unwrap();
    let mut install = |name, der: &[u8]| keys.install_certificate(&label(name), der, 10, TODAY).unwrap_err().code();
    assert_eq!(install("document-signer/1", signer.der()), "keystore.exists");
    assert_eq!(install("trace-checkpoint/1", signer.der()), "keystore.certificate-mismatch");
    assert_eq!(install("csca/7", signer.der()), "keystore.key-unknown");
    assert_eq!(keys.certificate(&label("trace-checkpoint/1")).unwrap_err().code(), "keystore.no-certificate");
    // An anchor whose key is elsewhere.
    let other =
        SoftwareKeys::create_test(&home.path().join("other"), &mut SeededEntropy::new([77; 32]), TODAY).unwrap();
    let anchor = other.csca_certificate().unwrap();
    keys.install_anchor(anchor.der(), TODAY).unwrap();
    assert_eq!(keys.csca_certificates().len(), 2);
    assert_ne!(keys.csca_certificate().unwrap().der(), anchor.der(), "the own key is the newer anchor");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn arbitrary_files_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..120), which in 0usize..4) {
        let (_home, folder) = new_store();
        let name = ["keystore.jsonl", "csca.der", "formation-master.key", "TEST-passphrase"][which];
        fs::write(folder.join(name), &bytes).unwrap();
        let error = open_files(&folder).unwrap_err();
        prop_assert!(error.code().contains('.'));
    }
}
