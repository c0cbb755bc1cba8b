//! The key store against the disk, against tampering, and against a search for its secrets.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64ct::{Base64, Encoding};
use jiff::civil::{Date, date};
use proptest::prelude::*;
use sigillo_channel::chip_keys::diversify;
use sigillo_crypto::{EcParameters, Entropy, SeededEntropy, SignatureAlgorithm, sha256};
use sigillo_keystore::{IssuerSettings, KeyKind, Keystore, KeystoreError, Mode, OsEntropy, SoftwareKeys};
use sigillo_seal::passive::{self, Outcome};
use sigillo_seal::signer::{ReservedSlot, SignerError};
use sigillo_seal::{LdsVersion, prepare};
use sigillo_secret::SymmetricKey;
use tempfile::TempDir;

const TODAY: Date = date(2026, 11, 2);
const KEY_FILES: [&str; 5] =
    ["csca.key", "document-signer.key", "formation-master.key", "data-key-wrapping.key", "trace-checkpoint.key"];

fn new_store() -> (TempDir, PathBuf, SoftwareKeys) {
    let home = TempDir::new().unwrap();
    let folder = home.path().join("keys");
    let keys = SoftwareKeys::create_test(&folder, &mut SeededEntropy::new([3; 32]), TODAY).unwrap();
    (home, folder, keys)
}

fn refused(folder: &Path, mode: Mode) -> KeystoreError {
    SoftwareKeys::open(folder, mode).unwrap_err()
}

fn sealed(keys: &mut SoftwareKeys) -> (Vec<u8>, Vec<u8>, Vec<u8>) {
    let mrz = b"IRUTOD231458907<<<<<<<<<<<<<<<7408122F1204159UTO<<<<<<<<<<<6ERIKSSON<<ANNA<MARIA<<<<<<<<<<";
    let element = |tag: u8, value: &[u8]| [&[tag, u8::try_from(value.len()).unwrap()], value].concat();
    let dg1 = element(0x61, &[&[0x5F, 0x1F, 0x5A], mrz.as_slice()].concat());
    let dg14 = element(0x6E, &[0x31, 0]);
    let hashed = prepare(&[(1, &dg1), (14, &dg14)], LdsVersion::V1_8, sigillo_crypto::HashAlgorithm::Sha256).unwrap();
    let slot = ReservedSlot::reserved(&keys.first_signer().unwrap().id, 1);
    let signature = keys.sign_slot(slot, hashed.to_be_signed()).unwrap();
    let seal = hashed.seal(&signature, &keys.first_signer().unwrap().certificate, TODAY.at(12, 0, 0, 0)).unwrap();
    (seal.ef_sod().to_vec(), dg1, dg14)
}

#[test]
fn a_new_store_seals_and_opens_again() {
    for parameters in [EcParameters::Explicit, EcParameters::Named] {
        let home = TempDir::new().unwrap();
        let folder = home.path().join("keys");
        let settings = IssuerSettings { parameters, ..IssuerSettings::default() };
        let mut entropy = SeededEntropy::new([4; 32]);
        let mut keys = SoftwareKeys::create_test_with(&folder, &settings, &mut entropy, TODAY).unwrap();
        let (sod, dg1, dg14) = sealed(&mut keys);
        let trust = [keys.csca_certificate().clone()];
        let checks =
            passive::verify(&sod, &trust, &[(1, &dg1), (14, &dg14)], TODAY.at(12, 0, 0, 0), &Default::default());
        assert!(checks.iter().all(|check| check.outcome == Outcome::Passed), "{checks:?}");

        let again = SoftwareKeys::open(&folder, Mode::Test).unwrap();
        assert_eq!(again.kind(), KeyKind::Test);
        assert_eq!(again.first_signer().unwrap().id, keys.first_signer().unwrap().id);
        assert_eq!(again.csca_certificate().der(), keys.csca_certificate().der());
        assert!(again.formation_keys(&[1; 10], 0x30).unwrap().matches(&keys.formation_keys(&[1; 10], 0x30).unwrap()));
    }
}

#[test]
fn files_are_private_whole_and_never_overwritten() {
    let (_home, folder, _) = new_store();
    let names: Vec<String> =
        folder.read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(names.len(), KEY_FILES.len() + 3);
    for name in names {
        assert_eq!(fs::metadata(folder.join(&name)).unwrap().permissions().mode() & 0o777, 0o600, "{name}");
    }
    assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    let before = fs::read(folder.join("csca.key")).unwrap();
    let again = SoftwareKeys::create_test(&folder, &mut SeededEntropy::new([9; 32]), TODAY).unwrap_err();
    assert_eq!(again.code(), "keystore.exists");
    assert_eq!(fs::read(folder.join("csca.key")).unwrap(), before);
}

