//! Stores for tests: one in files, one in a SoftHSM token of its own.
//!
//! SoftHSM reads its configuration from the environment. A test that needs a token therefore runs itself once more as a child
//! process that has it, and judges how the child ends.
#![allow(dead_code, reason = "each test file uses its part")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use jiff::civil::{Date, date};
use sigillo_crypto::SeededEntropy;
use sigillo_keystore::{
    IssuerSettings, KeystoreError, Mode, NoSecrets, Patience, SecretName, SecretSource, SoftwareKeys, TokenKeys,
};
use sigillo_secret::SecretBytes;
use tempfile::TempDir;

pub(crate) const TODAY: Date = date(2026, 11, 2);
pub(crate) const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";
pub(crate) const TOKEN: &str = "sigillo-test";
pub(crate) const PIN: &str = "4711-0815-PIN";
const CONFIGURATION: &str = "SOFTHSM2_CONF";

/// A PIN that is given whenever it is asked for.
pub(crate) struct Pin(pub(crate) &'static str);

impl SecretSource for Pin {
    fn secret(&mut self, name: SecretName) -> Result<SecretBytes, KeystoreError> {
        assert_eq!(name, SecretName::Pin);
        Ok(SecretBytes::copy_of(self.0.as_bytes()))
    }
}

/// Runs the test once more in a process that knows a new, empty token; the child finds `Some` folder.
///
/// The parent gets `None` after the child ended well.
pub(crate) fn with_token(test: &str) -> Option<PathBuf> {
    if let Some(configuration) = std::env::var_os(CONFIGURATION) {
        return Some(Path::new(&configuration).parent().unwrap().to_owned());
    }
    let folder = TempDir::new().unwrap();
    let tokens = folder.path().join("tokens");
    fs::create_dir(&tokens).unwrap();
    let configuration = folder.path().join("softhsm2.conf");
    let text = format!(
        "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\nslots.removable = true\n",
        tokens.display()
    );
    fs::write(&configuration, text).unwrap();
    let run = |command: &mut Command| {
        let done = command.env(CONFIGURATION, &configuration).output();
        let done = done.expect("Debian's softhsm2 is installed by scripts/setup");
        let said = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        assert!(done.status.success(), "{said}");
        said
    };
    let token = ["--init-token", "--free", "--label", TOKEN, "--so-pin", "so-pin-of-the-test", "--pin", PIN];
    run(Command::new("softhsm2-util").args(token));
    let child = std::env::current_exe().unwrap();
    let said = run(Command::new(child).args(["--exact", test, "--nocapture", "--test-threads=1"]));
    assert!(said.contains("1 passed"), "{said}");
    std::io::stdout().write_all(said.as_bytes()).unwrap();
    None
}

/// A store with test keys in files.
pub(crate) fn in_files(folder: &Path) -> SoftwareKeys {
    SoftwareKeys::create_test(folder, &mut SeededEntropy::new([3; 32]), TODAY).unwrap()
}

/// A store with test keys in the token of this process.
pub(crate) fn in_token(folder: &Path) -> TokenKeys {
    let pin = SecretBytes::copy_of(PIN.as_bytes());
    let settings = IssuerSettings::default();
    let mut entropy = SeededEntropy::new([3; 32]);
    TokenKeys::create_test_with(folder, Path::new(MODULE), TOKEN, pin, &settings, &mut entropy, TODAY).unwrap()
}

/// Opens a token's store again; impatient, so that tests do not wait.
pub(crate) fn open_token(folder: &Path, patience: Patience) -> Result<TokenKeys, KeystoreError> {
    TokenKeys::open(folder, Mode::Test, &mut Pin(PIN), patience)
}

pub(crate) fn open_files(folder: &Path) -> Result<SoftwareKeys, KeystoreError> {
    SoftwareKeys::open(folder, Mode::Test, &mut NoSecrets)
}

/// Two custodians.
pub(crate) fn two() -> Vec<String> {
    vec!["anna".to_owned(), "bruno".to_owned()]
}

/// Every file below a folder.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(files_below(&path)) } else { files.push(path) }
    }
    files
}