#[test]
fn production_refuses_every_test_key() {
    let (_home, folder, mut keys) = new_store();
    keys.create_batch("B1", &mut SeededEntropy::new([5; 32])).unwrap();
    assert_eq!(refused(&folder, Mode::Production).code(), "keystore.test-key");

    // An inventory that calls them production keys helps nobody: the certificates say TEST.
    let inventory = fs::read_to_string(folder.join("keystore.json")).unwrap();
    fs::write(folder.join("keystore.json"), inventory.replace("\"test\"", "\"production\"")).unwrap();
    let error = refused(&folder, Mode::Production);
    assert_eq!((error.code(), error.file()), ("keystore.test-key", Some("csca.der")));
    assert_eq!(refused(&folder, Mode::Test).code(), "keystore.mark-mismatch");

    // Certificates of another name help no further: each key file bears its own mark.
    let elsewhere = unmarked_certificates(&folder);
    let mut named = Vec::new();
    for name in ["document-signer.key", "formation-master.key", "data-key-wrapping.key", "trace-checkpoint.key"] {
        let error = refused(&elsewhere, Mode::Production);
        assert_eq!(error.code(), "keystore.test-key");
        named.push(error.file().unwrap().to_owned());
        mark(&elsewhere.join(name), b'P');
    }
    assert_eq!(named, ["document-signer.key", "formation-master.key", "data-key-wrapping.key", "trace-checkpoint.key"]);
    let error = refused(&elsewhere, Mode::Production);
    assert_eq!((error.code(), error.file()), ("keystore.test-key", Some("batch-B1.key")));
    // With every mark a production mark it opens: the marks, nothing else, were the reason.
    mark(&elsewhere.join("batch-B1.key"), b'P');
    assert_eq!(SoftwareKeys::open(&elsewhere, Mode::Production).unwrap().kind(), KeyKind::Production);
}

/// The same store with certificates, by the same keys, that do not say TEST.
fn unmarked_certificates(folder: &Path) -> PathBuf {
    use sigillo_crypto::{HashAlgorithm, P256PrivateKey};
    use sigillo_seal::x509::{
        CertificateProfile, Country, Period, SerialNumber, SubjectName, country_signer, document_signer,
    };
    const ECDSA: SignatureAlgorithm = SignatureAlgorithm::Ecdsa(HashAlgorithm::Sha256);
    let key = |name: &str| P256PrivateKey::from_bytes(&fs::read(folder.join(name)).unwrap()[10..]).unwrap();
    let (csca_key, signer_key) = (key("csca.key"), key("document-signer.key"));
    let profile = |name: &str| CertificateProfile {
        subject: SubjectName::new(Country::parse("IT", "ITA").unwrap(), "Sigillo", None, name).unwrap(),
        serial_number: SerialNumber::from_random([1; 16]),
        valid: Period::new(TODAY.at(0, 0, 0, 0), date(2040, 1, 1).at(0, 0, 0, 0)).unwrap(),
        private_key_usage: Period::new(TODAY.at(0, 0, 0, 0), date(2027, 1, 1).at(0, 0, 0, 0)).unwrap(),
        parameters: EcParameters::Named,
        contact: "a@b".to_owned(),
        crl_addresses: vec!["https://a".to_owned()],
    };
    let unsigned = country_signer(&profile("CSCA"), &csca_key.public(), ECDSA).unwrap();
    let signature = csca_key.sign(HashAlgorithm::Sha256, unsigned.to_be_signed()).unwrap();
    let csca = unsigned.complete(&signature).unwrap();
    let unsigned = document_signer(&profile("DS"), &["IR"], &signer_key.public(), &csca, ECDSA).unwrap();
    let signature = csca_key.sign(HashAlgorithm::Sha256, unsigned.to_be_signed()).unwrap();
    let signer = unsigned.complete(&signature).unwrap();
    fs::write(folder.join("csca.der"), csca.der()).unwrap();
    fs::write(folder.join("document-signer.der"), signer.der()).unwrap();
    folder.to_owned()
}

fn mark(path: &Path, kind: u8) {
    let mut bytes = fs::read(path).unwrap();
    bytes[8] = kind;
    fs::write(path, bytes).unwrap();
}

#[test]
fn damaged_stores_are_refused_by_name() {
    let damage = |change: &dyn Fn(&Path)| {
        let (_home, folder, _) = new_store();
        change(&folder);
        let error = refused(&folder, Mode::Test);
        (error.code(), error.file().map(ToOwned::to_owned))
    };
    let named = |code: &'static str, file: &str| (code, Some(file.to_owned()));
    let write =
        |file: &'static str, bytes: &'static [u8]| move |folder: &Path| fs::write(folder.join(file), bytes).unwrap();
    let remove = |file: &'static str| move |folder: &Path| fs::remove_file(folder.join(file)).unwrap();
    let alter = |file: &'static str, at: usize, value: u8| {
        move |folder: &Path| {
            let mut bytes = fs::read(folder.join(file)).unwrap();
            bytes[at] = value;
            fs::write(folder.join(file), bytes).unwrap();
        }
    };
    assert_eq!(damage(&remove("keystore.json")), named("keystore.missing", "keystore.json"));
    assert_eq!(damage(&write("keystore.json", b"{")), named("keystore.form", "keystore.json"));
    assert_eq!(damage(&write("keystore.json", b"{\"format\":2}")), named("keystore.version", "keystore.json"));
    assert_eq!(damage(&write("keystore.json", b"{\"format\":1}")), named("keystore.form", "keystore.json"));
    assert_eq!(damage(&remove("formation-master.key")), named("keystore.missing", "formation-master.key"));
    assert_eq!(damage(&write("trace-checkpoint.key", b"")), named("keystore.form", "trace-checkpoint.key"));
    assert_eq!(damage(&write("trace-checkpoint.key", &[0; 43])), named("keystore.form", "trace-checkpoint.key"));
    assert_eq!(damage(&alter("data-key-wrapping.key", 0, b'S')), named("keystore.form", "data-key-wrapping.key"));
    assert_eq!(damage(&alter("data-key-wrapping.key", 8, b'X')), named("keystore.form", "data-key-wrapping.key"));
    assert_eq!(
        damage(&alter("data-key-wrapping.key", 8, b'P')),
        named("keystore.mark-mismatch", "data-key-wrapping.key")
    );
    assert_eq!(damage(&alter("data-key-wrapping.key", 9, 3)), named("keystore.mark-mismatch", "data-key-wrapping.key"));
    let other = named("keystore.certificate-mismatch", "document-signer.der");
    assert_eq!(damage(&alter("document-signer.key", 41, 0)), other);
    let open_to_all = |folder: &Path| {
        fs::set_permissions(folder.join("csca.der"), fs::Permissions::from_mode(0o644)).unwrap();
    };
    assert_eq!(damage(&open_to_all), named("keystore.file-mode", "csca.der"));
    let (code, _) = damage(&alter("csca.der", 200, 0));
    assert!(code.starts_with("seal."), "{code}");
}

#[test]
fn limits_of_the_signer_hold() {
    let (_home, _folder, keys) = new_store();
    let limit = keys.first_signer().unwrap().limit;
    let certificate = keys.first_signer().unwrap().certificate.certificate().clone();
    assert_eq!((limit.seals, limit.until), (100_000, date(2027, 2, 1)));
    let until = certificate.private_key_usable_until().unwrap();
    assert_eq!(until, limit.until.at(23, 59, 59, 0));
    assert_eq!(certificate.valid().to(), date(2037, 2, 1).at(23, 59, 59, 0));
    assert_eq!(certificate.document_types().unwrap(), ["IR"]);

    let id = keys.first_signer().unwrap().id.clone();
    let sign = |signer: &str, number| keys.sign_slot(ReservedSlot::reserved(signer, number), b"x").map(|_| ());
    assert_eq!(sign(&id, 1), Ok(()));
    assert_eq!(sign(&id, 100_000), Ok(()));
    assert_eq!(sign(&id, 100_001), Err(SignerError::LimitReached { number: 100_001, limit: 100_000 }));
    assert_eq!(sign(&id, 0).unwrap_err().code(), "signer.limit-reached");
    assert_eq!(sign("another", 1).unwrap_err().code(), "signer.slot-of-another-signer");
}

#[test]
fn batches_have_transport_keys_of_their_own() {
    let (_home, folder, mut keys) = new_store();
    let mut entropy = SeededEntropy::new([6; 32]);
    for bad in ["", "a/b", "..", "a b", "x".repeat(33).as_str()] {
        assert_eq!(keys.create_batch(bad, &mut entropy).unwrap_err().code(), "keystore.batch-name");
    }
    keys.create_batch("2026-A", &mut entropy).unwrap();
    keys.create_batch("2026-B", &mut entropy).unwrap();
    assert_eq!(keys.create_batch("2026-A", &mut entropy).unwrap_err().code(), "keystore.exists");
    let serial = *b"\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09";
    let a = keys.transport_keys("2026-A", &serial).unwrap();
    assert!(!a.matches(&keys.transport_keys("2026-B", &serial).unwrap()));
    assert_eq!(keys.transport_keys("2026-C", &serial).unwrap_err().code(), "keystore.batch-unknown");
    let again = SoftwareKeys::open(&folder, Mode::Test).unwrap();
    assert_eq!(again.batches(), ["2026-A", "2026-B"]);
    assert!(a.matches(&again.transport_keys("2026-A", &serial).unwrap()));
    let master = SymmetricKey::new(&fs::read(folder.join("batch-2026-A.key")).unwrap()[10..]).unwrap();
    assert!(a.matches(&diversify(&master, &serial, 0x20).unwrap()));
    let formation = SymmetricKey::new(&fs::read(folder.join("formation-master.key")).unwrap()[10..]).unwrap();
    let expected = diversify(&formation, &serial, 0x30).unwrap();
    assert!(expected.matches(&keys.formation_keys(&serial, 0x30).unwrap()));
}

#[test]
fn data_keys_are_bound_to_their_record() {
    let (_home, _folder, keys) = new_store();
    let mut entropy = SeededEntropy::new([7; 32]);
    let data_key = SymmetricKey::new(&[0x5A; 32]).unwrap();
    let wrapped = keys.wrap_data_key(b"record 1", &data_key, &mut entropy).unwrap();
    assert_eq!(wrapped.len(), 60);
    assert!(keys.unwrap_data_key(b"record 1", &wrapped).unwrap().matches(&data_key));
    assert_ne!(wrapped, keys.wrap_data_key(b"record 1", &data_key, &mut entropy).unwrap());
    let code = |record: &[u8], bytes: &[u8]| keys.unwrap_data_key(record, bytes).unwrap_err().code();
    assert_eq!(code(b"record 2", &wrapped), "keystore.wrapped-key");
    for at in 0..wrapped.len() {
        let mut altered = wrapped.clone();
        altered[at] ^= 1;
        assert_eq!(code(b"record 1", &altered), "keystore.wrapped-key");
        assert_eq!(code(b"record 1", &wrapped[..at]), "keystore.wrapped-key");
    }
    let short = SymmetricKey::new(&[0; 16]).unwrap();
    assert_eq!(keys.wrap_data_key(b"", &short, &mut entropy).unwrap_err().code(), "keystore.wrapped-key");
}

/// Python's `cryptography` opens what we wrapped, and refuses it for another record.
#[test]
fn python_opens_a_wrapped_key() {
    let (_home, folder, keys) = new_store();
    let data_key = SymmetricKey::new(&[0xA7; 32]).unwrap();
    let wrapped = keys.wrap_data_key(b"I12345678", &data_key, &mut SeededEntropy::new([8; 32])).unwrap();
    let program = "import sys; from cryptography.hazmat.primitives.ciphers.aead import AESGCM\n\
        key = open(sys.argv[1], 'rb').read()[10:]\n\
        wrapped = bytes.fromhex(sys.argv[2])\n\
        context = b'sigillo/v1/data-key\\0' + sys.argv[3].encode()\n\
        print(AESGCM(key).decrypt(wrapped[:12], wrapped[12:], context).hex())";
    let python = |record: &str| {
        let file = folder.join("data-key-wrapping.key");
        Command::new("python3").args(["-c", program]).arg(file).arg(hex::encode(&wrapped)).arg(record).output().unwrap()
    };
    let opened = python("I12345678");
    assert!(opened.status.success(), "{}", String::from_utf8_lossy(&opened.stderr));
    assert_eq!(String::from_utf8(opened.stdout).unwrap().trim(), "a7".repeat(32));
    assert!(!python("I12345679").status.success());
}

#[test]
fn checkpoints_verify_under_the_public_key() {
    let (_home, _folder, keys) = new_store();
    let signature = keys.sign_checkpoint(b"head").unwrap();
    let algorithm = SignatureAlgorithm::Ecdsa(sigillo_crypto::HashAlgorithm::Sha256);
    let key = keys.checkpoint_public_key().unwrap();
    assert!(key.verify(algorithm, b"head", &signature).is_ok());
    assert!(key.verify(algorithm, b"heap", &signature).is_err());
}

#[test]
fn certificates_are_exported_once_for_everybody() {
    let (home, _folder, keys) = new_store();
    let path = home.path().join("csca.cer");
    keys.export_csca_certificate(&path).unwrap();
    assert_eq!(fs::read(&path).unwrap(), keys.csca_certificate().der());
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o044, 0o044);
    assert_eq!(keys.export_csca_certificate(&path).unwrap_err().code(), "keystore.exists");
    let nowhere = home.path().join("no/such/folder");
    assert_eq!(keys.export_signer_certificate(&nowhere).unwrap_err().code(), "keystore.missing");
}

/// Prints all that can be printed and searches it for every secret; a planted secret is found first.
#[test]
fn no_secret_shows() {
    let (_home, folder, mut keys) = new_store();
    keys.create_batch("B1", &mut SeededEntropy::new([5; 32])).unwrap();
    let mut secrets: Vec<Vec<u8>> = Vec::new();
    for name in KEY_FILES.iter().chain(&["batch-B1.key"]) {
        secrets.push(fs::read(folder.join(name)).unwrap()[10..].to_vec());
    }
    let serial = [9; 10];
    let sets = [keys.formation_keys(&serial, 0x30).unwrap(), keys.transport_keys("B1", &serial).unwrap()];
    for set in &sets {
        for key in [set.enc(), set.mac(), set.dek()] {
            secrets.push(key.expose(<[u8]>::to_vec));
        }
    }
    let data_key = SymmetricKey::new(&[0x77; 32]).unwrap();
    secrets.push(vec![0x77; 32]);
    let wrapped = keys.wrap_data_key(b"r", &data_key, &mut SeededEntropy::new([1; 32])).unwrap();

    let mut shown = format!("{keys:?}{keys:#?}{sets:?}{data_key:?}{:?}", keys.unwrap_data_key(b"r", &wrapped));
    shown.push_str(&format!("{:?}{:?}", keys.first_signer().unwrap().certificate, keys.csca_certificate()));
    for name in KEY_FILES {
        let good = fs::read(folder.join(name)).unwrap();
        for damage in [&good[..41], &[&good[..], &[0]].concat(), &[b"X".as_slice(), &good[1..]].concat()] {
            fs::write(folder.join(name), damage).unwrap();
            if let Err(error) = SoftwareKeys::open(&folder, Mode::Test) {
                shown.push_str(&format!("{error}{error:?}{error:#?}"));
            }
        }
        fs::write(folder.join(name), good).unwrap();
    }
    shown.push_str(&format!("{:?}", keys.unwrap_data_key(b"x", &wrapped).unwrap_err()));
    shown.push_str(&fs::read_to_string(folder.join("keystore.json")).unwrap());

    let shapes = |secret: &[u8]| {
        let decimal = secret.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        [hex::encode(secret), hex::encode_upper(secret), Base64::encode_string(secret), decimal]
    };
    let planted = secrets[0].clone();
    assert!(format!("{planted:?}").contains(&shapes(&planted)[3]), "the search finds a planted secret");
    for secret in secrets {
        for shape in shapes(&secret) {
            assert!(!shown.contains(&shape), "a secret shows as {shape}");
        }
    }
}

#[test]
fn the_operating_system_gives_other_bytes_each_time() {
    let (mut one, mut two) = ([0; 32], [0; 32]);
    OsEntropy.fill(&mut one);
    OsEntropy.fill(&mut two);
    assert_ne!(one, two);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn arbitrary_inventories_and_key_files_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..80), which in 0usize..3) {
        let (_home, folder, _) = new_store();
        let name = ["keystore.json", "csca.der", "formation-master.key"][which];
        fs::write(folder.join(name), &bytes).unwrap();
        let error = refused(&folder, Mode::Test);
        prop_assert!(error.code().contains('.'));
    }
}

#[test]
fn a_reference_has_one_digest_in_one_keystore_and_another_in_every_other() {
    let digest_of = |seed: u8, reference: &str| {
        let folder = tempfile::tempdir().unwrap();
        let keys = SoftwareKeys::create_test(
            &folder.path().join("keys"),
            &mut SeededEntropy::new([seed; 32]),
            date(2026, 11, 2),
        );
        keys.unwrap().reference_digest(reference).unwrap()
    };
    let digest = digest_of(1, "NA-2026-271828");
    assert_eq!(digest, digest_of(1, "NA-2026-271828"));
    assert_ne!(digest, digest_of(1, "NA-2026-271829"));
    assert_ne!(digest, digest_of(2, "NA-2026-271828"));
    assert_ne!(digest, sha256(b"NA-2026-271828"));
}
